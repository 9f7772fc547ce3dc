# --names: how a known object's name stands in CLIP's prompts; the metrics follow, and the results say which it was.
mkdir -p set/metal_nut2/test/good set/metal_nut2/test/bad
for i in grid leather wood; do cp "$ROOT/samples/good/$i.jpg" set/metal_nut2/test/good/; done
for i in grid_stain leather_scratch wood_hole; do cp "$ROOT/samples/defect/$i.jpg" set/metal_nut2/test/bad/; done
for names in clean spaces raw; do
    "$RWDA" eval --data set --model demo --method winclip --object known --names $names --quiet --json -o $names >/dev/null
    grep -o '"names":"[a-z]*"' $names/results.json
    cut -d, -f5 $names/scores.csv >$names.scores
done
cmp -s clean.scores spaces.scores || echo 'a number more in the name: other scores'
cmp -s spaces.scores raw.scores || echo 'an underscore in the name: other scores'
"$RWDA" eval --data set --model demo --names none --quiet
echo "exit $?"
