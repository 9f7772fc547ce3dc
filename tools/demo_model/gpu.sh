#!/bin/sh
# gpu.sh WORK [SECONDS] - some minutes of one GPU: renders on all its cores, then learns, and leaves a state that the CPU side can go on from
# WORK holds surfaces.tar (surfaces_archive.py pack), or packs/ made elsewhere, and perhaps the state of a training (last.pt or light-*).
# Needs a Python with PyTorch, NumPy, SciPy and Pillow; nothing is fetched.  $OUT, where set, gets the light state and the log.
set -eu
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
    while ! ls "$work/packs/"pack*.npz >/dev/null 2>&1; do
        kill -0 "$maker" 2>/dev/null || { cat "$work/packs.log" >&2; exit 1; }
        sleep 1
    done
fi
# shellcheck disable=SC2086 # options are meant to be several words
"$python" "$here/learn.py" --packs "$work/packs" --work "$work" --groups "${BATCH:-64}" --workers $((cores > 2 ? cores - 2 : 1)) \
    --seconds "$seconds" --light --save-every 60 --keep .998 ${LEARN:-}
if [ -n "${OUT:-}" ]; then
    cp "$work"/light-* "$work/log" "$OUT/"
fi
