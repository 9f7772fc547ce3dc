#!/bin/sh
# gpu.sh WORK [SECONDS] - some minutes of one GPU: renders on all its cores, then learns, and leaves a state that the CPU side can go on from
# WORK holds surfaces.tar (surfaces_archive.py pack), or packs/ made elsewhere, and perhaps the state of a training (last.pt or light-*).
# With WORK/teacher (fetch_teacher.sh) the teacher looks at views of them, on all cores, and the model learns from it.
# Needs a Python with PyTorch, NumPy, SciPy and Pillow; nothing is fetched.  $OUT, where set, gets the light state and the log.
set -eu
unset CDPATH
[ $# -ge 1 ] || { echo "usage: gpu.sh WORK [SECONDS]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
work=$1 seconds=${2:-420}
cores=$(nproc)
python=${PYTHON:-python3}
export OMP_NUM_THREADS=1

if [ -e "$work/surfaces.tar" ] && [ ! -e "$work/surfaces/index.jsonl" ]; then
    "$python" "$here/surfaces_archive.py" unpack "$work/surfaces.tar" "$work/surfaces"
fi
mkdir -p "$work/packs"
if [ -e "$work/surfaces/index.jsonl" ]; then # in the background: the training takes in every pack that has been made
    # a seed of its own, so that these are not the other side's packs again
    "$python" "$here/packs.py" --index "$work/surfaces/index.jsonl" --out "$work/packs" --groups "${GROUPS_WANTED:-24000}" \
        --processes "$cores" --seed "${SEED:-7}" >"$work/packs.log" 2>&1 &
    maker=$!
    trap 'kill "$maker" 2>/dev/null || true' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    while ! ls "$work/packs/"pack*.npz >/dev/null 2>&1; do
        kill -0 "$maker" 2>/dev/null || { cat "$work/packs.log" >&2; exit 1; }
        sleep 1
    done
fi
if [ -d "$work/teacher" ]; then # shares of the shards, each process its own, before the card has anything to do
    each=${VIEW_SHARDS:-12} share=0 makers=
    while [ "$share" -lt "$cores" ]; do
        "$python" "$here/views.py" --packs "$work/packs" --index "$work/surfaces/index.jsonl" --teacher "$work/teacher" --out "$work/views" \
            --first $((share * each)) --shards $((share * each + each)) >>"$work/views.log" 2>&1 &
        makers="$makers $!" share=$((share + 1))
    done
    for maker_of_views in $makers; do
        wait "$maker_of_views"
    done
    LEARN="--objective teacher --views $work/views ${LEARN:-}"
fi
# shellcheck disable=SC2086 # options are meant to be several words
"$python" "$here/learn.py" --packs "$work/packs" --work "$work" --groups "${BATCH:-64}" --workers $((cores > 2 ? cores - 2 : 1)) \
    --seconds "$seconds" --light --save-every 60 --keep .998 ${LEARN:-}
if [ -n "${OUT:-}" ]; then
    cp "$work"/light-* "$work/log" "$OUT/"
fi
