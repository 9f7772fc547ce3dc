#!/usr/bin/env bash
# build_deb.sh [FOLDER] - the source package and the Debian packages of this checkout, in FOLDER (build/deb)
# Tracked files as they are now, changed ones too.  DEB_BUILD_OPTIONS=nocheck leaves the unit tests out; SOURCE_ONLY=1 the packages.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(pwd)
mkdir -p "${1:-build/deb}"
out=$(cd "${1:-build/deb}" && pwd)
version=$(dpkg-parsechangelog --show-field Version)
name=rwda-${version%-*}
date=$(dpkg-parsechangelog --show-field Timestamp)

rm -rf "$out/$name" "$out"/rwda_* "$out"/*.deb
# The same bytes for the same files, whoever packs them: sorted, dated by the changelog, owned by nobody in particular.
git ls-files -z -- . ':!debian' | LC_ALL=C sort -z |
    tar --no-recursion --null --files-from=- --transform="s,^,$name/,S" --mtime="@$date" --owner=0 --group=0 --numeric-owner \
        --mode=u+rw,go=rX --format=gnu -cf - |
    gzip -n >"$out/rwda_${version%-*}.orig.tar.gz" # weights hardly shrink
tar -xf "$out/rwda_${version%-*}.orig.tar.gz" -C "$out"
git ls-files -z -- debian | xargs -0 cp --parents -t "$out/$name"

cd "$out/$name"
if [ -n "${SOURCE_ONLY:-}" ]; then
    dpkg-source -b . >/dev/null
    exit
fi
dpkg-buildpackage -us -uc -F >"$out/build.log" 2>&1 || { tail -40 "$out/build.log"; exit 1; }
cd "$root"
rm -rf "${out:?}/$name"
ls -l "$out"/*.deb
