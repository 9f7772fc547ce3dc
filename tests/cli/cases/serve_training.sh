# A detector trained by the service is the one 'rwda train' makes, byte for byte; one at a time; it can be cancelled.
. "$CASES/serve.inc" || exit 9
mkdir other && cp "$ROOT/tests/model/open_clip_config.json" other/ && ln -s "$ROOT/tests/model/open_clip_model.safetensors" other/ # no detector beside it
serve --model other --train-pairs 100000
start() { code -H 'Content-Type: application/json' -d "$1" "$URL/v1/trainings"; }
state() { curl -s -m 120 "$URL/v1/trainings/$1" | field state; }
until_ended() { while [ "$(state "$1")" = '"running"' ]; do sleep 0.05; done; state "$1"; }
curl -s --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score?method=fnn" | field detail
start '{"name":"mine","pairs":200,"epochs":2,"seed":5,"normal_words":"flawless,intact","anomalous_words":"broken"}'
field id <body
until_ended t1
curl -s "$URL/v1/detectors" | grep -o '"name":"mine"\|"trained_here":true\|"normal_words":"[a-z,]*"'
curl -s -o mine.safetensors "$URL/v1/detectors/mine"
"$RWDA" train --model demo --pairs 200 --epochs 2 --seed 5 --normal-words flawless,intact --anomalous-words broken --no-cache --quiet -o d.safetensors
cmp mine.safetensors d.safetensors && echo 'the same detector'
only() { grep -o '"score[a-z_]*":[^,}]*\|"detector":[^,}]*' | tr '\n' ' '; }
"$RWDA" score -d mine.safetensors --quiet "$ROOT/samples/good/wood.jpg" | only >want
curl -s --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score" | only | cmp - want && echo 'the same score'
echo '--- one at a time, cancelled, scoring goes on meanwhile'
start '{"pairs":20000,"ensemble":8}'
start '{"pairs":10}'; detail
code --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score"
code -X DELETE "$URL/v1/trainings/t2"
until_ended t2
code "$URL/v1/trainings/t1"
echo '--- refused'
for settings in '{"pairs":0}' '{"pairs":100001}' '{"pairs":"many"}' '{"epochs":51}' '{"ensemble":9}' '{"seed":-1}' '{"normal_words":""}' \
    '{"templates":"no place for words","pairs":10}' '{"cache_dir":"/"}' '{"preset":"worst"}' '{"name":""}' '[]' '{'; do
    start "$settings" >status
    if [ "$(cut -c1-3 status)" = 202 ]; then until_ended t3; curl -s "$URL/v1/trainings/t3" | field message
    else echo "$(cat status) $(detail)" | sed 's/JSON: .*/JSON/'; fi
done
code -X DELETE "$URL/v1/detectors/$(curl -s "$URL/v1/info" | sed 's/.*"detector":"\([0-9a-f]*\)".*/\1/')"
curl -s "$URL/v1/detectors"; echo
echo '--- SIGTERM ends a training'
start '{"pairs":20000,"ensemble":8}'
stop
serve --no-training
start '{"pairs":10}'; detail
stop
