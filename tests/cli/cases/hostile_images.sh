# Small files that stand for much memory or work, through program and service: within seconds, or refused; the service stays well.
. "$CASES/serve.inc" || exit 9
"$(dirname "$RWDA")/tests/test_decode_limits" . >/dev/null 2>&1 || exit 9
model=$ROOT/tests/model
for file in PNG* JPEG* TIFF* WebP*; do
    (ulimit -t 6; "$RWDA" preprocess --quiet --force --model "$model" -o pixels.npy "$file" 2>message)
    echo "$file: $?$(sed -n 's/^rwda: / /p' message)"
done
serve --max-body 64 --max-pixels 64 --request-seconds 5
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$SERVER/status"; }
image=$ROOT/samples/good/wood.jpg
echo "a good image: $(code --data-binary @"$image" "$URL/v1/score")"
before=$(peak) start=$SECONDS
for file in PNG* JPEG* TIFF* WebP*; do
    code --data-binary @"$file" "$URL/v1/score" >"answer $file" &
    sent="${sent:-} $!"
done
# shellcheck disable=SC2086 # a list of process ids
wait $sent
for file in PNG* JPEG* TIFF* WebP*; do
    echo "$file: $(cat "answer $file")"
done
[ $((SECONDS - start)) -le 20 ] && echo 'in seconds' || echo "in $((SECONDS - start)) s"
[ $(($(peak) - before)) -le 1000000 ] && echo 'within its memory' || echo "$before to $(peak) KiB"
echo "still well: $(code --data-binary @"$image" "$URL/v1/score")"
stop
