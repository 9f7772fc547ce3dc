#!/bin/sh
# run.sh BUILD [OPTIONS of compare.py] - is the engine faster than what one would otherwise use, in the same run?
# Debian's PyTorch and Pillow; ONNX Runtime, a current Pillow and, where it installs, OpenVINO from PyPI in a virtual environment.
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
    "$venv/bin/pip" install --quiet --ignore-installed pillow==13.0.0
    "$venv/bin/pip" install --quiet --no-deps openvino==2026.4.1 openvino-telemetry || echo "OpenVINO does not install here: left out" >&2
fi
exec "$venv/bin/python" -W ignore "$here/compare.py" --build "$build" --work "$work" "$@"
