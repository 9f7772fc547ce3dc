#!/bin/sh
# run.sh BUILD [OPTIONS of compare.py] - is the search for nearest neighbours faster than FAISS (from PyPI, in a virtual environment of its own)?
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
work=$build/nearest
mkdir -p "$work"
if ! "$work/venv/bin/python" -c 'import faiss; assert faiss.__version__ == "1.15.1"' 2>/dev/null; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check faiss-cpu==1.15.1
fi
exec "$work/venv/bin/python" "$here/compare.py" --build "$build" --work "$work" "$@"
