# Every path answers, refusals are problems with the right status.
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 100 --epochs 1 --no-cache --quiet -o d.safetensors
serve -d d.safetensors
image=$ROOT/samples/good/wood.jpg
for path in / /page/app.js /page/style.css /page/nothing /healthz /healthz/live /healthz/ready /v2 /v2/health/live /v2/health/ready \
    /v2/models/rwda /v2/models/d/versions/1 /v2/models/rwda/ready /v2/models/other /v2/models/rwda/versions/2 /metrics /openapi.json \
    /v1/info /v1/detectors /v1/detectors/d /v1/detectors/other /v1/trainings/t1 /nothing //v1/info; do
    echo "$path $(code "$URL$path")"
done
echo "HEAD $(code -I "$URL/v1/info")"
echo "DELETE $(code -X DELETE "$URL/v1/score") $(detail)"
curl -s -o /dev/null -D - "$URL/v1/score" | grep -i '^allow'
curl -s -o /dev/null -D - "$URL/" | grep -ioE "^content-security-policy: default-src 'none'"
echo '--- refusals'
post() { echo "$(code "$@") $(detail)"; }
post -H 'Content-Type: text/plain' --data-binary @"$image" "$URL/v1/score"
post -H 'Content-Encoding: gzip' --data-binary @"$image" "$URL/v1/score"
post --data-binary '' "$URL/v1/score"
post --data-binary 'this is a shopping list' "$URL/v1/score"
post --data-binary @"$image" "$URL/v1/score?method=magic"
post --data-binary @"$image" "$URL/v1/score?crop=5"
post --data-binary @"$image" "$URL/v1/score?threshold=much"
post --data-binary @"$image" "$URL/v1/score?detector=nobody"
post --data-binary @"$image" "$URL/v1/score?object=$(head -c 300 /dev/zero | tr '\0' x)"
post --data-binary @"$image" "$URL/v1/embed?method=fnn"
post -F method=fnn "$URL/v1/score"
post -F a=@"$image" -F b=@"$image" "$URL/v1/score"
post -H 'Content-Type: application/json' -d '{"image":' "$URL/v1/score" | sed 's/: .*//'
post -H 'Content-Type: application/json' -d '[1]' "$URL/v1/score"
post -H 'Content-Type: application/json' -d '{"image":"###","image":"###"}' "$URL/v1/score" | sed 's/: .*//'
post -H 'Content-Type: application/json' -d '{"image":"no base64!"}' "$URL/v1/score"
post -H 'Content-Type: application/json' -d '{"texts":[]}' "$URL/v1/embed"
{ echo '{"texts":['; yes 1, | head -70000; echo '1]}'; } >values; post -H 'Content-Type: application/json' -d @values "$URL/v1/embed"
post -H 'Content-Type: multipart/form-data' --data-binary 'x' "$URL/v1/score"
post -H 'Content-Type: multipart/form-data; boundary=edge' --data-binary 'x' "$URL/v1/score"
post -H 'Origin: http://elsewhere.example' --data-binary @"$image" "$URL/v1/score"
post -H 'Host: elsewhere.example' "$URL/v1/info"
post --data-binary @"$image" "$URL/v1/score?map=sketch"
post -X DELETE "$URL/v1/detectors/d"
echo '--- a request has a name'
curl -s -o /dev/null -D - -H 'X-Request-Id: order-66' -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' "$URL/healthz" | grep -i x-request-id
curl -s -o /dev/null -H 'X-Request-Id: "}{' "$URL/healthz"
grep -c '"request_id":"order-66","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"' log
grep -cv '^{.*}$' log
stop
