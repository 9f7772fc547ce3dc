#!/usr/bin/env bash
# test_packages.sh [FOLDER] - do the Debian packages build in a clean system, and what do they do in a fresh one?
# Builds them in a root that has nothing but what debian/control asks for, and asks lintian; installs them with apt in another root, scores,
# compiles, purges them and looks for what is left; runs autopkgtest there.  The packages are kept in FOLDER (build/deb-test).
# Needs root, mmdebstrap, autopkgtest and a Debian mirror (MIRROR: another than mmdebstrap's own); 1.5 GB in $TMPDIR meanwhile.  DEB_BUILD_OPTIONS=nocheck: without the unit tests.
# FOLDER is empty, new, or holds what this script left there, which is replaced.
set -euo pipefail
unset CDPATH
umask 022 # users of the roots read what is copied into them
out=$(realpath -m -- "${1:-$(dirname "$0")/../build/deb-test}")
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "test_packages.sh: chroot needs root" >&2; exit 1; }
. packaging/own_folder.sh
own_folder "$out" "${packages[@]}" rwda_lintian.log rwda_left_behind.txt rwda_autopkgtest rwda_autopkgtest.log
suite=${SUITE:-bookworm}
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
unset TMPDIR CMAKE_C_COMPILER_LAUNCHER

step() { printf '\n==== %s (%d s)\n' "$1" $SECONDS; }

# make_root VARIANT DIR
make_root() {
    mmdebstrap --quiet --mode=root --variant="$1" "$suite" "$2" ${MIRROR:+"$MIRROR"}
    cp /etc/resolv.conf "$2/etc/resolv.conf"
    within "$2" apt-get -qq update
}

# within DIR COMMAND...: in a mount and process namespace of its own, so that nothing stays mounted or running
within() {
    # shellcheck disable=SC2016 # the inner shell expands them
    unshare --mount --pid --fork --kill-child sh -c 'root=$1; shift
        mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && exec chroot "$root" "$@"' sh "$@"
}

files() { (cd "$1" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./tmp \) -prune -o -print | LC_ALL=C sort); }

step "source package"
SOURCE_ONLY=1 packaging/build_deb.sh "$work/source"

step "a root to build in"
make_root buildd "$work/build"
mkdir "$work/build/src"
cp "$work"/source/rwda_* "$work/build/src"
within "$work/build" sh -euc 'cd /src; useradd -m builder; chown -R builder .; apt-get -qq -y --no-install-recommends build-dep ./rwda_*.dsc >/dev/null'
step "packages"
within "$work/build" su builder -c "cd /src && dpkg-source -x rwda_*.dsc rwda >/dev/null && cd rwda &&
    DEB_BUILD_OPTIONS='${DEB_BUILD_OPTIONS:-}' dpkg-buildpackage -us -uc >../rwda_build.log 2>&1" || { cp "$work/build/src/rwda_build.log" "$out"; tail -50 "$out/rwda_build.log"; exit 1; }
rm -rf "${ours[@]}"
cp "$work"/build/src/*.* "$out"

step "lintian"
within "$work/build" sh -euc 'apt-get -qq -y --no-install-recommends install lintian >/dev/null
    su builder -c "lintian -EvIL +pedantic --show-overrides /src/rwda_*.changes"' >"$out/rwda_lintian.log" 2>&1 || true
grep -c '^O: ' "$out/rwda_lintian.log" | sed 's/$/ overridden, with a reason each/' || { cat "$out/rwda_lintian.log"; exit 1; } # none: it did not run
if grep '^[EWIPXC]: ' "$out/rwda_lintian.log"; then exit 1; fi
rm -rf --one-file-system "$work/build"

step "a fresh root"
make_root apt "$work/fresh"
files "$work/fresh" >"$work/before"
mkdir "$work/fresh/debs"
cp "$out"/*.deb "$work/fresh/debs"
rm -f "$work"/fresh/debs/*-dbgsym_*
within "$work/fresh" sh -euc 'apt-get -qq -y install /debs/rwda_*.deb /debs/rwda-models-demo_*.deb >/dev/null; rwda --version'
cp -r samples samples_wood "$work/fresh/tmp"
within "$work/fresh" sh -euc 'useradd -m user; su user -c "cd /tmp && rwda score --quiet --format table samples && rwda doctor"; userdel -r user 2>/dev/null'

step "removal"
within "$work/fresh" sh -euc 'apt-get -qq -y install /debs/*.deb >/dev/null
    dpkg-query -W -f "\${Package}\n" | grep rwda | xargs apt-get -qq -y --autoremove purge >/dev/null; ! dpkg-query -W | grep rwda'
rm -r "$work/fresh/debs" "$work"/fresh/tmp/*
files "$work/fresh" >"$work/after"
# Packages that others recommend stay, with what is theirs; of ours nothing may.
LC_ALL=C comm -13 "$work/before" "$work/after" >"$out/rwda_left_behind.txt"
echo "$(wc -l <"$out/rwda_left_behind.txt") files of packages that apt keeps"
if grep -q rwda "$out/rwda_left_behind.txt"; then echo "the packages leave these behind"; exit 1; fi

step "autopkgtest"
autopkgtest --output-dir="$out/rwda_autopkgtest" "$out"/*.deb "$out"/rwda_*.dsc -- chroot "$work/fresh" >"$out/rwda_autopkgtest.log" 2>&1 ||
    { tail -60 "$out/rwda_autopkgtest.log"; exit 1; }
cat "$out/rwda_autopkgtest/summary"
step "done"
