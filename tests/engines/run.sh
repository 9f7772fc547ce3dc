#!/usr/bin/env bash
# run.sh BUILD ENGINE... [OPTIONS of run.py] - installs each engine (Debian's package, or PyPI's in build/engines/ENGINE) and asks it
set -euo pipefail
unset CDPATH
build=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/../.."
engines=()
while [ $# -gt 0 ] && [[ $1 != --* ]]; do
    engines+=("$1")
    shift
done
for engine in "${engines[@]}"; do
    case $engine in parallel | mpi | slurm | spark) tools/install_packages.sh "$engine" ;; esac
    wanted=tests/engines/requirements/$engine.txt there=build/engines/$engine
    if [ -e "$wanted" ] && { [ ! -e "$there/installed" ] || [ "$wanted" -nt "$there/installed" ]; }; then
        python3 -m venv "$there"
        # shellcheck disable=SC2046 # an option or none
        "$there/bin/pip" install --quiet --disable-pip-version-check $([ "$engine" = kubernetes ] && echo --no-deps) -r "$wanted"
        touch "$there/installed"
    fi
done
PYTHONPATH=$build/bindings/python PYTHONDONTWRITEBYTECODE=1 exec python3 tests/engines/run.py "$build/rwda" "${engines[@]}" "$@"
