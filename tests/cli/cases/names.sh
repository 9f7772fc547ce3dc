# Names that are not UTF-8, not in the spelling of a list, or written by Windows: nothing is lost, the same in every file.
clip() { local verb=$1; shift; "$RWDA" "$verb" --model demo --image-size 64 --method clip --prompts single --quiet "$@"; }
mkdir -p in/good in/bent
latin1=$(printf 'gr\374n'); nfd=$(printf 'u\314\210ber'); nfc=$(printf '\303\274ber')
cp "$ROOT/samples/good/wood.jpg" "in/good/$latin1.jpg"
cp "$ROOT/samples/good/grid.jpg" "in/good/$nfd.jpg"
cp "$ROOT/samples/defect/wood_hole.jpg" 'in/bent/x\xff.jpg'
paths() { grep -o '"path":"[^"]*"' | LC_ALL=C sort; }
echo "-- records, tables, maps"
clip score in | tee scores.jsonl | paths
clip score --format csv in | cut -d, -f 1 >names && cat names
clip map --mode crops --write png,regions --threshold 0.5 -o maps in | grep -o '"png":"[^"]*"'
(cd maps && find . -name '*.png' | LC_ALL=C sort | od -An -c | tr -s ' ' | head -4)
grep -ho '"path":[^,]*' maps/*/*.json
echo "-- and back: every record names a file that is there"
clip score --format csv -o scores.csv in
for f in scores.jsonl scores.csv; do
    "$RWDA" report -o page.html --force "$f" 2>&1 | grep -o '[0-9]* images, [0-9]* thumbnails'; echo "exit ${PIPESTATUS[0]}"
done
cut -d, -f 1 names | tr -d '"' | sed 1d | clip score - | paths | cmp - <(paths <scores.jsonl) && echo the same from a list of them
echo "-- eval"
"$RWDA" eval --model demo --image-size 64 --method clip --quiet --data in --seeds 1 -o results >/dev/null; cut -d, -f 1 results/scores.csv
mv in/bent/x* in/bent/y.jpg
echo "-- a list in another spelling, from Windows"
printf '\357\273\277path;label\r\nin\\good\\%s.jpg;0\r\nin\\bent\\y.jpg;1\r\n' "$nfc" >list.csv
"$RWDA" data ls list.csv 2>&1; echo "exit $?"
printf '\357\273\277in\\good\\%s.jpg\r\nin/good/%s.jpg\r\n' "$nfc" "$nfc" | clip score - | paths
printf '\377\376i\0n\0\n\0' | clip score - 2>&1; echo "exit $?"
echo "-- control characters in a table"
cp "$ROOT/samples/good/wood.jpg" $'a\033b\nc.jpg'
clip score --format table $'a\033b\nc.jpg' | cut -c 9-; : >$'d\033e.jpg'; clip score --format table $'d\033e.jpg' 2>&1
