#!/bin/sh
# installed.sh PYTHON BUILD FOLDER - does the package work where `cmake --install` puts it (FOLDER, below a prefix), with nothing set?
set -eu
unset CDPATH
image=$(cd "$(dirname "$0")/../../.." && pwd)/samples/good/grid.jpg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cmake --install "$2" --prefix "$work/a prefix" >/dev/null
cd "$work"
said=$(env -i HOME="$work" PATH=/usr/bin:/bin PYTHONPATH="$work/a prefix/$3" PYTHONDONTWRITEBYTECODE=1 "$1" -c \
    'import rwda, sys; print(rwda.Scorer().score_image(sys.argv[1]) > 0, rwda.Model().path)' "$image")
[ "$said" = "True $work/a prefix/share/rwda/models/demo" ] || { echo "$said"; exit 1; }
