# What waited longer than it may is told so: 503 for one image, an error in the record in a batch; afterwards all is well.
# The service is stopped and continued, so that the seconds pass while both requests are accepted, whatever the machine's speed.
. "$CASES/serve.inc" || exit 9
serve --request-seconds 1 --batch 1 --threads 1
form=()
for _ in 1 2 3; do for p in "$ROOT"/samples/good/*.jpg "$ROOT"/samples/defect/*.jpg; do form+=(-F "images=@$p"); done; done
curl -s -m 120 "${form[@]}" "$URL/v1/score:batch?crops=3x3" >many & # keeps the engine busy
many=$!
until [ "$(metric rwda_queue_requests)" = 1 ]; do kill -0 "$many" || break; done
curl -s -m 120 -D head -o one -w '%{http_code} %{content_type}\n' --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score" >code &
one=$!
until [ "$(metric rwda_queue_requests)" = 2 ]; do kill -0 "$one" || break; done
kill -STOP "$SERVER"
sleep 2.2 # a second to receive, a second to work
kill -CONT "$SERVER"
wait "$one" && cat code
grep -i '^retry-after' head | tr -d '\r'
field code <one
field detail <one
wait "$many" && grep -o '"schema":"rwda.score/1"' many | wc -l
late=$(grep -o 'RWDA_ECANCELLED' many | wc -l)
[ "$late" -gt 0 ] && grep -q "\"failed\":$late," many && echo 'late images of the batch say so too'
curl -s "$URL/metrics" | grep -F 'route="/v1/score",code="503"'
code --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score"
metric rwda_queue_requests
stop
