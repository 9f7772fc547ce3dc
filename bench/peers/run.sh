#!/bin/sh
# run.sh BUILD [OPTIONS of compare.py] - is the engine faster than what one would otherwise use, in the same run?
# Debian's PyTorch and Pillow; ONNX Runtime and a current Pillow from PyPI in a virtual environment of their own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
work=$build/peers
venv=$work/venv
mkdir -p "$work"

"$here/../../tools/install_packages.sh" parity
if ! "$venv/bin/python" -c 'import onnxruntime' 2>/dev/null; then
    /usr/bin/python3 -m venv --system-site-packages "$venv"
    "$venv/bin/pip" install --quiet onnxruntime==1.32.0
    "$venv/bin/pip" install --quiet --ignore-installed pillow
fi
exec "$venv/bin/python" -W ignore "$here/compare.py" --build "$build" --work "$work" "$@"
