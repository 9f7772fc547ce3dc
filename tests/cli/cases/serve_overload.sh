# Too many requests: 429 with Retry-After at once, while everything else answers; what was accepted is answered, also after SIGTERM.
. "$CASES/serve.inc" || exit 9
serve --queue 1 --request-seconds 600 --drain-seconds 600
form=()
for _ in 1 2; do for p in "$ROOT"/samples/good/*.jpg "$ROOT"/samples/defect/*.jpg; do form+=(-F "images=@$p"); done; done
batch() { # a request that takes a while; its answer into $1
    curl -s -m 300 "${form[@]}" "$URL/v1/score:batch?crops=3x3" >"$1" &
    pid=$!
    until [ "$(metric rwda_queue_requests)" = 1 ]; do kill -0 "$pid" 2>/dev/null || break; done
}
batch first
curl -s -m 120 -o body -D headers -w '%{http_code}\n' --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score"
grep -i retry-after headers | tr -d '\r'
detail
code "$URL/healthz"
kill -0 "$pid" 2>/dev/null && echo 'the first is still at work'
wait "$pid"
grep -o '"scored":[0-9]*,"failed":[0-9]*' first
code --data-binary @"$ROOT/samples/good/wood.jpg" "$URL/v1/score"
curl -s "$URL/metrics" | grep -F 'code="429"'
batch second
kill -TERM "$SERVER"
until grep -q draining log; do sleep 0.02; done
sleep 0.3
curl -s -m 20 -o /dev/null "$URL/healthz"; echo "a new connection: curl says $?"
wait "$pid"; echo "the accepted one: curl says $?"
grep -o '"scored":[0-9]*,"failed":[0-9]*' second
wait "$SERVER"; echo "the service ended with $?"
SERVER=
