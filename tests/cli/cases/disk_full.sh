# An output that cannot be written: exit code 5, and no partial file stays.
"$RWDA" tokenize 'a cat' >/dev/full
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet -o d.safetensors) 2>/dev/null
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" preprocess --model demo "$ROOT/samples/good/wood.jpg" -o x.npy --quiet) 2>/dev/null
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" score --model demo --method clip --quiet "$ROOT/samples" -o s.jsonl) 2>/dev/null
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" score --model demo --method clip --quiet "$ROOT/samples/good/wood.jpg" --contact-sheet o.png) 2>/dev/null >/dev/null
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" embed --model demo --quiet "$ROOT/samples" -o e.npy) 2>/dev/null
echo "exit $?"
"$RWDA" score --model demo --method clip --quiet "$ROOT/samples" >/dev/full
echo "exit $?"
"$RWDA" embed --model demo --quiet "$ROOT/samples" -o - >/dev/full
echo "exit $?"
"$RWDA" train --model demo --quiet --pairs 50 --epochs 1 -o /dev/full
echo "exit $?"
"$RWDA" remember --model demo --quiet --image-size 64 -o /dev/full "$ROOT/samples/good/wood.jpg"
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" remember --model demo --quiet --image-size 64 -o m.safetensors "$ROOT/samples/good/wood.jpg") 2>/dev/null
echo "exit $?"
ls
# A cache of packed weights that finds no room is not a failure.
(ulimit -f 1000; "$RWDA" score --model demo --method clip --quiet --cache cache "$ROOT/samples/good/wood.jpg") | wc -l
ls cache
rmdir cache
for text in --help --version ""; do
    "$RWDA" $text >/dev/full
    echo "rwda $text: exit $?"
done
