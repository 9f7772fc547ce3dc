# The opinion over HTTP is that of 'rwda score --kinds', to the digit; what is too much or has no place is refused.
. "$CASES/serve.inc" || exit 9
serve
image=$ROOT/samples/defect/wood_hole.jpg
opinion() { grep -oE '"kinds":\[[^]]*\],"kinds_region":\{[^}]*\}'; }
"$RWDA" score --quiet --object wood --kinds 'scratch,hole,oil stain' "$image" | opinion >wanted
wc -l <wanted
curl -s --data-binary @"$image" "$URL/v1/score?object=wood&kinds=scratch,hole,oil%20stain" | opinion | cmp - wanted && echo the same
curl -s -F image=@"$image" -F object=wood -F 'kinds=scratch, hole, oil stain' "$URL/v1/score" | opinion | cmp - wanted && echo a form: the same
echo "{\"image\":\"$(base64 -w0 "$image")\",\"object\":\"wood\",\"kinds\":\"scratch,hole,oil stain\"}" >body.json
curl -s -H 'Content-Type: application/json' -d @body.json "$URL/v1/score" | opinion | cmp - wanted && echo JSON: the same
curl -s --data-binary @"$image" "$URL/v1/score?object=wood&kinds=scratch,hole,oil%20stain&map=regions&map_threshold=0.4" | opinion | cmp - wanted && echo with regions: the same
curl -s -F images=@"$image" -F images=@"$ROOT/samples/good/wood.jpg" "$URL/v1/score:batch?object=wood&kinds=scratch,hole,oil%20stain" >batch
opinion <batch | head -1 | cmp - wanted && opinion <batch | wc -l
curl -s --data-binary @"$image" "$URL/v1/score" | grep -c '"kinds"'
curl -s --data-binary @"$image" "$URL/v1/score?kinds=&object=wood" | grep -c '"kinds"'
curl -s --data-binary @"$image" "$URL/v1/score?kinds=scratch,hole&threshold=1" | grep -c '"kinds"'
curl -s --data-binary @"$image" "$URL/v1/score?kinds=scratch,hole&threshold=0" | grep -c '"kinds"'
curl -s "$URL/v1/info" | grep -o '"kinds":[0-9]*'
for query in kinds=a,,b kinds=a,b,a "kinds=$(seq -s, 33)" "kinds=$(printf 'x%.0s' $(seq 1001))" 'kinds=a&map=png' 'kinds=%0a' "kinds=a&object=$(printf 'y%.0s' $(seq 150))"; do
    code --data-binary @"$image" "$URL/v1/score?$query"
    detail
done
code -F images=@"$image" "$URL/v1/score:batch?kinds=a,"
detail
echo "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"$(base64 -w0 "$image")\"]}],\"parameters\":{\"kinds\":\"a\"}}" >infer.json
code -H 'Content-Type: application/json' -d @infer.json "$URL/v2/models/rwda/infer"
detail
code --data-binary @"$image" "$URL/v1/score?object=$(printf 'wood+%.0s' $(seq 24))&kinds=$(printf 'q.%.0s' $(seq 32))"
detail
stop
