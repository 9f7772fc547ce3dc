# Photos are turned as EXIF says; scoring says it; what was read otherwise does not fit; masks that fit the stored image are told.
photo() { # photo N: a JPEG with EXIF orientation N behind its first two bytes
    { head -c 2 plain.jpg
      printf '\xff\xe1\0\42Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\'$(printf '%o' "$1")'\0\0\0\0\0\0'
      tail -c +3 plain.jpg; } >"photo$1.jpg"
}
cp "$ROOT/tests/images/q95.jpg" plain.jpg # 13 x 9
for n in 3 6 8; do photo $n; done
score() { "$RWDA" score --model demo --quiet --method clip "$@"; }
echo "-- sizes: turned, and as stored"
score plain.jpg photo3.jpg photo6.jpg photo8.jpg | grep -oE '"(width|height)":[0-9]+|"orientation":"[a-z]*"' | tr '\n' ' '; echo
score --orientation stored photo6.jpg | grep -oE '"(width|height)":[0-9]+|"orientation":"[a-z]*"|"preprocessing":[0-9]+' | tr '\n' ' '; echo
echo "-- as stored it is the plain image; turned it is another"
[ "$(score plain.jpg | grep -o '"score":[0-9.]*')" = "$(score --orientation stored photo3.jpg | grep -o '"score":[0-9.]*')" ] && echo same
[ "$(score plain.jpg | grep -o '"score":[0-9.]*')" = "$(score photo3.jpg | grep -o '"score":[0-9.]*')" ] || echo other
echo "-- a memory and a threshold file of images that were read otherwise"
"$RWDA" remember --model demo --quiet --image-size 64 -o m.safetensors plain.jpg
"$RWDA" score --model demo --quiet --memory m.safetensors --orientation stored photo3.jpg 2>&1; echo "exit $?"
"$RWDA" calibrate --model demo --quiet --method clip --orientation stored -o t.json plain.jpg 2>/dev/null
score --threshold t.json photo3.jpg 2>&1 >/dev/null | sed 's/.*t.json: //'; echo "exit ${PIPESTATUS[0]}"
grep -vE '"(orientation|depth|preprocessing)":' t.json >old.json
echo "-- a file from before is used, and warned about once"
score --threshold old.json photo3.jpg photo6.jpg 2>&1 >/dev/null | grep -v threshold:
echo "-- a region's mask of the stored size"
printf 'P5 13 9 255\n' >mask.pgm; head -c 117 /dev/zero | tr '\0' '\377' >>mask.pgm
map() { "$RWDA" map --model demo --quiet -o maps --force --roi mask:mask.pgm "$@" 2>/dev/null | grep -oE '"message":.*|"width":[0-9]+,"height":[0-9]+'; }
map photo6.jpg
map --orientation stored photo6.jpg
map photo3.jpg
echo "-- limits and values"
for o in "--max-pixels 0" "--depth 7" "--depth x" "--orientation up"; do score $o plain.jpg 2>&1; echo "exit $?"; done
printf 'P5 1100 1000 255\n' >big.pgm; head -c 1100000 /dev/zero >>big.pgm
score --max-pixels 1 big.pgm 2>/dev/null | grep -oE '"message":"[^"]*'
score --max-pixels 2 big.pgm | grep -oE '"width":[0-9]+,"height":[0-9]+'
"$RWDA" remember --model demo --quiet --max-pixels 1 -o big.safetensors big.pgm 2>&1; echo "exit $?"
echo "-- every verb with images takes them"
for verb in score map embed calibrate report remember preprocess eval experiment serve metrics; do
    "$RWDA" $verb --help 2>&1 | grep -oE -- '--(orientation|depth|max-pixels) [A-Z|a-z]+' | tr '\n' ' '; echo "$verb"
done
echo "-- eval: a mask of the stored size; what is cached is of one orientation"
mkdir -p set/part/test/good set/part/test/hole set/part/ground_truth/hole
cp plain.jpg set/part/test/good/0.jpg; cp photo6.jpg set/part/test/hole/1.jpg;
cp "$ROOT/tests/images/rgb.png" set/part/ground_truth/hole/1_mask.png # 13 x 9
evaluate() { "$RWDA" eval --model demo --quiet --data set --layout mvtec --method clip --map patches -o out --force "$@" 2>&1 >/dev/null; }
evaluate | grep -v "mask of many values" | sed 's/rwda: //'
evaluate --orientation stored | grep -v "mask of many values"
grep -h -m1 preprocessing out/embeddings/*.txt | sort -u
