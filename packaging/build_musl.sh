#!/usr/bin/env bash
# build_musl.sh - one static program, against musl: build/musl/rwda
# musl has none of the libraries in Debian, so that each is built from its Debian source package (apt-get source) by musl-gcc.  Left out:
# AVIF and HEIC (C++ and encoders below them) and the network (a TLS library); everything else of the usual build is in it.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
root=$(pwd)
work=$root/build/musl
machine=$(uname -m)-linux-musl
toolchain=(-DCMAKE_C_COMPILER=musl-gcc)
export CC=musl-gcc AR=ar RANLIB=ranlib CFLAGS="-O2 -fPIC" LDFLAGS=-static
# shellcheck source=packaging/from_source.sh
. packaging/from_source.sh
with_csv() { musl-gcc $CFLAGS -c libcsv.c && ar rcs "$prefix/lib/libcsv.a" libcsv.o && cp csv.h "$prefix/include"; }

libraries_of_rwda
library libmicrohttpd configure --disable-https --disable-doc --disable-examples --disable-curl
library libcsv csv

cmake -S "$root" -B "$work/rwda-build" -G Ninja -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DCMAKE_EXE_LINKER_FLAGS="-static -L$prefix/lib" -DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
    -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DPKG_CONFIG_ARGN=--static -DRWDA_BUILD_TESTS=OFF -DRWDA_NETWORK=OFF -DRWDA_ARROW=OFF -DRWDA_WATCH=OFF -DRWDA_TAR=OFF \
    -DRWDA_GIF=ON -DRWDA_JPEG2000=ON -DRWDA_AVIF=OFF -DRWDA_HEIC=OFF -DRWDA_MODELS="${RWDA_MODELS:-$root/models}" >"$work/rwda.log" 2>&1 &&
    cmake --build "$work/rwda-build" --target rwda >>"$work/rwda.log" 2>&1 || { tail -30 "$work/rwda.log"; exit 1; }
cp "$work/rwda-build/rwda" "$work/rwda"
if readelf -d "$work/rwda" | grep NEEDED; then echo "the program needs a library"; exit 1; fi
"$work/rwda" --version
