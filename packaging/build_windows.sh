#!/usr/bin/env bash
# build_windows.sh [CTEST OPTIONS...] - the library for 64-bit Windows by Debian's MinGW: build/windows/rwda with librwda-0.dll and the headers
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

# What was configured by another version of the toolchain file or CFLAGS is in the cache: it starts anew.
build=$work/rwda-build
rm -rf "$work/rwda"
cmake --fresh -S "$root" -B "$build" -G Ninja "${toolchain[@]}" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
    -DPKG_CONFIG_ARGN=--static -DRWDA_GIF=ON -DRWDA_JPEG2000=ON -DRWDA_AVIF=OFF -DRWDA_HEIC=OFF \
    -DCMAKE_INSTALL_PREFIX="$work/rwda" >"$work/rwda.log" 2>&1 &&
    cmake --build "$build" >>"$work/rwda.log" 2>&1 && cmake --install "$build" >>"$work/rwda.log" 2>&1 || { tail -30 "$work/rwda.log"; exit 1; }
system='ADVAPI32|bcrypt|KERNEL32|msvcrt' # the DLLs of Windows that it may need
if $machine-objdump -p "$work/rwda/bin/librwda-0.dll" | sed -n 's/.*DLL Name: //p' | grep -vixE "($system)\.dll"; then
    echo "the DLL needs a library"
    exit 1
fi

# A first program makes Wine's folder; two at once would both.
export WINEPREFIX=$work/wine WINEDEBUG=-all
wine=$(sed -n 's/^RWDA_WINE:FILEPATH=//p' "$build/CMakeCache.txt")
[ -x "$wine" ] || { echo "no Wine: nothing was tested" >&2; exit 1; }
"$wine" "$build/bin/score_image.exe" >/dev/null 2>&1 || [ $? -eq 2 ]
code=0
ctest --test-dir "$build" --output-on-failure --timeout 1800 -j2 "$@" || code=$?

# The example, as a user builds and runs it: from the installed tree, in a folder of its own with the DLL beside it.
mkdir -p "$work/example"
cp "$work/rwda/bin/librwda-0.dll" "$work/example/"
# shellcheck disable=SC2086 # words are meant
"$CC" -O2 -D__USE_MINGW_ANSI_STDIO=1 -I"$work/rwda/include" examples/score_image.c -L"$work/rwda/lib" -lrwda -o "$work/example/score_image.exe"
here=$root/build/release/rwda # scores of this machine, where it is built
for image in samples/*/*.jpg; do
    score=$("$wine" "$work/example/score_image.exe" models/demo models/demo/detector.safetensors "$image" | tr -d '\r')
    echo "$score $image"
    [ -x "$here" ] || continue
    expected=$("$here" score --quiet --model models/demo --detector models/demo/detector.safetensors --format csv "$image" | awk -F, 'NR == 2 { printf "%.4f", $2 }')
    [ "$score" = "$expected" ] || { echo "this machine scores it $expected" >&2; code=1; }
done
du -h "$work/rwda/bin/librwda-0.dll"
exit "$code"
