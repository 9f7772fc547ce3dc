# A memory and a threshold given at the start score and label requests that name nothing, as 'rwda score --memory --threshold' does.
. "$CASES/serve.inc" || exit 9
image=$ROOT/samples_wood/new/board_5_hole.jpg
only() { grep -o '"score":[^,]*\|"label":[^,]*\|"threshold":[^,]*\|"p_value":[^,]*\|"method":[^,]*' | paste -sd ' '; }
labels() { grep -o '"label":[^,]*' | paste -sd ' '; }
said() { sed -n 's/.*"message":"listening".*\("method".*\)}$/\1/p' log | sed -E 's/[0-9a-f]{64}/SHA256/'; }
warned() { sed -n 's/.*"message":"\(the threshold file.*\)"}$/\1/p' log | tr -d '\\'; }
infer() { echo "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"$(base64 -w0 "$image")\"]}]}" |
    curl -s -H 'Content-Type: application/json' -d @- "$URL/v2/models/$1/infer" | grep -o '"data":\["[a-z]*"\]'; }
"$RWDA" remember --quiet "$ROOT"/samples_wood/normal -o boards.safetensors
"$RWDA" remember --quiet "$ROOT"/samples/good -o others.safetensors
"$RWDA" calibrate --quiet --memory boards.safetensors -o boards.json 2>/dev/null
"$RWDA" train --model demo --pairs 20 --epochs 1 --no-cache --quiet -o d.safetensors
want=$("$RWDA" score --quiet --memory boards.safetensors --threshold boards.json "$image" | only)

echo '--- the memory and its threshold file'
serve --memory boards.safetensors --memory others.safetensors --threshold boards.json
said
[ "$(curl -s --data-binary @"$image" "$URL/v1/score" | only)" = "$want" ] && echo 'the same score, label and p-value'
curl -s -F images=@"$image" -F images=@"$ROOT"/samples_wood/new/board_1.jpg "$URL/v1/score:batch" | labels
infer rwda
metric rwda_drift_pictures_total
curl -s -o unnamed.png --data-binary @"$image" "$URL/v1/score?map=png"
curl -s -o named.png --data-binary @"$image" "$URL/v1/score?map=png&memory=boards"
cmp unnamed.png named.png && echo 'the same map'
id=$(curl -s "$URL/v1/memories" | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
curl -s "$URL/v1/info" | grep -q "\"memory\":\"$id\""  && echo 'it is said in /v1/info'
code --data-binary @"$image" "$URL/v1/score?crops=5"
detail
code --data-binary @"$image" "$URL/v1/embed?crops=5"
echo '--- words are asked for'
curl -s --data-binary @"$image" "$URL/v1/score?method=fnn" | only | sed 's/"score":[^ ]*//'
stop
warned

echo '--- a number is for them too, and not for words'
serve --memory boards.safetensors --threshold 0.05
curl -s --data-binary @"$image" "$URL/v1/score" | only | cut -d' ' -f2-
curl -s --data-binary @"$image" "$URL/v1/score?method=fnn" | labels
stop

echo '--- beside a detector, which scores them'
serve --memory boards.safetensors -d d.safetensors --threshold boards.json
said
warned
curl -s --data-binary @"$image" "$URL/v1/score" | labels
infer d
[ "$(curl -s --data-binary @"$image" "$URL/v1/score?memory=boards" | only)" = "$want" ] && echo 'named, the same score, label and p-value'
stop
