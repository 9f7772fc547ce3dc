#!/bin/sh
# run.sh PROGRAM - program.py with the packages of `make arrow-test`, or those of python3; exit code 77 where neither has them
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
for python in "$here/../../build/arrow-venv/bin/python" python3; do
    if "$python" -c 'import duckdb, numpy, polars, pyarrow' 2>/dev/null; then
        RWDA=$1 exec "$python" "$here/program.py"
    fi
done
echo "no pyarrow, polars and duckdb: make arrow-test" >&2
exit 77
