# Bad options are usage errors before any work; a category that cannot have metrics says why.
. "$CASES/layouts.sh"
make_mvtec data
bad() { "$RWDA" eval "$@" 2>&1 | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
bad
bad --data data extra
bad --data data --method fnn --method best
bad --data data --crops 4x4
bad --data data --seeds 0
bad --data data --pairs many
bad --data data --preset worst
bad --data data --object maybe
bad --data data --layout zip
bad --data data --format xml
bad --data data --limit 0
bad --data data --method ,
bad --data missing --model demo
bad --data data --model no/such/model --quiet
bad --data data --model demo --detector no.safetensors --quiet
echo text >file; bad --data data --model demo --quiet --method clip -o file
# --detector takes the place of training; --limit takes the same images every time
"$RWDA" train --model demo --pairs 100 --quiet -o d.safetensors
"$RWDA" eval --model demo --quiet --data data --method fnn --pairs 100 --seeds 1 --format csv >trained
"$RWDA" eval --model demo --quiet --data data --method fnn --detector d.safetensors --format csv | cmp - trained && echo 'detector: the same'
"$RWDA" eval --model demo --quiet --data data --method clip --limit 2 --json | grep -o '"n_normal":2,"n_anomalous":2' | wc -l
rm -r data/second/test/[a-f]* data/second/test/[h-z]* data/second/ground_truth # no anomalies are left in it
"$RWDA" eval --model demo --quiet --data data --method clip-ac | tail -1
# winclip is the ensemble on squashed images, at any rate unless --resize says otherwise
one() { "$RWDA" eval --model demo --quiet --data data --format csv --object known "$@" | grep '"first"' | cut -d, -f4-; }
cmp <(one --method winclip) <(one --method clip --resize squash) && echo 'winclip: the ensemble, squashed'
cmp <(one --method winclip --resize tiles) <(one --method clip --resize tiles) && echo 'winclip, tiles: the ensemble'
