#!/usr/bin/env bash
# build_musl.sh - one static program, against musl: build/musl/rwda
# musl has none of the libraries in Debian, so that each is built from its Debian source package (apt-get source) by musl-gcc.  Left out:
# AVIF and HEIC (C++ and encoders below them) and the network (a TLS library); everything else of the usual build is in it.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
root=$(pwd)
work=$root/build/musl
prefix=$work/prefix
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
mkdir -p "$work/sources" "$prefix"
export CPPFLAGS="-I$prefix/include" CC=musl-gcc AR=ar RANLIB=ranlib CFLAGS="-O2 -fPIC -I$prefix/include" LDFLAGS="-static -L$prefix/lib" PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
unset CMAKE_C_COMPILER_LAUNCHER

# apt of our own: source packages of the suite, whatever the machine's lists say
apt_source() { # SOURCE: unpacked into sources/SOURCE-*
    local etc=$work/apt
    mkdir -p "$etc/lists/partial" "$etc/cache/archives/partial"
    [ -e "$etc/sources.list" ] || {
        local mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)}
        [ -n "$mirror" ] || { echo "build_musl.sh: apt has no repository of $suite; MIRROR names one" >&2; exit 1; }
        echo "deb-src $mirror $suite main" >"$etc/sources.list"
        apt-get -qq -o Dir::Etc::SourceList="$etc/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$etc/lists" \
            -o Dir::Cache="$etc/cache" update
    }
    (cd "$work/sources" && apt-get -qq -o Dir::Etc::SourceList="$etc/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$etc/lists" -o Dir::Cache="$etc/cache" source "$1" >/dev/null 2>"$work/$1.log") || { cat "$work/$1.log"; exit 1; }
}

# library SOURCE HOW [ARGUMENTS]: once; HOW: configure, cmake or a function below
library() {
    local name=$1 how=$2
    shift 2
    [ -e "$work/$name.done" ] && return
    echo "$name"
    apt_source "$name"
    local folder
    folder=$(find "$work/sources" -maxdepth 1 -type d -name "$name-*" | head -1)
    (cd "$folder" && "with_$how" "$@") >"$work/$name.log" 2>&1 || { tail -30 "$work/$name.log"; exit 1; }
    rm -rf "$folder"
    touch "$work/$name.done"
}
with_configure() {
    [ -x configure ] || autoreconf -fi
    ./configure --host="$(uname -m)-linux-musl" --prefix="$prefix" --libdir="$prefix/lib" --disable-shared --enable-static "$@" &&
        make -j2 && make install
}
with_zlib() { ./configure --static --prefix="$prefix" && make -j2 libz.a && make install; }
with_cmake() {
    cmake -S . -B out -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR="$prefix/lib" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF "$@" &&
        cmake --build out -j2 && cmake --install out
}
with_make() { # of a Makefile that knows PREFIX
    make -j2 CC=musl-gcc "$@"
}
with_xxhash() { with_make libxxhash.a libxxhash.pc PREFIX="$prefix" && cp libxxhash.a "$prefix/lib" && cp xxhash.h xxh3.h "$prefix/include" && cp libxxhash.pc "$prefix/lib/pkgconfig"; }
with_giflib() { with_make libgif.a && cp libgif.a "$prefix/lib" && cp gif_lib.h "$prefix/include"; }
with_csv() { musl-gcc $CFLAGS -c libcsv.c && ar rcs "$prefix/lib/libcsv.a" libcsv.o && cp csv.h "$prefix/include"; }

mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"
library zlib zlib
library jansson configure
library utf8proc cmake
library libjpeg-turbo cmake -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF -DENABLE_SHARED=OFF
library libpng1.6 configure
library libwebp configure --disable-gl --disable-sdl --disable-png --disable-jpeg --disable-tiff --disable-gif --disable-libwebpdemux
library tiff configure --disable-cxx --disable-jbig --disable-lerc --disable-zstd --disable-lzma --disable-webp --disable-libdeflate
library nettle configure --disable-public-key --disable-documentation --disable-openssl
library xxhash xxhash
library libmicrohttpd configure --disable-https --disable-doc --disable-examples --disable-curl
library libcsv csv
library giflib giflib
library openjpeg2 cmake -DBUILD_CODEC=OFF

cmake -S "$root" -B "$work/rwda-build" -G Ninja -DCMAKE_C_COMPILER=musl-gcc -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DCMAKE_EXE_LINKER_FLAGS="-static -L$prefix/lib" -DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY \
    -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DPKG_CONFIG_ARGN=--static -DRWDA_BUILD_TESTS=OFF -DRWDA_NETWORK=OFF -DRWDA_ARROW=OFF -DRWDA_WATCH=OFF -DRWDA_TAR=OFF \
    -DRWDA_GIF=ON -DRWDA_JPEG2000=ON -DRWDA_AVIF=OFF -DRWDA_HEIC=OFF -DRWDA_MODELS="${RWDA_MODELS:-$root/models}" >"$work/rwda.log" 2>&1 &&
    cmake --build "$work/rwda-build" --target rwda >>"$work/rwda.log" 2>&1 || { tail -30 "$work/rwda.log"; exit 1; }
cp "$work/rwda-build/rwda" "$work/rwda"
if readelf -d "$work/rwda" | grep NEEDED; then echo "the program needs a library"; exit 1; fi
"$work/rwda" --version
