# The same seed gives the same file, with any number of threads, from the cache or without it.
for threads in 1 2 3; do
    "$RWDA" train --model demo --pairs 200 --epochs 2 --threads $threads --no-cache --quiet -o "d$threads.safetensors"
done
for threads in 1 2 3; do
    "$RWDA" train --model demo --pairs 70 --epochs 2 --noise 0.05 --dropout 0.3 --batch-pairs 33 --threads $threads --quiet -o "n$threads.safetensors"
done
cmp n1.safetensors n2.safetensors && cmp n1.safetensors n3.safetensors && echo with noise and dropout too
"$RWDA" train --model demo --pairs 200 --epochs 2 --quiet -o cold.safetensors
"$RWDA" train --model demo --pairs 200 --epochs 2 --quiet -o warm.safetensors
"$RWDA" train --model demo --pairs 200 --epochs 2 --seed 2 --quiet -o other.safetensors
cmp d1.safetensors d2.safetensors && cmp d1.safetensors d3.safetensors && cmp d1.safetensors cold.safetensors &&
    cmp d1.safetensors warm.safetensors && echo same
cmp -s d1.safetensors other.safetensors || echo another seed, another file
"$RWDA" train --model demo --pairs 200 --epochs 2 --quiet -o d1.safetensors
echo "overwriting without --force: $?"
for threads in 1 2 3; do
    "$RWDA" score -d d1.safetensors --model demo --threads $threads --batch $threads --crops 5 --format csv --quiet "$ROOT/samples" | sha256sum
done | sort | uniq -c | sed -E 's/^ *([0-9]+) .*/\1 runs, one result/'
