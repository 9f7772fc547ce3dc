# The text tower's opinion: words ranked in the record, the first one in a column and in the table, none for what is called normal.
image=$ROOT/samples/defect/wood_hole.jpg
score() { "$RWDA" score --model demo --quiet --method clip "$@"; }
kinds() { grep -oE '"kinds":\[[^]]*\]'; }
refused() { "$@" 2>&1 >/dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
score --kinds "scratch, hole,oil_stain" "$image" >record
kinds <record | grep -oE '"kind":"[^"]*"' | sort
kinds <record | grep -oE '"score":[^,}]*' | cut -d: -f2 | awk '{ s += $1; if (NR > 1 && $1 > last) print "not falling"; last = $1 } END { printf "%d words, sum %.6f\n", NR, s }'
grep -oE '"kinds_region":\{"x":[0-9]+,"y":[0-9]+,"width":[0-9]+,"height":[0-9]+\}' record | grep -oE '[a-z_]+":' | tr '\n' ' '; echo
score "$image" | grep -c '"kinds'
score --kinds scratch --kinds hole --kinds oil_stain "$image" | kinds | cmp - <(kinds <record) && echo given again: the same
for way in "--threads 1" "--threads 3" "--batch 1"; do score $way --kinds scratch,hole,oil_stain "$image" | kinds | cmp - <(kinds <record) && echo "$way: the same"; done
score --object wood --kinds scratch,hole,oil_stain "$image" | kinds | cmp -s - <(kinds <record) || echo "the object stands in the prompts"
score --map maps --kinds scratch,hole,oil_stain "$image" | kinds | cmp - <(kinds <record) && ls maps
score --map maps --force --map-roi rect:0,0,20,20 --map-smooth 0 --kinds scratch,hole "$image" | grep -oE '"kinds_region":\{"x":0,"y":0'
"$RWDA" train --model demo --quiet --pairs 20 --epochs 1 --hidden 4 -o d.safetensors
"$RWDA" score --model demo --quiet -d d.safetensors --kinds scratch,hole "$image" | kinds | grep -oE '"kind":' | wc -l
first=$(kinds <record | sed -E 's/.*\[\{"kind":"([^"]*)".*/\1/')
echo text >broken.png
score --kinds scratch,hole,oil_stain --format csv "$image" broken.png 2>/dev/null | sed -E 's/^"[^"]*jpg",[^,]*/PATH,SCORE/' | sed "s/\"$first\"/FIRST/"
score --kinds scratch,hole,oil_stain --format table "$image" | sed "s/.*wood_hole.jpg/PATH/; s/  $first\$/  FIRST/"
score --kinds scratch --threshold 0 "$image" | kinds
score --kinds scratch --threshold 1 "$image" | grep -c '"kinds'
score --kinds scratch --threshold 1 --review 0 "$image" | kinds
score --kinds scratch --format csv --threshold 1 "$image" | tail -1 | sed -E 's/^"[^"]*",[^,]*/PATH,SCORE/'
for list in "" "a,,b" "a,b,A" "$(printf 'x%.0s' $(seq 65))" $'a\nb' $'\xff' "$(seq -s, 257)"; do refused score --kinds "$list" "$image"; done
refused score --object "$(printf 'wood %.0s' $(seq 25))" --kinds "$(printf '%.0sq.' $(seq 32))" "$image"
score --kinds '</script>,<b>&amp;' "$image" >lines.jsonl
"$RWDA" report --quiet lines.jsonl --thumbnails none -o page.html; echo "exit $?"
grep -oE '"opinions":\["[^"]*"' page.html | sed -E 's/ [01]\.[0-9]+/ N/g' | tr ',' '\n' | sort
"$RWDA" score --help | grep -A3 -e '--kinds' | tr -s ' \n' ' '; echo
