# The same images in three layouts give the same metrics, to the byte; so do any number of threads and any batch.
# Small images (64 px) are enough for what is the same, and quick under the sanitizers.
. "$CASES/layouts.sh"
make_mvtec mvtec
make_visa visa
make_sewerml sewer
run() { "$RWDA" eval --model demo --image-size 64 --quiet --data "$1" --method fnn,clip-ac,lda,paired --seeds 2 --pairs 100 --crops one,2x2 --format csv "${@:2}"; }
run mvtec >mvtec.csv || echo "exit $?"
run visa >visa.csv || echo "exit $?"
cmp mvtec.csv visa.csv && echo 'MVTec and VisA: the same'
for c in $sample_categories; do
    run "sewer/$c" >sewer.csv || echo "exit $?"
    cmp <(grep '"sewer"' sewer.csv | sed "s/sewer/$c/") <(grep "\"$c\"" mvtec.csv) && echo "Sewer-ML, $c: the same"
done
run mvtec --threads 3 --batch 2 | cmp - mvtec.csv && echo 'threads and batch: the same'
head -1 mvtec.csv
wc -l <mvtec.csv
awk -F, 'NR > 1 && !($6 >= 0 && $6 <= 1 && $10 > 0 && $10 <= 1 && $12 > 0 && $12 <= 1)' mvtec.csv # fractions, all of them
# a name changes the scores of what has prompts, and nothing else
for object in unknown known; do
    "$RWDA" eval --model demo --image-size 64 --quiet --data mvtec --method fnn,clip-ac,clip --seeds 1 --pairs 50 --object $object -o $object >/dev/null
done
for column in 5 7 9; do
    name=$(head -1 known/scores.csv | cut -d, -f$column)
    cmp -s <(cut -d, -f$column unknown/scores.csv) <(cut -d, -f$column known/scores.csv) && echo "$name: the same" || echo "$name: others"
done
