# Images that drift from the threshold file's normal ones: one warning, the same output; switched off, and what is told from scores alone.
. "$CASES/serve.inc" || exit 9
images() { # FOLDER N SEED: stripes of a random width, place and light on noise
    mkdir -p "$1"
    awk -v folder="$1" -v n="$2" -v seed="$3" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) {
            file = sprintf("%s/%02d.ppm", folder, i); wide = 4 + int(6 * rand()); from = int(20 * rand()); level = 120 + 20 * rand()
            printf "P3 40 40 255\n" > file
            for (y = 0; y < 40; y++)
                for (x = 0; x < 40; x++) {
                    v = int((x + from) / wide) % 2 ? level : level / 2
                    printf "%d %d %d\n", v + 9 * rand(), v * 0.8 + 9 * rand(), v * 0.6 + 9 * rand() > file
                }
            close(file)
        }
    }'
}
score() { "$RWDA" score --model demo --method clip --prompts single --format csv "$@" 2>messages; }
said() { sed -E -n '/drift/{s/[0-9]+/N/g; s/N: .* \(noticed/N: CHANGE (noticed/; p}' messages; }
images normal 40 1
images like 30 2
other="$ROOT/samples" # 18 images of other things
"$RWDA" calibrate --model demo --method clip --prompts single --quiet normal -o thresholds.json 2>/dev/null
grep -E '"(embedding|dim|averaged)"' thresholds.json
echo "-- like the normal ones"
score --threshold thresholds.json like >out.csv && said
echo "-- another object from image 31 on: one warning, and the same records"
score --threshold thresholds.json like "$other" >out.csv && said
sed -E -n 's/.*drift since about image ([0-9]+): (.*) \(noticed at image ([0-9]+)\).*/\1 \3/p' messages |
    awk '{ print ($1 > 20 && $1 <= 33 ? "about image 31" : $1), ($2 > 31 && $2 <= 45 ? "noticed within 15 images" : $2) }'
score --threshold thresholds.json --no-drift like "$other" | cmp - out.csv && said
score --threshold thresholds.json --quiet like "$other" | cmp - out.csv && said
score --threshold 0.5 like "$other" >/dev/null && said
echo "-- from a file without embeddings: scores alone"
{ sed '/^  \],/,$d' thresholds.json; printf '  ]\n}\n'; } >scores.json
score --threshold scores.json like >/dev/null && said
echo "-- the report, from the order of the records"
score --threshold thresholds.json like "$other" --format jsonl >out.jsonl
for file in thresholds.json 0.5; do
    "$RWDA" report out.jsonl --threshold $file --thumbnails none --quiet -o - | tr '\n' ' ' | grep -oE '"drift":(null|\{"sentence":"(No d|d)rift)'
done
echo "-- the service"
serve --model demo --threshold thresholds.json
for image in like/* "$other"/*/*; do curl -s -m 120 --data-binary @"$image" "$URL/v1/score?method=clip&prompts=single" >/dev/null; done
metric rwda_drift_pictures_total
metric rwda_drift_alarm
grep -c '"level":"warning","message":"drift since about image' log
stop
serve --model demo --threshold thresholds.json --no-drift
curl -s -m 120 "$URL/metrics" | grep -c drift
stop
