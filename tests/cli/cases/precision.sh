# --precision: what is stored as F16 gives the same bytes as F16; records, models and detectors say what was used; others are refused.
"$RWDA" embed --model demo --quiet "$ROOT/samples/good" -o f32.npy
"$RWDA" embed --model demo --quiet --precision f32 "$ROOT/samples/good" -o named.npy && cmp f32.npy named.npy && echo 'the default is f32'
"$RWDA" model info demo --quiet --cpu ref --precision auto --json | grep -o '"precision":"[a-z0-9]*"' # plain C has no fast integers
"$RWDA" embed --model demo --quiet --precision f16 "$ROOT/samples/good" -o f16.npy && cmp f32.npy f16.npy && echo 'f16 of F16 is the same'
"$RWDA" embed --model demo --quiet --precision bf16 "$ROOT/samples/good" -o bf16.npy
cmp -s f32.npy bf16.npy || echo 'bf16 is rounded'
# Integers: near, the same bytes for any threads and batch, maps too.
"$RWDA" embed --model demo --quiet --precision int8 --crops 5 "$ROOT/samples/good" -o int8.npy
for way in "--threads 1" "--threads 3 --batch 2" "--batch 1"; do
    "$RWDA" embed --model demo --quiet --precision int8 --crops 5 $way "$ROOT/samples/good" -o - | cmp - int8.npy || echo "int8 differs with $way"
    for mode in windows patches crops; do
        "$RWDA" map --model demo --quiet --precision int8 --method clip --mode $mode $way --write npy -o maps --force "$ROOT/samples/good/wood.jpg" >/dev/null
        sha256sum <"$(find maps -name '*.npy')" >"$mode.new"
        [ -f $mode.sum ] || cp $mode.new $mode.sum
        [ -s $mode.new ] && cmp $mode.new $mode.sum || echo "$mode: no map"
    done
done
"$RWDA" model info demo --quiet --precision int8 --json | grep -o '"precision":"[a-z0-9]*"'
"$RWDA" model info demo --quiet --precision bf16 | grep '^precision' | tr -s ' '
"$RWDA" score --model demo --quiet --method clip --precision f16 "$ROOT/samples/good/wood.jpg" | grep -o '"precision":"[a-z0-9]*"'
train() { "$RWDA" train --model demo --quiet --pairs 100 --epochs 1 --json "$@" | grep -o '"precision":"[a-z0-9]*"'; }
train -o f32.safetensors
train -o bf16.safetensors --precision bf16
train -o again.safetensors --precision bf16 --no-cache && cmp bf16.safetensors again.safetensors && echo 'the cache keeps them apart'
grep -ac '"precision"' f32.safetensors bf16.safetensors
"$RWDA" score --model demo --quiet -d bf16.safetensors --format table "$ROOT/samples/good/wood.jpg" | wc -l
"$RWDA" model info demo --precision f64
