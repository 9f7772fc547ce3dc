# Normal images become a memory: its file, threshold file, scores, maps and labels are the command line's, to the byte; limits and refusals.
. "$CASES/serve.inc" || exit 9
good=$ROOT/samples/good
image=$ROOT/samples/defect/wood_hole.jpg
normals() { for name in capsule cookie grid leather mosaic wood; do printf -- '-F\nimages=@%s\n' "$good/$name.jpg"; done; }
mapfile -t six < <(normals)
only() { grep -o '"score[a-z_]*":[^,}]*\|"label":[^,}]*\|"threshold":[^,}]*\|"p_value":[^,}]*\|"scoring":{[^}]*}' | tr '\n' ' '; }
post() { echo "$(code "$@") $(detail)"; }

"$RWDA" train --model demo --pairs 20 --epochs 1 --no-cache --quiet -o d.safetensors
(cd "$good" && "$RWDA" remember --quiet -o "$OLDPWD/memory.safetensors" capsule.jpg cookie.jpg grid.jpg leather.jpg mosaic.jpg wood.jpg)
"$RWDA" calibrate --quiet --memory memory.safetensors -o thresholds.json 2>/dev/null
serve -d d.safetensors

echo '--- made of six images, one of them twice'
code "${six[@]}" -F images=@"$good/wood.jpg" -F name=six "$URL/v1/memories"
for key in count repeated tokens warning; do printf '%s %s\n' $key "$(grep -o "\"$key\":\(\"[^\"]*\"\|[^,}]*\)" body | head -1 | cut -d: -f2-)"; done
code "$URL/v1/memories/six" && cmp body memory.safetensors && echo 'the same memory'
code "$URL/v1/memories/six/thresholds" && cmp body thresholds.json && echo 'the same threshold file'
"$RWDA" score --quiet --memory memory.safetensors --threshold thresholds.json "$image" | only >want
curl -s --data-binary @"$image" "$URL/v1/score?memory=six" | only | cmp - want && echo 'the same score, label and p-value'
curl -s -F images=@"$image" -F images=@"$good/wood.jpg" -F memory=six "$URL/v1/score:batch" | grep -o '"score":[^,]*' | head -1 | cmp - <(grep -o '"score":[^,]*' want | head -1 | sed 's/ .*//') && echo 'in a batch too'
"$RWDA" map --quiet --memory memory.safetensors --threshold 0.15 --write overlay,regions -o map "$image" >/dev/null
curl -s -D head -o map.png --data-binary @"$image" "$URL/v1/score?memory=six&map=png&map_threshold=0.15"
cmp map.png map/*.overlay.png && echo 'the same overlay'
"$RWDA" score --quiet --memory memory.safetensors --map scale "$image" | grep -o '"scale":[^,]*' | cut -d: -f2 |
    cmp - <(tr -d '\r' <head | sed -n 's/^X-Rwda-Map-Scale: //p') && echo 'the same scale'
curl -s --data-binary @"$image" "$URL/v1/score?memory=six&map=regions&map_threshold=0.15" >record
cmp <(grep -o '"regions":\[.*\]' record) <(tr -d ' \n' <map/*.regions.json | grep -o '"regions":\[.*\]') && echo 'the same regions'

echo '--- beside the words'
words='--memory memory.safetensors --fuse 0.3 -d d.safetensors --method both --object wood'
# shellcheck disable=SC2086
"$RWDA" calibrate --quiet $words -o fused.json 2>/dev/null
# shellcheck disable=SC2086
"$RWDA" score --quiet $words --threshold fused.json "$image" | only >want
curl -s --data-binary @"$image" "$URL/v1/score?memory=six&fuse=0.3&method=both&object=wood" | only | cmp - want && echo 'the same score, label and p-value'
post --data-binary @"$image" "$URL/v1/score?memory=six&fuse=0.3&crops=5"

echo '--- inference protocol'
infer() { echo "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"$(base64 -w0 "$image")\"]}],\"parameters\":$1,\"outputs\":$2}" |
    code -H 'Content-Type: application/json' -d @- "$URL/v2/models/rwda/infer"; }
of_memory=$(grep -o '"score_memory":[^ ,]*' want | cut -d: -f2)
data() { grep -o '"data":\[[^]]*\]' body | sed "s/$of_memory/(the distance to the memory)/"; }
infer '{"memory":"six"}' '[{"name":"score"},{"name":"score_memory"},{"name":"label"}]'; data
infer '{"memory":"six","fuse":0.3,"method":"clip"}' '[{"name":"score_memory"}]'; data
infer '{"memory":"nobody"}' '[]'; detail

echo '--- other options: as the command line makes it'
code "${six[@]}" -F name=small -F keep=0.25 -F storage=int8 -F image_size=128 "$URL/v1/memories"
(cd "$good" && "$RWDA" remember --quiet --keep 25% --storage int8 --image-size 128 -o "$OLDPWD/small.safetensors" capsule.jpg cookie.jpg grid.jpg leather.jpg mosaic.jpg wood.jpg)
code "$URL/v1/memories/small" && cmp body small.safetensors && echo 'the same memory'

echo '--- one image has no threshold'
code -F images=@"$good/wood.jpg" -F name=one "$URL/v1/memories"
grep -o '"threshold":[^,]*\|"warning":"[^"]*"\|"thresholds":[^,}]*' body
post "$URL/v1/memories/one/thresholds"
curl -s --data-binary @"$image" "$URL/v1/score?memory=one" | grep -o '"label":[^,]*'

echo '--- the list, and what is removed'
names() { curl -s -m 120 "$URL/v1/memories" | grep -o '"name":"[^"]*"' | cut -d'"' -f4 | paste -sd ' '; }
names
metric rwda_memories
code -X DELETE "$URL/v1/memories/one"
post -X DELETE "$URL/v1/memories/one"
post --data-binary @"$image" "$URL/v1/score?memory=one"
code -X DELETE "$URL/v1/memories/small"
code -X DELETE "$URL/v1/memories/six"
metric rwda_memories_bytes

echo '--- a file is taken up'
code -X PUT --data-binary @memory.safetensors "$URL/v1/memories/back"
grep -o '"count":[^,]*\|"name":"back"\|"repeated":[^,}]*' body
"$RWDA" score --quiet --memory memory.safetensors --threshold thresholds.json "$image" | only >want
curl -s --data-binary @"$image" "$URL/v1/score?memory=back" | only | cmp - want && echo 'the same score, label and p-value'

echo '--- refused'
echo 'shopping list' >list
post -F images=@"$good/wood.jpg" -F keep=2 "$URL/v1/memories"
post -F images=@"$good/wood.jpg" -F storage=f64 "$URL/v1/memories"
post -F images=@"$good/wood.jpg" -F image_size=400 "$URL/v1/memories"
post -F images=@"$good/wood.jpg" -F mutual=1 "$URL/v1/memories"
post -F images=@"$good/wood.jpg" -F images=@list "$URL/v1/memories"
post -F keep=0.5 "$URL/v1/memories"
post -H 'Content-Type: text/plain' --data-binary x "$URL/v1/memories"
post --data-binary @"$image" "$URL/v1/score?memory=nobody"
post --data-binary @"$image" "$URL/v1/score?memory=back&method=clip"
post --data-binary @"$image" "$URL/v1/score?memory=back&map=png&map_kind=windows"
post --data-binary @"$image" "$URL/v1/score?map=png&map_kind=memory"
post --data-binary @"$image" "$URL/v1/score?fuse=0.5"
post --data-binary @"$image" "$URL/v1/embed?memory=back"
post -X PUT -F a=@memory.safetensors "$URL/v1/memories/form"
post -X PUT "$URL/v1/memories/empty"
post -X PATCH "$URL/v1/memories/back"

echo '--- damaged files'
hostile() { code -X PUT --data-binary @hostile "$URL/v1/memories/hostile" | cut -d' ' -f1; }
head -c 100000 memory.safetensors >hostile; hostile; detail | cut -c1-60
sed 's/rwda.memory\/1/rwda.memory\/9/' memory.safetensors >hostile; hostile; detail | cut -c1-60
sed 's/\\"image_size\\":192/\\"image_size\\":999/' memory.safetensors >hostile; hostile; detail
sed 's/\\"image_size\\":192/\\"image_size\\":400/' memory.safetensors >hostile; hostile; detail
sed 's/\\"mutual\\":0/\\"mutual\\":1/; s/\\"robust\\":0.0/\\"robust\\":0.3/' memory.safetensors >hostile; hostile; detail
sed 's/model_sha256":"[0-9a-f]/model_sha256":"g/' memory.safetensors >hostile; hostile; detail
cp d.safetensors hostile; hostile; detail | cut -c1-60
head -c 1000 /dev/urandom >hostile; hostile
{ head -c 20000 memory.safetensors; head -c 64 /dev/zero | tr '\0' '\377'; tail -c +20065 memory.safetensors; } >hostile; hostile; detail
names
echo "still well: $(code --data-binary @"$image" "$URL/v1/score?memory=back")"
stop

echo '--- given at the start it stays; those made share a number and bytes'
cp memory.safetensors start.safetensors
serve --memory start.safetensors --max-memories 2 --max-memory 4 --max-images 6
code "${six[@]}" "$URL/v1/memories"
names
post -X DELETE "$URL/v1/memories/start"
post -X PUT --data-binary @small.safetensors "$URL/v1/memories/start"
for keep in 0.1 0.2 0.3; do code -F images=@"$good/wood.jpg" -F images=@"$good/grid.jpg" -F name=keep-$keep -F keep=$keep "$URL/v1/memories"; done
names
curl -s --data-binary @"$image" "$URL/v1/score?memory=keep-0.2" >/dev/null
code -F images=@"$good/wood.jpg" -F images=@"$good/grid.jpg" -F name=keep-0.4 -F keep=0.4 "$URL/v1/memories"
names
post "${six[@]}" -F images=@"$image" "$URL/v1/memories"
post "${six[@]}" -F tiles=2 "$URL/v1/memories" | sed 's/takes [0-9]* bytes/takes so many bytes/'
names
stop
serve --max-memories 0
post -F images=@"$good/wood.jpg" "$URL/v1/memories"
post -X PUT --data-binary @memory.safetensors "$URL/v1/memories/back"
stop
"$RWDA" serve --listen 127.0.0.1:0 --memory d.safetensors 2>&1 | cut -c1-80
"$RWDA" serve --listen 127.0.0.1:0 --max-memory 0 2>&1
