# A threshold file made on the spot and from a scores file is the same; it labels what it was made for and refuses everything else.
score() { "$RWDA" score --model demo --method clip --prompts single --quiet "$@"; }
calibrate() { "$RWDA" calibrate --model demo --method clip --prompts single --quiet "$@" 2>/dev/null; }
good="$ROOT/samples/good"
calibrate "$good" -o thresholds.json && score "$good" -o scores.jsonl && score "$good" --format csv -o scores.csv
grep -c '"embedding": {' thresholds.json # which scores alone do not give
sed '/^  \],/,$d' thresholds.json >head.json
"$RWDA" calibrate --quiet scores.jsonl 2>/dev/null | sed '/^  \]$/,$d' | cmp - head.json && echo "same from JSON lines"
calibrate scores.csv | sed '/^  \]$/,$d' | cmp - head.json && echo "same from CSV"
echo "-- all of the images it was made from are normal, the largest has p-value 2 / 10"
score --threshold thresholds.json "$good" | sed -E 's/.*("label":"[a-z]+").*/\1/' | sort | uniq -c | sed 's/^ *//'
score --threshold thresholds.json "$good" | sed -E 's/.*("p_value":[0-9.]+).*/\1/' | sort | head -1
score --threshold thresholds.json --format csv "$good" | head -1
echo "-- an F1 threshold file keeps the raw score and fails on an anomaly as a number does"
calibrate "$ROOT/samples" --rule f1 -o f1.json
score --threshold f1.json --fail-on-anomaly "$ROOT/samples" -o labelled.jsonl
echo "exit $?"
cmp <(sed -E 's/.*("score":[^,]*).*/\1/' labelled.jsonl) <(score "$ROOT/samples" | sed -E 's/.*("score":[^,]*).*/\1/') && echo "same scores"
echo "-- a band between two numbers"
score --review 0 --threshold 2 "$good/wood.jpg" | sed -E 's/.*("label":"[a-z]+").*/\1/'
score --review 2 --threshold 1 "$good/wood.jpg" 2>&1; echo "exit $?"
score --threshold 60 "$good/wood.jpg" 2>&1 >/dev/null; score --threshold -0.1 "$good/wood.jpg" 2>&1 >/dev/null
score --review 0.1 --threshold thresholds.json "$good/wood.jpg" 2>&1; echo "exit $?"
echo "-- other scores"
refused() { "$@" "$good/wood.jpg" 2>&1 | sed -E 's/[0-9a-f]{64}/HASH/g; s/^rwda: //; s/not a JSON object .*/not a JSON object/'; echo "exit ${PIPESTATUS[0]}"; }
refused score --threshold thresholds.json --crops 5
refused score --threshold thresholds.json --prompts ensemble
refused score --threshold thresholds.json --object nut
refused score --threshold thresholds.json --image-size 96
sed -E 's/("model": "sha256:)[0-9a-f]{64}/\1another/' thresholds.json >model.json
refused score --threshold model.json
"$RWDA" train --model demo --pairs 20 --epochs 1 -o d1.safetensors --quiet && "$RWDA" train --model demo --pairs 20 --epochs 1 --seed 2 -o d2.safetensors --quiet
"$RWDA" calibrate --model demo -d d1.safetensors "$good" -o d1.json --quiet 2>/dev/null
refused "$RWDA" score --model demo --quiet -d d2.safetensors --threshold d1.json
refused score --threshold d1.json
echo "-- bytes that are not a threshold file"
bad() { cat >bad.json; refused score --threshold bad.json; }
head -c 300 thresholds.json | bad
sed 's,rwda.card/1,rwda.card/9,' thresholds.json | bad
sed -E 's/"threshold": [0-9.]+/"threshold": NaN/' thresholds.json | bad
sed -E 's/"threshold": [0-9.]+/"threshold": 1e400/' thresholds.json | bad
sed -E 's/"n": 9/"n": 1000000000000/' thresholds.json | bad
printf '[]' | bad
printf '' | bad
head -c 100000 /dev/zero | tr '\0' '[' | bad
truncate -s 65M huge.json && refused score --threshold huge.json
refused score --threshold nowhere.json
refused score --threshold .
refused score --threshold 0.5x
