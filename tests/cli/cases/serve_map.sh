# Where in the image: the overlay is what 'rwda map' writes, to the byte; regions are in the record.
. "$CASES/serve.inc" || exit 9
serve
image=$ROOT/samples/defect/wood_hole.jpg
for mode in windows patches crops; do
    "$RWDA" map --quiet --object wood --mode $mode --threshold 0.4 --write overlay,regions -o "$mode" "$image" >/dev/null
    curl -s -D head -o map.png --data-binary @"$image" "$URL/v1/score?method=winclip&object=wood&map=png&map_kind=$mode&map_threshold=0.4"
    cmp map.png "$mode"/*.overlay.png && echo "$mode: the same overlay"
    curl -s --data-binary @"$image" "$URL/v1/score?method=winclip&object=wood&map=regions&map_kind=$mode&map_threshold=0.4" >record
    cmp <(grep -o '"regions":\[.*\]' record) <(tr -d ' \n' <"$mode"/*.regions.json | grep -o '"regions":\[.*\]') && echo "$mode: the same regions"
done
grep -ic '^x-rwda-score: 0\.' head
code --data-binary @"$image" "$URL/v1/score?map=regions"
detail
code --data-binary @"$image" "$URL/v1/score?map=png&map_threshold=high"
detail
code -F images=@"$image" -F images=@"$image" "$URL/v1/score:batch?map=png"
detail
stop
