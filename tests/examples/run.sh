#!/usr/bin/env bash
# run.sh BUILD LANGUAGE - does that language's example score a folder as the program does, and report a damaged image as it does?
set -euo pipefail
unset CDPATH
build=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU
export XDG_CACHE_HOME="$work/cache" LC_ALL=C.UTF-8 LD_LIBRARY_PATH="$build"

need() {
    command -v "$1" >/dev/null || { echo "$1 is not here (tools/install_packages.sh languages): not tested"; exit 77; }
}

case $2 in
rust)
    need rustc
    rustc -O -D warnings "$root/examples/score_folder.rs" -L "$build" -o "$work/score_folder"
    example=("$work/score_folder") ;;
csharp)
    need mcs
    need mono
    mcs -warnaserror "$root/examples/score_folder.cs" -out:"$work/score_folder.exe"
    example=(mono "$work/score_folder.exe") ;;
*)
    echo "run.sh: '$2' is neither rust nor csharp" >&2
    exit 2 ;;
esac

mkdir "$work/images"
cp "$root"/samples/good/* "$root"/samples/defect/* "$work/images"
cp "$root/samples/good/wood.jpg" "$work/images/Holzbrett für Möbel.jpg"
echo "no image" >"$work/images/notes.txt"
head -c 300 "$root/samples/good/wood.jpg" >"$work/images/damaged.jpg"
"$build/rwda" train --model "$root/tests/model" --pairs 500 --epochs 3 --hidden 16 --quiet -o "$work/detector.safetensors"

code=0
"$build/rwda" score --model "$root/tests/model" --detector "$work/detector.safetensors" --quiet --format table "$work/images" >"$work/all" 2>"$work/want-errors" || code=$?
grep -v '^  failed' "$work/all" >"$work/want"
[ "$code" -eq 1 ] && [ "$(wc -l <"$work/want")" -eq 19 ] || { echo "the program: exit code $code"; cat "$work/want-errors"; exit 1; }
code=0
"${example[@]}" "$root/tests/model" "$work/detector.safetensors" "$work/images" >"$work/got" 2>"$work/errors" || code=$?
diff -u "$work/want" "$work/got"
[ "$code" -eq 1 ] || { echo "exit code $code of the example, where an image failed"; exit 1; }
diff -u <(sed 's/^rwda: //' "$work/want-errors") "$work/errors"

"${example[@]}" "$work/nowhere" "$work/detector.safetensors" "$work/images" 2>"$work/errors" && { echo "a model that is not there is no failure"; exit 1; }
grep -q 'nowhere' "$work/errors"

# A reader that goes away: one sentence, and no end by a signal or a panic.
code=0
"${example[@]}" "$root/tests/model" "$work/detector.safetensors" "$work/images" 2>"$work/errors" >/dev/full || code=$?
[ "$code" -eq 1 ] && [ "$(grep -vc damaged.jpg "$work/errors")" -le 1 ] || { echo "a full standard output: exit code $code"; cat "$work/errors"; exit 1; }
