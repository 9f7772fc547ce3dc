# With a token nothing but the page, health and the API description answers without it; other addresses want one.
. "$CASES/serve.inc" || exit 9
echo 'correct-horse-battery' >token
serve --token-file token
image=$ROOT/samples/good/wood.jpg
for path in / /page/app.js /healthz /healthz/ready /v2 /v2/health/live /openapi.json /metrics /v1/info /v1/detectors /v2/models/rwda; do
    echo "$path $(code "$URL$path") with it: $(code -H 'Authorization: Bearer correct-horse-battery' "$URL$path")"
done
post() { echo "$(code "$@" --data-binary @"$image" "$URL/v1/score") $(detail)"; }
post
post -H 'Authorization: Bearer correct-horse-batterx'
post -H 'Authorization: Bearer correct-horse'
post -H 'Authorization: Bearer '
post -H 'Authorization: Basic correct-horse-battery'
code -H 'Authorization: bearer correct-horse-battery' --data-binary @"$image" "$URL/v1/score"
curl -s -o /dev/null -D - "$URL/v1/info" | grep -i www-authenticate | tr -d '\r'
grep -c correct-horse log
stop
refuse() { "$RWDA" serve "$@" 2>&1 | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
refuse --listen 0.0.0.0:0
refuse --listen 8080
refuse --listen 127.0.0.1:
refuse --listen 127.0.0.1:99999
echo short >weak; refuse --listen 127.0.0.1:0 --token-file weak
refuse --token-file missing
refuse --listen 127.0.0.1:0 -d missing.safetensors
refuse --listen 127.0.0.1:0 image.jpg
refuse --listen 127.0.0.1:0 --queue 0
RWDA_TOKEN=correct-horse-battery serve
code "$URL/v1/info"
stop
