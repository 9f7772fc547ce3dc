#!/usr/bin/env bash
# from_source.sh - sourced: static libraries from Debian's source packages, for a machine that has none of them in Debian
# The script that sources it has set `work` (its folder), `machine` (its triplet), CC, AR, RANLIB, CFLAGS, LDFLAGS; and `toolchain`, what CMake is told of it.
# shellcheck disable=SC2154 # which they are

unset CDPATH
prefix=$work/prefix
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
mkdir -p "$work/sources" "$prefix/lib/pkgconfig" "$prefix/include"
export CPPFLAGS="-I$prefix/include" PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
CFLAGS+=" -I$prefix/include"
LDFLAGS+=" -L$prefix/lib"
unset CMAKE_C_COMPILER_LAUNCHER

updated=""
# apt of our own: source packages of the suite, whatever the machine's lists say
apt_source() { # SOURCE: unpacked into sources/SOURCE-*
    local etc=$work/apt
    mkdir -p "$etc/lists/partial" "$etc/cache/archives/partial"
    [ -n "$updated" ] || { # once a run: the archive moves on, and MIRROR and SUITE may be others
        local mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)}
        [ -n "$mirror" ] || { echo "${0##*/}: apt has no repository of $suite; MIRROR names one" >&2; exit 1; }
        echo "deb-src $mirror $suite main" >"$etc/sources.list"
        apt-get -qq -o Dir::Etc::SourceList="$etc/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$etc/lists" \
            -o Dir::Cache="$etc/cache" update
        updated=yes
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
    ./configure --host="$machine" --prefix="$prefix" --libdir="$prefix/lib" --disable-shared --enable-static "$@" &&
        make -j2 && make install
}
with_zlib() { ./configure --static --prefix="$prefix" && make -j2 libz.a && make install; }
with_cmake() {
    cmake -S . -B out "${toolchain[@]}" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR="$prefix/lib" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_FIND_ROOT_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF "$@" &&
        cmake --build out -j2 && cmake --install out
}
with_make() { # of a Makefile that knows PREFIX
    make -j2 CC="$CC" AR="$AR" "$@"
}
with_xxhash() { with_make libxxhash.a libxxhash.pc PREFIX="$prefix" && cp libxxhash.a "$prefix/lib" && cp xxhash.h xxh3.h "$prefix/include" && cp libxxhash.pc "$prefix/lib/pkgconfig"; }
with_giflib() { with_make libgif.a && cp libgif.a "$prefix/lib" && cp gif_lib.h "$prefix/include"; }

# What the library rwda needs of others, with the image formats that are cheap to build.
libraries_of_rwda() {
    library zlib zlib
    library jansson configure
    library utf8proc cmake
    library libjpeg-turbo cmake -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF -DENABLE_SHARED=OFF
    library libpng1.6 configure
    library libwebp configure --disable-gl --disable-sdl --disable-png --disable-jpeg --disable-tiff --disable-gif --disable-libwebpdemux
    library tiff configure --disable-tools --disable-tests --disable-contrib --disable-docs --disable-cxx --disable-jbig --disable-lerc --disable-zstd --disable-lzma --disable-webp --disable-libdeflate
    library nettle configure --disable-public-key --disable-documentation --disable-openssl
    library xxhash xxhash
    library giflib giflib
    library openjpeg2 cmake -DBUILD_CODEC=OFF
}
