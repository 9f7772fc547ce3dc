# A threshold file given at the start decides requests that score as it does, as 'rwda score --threshold' decides them, and no others.
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 100 --epochs 1 --no-cache --quiet -o d.safetensors
"$RWDA" calibrate -d d.safetensors --quiet --false-alarms 0.3 --review 0.5 --confidence 0 "$ROOT"/samples/good -o thresholds.json
serve -d d.safetensors --threshold thresholds.json
only() { grep -o '"score":[^,]*\|"label":[^,]*\|"threshold":[^,]*\|"p_value":[^,]*'; }
for image in "$ROOT"/samples/*/*.jpg; do
    "$RWDA" score -d d.safetensors --threshold thresholds.json --quiet "$image" | only >>want
    curl -s --data-binary @"$image" "$URL/v1/score" | only >>got
done
cmp want got && echo 'the same labels, thresholds and p-values'
echo '-- another way of scoring, another threshold'
curl -s --data-binary @"$image" "$URL/v1/score?method=clip" | only | tail -3
curl -s --data-binary @"$image" "$URL/v1/score?threshold=0" | only | tail -3
stop
"$RWDA" serve --threshold none.json 2>&1 | grep -o 'neither a number nor a threshold file.*'
echo '-- a threshold file that names no precision is of f32'
grep -c '"precision": "f32"' thresholds.json
sed '/"precision": "f32"/d' thresholds.json >old.json
! cmp -s thresholds.json old.json && "$RWDA" score -d d.safetensors --threshold old.json --quiet "$image" | only | cmp - <(tail -4 want) && echo 'rwda score takes it'
serve -d d.safetensors --threshold old.json
for image in "$ROOT"/samples/*/*.jpg; do curl -s --data-binary @"$image" "$URL/v1/score" | only >>got_old; done
cmp want got_old && echo 'the same labels, thresholds and p-values'
stop
serve -d d.safetensors --threshold old.json --precision int8
curl -s --data-binary @"$image" "$URL/v1/score" | only | tail -3
curl -s --data-binary @"$image" "$URL/v1/score" | field precision
stop
"$RWDA" score -d d.safetensors --threshold old.json --precision int8 --quiet "$image" 2>&1 | grep -o 'were made with.*'
