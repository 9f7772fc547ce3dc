#!/usr/bin/env bash
# cross_test.sh MACHINE [CTEST OPTIONS...] - does rwda build for another machine, and do its tests pass there?
#   aarch64  64-bit ARM: Debian's cross compiler, Debian's arm64 libraries unpacked into build/aarch64-root, programs under QEMU's user mode
#   s390x    a big-endian machine, which must be refused when the build is configured
# As a rule a test takes 20 to 60 times as long under QEMU: `cross_test.sh aarch64 -R unit/` is the part about kernels.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
machine=${1:-}
[ $# -eq 0 ] || shift
mkdir -p build
tools/install_packages.sh build cross

case $machine in
aarch64)
    root=$PWD/build/aarch64-root
    if [ ! -e "$root/complete" ]; then # nothing of it runs but what the tests load
        rm -rf "$root"
        libraries=$(tools/install_packages.sh --list build | grep -E -- '-dev$' | paste -sd,)
        # shellcheck disable=SC1091
        . /etc/os-release
        mmdebstrap --quiet --variant=extract --architectures=arm64 --include="$libraries" \
            --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "$VERSION_CODENAME" "$root"
        touch "$root/complete"
    fi
    cmake -G Ninja -B build/aarch64 -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/aarch64-linux-gnu.cmake" -DRWDA_SYSROOT="$root" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -g1 -DNDEBUG" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON >build/aarch64.log ||
        { cat build/aarch64.log; exit 1; }
    cmake --build build/aarch64
    ctest --test-dir build/aarch64 --output-on-failure --timeout 7200 "$@" ;;
s390x)
    if cmake -B build/s390x -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=s390x -DCMAKE_C_COMPILER=s390x-linux-gnu-gcc \
        -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY >build/s390x.log 2>&1; then
        echo "a big-endian machine was not refused" >&2
        exit 1
    fi
    grep -q 'rwda is for little-endian machines, and s390x is big-endian' build/s390x.log || { cat build/s390x.log; exit 1; }
    echo "s390x: refused, as it must be" ;;
*)
    echo "cross_test.sh: '$machine' is none of aarch64, s390x" >&2
    exit 2 ;;
esac
