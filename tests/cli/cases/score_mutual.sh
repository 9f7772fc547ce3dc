# Mutual scoring: each image against the others of the call, in any order; how many it was compared with; what is said about few and half.
score() { "$RWDA" score --model demo --mutual --image-size 64 "$@"; }
field() { sed -E 's/.*"'"$1"'":([^,}]*).*/\1/'; }
mkdir batch
cp "$ROOT"/samples/good/*.jpg batch
cp "$ROOT/samples/defect/wood_hole.jpg" batch
echo "-- ten images"
score batch 2>said >all
sed 's/, [0-9.]* images.s$//' said
wc -l <all
head -1 all | sed -E 's/[0-9a-f]{64}/H/g; s/"(score|logit|score_mutual|decode|encode|total)":-?[0-9.e-]+/"\1":N/g'
[ "$(field score <all)" = "$(field score_mutual <all)" ] && echo the distance is the score
echo "-- the same in any order, with any threads, and from a list"
sed -E 's/,"ms".*//' all | sort >sorted
find batch -type f | sort -r | score --quiet --threads 1 --batch 1 - | sed -E 's/,"ms".*//' | sort | cmp - sorted && echo same
echo "-- a batch is compared with itself, a memory of it finds each image"
"$RWDA" remember --model demo --quiet --image-size 64 --robust 0.3 --json -o batch.safetensors batch | grep -oE '"score":[0-9.e-]+' | sed 's/.*://' | sort >left_out
field score_mutual <all | sort | cmp - left_out && echo the leave-one-out scores
echo "-- with three of them"
score --references 3 batch 2>&1 >some | sed 's/, [0-9.]* images.s$//'
grep -o '"compared_with":[0-9]*' some | sort | uniq -c | sed 's/^ *//'
echo "-- with twenty"
for i in 1 2 3 4 5 6 7 8 9 10; do { printf 'P6 3 2 255\n' && printf 'abcdefghijklmnop%02d' $i; } >batch/$i.ppm; done
score batch 2>&1 >/dev/null | sed 's/, [0-9.]* images.s$//'
echo "-- one that cannot be read is left out, and fails"
head -c 900 batch/grid.jpg >batch/cut.jpg
score batch 2>&1 >part | sed 's/, [0-9.]* images.s$//'; echo "exit ${PIPESTATUS[0]}"
grep -c '"score_mutual":' part; grep -c '"error":' part
grep -o '"compared_with":[0-9]*' part | sort -u
rm batch/*.ppm batch/cut.jpg
echo "-- the same pixels twice: neither is compared with them"
cp batch/wood.jpg batch/wood_again.jpg
score --quiet batch 2>/dev/null | grep -E '/wood(_again)?\.jpg' | field score_mutual | uniq | wc -l
rm batch/wood_again.jpg
echo "-- words beside it"
score --quiet --fuse 0.3 --method clip batch | grep -oE '"method":"[^"]*"|"words":"[^"]*"|"fuse":[0-9.]*|"compared_with":[0-9]*' | sort | uniq -c | sed 's/^ *//'
echo "-- maps of it"
score --quiet --map maps --map-write npy batch | grep -o '"kind":"[a-z]*"' | uniq -c | sed 's/^ *//'
ls maps | wc -l
echo "-- a threshold holds for the recipe, whatever the batch"
cp all all.jsonl && "$RWDA" calibrate --model demo --quiet --confidence 0 --quantile 0.8 -o t.json all.jsonl; echo "exit $?"
rm batch/zipper.jpg
score --quiet --threshold t.json batch | grep -c '"label":"[a-z]'
score --quiet --threshold t.json --image-size 128 batch 2>&1 | grep -oE 'were made with [a-z_]* [0-9]*'
echo "-- what cannot be scored"
refused() { "$RWDA" "$@" --quiet 2>&1 >/dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
refused score --model demo --mutual batch/wood.jpg
refused score --model demo --mutual --references 1 batch
refused score --model demo --mutual --references many batch
refused score --model demo --mutual missing.jpg
refused score --model demo --mutual --crops 2x2 batch
refused map --model demo -o x --mutual batch
refused calibrate --model demo --mutual batch
