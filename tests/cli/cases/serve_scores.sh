# What the service says about an image is what 'rwda score' says, to the last bit, whichever way it was sent.
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 300 --epochs 2 --no-cache --quiet -o d.safetensors
serve -d d.safetensors
only() { grep -o '"score[a-z_]*":[^,}]*\|"label":[^,}]*' | tr '\n' ' '; }
same() { # OPTIONS OF THE PROGRAM | QUERY
    local options=$1 query=$2 image
    # shellcheck disable=SC2086
    "$RWDA" score -d d.safetensors --quiet $options "$ROOT"/samples/good/*.jpg "$ROOT"/samples/defect/*.jpg | only >want
    for image in "$ROOT"/samples/good/*.jpg "$ROOT"/samples/defect/*.jpg; do
        curl -s --data-binary @"$image" "$URL/v1/score$query" | only >>got
    done
    if cmp -s want got; then echo "same: $options"; else echo "different: $options"; diff want got; fi
    rm -f want got
}
same '' ''
same '--method both --object wood --crops 5 --pool max' '?method=both&object=wood&crops=5&pool=max'
same '--method clip --prompts single --temperature 0.02 --resize squash --threshold 0.4' '?method=clip&prompts=single&temperature=0.02&resize=squash&threshold=0.4'
same '--method lda --resize tiles' '?method=lda&resize=tiles&detector=d'
same '--crops 2x2 --pool logit' '?crops=2x2&pool=logit'
image=$ROOT/samples/defect/wood_hole.jpg
"$RWDA" score -d d.safetensors --quiet --crops 2x2 --threshold 0.1 "$image" | only >want
curl -s -F "image=@$image" -F crops=2x2 -F threshold=0.1 "$URL/v1/score" | only >form
printf '{"image":"%s","name":"hole","crops":"2x2","threshold":0.1}' "$(base64 -w0 "$image")" >json
curl -s -H 'Content-Type: application/json' --data-binary @json "$URL/v1/score" | only >as_json
curl -s -H 'Transfer-Encoding: chunked' -H 'Content-Type: image/jpeg' --data-binary @"$image" "$URL/v1/score?crops=2x2&threshold=0.1" | only >chunks
# base64 of a data URL, in lines, in the URL-safe alphabet without padding
printf '{"image":"data:image/jpeg;base64,%s","name":"hole","crops":"2x2","threshold":0.1}' "$(base64 "$image" | sed 's/$/\\r\\n/' | tr -d '\n' | tr '+/' '-_' | tr -d =)" >json
curl -s -H 'Content-Type: application/json' --data-binary @json "$URL/v1/score" | only | cmp want - && echo 'same as a data URL'
cmp want form && cmp want as_json && cmp want chunks && echo 'same as form, as JSON, in chunks'
# a batch: the order is kept, the bad one has its error, the others their scores
printf 'not an image' >bad.png
curl -s -F images=@"$ROOT/samples/good/wood.jpg" -F images=@bad.png -F images=@"$ROOT/samples/good/grid.jpg" "$URL/v1/score:batch" >batch
grep -o '"scored":[0-9]*,"failed":[0-9]*\|"path":"[^"]*"\|"code":"[^"]*"' batch
"$RWDA" score -d d.safetensors --quiet "$ROOT/samples/good/wood.jpg" "$ROOT/samples/good/grid.jpg" | only >want
sed 's/"scored":[0-9]*,//' batch | only | cmp - want && echo 'same in a batch'
# embeddings
"$RWDA" embed --model demo --quiet --crops 5 "$image" -o x.npy
curl -s --data-binary @"$image" "$URL/v1/embed?crops=5" | field embeddings | head -c 3; echo
curl -s -H 'Content-Type: application/json' -d '{"texts":["a photo of a cat","a dog"]}' "$URL/v1/embed" | grep -o '"dim":[0-9]*'
curl -s -H 'Content-Type: application/json' -d "{\"texts\":[\"a dog\",\"$(yes dog | head -90 | tr '\n' ' ')\"]}" "$URL/v1/embed" | grep -o '"cut":.*'
# many at once, each with its own settings: batching is invisible
for i in $(seq 24); do
    curl -s --data-binary @"$image" "$URL/v1/score?crops=$([ $((i % 2)) -eq 0 ] && echo 5 || echo one)" | only >many.$i &
    pids="$pids $!"
done
# shellcheck disable=SC2086
wait $pids
sort -u many.* | tr ' ' '\n' | grep -c '"score":'
stop
