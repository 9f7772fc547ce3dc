# Eight trained detectors are kept; the oldest gives way, one given at the start never does, and a twin takes no second place.
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 20 --epochs 1 --no-cache --quiet -o start.safetensors
serve -d start.safetensors
train() { # NAME SEED
    curl -s -m 120 -H 'Content-Type: application/json' -d "{\"name\":\"$1\",\"seed\":$2,\"pairs\":10,\"epochs\":1}" "$URL/v1/trainings" >started
    local id
    id=$(field id <started | tr -d '"')
    while curl -s -m 120 "$URL/v1/trainings/$id" | grep -q '"state":"running"'; do sleep 0.02; done
    curl -s -m 120 "$URL/v1/trainings/$id" | field state | grep -v '"done"'
}
names() { curl -s -m 120 "$URL/v1/detectors" | grep -o '"name":"[a-z0-9]*"' | cut -d'"' -f4 | paste -sd ' '; }
score() { code --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score?detector=$1"; }
for i in 1 2 3 4 5 6 7 8; do train "d$i" "$i"; done
names
train twin 8
names
score d1
train d9 9
names
score d1; detail
code "$URL/v1/detectors/d1"
code "$URL/v2/models/d1"
score d9
score start
echo '--- a place that was given back is taken before another gives way'
code -X DELETE "$URL/v1/detectors/$(curl -s "$URL/v1/detectors" | grep -o '"id":"[0-9a-f]*","name":"d5"' | cut -d'"' -f4)"
names
train d10 10
names
stop
