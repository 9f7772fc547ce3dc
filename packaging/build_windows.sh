#!/usr/bin/env bash
# build_windows.sh [--no-tests] - the library for 64-bit Windows by Debian's MinGW: build/windows/rwda with librwda-0.dll, librwda.a, the headers
# Its libraries are built from their Debian source packages (apt-get source) and linked in: the DLL needs Windows alone.  Left out: AVIF and
# HEIC (C++ and encoders below them).  Then the unit tests and examples/score_image.c run under Wine; its scores are compared with this machine's.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
root=$(pwd)
work=$root/build/windows
machine=x86_64-w64-mingw32
toolchain=(-DCMAKE_TOOLCHAIN_FILE="$root/cmake/$machine.cmake" -DRWDA_SYSROOT="$work/prefix")
export CC=$machine-gcc-posix AR=$machine-ar RANLIB=$machine-ranlib RC=$machine-windres CFLAGS="-O2 -D__USE_MINGW_ANSI_STDIO=1" LDFLAGS=
# shellcheck source=packaging/from_source.sh
. packaging/from_source.sh
with_cmocka() { with_cmake -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF && mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a" && rm "$prefix/lib/libcmocka.dll.a"; }

libraries_of_rwda
library cmocka cmocka

build=$work/rwda-build
cmake -S "$root" -B "$build" -G Ninja "${toolchain[@]}" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DPKG_CONFIG_ARGN=--static -DRWDA_GIF=ON -DRWDA_JPEG2000=ON -DRWDA_AVIF=OFF -DRWDA_HEIC=OFF \
    -DCMAKE_INSTALL_PREFIX="$work/rwda" >"$work/rwda.log" 2>&1 &&
    cmake --build "$build" >>"$work/rwda.log" 2>&1 && rm -rf "$work/rwda" && cmake --install "$build" >>"$work/rwda.log" 2>&1 ||
    { tail -30 "$work/rwda.log"; exit 1; }
