# Ended in the middle: the exit code names the signal, no partial file stays, records that were printed are whole.
yes "$ROOT/samples/good/wood.jpg" | head -100000 >list
is_writing() { find "/proc/$1/fd" -lname "$PWD/*" ! -lname "$PWD/list" 2>/dev/null | grep -q .; } # an output under way, with a name or without
for signal in INT TERM KILL; do
    env --default-signal=INT "$RWDA" score --model demo --method clip --quiet -o scores.jsonl - <list & # a shell's '&' ignores INT
    while ! is_writing $!; do sleep 0.05; done
    kill -$signal $!
    wait $!
    echo "score: exit $?"
    ls scores* 2>/dev/null
done
"$RWDA" score --model demo --method clip --quiet - <list >printed.jsonl &
while [ ! -s printed.jsonl ]; do sleep 0.05; done
kill $!
wait $!
echo "to standard output: exit $?"
sed -E 's/^\{"schema":"rwda.score\/1",.*"total":[0-9.]+\}\}$/whole record/' printed.jsonl | sort -u
"$RWDA" train --model demo --pairs 100000 --no-cache --quiet -o d.safetensors &
sleep 0.3
kill $!
wait $!
echo "train: exit $?"
ls
