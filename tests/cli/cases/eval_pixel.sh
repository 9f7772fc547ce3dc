# Pixel metrics: those of 'rwda metrics' on the maps that 'rwda map' writes, to the last digit; cached, and the same when resumed.
# Small images (64 px) are enough for what is the same, and quick under the sanitizers.
. "$CASES/layouts.sh"
make_mvtec data
rm -r data/second/ground_truth # no masks here
draw_masks data/first
run() { "$RWDA" eval --model demo --image-size 64 --quiet --data data --method random,winclip --seeds 2 --pairs 100 --pixel "$@"; }
run -o whole --format csv >table.csv 2>err || echo "exit $?"
grep -o 'no mask$\|left out.*' err | sort -u
head -1 table.csv | tr , '\n' | tail -4 | tr '\n' ' '; echo
grep -c '^"[a-z]*",map-' table.csv
grep '"second",map-' table.csv
# the same metrics from files
for mode in windows patches; do
    "$RWDA" map --model demo --image-size 64 --quiet --mode $mode --write npy -o "maps-$mode" data/first/test >/dev/null
    {
        echo map,mask
        for map in $(cd "maps-$mode" && find . -name '*.npy'); do
            mask=data/first/ground_truth/$(dirname "$map")/000_mask.png
            [ -f "$mask" ] || mask=
            echo "maps-$mode/$map,$mask"
        done
    } >"$mode.csv"
    "$RWDA" metrics --list "$mode.csv" --json >"$mode.json" 2>err || cat err
    for metric in auroc ap f1_max aupro; do
        ours=$(grep -o "{\"category\":\"first\",\"map\":\"$mode\"[^}]*" whole/results.json | grep -o "\"$metric\":[^,}]*")
        grep -qF "$ours" "$mode.json" && echo "$mode: $metric the same" || echo "$mode: $ours, not $(grep -o "\"$metric\":[^,}]*" "$mode.json")"
    done
done
ls whole/embeddings | grep map
grep -c 'Pixels: ' whole/report.html
grep -c '^| WinCLIP windows' whole/results.md
mkdir -p again && cp -r whole/embeddings again
run -o again --format table >table.txt && diff -r whole again && echo 'resumed: the same'
grep -c '^WinCLIP windows\|^patches, network' table.txt
run --map sketch; echo "exit $?"
