# Every stage gives a row; runs are as many as asked for; --step takes turns; nothing is left behind.
export TMPDIR="$PWD"
"$RWDA" bench --quiet --runs 2 --seconds 0 --pairs 60 --epochs 2 --n-texts 4 --batches 1,2 | sed -E 's/ +([0-9]+ runs).*/: \1/; s/^[a-z0-9]+ kernels.*/machine/'
"$RWDA" bench --quiet --stages decode,vision --batches 3 --runs 3 --seconds 0 --json "$ROOT/tests/images/q95.jpg" |
    grep -oE '"(schema|stage|case|items|runs)":("[^"]*"|[0-9]+)'
printf '\n\n' | "$RWDA" bench --quiet --stages vision --batches 2 --step | sed -E 's/[0-9]+\.[0-9]+/T/; s/[0-9]+}/M}/'
"$RWDA" bench --quiet --stages vision --step </dev/null
echo "three batches at once: exit $?"
"$RWDA" bench --quiet --stages thought
echo "unknown stage: exit $?"
"$RWDA" bench --quiet no-such.jpg 2>/dev/null
echo "no such image: exit $?"
ls -d rwda-bench-* 2>/dev/null || echo no folder stays
"$RWDA" bench --quiet --agreement --n-texts 4 "$ROOT/tests/images/q95.jpg" | sed -E '/^f32/!s/(0\.99|1\.00)[0-9]*/near 1/g; s/; weights.*//'
"$RWDA" bench --quiet --agreement --n-texts 4 --precision int8 --json "$ROOT/tests/images/q95.jpg" | grep -oE '"(schema|precision|n)":("[^"]*"|[0-9]+)'
"$RWDA" bench --quiet --agreement --stages vision
echo "agreement of a stage: exit $?"
"$RWDA" bench --quiet --stages start --runs 1 --seconds 0 --cpu ref --precision int8 | sed -E 's/ +([0-9]+ runs).*/: \1/; s/, [0-9]+ threads.*//'
