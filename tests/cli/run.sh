#!/usr/bin/env bash
# run.sh PROGRAM CASE.sh [--rewrite] - does the command line do what the example says?
# CASE.sh runs with $RWDA (the program), $CASES (this folder) and an empty current folder; the model `demo` is the one for tests (tests/model).
# Beside it lie CASE.stdout (what it must print, to the byte), CASE.stderr (lines that must occur on stderr; optional) and CASE.exit (its exit
# code; default 0).
set -u
unset CDPATH
RWDA=$1
case=${2%.sh}
rewrite=${3:-}
CASES=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$CASES/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU RWDA_THREADS HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_ENDPOINT HF_TOKEN HF_HUB_OFFLINE
export RWDA CASES ROOT NO_COLOR=1 LC_ALL=C XDG_CACHE_HOME="$work/cache" XDG_DATA_HOME="$work/data"
mkdir -p "$work/here" "$work/data/rwda/models" && ln -s "$ROOT/tests/model" "$work/data/rwda/models/demo" && cd "$work/here" || exit 1

bash "$case.sh" >"$work/stdout" 2>"$work/stderr" </dev/null
code=$?
sed -i 's/known format ([^)]*)/known format (...)/' "$work/stdout" "$work/stderr" # those of the build
if [ "$rewrite" = --rewrite ]; then
    cp "$work/stdout" "$case.stdout"
    if [ "$code" -ne 0 ]; then echo "$code" >"$case.exit"; else rm -f "$case.exit"; fi
    exit 0
fi
failed=0
want=0
[ -f "$case.exit" ] && want=$(cat "$case.exit")
if [ "$code" -ne "$want" ]; then
    echo "exit code $code, expected $want"
    failed=1
fi
diff -u "$case.stdout" "$work/stdout" || failed=1
if [ -f "$case.stderr" ]; then
    while IFS= read -r line; do
        grep -qF -- "$line" "$work/stderr" || { echo "stderr lacks: $line"; failed=1; }
    done <"$case.stderr"
fi
[ "$failed" -eq 0 ] || { echo "--- stderr"; cat "$work/stderr"; }
exit $failed
