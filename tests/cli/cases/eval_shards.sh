# Categories are shared between processes; the last call finds what they did, and writes what one process writes.
. "$CASES/layouts.sh"
make_mvtec data
draw_masks data/first
rm -r data/second/ground_truth # no masks here
cp -r data/first data/third
for path in data/*/test/*/*; do touch -d '2001-01-01' "$path"; done
run() { "$RWDA" eval --model demo --image-size 64 --data data --method fnn,clip,memory --map patches --shots 1 --draws 2 --seeds 2 --pairs 100 "$@" >out 2>err; echo "exit $?"; }
said() { grep -v -e ': model' -e 'encoding' -e '[0-9] s$' -e 'train' err | sed 's/^rwda: //'; }
run --quiet -o whole; cp out whole.out
ls whole/embeddings | sed 's/\..*//' | sort -u
run --shard 0/3 -o parts; said; cat out; ls parts
for i in 1 2; do SLURM_PROCID=$i SLURM_STEP_NUM_TASKS=3 run --quiet -o parts; done
ls parts; ls parts/embeddings | wc -l; ls whole/embeddings | wc -l
find parts/embeddings -type f -exec stat -c '%n %Y' {} + | sort >before
run --quiet -o parts; cmp out whole.out && diff -r whole parts && echo 'shared: the same bytes'
find parts/embeddings -type f -exec stat -c '%n %Y' {} + | sort | cmp - before && echo 'nothing was made again'
run --shard 0/2; said
run --shard 2/2 -o parts; said
run --shard 0/1 --quiet --force -o parts; cmp out whole.out && echo 'no shards'
RANK=5 WORLD_SIZE=64 run -o empty; said; ls empty
