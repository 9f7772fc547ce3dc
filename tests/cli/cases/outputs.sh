# Where outputs may go: standard output, a device or a pipe as they are, never a folder; an existing file with --force only.
train() { "$RWDA" train --model demo --pairs 50 --epochs 1 --hidden 4 --quiet "$@" 2>&1 | sed 's/^rwda: //'; }
train -o d.safetensors
"$RWDA" train --model demo --pairs 50 --epochs 1 --hidden 4 --quiet -o - | cmp - d.safetensors && echo 'the same detector on standard output'
train -o /dev/null && [ -c /dev/null ] && echo '/dev/null is still a device'
mkfifo pipe && { cat pipe >through & train -o pipe; wait; } && cmp through d.safetensors && [ -p pipe ] && echo 'and a pipe a pipe'
mkdir folder && train -o folder --force
train -o - --json
train -o d.safetensors
ln -s d.safetensors link && train -o link
"$RWDA" score --model demo --method clip --quiet -o -x.jsonl -- "$ROOT/samples/good/wood.jpg" && ls -- -x.jsonl
ls -A
echo "--- refused before the work, not after"
for verb in "train --pairs 1000000" "embed --text /dev/null" "preprocess $ROOT/samples/good/wood.jpg"; do
    "$RWDA" $verb --model demo --quiet -o no/such/folder/x 2>&1 | sed 's/^rwda: //'
    "$RWDA" $verb --model demo --quiet -o d.safetensors 2>&1 | sed 's/^rwda: //'
done
"$RWDA" embed --quiet --text no/such/texts -o x.npy 2>&1 | sed 's/^rwda: //'
echo "--- a file that appears during the work is kept"
yes "$ROOT/samples/good/wood.jpg" | head -500 >list
"$RWDA" score --model demo --method clip --quiet -o late.jsonl - <list 2>late.err &
while ! find "/proc/$!/fd" -lname "$PWD/*" ! -lname "$PWD/list" ! -lname "$PWD/late.err" 2>/dev/null | grep -q . && kill -0 $! 2>/dev/null; do :; done
echo mine >late.jsonl
wait $!
echo "exit $?"
cat late.jsonl
sed 's/^rwda: //' late.err
ls late*
