# The same pictures in three layouts give the same figures, to the byte; so do any number of threads and any batch.
. "$CASES/layouts.sh"
make_mvtec mvtec
make_visa visa
make_sewerml sewer
run() { "$RWDA" eval --model demo --quiet --data "$1" --method fnn,both,clip-ac,clip,lda,paired --seeds 2 --pairs 200 --crops one,2x2 --format csv "${@:2}"; }
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
run mvtec --object known >known.csv # a name changes what has prompts, nothing else
paste -d' ' mvtec.csv known.csv | awk -F'[, ]' '{ split($0, half, " "); print $2, half[1] == half[2] ? "same" : "other" }' | sort -u | grep -vE '^(both|clip) '
