# The examples of docs/service.md work as they are written.
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 100 --epochs 1 --no-cache --quiet -o detector.safetensors
serve --detector detector.safetensors
export URL
ln -s "$ROOT/samples" samples
ln -s "$ROOT/samples_wood" samples_wood
sed -n '/^## Examples/,/^## Refusals/s/^    //p' "$ROOT/docs/service.md" >examples
while IFS= read -r line; do
    bash -c "${line//curl /curl -sS -f -m 120 }" </dev/null >answer 2>error || { echo "failed: $line"; cat error; }
    [ ! -s answer ] || echo "$(cut -c1-30 <answer | head -1)..."
    case $line in *v1/trainings\") until grep -q '"state":"done"' state 2>/dev/null; do curl -s -m 60 "$URL/v1/trainings/t1" >state; done ;; esac
done <examples
wc -l <examples
stop
