#!/usr/bin/env bash
# own_folder.sh - sourced: a folder of results, in which nothing but ours is ever replaced

# What build_deb.sh makes, as patterns.
packages=(rwda_build.log rwda-build.\* rwda_\*.{dsc,orig.tar.gz,debian.tar.xz,buildinfo,changes})
while read -r package; do
    packages+=("${package}_*.deb" "${package}-dbgsym_*.deb")
done < <(sed -n 's/^Package: *//p' debian/control)

# own_folder FOLDER PATTERN...: the names in it that are ours, into $ours; one that is not ends the script
own_folder() {
    local folder=$1 path pattern
    shift
    mkdir -p "$folder"
    ours=()
    while IFS= read -r -d '' path; do
        for pattern in "$@"; do
            # shellcheck disable=SC2053 # a pattern is meant
            [[ ${path##*/} == $pattern ]] && ours+=("$path") && continue 2
        done
        echo "${0##*/}: $folder holds ${path##*/}, which is none of its files: name an empty folder or a new one" >&2
        exit 1
    done < <(find "$folder" -mindepth 1 -maxdepth 1 -print0)
}
