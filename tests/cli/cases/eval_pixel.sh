# Pixel figures: those of 'rwda metrics' on the maps that 'rwda map' writes, to the last digit; kept, and the same when resumed.
# Small images (64 px) are enough for what is the same, and quick under the sanitizers.
. "$CASES/layouts.sh"
make_mvtec data
rm -r data/second/ground_truth # no masks here
for picture in data/first/test/*/*.jpg; do # made-up masks: a rectangle, drawn as a region of interest
    kind=$(basename "$(dirname "$picture")")
    [ "$kind" != good ] || continue
    "$RWDA" map --model demo --image-size 64 --quiet --kind crops --roi rect:30,40,50,60 --threshold 0.000001 --write mask -o drawn "$picture" >/dev/null
    mv drawn/*.mask.png "data/first/ground_truth/$kind/000_mask.png"
done
run() { "$RWDA" eval --model demo --image-size 64 --quiet --data data --method random,winclip --seeds 2 --pairs 100 --pixel "$@"; }
run -o whole --format csv >table.csv 2>err || echo "exit $?"
grep -o 'no mask$\|left out.*' err | sort -u
head -1 table.csv | tr , '\n' | tail -4 | tr '\n' ' '; echo
grep -c '^"[a-z]*",map-' table.csv
grep '"second",map-' table.csv
# the same figures from files
for kind in windows patches; do
    "$RWDA" map --model demo --image-size 64 --quiet --kind $kind --write npy -o "maps-$kind" data/first/test >/dev/null
    {
        echo map,mask
        for map in $(cd "maps-$kind" && find . -name '*.npy'); do
            mask=data/first/ground_truth/$(dirname "$map")/000_mask.png
            [ -f "$mask" ] || mask=
            echo "maps-$kind/$map,$mask"
        done
    } >"$kind.csv"
    "$RWDA" metrics --list "$kind.csv" --json >"$kind.json" 2>err || cat err
    for figure in auroc ap f1_max aupro; do
        ours=$(grep -o "{\"category\":\"first\",\"map\":\"$kind\"[^}]*" whole/results.json | grep -o "\"$figure\":[^,}]*")
        grep -qF "$ours" "$kind.json" && echo "$kind: $figure the same" || echo "$kind: $ours, not $(grep -o "\"$figure\":[^,}]*" "$kind.json")"
    done
done
ls whole/embeddings | grep map
grep -c 'Pixels: ' whole/report.html
grep -c '^| WinCLIP windows' whole/results.md
mkdir -p again && cp -r whole/embeddings again
run -o again --format table >table.txt && diff -r whole again && echo 'resumed: the same'
grep -c '^WinCLIP windows\|^patches, network' table.txt
run --map sketch; echo "exit $?"
