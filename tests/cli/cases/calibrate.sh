# A threshold from scores that are known: what stands in the threshold file, what is said about too few, labels from folders, F1.
scores() { # N FOLDER FIRST STEP
    seq 0 $(($1 - 1)) | awk -v folder="$2" -v first="$3" -v step="$4" '{ printf "{\"schema\":\"rwda.score/1\",\"path\":\"%s/%d.png\",\"score\":%.4f,\"threshold\":null,\"detector\":\"sha256:d\",\"model\":\"sha256:m\",\"scoring\":{\"method\":\"fnn\",\"object\":null,\"prompts\":null,\"temperature\":null,\"crops\":\"one\",\"pool\":\"mean\",\"resize\":\"squash\",\"image_size\":128}}\n", folder, $1, first + step * $1 }'
}
scores 100 flat 0 0.005 >normal.jsonl
echo "-- at most 5 % with a confidence of 95 %, review from the 80 % quantile"
"$RWDA" calibrate normal.jsonl --quantile 0.95 --review 0.8 --note "line 3" -o thresholds.json 2>&1
grep -v '^    [0-9]' thresholds.json
echo "-- the same bytes again, and kept unless --force"
"$RWDA" calibrate normal.jsonl --false-alarms 0.05 --review 0.8 --note "line 3" --quiet | cmp - thresholds.json && echo same
"$RWDA" calibrate normal.jsonl -o thresholds.json --quiet 2>&1 | tail -1
echo "-- too few for the default of 0.5 %"
"$RWDA" calibrate normal.jsonl 2>&1 >/dev/null
echo "-- on average"
"$RWDA" calibrate normal.jsonl --quantile 0.95 --confidence 0 2>&1 >/dev/null
echo "-- labels from folders: a rate, then F1"
{ scores 60 a/good 0 0.005; scores 10 a/scratch 0.2 0.05; } >labelled.jsonl
"$RWDA" calibrate labelled.jsonl --quantile 0.9 2>&1 >/dev/null
"$RWDA" calibrate labelled.jsonl --rule f1 2>&1 >/dev/null
echo "-- what cannot be calibrated"
"$RWDA" calibrate normal.jsonl --rule f1 2>&1; echo "exit $?"
"$RWDA" calibrate normal.jsonl --quantile 0.95 --review 0.96 2>&1; echo "exit $?"
"$RWDA" calibrate normal.jsonl --quantile 1 2>&1; echo "exit $?"
"$RWDA" calibrate normal.jsonl --quantile 0.9 --false-alarms 0.1 2>&1; echo "exit $?"
"$RWDA" calibrate normal.jsonl --crops 5 2>&1; echo "exit $?"
"$RWDA" calibrate 2>&1; echo "exit $?"
{ cat normal.jsonl; sed 's/sha256:d/sha256:e/' normal.jsonl; } >mixed.jsonl
"$RWDA" calibrate mixed.jsonl 2>&1; echo "exit $?"
head -c 30 normal.jsonl >cut.jsonl
"$RWDA" calibrate cut.jsonl 2>&1; echo "exit $?"
sed '2s/"score":[0-9.]*/"score":NaN/' normal.jsonl >nan.jsonl
"$RWDA" calibrate nan.jsonl 2>&1; echo "exit $?"
sed '2s/"score":[0-9.]*/"score":7/' normal.jsonl >seven.jsonl
"$RWDA" calibrate seven.jsonl 2>&1; echo "exit $?"
printf 'path,score\na.png,0.5\n' >plain.csv
"$RWDA" calibrate plain.csv 2>&1; echo "exit $?"
