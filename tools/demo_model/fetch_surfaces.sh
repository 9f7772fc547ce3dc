#!/bin/sh
# fetch_surfaces.sh DIR - real surfaces from Debian's packages: images and their descriptions into DIR/PACKAGE, 1.3 GB to download
# Needs no root and installs nothing; apt checks every package against Debian's signed lists.  Needs apt, dpkg-deb, GNU tar and unzip on
# Debian 12 with fresh lists (apt-get update).  Start it again after a break: a package whose folder is there is not fetched again.
set -eu
unset CDPATH
[ $# -eq 1 ] || { echo "usage: fetch_surfaces.sh DIR" >&2; exit 2; }
for tool in apt-get dpkg-deb unzip; do
    command -v "$tool" >/dev/null || { echo "fetch_surfaces.sh: $tool is not there" >&2; exit 1; }
done
table=$(cd "$(dirname "$0")" && pwd)/surfaces_packages.tsv
images="png jpg jpeg tga dds webp pat"
mkdir -p "$1"
cd "$1"

# patterns ROLE PATTERN...: one pattern a file type
patterns() {
    types="$images txt"
    [ "$1" != description ] || types=svg
    shift
    for where in "$@"; do
        for type in $types; do
            printf '%s.%s\n' "$where" "$type"
        done
    done
}

# unpack PACKAGE.deb FOLDER ROLE PATTERN...: also what lies in the games' own archives; a pattern that fits nothing is no error
unpack() {
    deb=$1 folder=$2
    shift 2
    patterns "$@" >"$folder.patterns"
    mkdir -p "$folder"
    dpkg-deb --fsys-tarfile "$deb" >"$folder.tar"
    LC_ALL=C tar -xf "$folder.tar" -C "$folder" --no-same-owner --no-same-permissions --wildcards --ignore-case \
        -T "$folder.patterns" '*.pk3' '*.wz' "./usr/share/doc/${deb%%_*}/copyright" 2>"$folder.errors" ||
        ! grep -v -e 'Not found in archive$' -e 'Exiting with failure' "$folder.errors" >&2
    find "$folder" \( -name '*.pk3' -o -name '*.wz' \) >"$folder.archives"
    while read -r archive; do
        mkdir "$archive.d"
        set -f # the patterns are unzip's, not the shell's
        # shellcheck disable=SC2046 # no pattern has a space
        unzip -q -o -C "$archive" $(cat "$folder.patterns") -d "$archive.d" 2>"$folder.errors" || [ $? -eq 11 ] ||
            { cat "$folder.errors" >&2; exit 1; }
        set +f
        rm "$archive"
    done <"$folder.archives"
    find "$folder" -type l -delete
    dpkg-deb -f "$deb" Version Homepage >"$folder/about"
    echo "Bytes: $(wc -c <"$deb")" >>"$folder/about"
    rm -f "$folder.tar" "$folder.patterns" "$folder.archives" "$folder.errors"
}

grep -v '^#' "$table" | while IFS="$(printf '\t')" read -r package role where _; do
    [ ! -e "$package" ] || continue
    echo "$package"
    apt-get download -qq "$package"
    rm -rf "./$package.part"
    deb=$(find . -maxdepth 1 -name "${package}_*.deb" -printf '%T@ %f\n' | sort -n | sed -n '$s/^[^ ]* //p')
    set -f
    # shellcheck disable=SC2086 # a list of patterns is meant
    unpack "$deb" "$package.part" "$role" $where
    set +f
    mv "$package.part" "$package"
    rm "${package}"_*.deb
done
