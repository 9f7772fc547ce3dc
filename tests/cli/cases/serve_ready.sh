# With nothing set up the service scores as 'rwda score' does, by the model's own detector; one that was kept is found, and none is trained at a start.
. "$CASES/serve.inc" || exit 9
image=$ROOT/samples/defect/wood_hole.jpg
only() { grep -o '"score[a-z_]*":[^,}]*\|"detector":[^,}]*' | tr '\n' ' '; }
said() { sed -n 's/.*"message":"listening".*\("method".*\)}$/\1/p' log | sed -E 's/[0-9a-f]{64}/SHA256/'; grep -c 'no detector was given, and the model has none yet' log; }
same() { "$RWDA" score --quiet "$@" "$image" | only >want; curl -s --data-binary @"$image" "$URL/v1/score" | only | cmp - want && echo 'the same score'; }
serve
said
same
[ "$(sed -n 's/.*"name":"ready","sha256":"\([0-9a-f]*\)".*/\1/p' log)" = "$(sha256sum <"$ROOT/tests/model/detector.safetensors" | cut -d' ' -f1)" ] && echo 'the shipped one'
curl -s "$URL/v1/detectors" | grep -o '"name":"[a-z]*"\|"trained_here":[a-z]*'
stop
mkdir other && cp "$ROOT/tests/model/open_clip_config.json" other/ && ln -s "$ROOT/tests/model/open_clip_model.safetensors" other/
serve --model other
said
same --model other --method clip
ls "$XDG_CACHE_HOME/rwda/detectors" 2>&1 | grep -c safetensors
stop
"$RWDA" score --quiet --model other "$image" >/dev/null
serve --model other
said
same --model other
stop
serve --model other --no-cache
said
stop
