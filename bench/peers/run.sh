#!/bin/sh
# run.sh BUILD [OPTIONS of compare.py] - is the engine faster than what one would otherwise use, in the same run?
# Debian's PyTorch and Pillow; from PyPI in virtual environments: ONNX Runtime with onnx, a current Pillow and, where they install, OpenVINO,
# a current PyTorch with open_clip (5 GB: it brings CUDA, which is not used; PEER_TORCH=no leaves it out) and ONNX Runtime on ggml (PEER_GGML=no).
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
work=$build/peers
venv=$work/venv
mkdir -p "$work"

"$here/../../tools/install_packages.sh" parity
if ! "$venv/bin/python" -c 'import onnxruntime, onnx, PIL; assert PIL.__version__ == "13.0.0"' 2>/dev/null; then
    /usr/bin/python3 -m venv --system-site-packages "$venv"
    # Debian's PyTorch wants NumPy 1.
    "$venv/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 'numpy<2'
    "$venv/bin/pip" install --quiet --ignore-installed pillow==13.0.0
    "$venv/bin/pip" install --quiet --no-deps openvino==2026.4.1 openvino-telemetry || echo "OpenVINO does not install here: left out" >&2
fi

# own NAME IMPORT PACKAGES: a virtual environment of its own; its Python, or nothing where it does not install.
own() {
    name=$1 import=$2
    shift 2
    if [ ! -e "$work/venv-$name/tried" ]; then
        /usr/bin/python3 -m venv "$work/venv-$name"
        "$work/venv-$name/bin/pip" install --quiet "$@" >&2 || echo "$name does not install here: left out" >&2
        touch "$work/venv-$name/tried"
    fi
    if "$work/venv-$name/bin/python" -W ignore -c "import $import, numpy" 2>/dev/null; then
        echo "$work/venv-$name/bin/python"
    fi
}
[ "${PEER_TORCH:-yes}" = no ] || set -- --torch "$(own torch torch torch==2.15.0 torchvision==0.29.2 open-clip-torch==3.3.0 timm==1.0.31 transformers==5.24.0 onnx==1.23.2 onnxscript==0.7.2 \
    numpy pillow==13.0.0 sentencepiece==0.2.3)" "$@"
[ "${PEER_GGML:-yes}" = no ] || set -- --ggml "$(own ggml onnxruntime_ggml onnxruntime-ggml==0.2.0 numpy pillow)" "$@"
exec "$venv/bin/python" -W ignore "$here/compare.py" --build "$build" --work "$work" "$@"
