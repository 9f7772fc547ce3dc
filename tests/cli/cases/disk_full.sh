# An output that cannot be written: exit code 5, and no partial file stays.
"$RWDA" tokenize 'a cat' >/dev/full
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet -o d.safetensors) 2>/dev/null
echo "exit $?"
(ulimit -f 1; trap '' XFSZ; "$RWDA" preprocess --model demo "$ROOT/samples/good/wood.jpg" -o x.npy --quiet) 2>/dev/null
echo "exit $?"
ls
