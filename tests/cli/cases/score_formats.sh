# JSON lines, CSV and table agree; labels appear with a threshold only; an existing output is kept.
images="$ROOT/samples/good/wood.jpg $ROOT/samples/defect/wood_hole.jpg"
score() { "$RWDA" score --model demo --method clip --quiet "$@" $images; }
score >lines.jsonl
score --format csv -o scores.csv && head -1 scores.csv
score --format csv -o scores.csv 2>&1 | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[0]}"
score --format csv -o scores.csv --force && echo forced
jq() { sed -E 's/.*"'"$1"'":([^,}]*).*/\1/' "$2"; }
paste -d' ' <(jq score lines.jsonl) <(tail -n +2 scores.csv | cut -d, -f2) | awk '{ print ($1 == $2) ? "same score" : "JSON " $1 " but CSV " $2 }'
jq label lines.jsonl | sort -u
score --threshold 0 | sed -E 's/.*("label":"[a-z]+").*/\1/'
score --threshold 1 --fail-on-anomaly | sed -E 's/.*("label":"[a-z]+").*/\1/'
score --format table | wc -l
grep -o '"schema":"rwda.score/1"' lines.jsonl | sort -u
grep -oE '"(detector|model)":("sha256:[0-9a-f]{8}|null)' lines.jsonl | sed -E 's/:[0-9a-f]{8}$/:HASH/' | sort -u
# a name must not steer the terminal, nor be two lines of a table; neither may what an error says of it
mkdir odd && cp "$ROOT/samples/good/wood.jpg" "odd/$(printf 'a\033[2J\nb\302\2331m\342\200\256.jpg')" && : >"odd/$(printf 'c\302\2331m\342\200\256.jpg')"
"$RWDA" score --model demo --method clip --quiet --format table odd 2>err | LC_ALL=C od -An -c | tr -d ' \n' | sed 's/\\n/\n/g' | sed 's/^[0-9.]*//'
LC_ALL=C grep "$(printf '[\302\342]')" err | wc -l
