# Maps in a folder: which files, the same bytes for any threads and batch, whole files only, nothing overwritten unasked.
map() { "$RWDA" map --model demo --mode patches --quiet "$@"; }
floats() { tail -c +129 "$1" | od -An -v -t f4 -w4; }
mkdir -p in/good in/odd
cp "$ROOT/samples/good/wood.jpg" in/good/1.jpg
cp "$ROOT/samples/defect/wood_hole.jpg" in/odd/1.jpg
map --write npy,png,overlay,mask,regions --threshold 0.1 -o out in >records
find out -type f | sort
head -c 128 out/good/1.jpg.map.npy | tr -cd '[:print:]' | sed 's/ *$//'; echo
floats out/good/1.jpg.map.npy | awk '$1 < 0 || $1 > 1 { bad++ } END { print NR " values, " bad + 0 " outside 0..1" }'
for file in png overlay.png mask.png; do [ "$file" = png ] && file=map.png; od -An -t x1 -j16 -N10 "out/good/1.jpg.$file"; done
sed -E 's/"(max|mean)":[0-9.e-]+/"\1":X/g; s/"regions":[0-9]+/"regions":N/' records | head -1
map --write npy -o slash// in/good | grep -o '"files":{[^}]*}'
for way in "--threads 1" "--threads 3" "--batch 1"; do
    for mode in windows patches crops; do
        map --mode $mode -o "ways/$mode" in --force $way --write npy >/dev/null
        sum=$(cat ways/$mode/*/*.npy | sha256sum)
        [ -f ways/$mode.sum ] || echo "$sum" >ways/$mode.sum
        [ "$sum" = "$(cat ways/$mode.sum)" ] || echo "$mode differs with $way"
    done
done
cmp out/good/1.jpg.map.npy ways/patches/good/1.jpg.map.npy && echo same
map -o out in 2>&1 >/dev/null | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[0]}"
(ulimit -f 8; trap '' XFSZ; map -o small in) 2>/dev/null
echo "exit $?"
find small -type f
cd in/good && map -o ../../up 1.jpg ../odd/1.jpg --write npy >/dev/null && cd ../.. && find up -type f | sort
