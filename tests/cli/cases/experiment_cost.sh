# The study of cost: a time and a peak memory for every method; what it needed on the way is gone, what it measured is kept.
. "$CASES/layouts.sh"
make_mvtec data
echo 'not an image' >data/first/test/good/broken.png # changes no time, but the exit code
run() { "$RWDA" experiment cost --model demo --data data --quiet --seeds 1 --pairs 20 --limit 2 -o cost "$@" >/dev/null 2>err; echo "exit $?"; }
run
tail -n +2 cost/cost.csv | wc -l
awk -F'"' 'NR > 1 { n = split($5, f, ","); if (!(f[n - 2] > 0 && f[n - 1] > 1 && f[n] >= 0)) print "no time or memory: " $0 }' cost/cost.csv
ls cost/kept | grep -E 'jsonl|safetensors'
cp cost/cost.csv first.csv
run --force
cmp first.csv cost/cost.csv && echo 'kept, not measured again'
