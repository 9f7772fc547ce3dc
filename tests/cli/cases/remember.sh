# A memory of normal images: what is made, the same bytes again, adding and dropping, what is left out, what is refused.
remember() { "$RWDA" remember --model demo "$@"; }
hide() { sed -E 's/[0-9a-f]{64}/H/g; s/"score":[0-9.e-]+/"score":S/g; s/"bytes":[0-9]+/"bytes":N/'; }
mkdir normal
for name in wood grid leather cookie; do cp "$ROOT/samples/good/$name.jpg" normal; done
echo "-- four images"
remember --json -o four.safetensors normal >four.json 2>said
hide <four.json | sed 's/"images".*//'
hide <four.json | grep -oE '\{"name[^}]*\}' | sort # they stand in the order of their hashes
cat said
echo "-- the same bytes for threads, batch and order, from a list, and whatever their number"
remember --quiet --threads 1 -o a.safetensors normal/wood.jpg normal/leather.jpg normal/cookie.jpg normal/grid.jpg
remember --quiet --threads 3 --batch 1 -o b.safetensors normal/cookie.jpg normal/wood.jpg normal
find normal -type f | sort -r | remember --quiet -o c.safetensors -
for file in a b c; do cmp four.safetensors $file.safetensors && echo same; done
echo "-- added, dropped by name, dropped by hash"
cp "$ROOT/samples/good/zipper.jpg" normal
remember --quiet -o five.safetensors normal
remember --add four.safetensors -o a5.safetensors normal 2>&1
cmp five.safetensors a5.safetensors && echo same
remember --quiet --add five.safetensors --drop normal/zipper.jpg -o a4.safetensors && cmp four.safetensors a4.safetensors && echo same
hash=$(remember --quiet --json --add four.safetensors --drop normal/wood.jpg --drop normal/grid.jpg normal/zipper.jpg -o three.safetensors |
    sed -E 's/.*"name":"normal\/zipper.jpg","sha256":"([0-9a-f]*)".*/\1/')
remember --quiet --json --add three.safetensors --drop "$hash" --drop normal/cookie.jpg normal/wood.jpg -o two.safetensors |
    grep -o '"name":"[^"]*"' | sort
echo "-- every option in the recipe"
remember --quiet --json -o o.safetensors --image-size 64 --layers 2,5,8 --share 10% --tiles 2 --neighbourhood 3 --rotations --robust 0.3 \
    --class-weight 0.25 --keep 25% --storage int8 --crops 5 --resize squash --scores 2 normal | grep -oE '"tokens":[0-9]+|"recipe":[^}]*\}|"score":null'
remember --quiet --json -o p.safetensors --image-size 64 --no-words --storage f16 normal | grep -oE '"words":.|"storage":"..."'
echo "-- coreset: added to, and continued"
remember --quiet --image-size 64 --keep 0.5 -o thin.safetensors normal/wood.jpg normal/grid.jpg
remember --json --add thin.safetensors -o thin3.safetensors normal/zipper.jpg 2>&1 | grep -oE '"tokens":[0-9]+'
echo "-- what cannot be read or is there already is left out"
mkdir mixed && cp normal/wood.jpg mixed/1.jpg && cp normal/wood.jpg mixed/2.jpg && head -c 900 normal/grid.jpg >mixed/3.jpg && echo text >mixed/notes.txt
remember -o mixed.safetensors --image-size 64 mixed 2>&1; echo "exit $?"
echo "-- a name that is no text"
remember --quiet --json -o $'\xff.safetensors' --image-size 64 normal/wood.jpg | grep -o '"path":"[^"]*"'
echo "-- what is refused"
refused() { remember --quiet "$@" 2>&1 | hide | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
refused normal
refused -o x.safetensors
refused -o four.safetensors normal
refused -o x.safetensors missing.jpg
refused -o x.safetensors mixed/3.jpg
refused -o nowhere/x.safetensors normal
refused -o x.safetensors --layers 9 normal
refused -o x.safetensors --layers 6,six normal
refused -o x.safetensors --layers 8,6 normal
refused -o x.safetensors --layers 6, normal
refused -o x.safetensors --layers '' normal
refused -o x.safetensors --share 0 normal
refused -o x.safetensors --share 5%% normal
refused -o x.safetensors --keep 200% normal
refused -o x.safetensors --tiles 9 normal
refused -o x.safetensors --neighbourhood 2 normal
refused -o x.safetensors --storage f64 normal
refused -o x.safetensors --storage bf16 normal
refused -o x.safetensors --image-size 100 normal
refused -o x.safetensors --resize tiles normal
refused -o x.safetensors --class-weight 0.5 --no-words normal
refused -o x.safetensors --max-bytes 1000000 normal
refused -o x.safetensors --max-bytes many normal
refused -o x.safetensors --scores -1 normal
refused -o x.safetensors --drop wood.jpg normal
refused -o x.safetensors --add four.safetensors --keep 50% normal
refused -o x.safetensors --add four.safetensors --drop nobody.jpg
refused -o x.safetensors --add missing.safetensors normal
refused -o x.safetensors --add normal/wood.jpg normal
ln -s "$ROOT/tests/model/open_clip_model.safetensors" clip.safetensors
refused -o x.safetensors --add clip.safetensors normal
sed -E 's/("model_sha256": ?")[0-9a-f]{64}/\10000000000000000000000000000000000000000000000000000000000000000/' four.safetensors >other.safetensors
refused -o x.safetensors --add other.safetensors normal
head -c 100000 four.safetensors >cut.safetensors
refused -o x.safetensors --add cut.safetensors normal
(ulimit -f 8; trap '' XFSZ; refused -o x.safetensors normal)
[ ! -e x.safetensors ] || echo "x.safetensors is there"
ls | grep -v safetensors
echo "-- what is in one"
"$RWDA" remember --model demo --quiet --list --add four.safetensors | awk '{ print length($1), ($2 > 0), $3 }' | sort
"$RWDA" remember --model demo --quiet --list --json --add four.safetensors | grep -o '"path":"[^"]*"'
refused --list
