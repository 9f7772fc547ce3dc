#!/bin/sh
# run.sh PYTHON PACKAGE_DIR PROGRAM [PYTEST OPTIONS] - the package's tests against a build: PACKAGE_DIR holds rwda/, or is "installed".
set -eu
unset CDPATH
python=$1
package=$2
[ "$package" = installed ] || package=$(realpath -- "$package")
program=$(realpath -- "$3")
shift 3
tests=$(cd "$(dirname "$0")" && pwd)
cd "$tests/../../.." # examples name files of the checkout
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ "$package" = installed ] || PYTHONPATH=$package
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME="$cache" PATH="$(dirname "$program"):$PATH" RWDA_PROGRAM="$program"
unset RWDA_MODEL RWDA_CPU RWDA_THREADS 2>/dev/null || true
"$python" -m pytest -q -p no:cacheprovider "$@" "${TESTS:-$tests}"
