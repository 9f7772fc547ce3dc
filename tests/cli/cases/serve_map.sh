# Where in the picture: the overlay is what 'rwda map' writes, to the byte; regions are in the record.
. "$CASES/serve.inc" || exit 9
serve
picture=$ROOT/samples/defect/wood_hole.jpg
for kind in windows patches crops; do
    "$RWDA" map --quiet --object wood --kind $kind --threshold 0.4 --write overlay,regions -o "$kind" "$picture" >/dev/null
    curl -s -D head -o map.png --data-binary @"$picture" "$URL/v1/score?method=winclip&object=wood&map=png&map_kind=$kind&map_threshold=0.4"
    cmp map.png "$kind"/*.overlay.png && echo "$kind: the same overlay"
    curl -s --data-binary @"$picture" "$URL/v1/score?method=winclip&object=wood&map=regions&map_kind=$kind&map_threshold=0.4" >record
    cmp <(grep -o '"regions":\[.*\]' record) <(tr -d ' \n' <"$kind"/*.regions.json | grep -o '"regions":\[.*\]') && echo "$kind: the same regions"
done
grep -ic '^x-rwda-score: 0\.' head
code --data-binary @"$picture" "$URL/v1/score?map=regions"
detail
code --data-binary @"$picture" "$URL/v1/score?map=png&map_threshold=high"
detail
code -F images=@"$picture" -F images=@"$picture" "$URL/v1/score:batch?map=png"
detail
stop
