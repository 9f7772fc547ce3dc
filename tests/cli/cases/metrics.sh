# Exact metrics with ties, both classes' F1, intervals that depend on the seed alone; broken files are named.
cat >ties.csv <<'C'
label,score
0,.1
0,.4
1,.35
1,.8
0,.4
1,.4
0,.9
1,.7
C
"$RWDA" metrics ties.csv
"$RWDA" metrics ties.csv --json
sed 's/$/\r/' ties.csv | sed 's/label,score/ID,label,score/; t; s/^/x,/' >crlf.csv
"$RWDA" metrics crlf.csv --json | cmp - <("$RWDA" metrics ties.csv --json) && echo 'same with CR LF and a further column'
"$RWDA" metrics ties.csv --bootstrap 200 --seed 3 --json >a && "$RWDA" metrics ties.csv --bootstrap 200 --seed 3 --json | cmp - a && echo 'same draws'
"$RWDA" metrics ties.csv --bootstrap 200 --seed 4 --json | cmp -s - a || echo 'other draws'
for bad in 'label,score\n0,1\n' 'label,score\n0,1\n1,nan\n' 'label,score\n0,1\n2,1\n' 'label,score\n0,one\n1,2\n' 'score\n1\n' '' 'score,label,label\n1,0,1\n2,1,0\n' 'label,score\n0,1\n1,2\0003\n'; do
    printf "$bad" >bad.csv
    "$RWDA" metrics bad.csv 2>&1
    echo "exit $?"
done
# what 'rwda score' decided is no truth
"$RWDA" score --model demo --method clip --quiet --threshold 0.5 --format csv "$ROOT/samples/good" -o own.csv
"$RWDA" metrics own.csv 2>&1; echo "exit $?"
cut -d, -f1-4 own.csv >page.csv; "$RWDA" metrics page.csv 2>&1; echo "exit $?" # as the service's page saves it
"$RWDA" metrics own.jsonl 2>&1; echo "exit $?"
"$RWDA" metrics ties.csv --bootstrap 5 2>&1
echo "exit $?"
"$RWDA" metrics 2>&1
echo "exit $?"
