#!/usr/bin/env bash
# build_deb.sh [FOLDER] - the source package and the Debian packages of this checkout, in FOLDER (build/deb)
# Tracked files as they are now, changed ones too.  DEB_BUILD_OPTIONS=nocheck leaves the unit tests out; SOURCE_ONLY=1 the packages.
# FOLDER is empty, new, or holds what this script left there, which is replaced when all is built.
set -euo pipefail
unset CDPATH
umask 022
out=$(realpath -m -- "${1:-$(dirname "$0")/../build/deb}")
cd "$(dirname "$0")/.."
git ls-files --error-unmatch debian/changelog >/dev/null ||
    { echo "build_deb.sh: packs what git tracks, and this is no checkout; in an unpacked source, dpkg-buildpackage" >&2; exit 1; }
. packaging/own_folder.sh
own_folder "$out" "${packages[@]}"
work=$(mktemp -d "$out/rwda-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
version=$(dpkg-parsechangelog --show-field Version)
name=rwda-${version%-*}
date=$(dpkg-parsechangelog --show-field Timestamp)

# The same bytes for the same files, whoever packs them: sorted, dated by the changelog, owned by nobody in particular.
git ls-files -z -- . ':!debian' | LC_ALL=C sort -z |
    tar --no-recursion --null --files-from=- --transform="s,^,$name/,S" --mtime="@$date" --owner=0 --group=0 --numeric-owner \
        --mode=u+rw,go=rX --format=gnu -cf - |
    gzip -n >"$work/rwda_${version%-*}.orig.tar.gz" # weights hardly shrink
tar -xf "$work/rwda_${version%-*}.orig.tar.gz" -C "$work"
git ls-files -z -- debian | xargs -0 cp --parents -t "$work/$name"
chmod -R u+rw,go=rX "$work/$name/debian"

cd "$work/$name"
if [ -n "${SOURCE_ONLY:-}" ]; then
    dpkg-source -b . >/dev/null
else
    dpkg-buildpackage -us -uc -F >"$work/rwda_build.log" 2>&1 || { tail -40 "$work/rwda_build.log"; mv "$work/rwda_build.log" "$out"; exit 1; }
fi
cd "$out"
rm -rf "${ours[@]}" "${work:?}/$name"
mv "$work"/* .
[ -n "${SOURCE_ONLY:-}" ] || ls -l "$out"/*.deb
