# While a memory is being made images are scored, few others wait for theirs, and the end does not wait for it.
. "$CASES/serve.inc" || exit 9
serve --drain-seconds 1
image=$ROOT/samples/defect/wood_hole.jpg
many=()
for file in "$ROOT"/samples/*/*.jpg; do many+=(-F "images=@$file"); done
ask() { curl -s -m 120 -o "$1" -w '%{http_code}\n' "${many[@]}" -F tiles=4 -F rotations=1 -F storage=int8 "$URL/v1/memories" >"$1.code"; }
waiting() { metric rwda_memories_waiting; }
for i in 1 2 3 4; do ask "slow$i" & done
until [ "$(waiting)" = 4 ]; do sleep 0.02; done
code --data-binary @"$image" "$URL/v1/score"
code "$URL/healthz/ready"
code -F images=@"$image" "$URL/v1/memories"
detail
echo "being made: $(waiting)"
kill -TERM "$SERVER"
wait "$SERVER"
echo "the service ended with $?"
SERVER=
wait
cat slow?.code
field detail <slow1
