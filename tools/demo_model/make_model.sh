#!/bin/sh
# make_model.sh [--short] DIR [OUT] - models/demo from nothing, into OUT (DIR/model): surfaces, scenes, the teacher's views of them, training, detector
# About two and a half hours of two idle cores, by the rates of its parts, and 6 GB; 1.3 GB are fetched, from Debian and PyPI by name.  Start it again after a break: it goes on where it was.
# Needs what README.md names, and build/release/rwda.  Seeded, but not the same bytes twice: which shards are there when a batch is drawn
# depends on the machine.  --short does every step with a hundredth of the images: the model is worth nothing, and the way is tried.
set -eu
unset CDPATH
scenes=4400 all_groups=9400 shards=222 plan="185000 290000" # plan: images at which the rate begins to fall, has reached nothing
if [ "${1:-}" = --short ]; then
    scenes=200 all_groups=400 shards=4 plan="400 800"
    shift
fi
[ $# -ge 1 ] || { echo "usage: make_model.sh [--short] DIR [OUT]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$1/run"
work=$(cd "$1" && pwd)
out=${2:-$work/model}
python=${PYTHON:-python3}
start=$root/tests/model # 128 pixels, rendered images alone: what its words can tell is kept
export OMP_NUM_THREADS=1

"$here/fetch_surfaces.sh" "$work/surfaces"
[ -s "$work/surfaces/index.jsonl" ] || "$python" "$here/surface_index.py" "$work/surfaces"
"$python" "$here/packs.py" --index "$work/surfaces/index.jsonl" --out "$work/packs" --groups "$scenes"
"$python" "$here/packs.py" --index "$work/surfaces/index.jsonl" --out "$work/packs" --groups "$all_groups" --rendered 1 --seed 2 # behind those
PYTHON=$python "$here/fetch_teacher.sh" "$work/teacher"
"$python" "$here/views.py" --packs "$work/packs" --index "$work/surfaces/index.jsonl" --teacher "$work/teacher" --out "$work/views" --shards "$shards" --first $((shards / 2)) &
other=$!
"$python" "$here/views.py" --packs "$work/packs" --index "$work/surfaces/index.jsonl" --teacher "$work/teacher" --out "$work/views" --shards $((shards / 2))
wait "$other"
[ -e "$work/run/plan" ] || echo "$plan" >"$work/run/plan"
[ -e "$work/run/final.pt" ] ||
    "$python" "$here/learn.py" --packs "$work/packs" --views "$work/views" --work "$work/run" --start "$start" --like "$start" --objective teacher,like \
        --side 192 --layers 8 --groups 9 --fresh 4 --workers 0 --processes 2 --warm 40 --keep .995
"$python" "$here/export.py" --state "$work/run/final.pt" --out "$out"
"$root/build/release/rwda" train --model "$out" --force -o "$out/detector.safetensors"
