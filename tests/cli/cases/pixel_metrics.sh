# Maps and masks in two folders, from a list, as text and as JSON; a normal image without a mask; a histogram; the .npy of two names.
mkdir -p maps/dent maps/good masks/dent
cp "$ROOT/tests/planes/f4.npy" maps/dent/000.npy
cp "$ROOT/tests/planes/grey16.png" maps/good/000.png
cp "$ROOT/tests/images/rgb.png" maps/dent/000.png # an image beside the map: the .npy is taken
echo 'not a map' >maps/readme.txt
printf 'P2 7 5 255\n0 0 0 0 0 0 9\n0 0 0 0 0 0 9\n0 1 1 0 0 0 0\n0 1 0 0 0 0 0\n0 0 0 0 0 0 255\n' >masks/dent/000_mask.pgm
"$RWDA" metrics --maps maps --masks masks/ --normal-without-mask
"$RWDA" metrics --maps maps --masks masks --normal-without-mask --json
printf 'map,mask\nmaps/good/000.png,\nmaps/dent/000.npy,masks/dent/000_mask.pgm\n' >list.csv
"$RWDA" metrics --list list.csv --json | cmp - <("$RWDA" metrics --maps maps --masks masks --normal-without-mask --json) && echo 'a list: the same'
"$RWDA" metrics --list list.csv --bins 4 --fpr-limit 0.5
"$RWDA" metrics --list list.csv --bins 65536 --json | sed -E 's/"histogram".*\},//' |
    cmp - <("$RWDA" metrics --list list.csv --json) && echo 'one value a bin: the same'
"$RWDA" metrics --list list.csv --bins 10 --range 0:0.5 >/dev/null
# What 'rwda map' writes is found: NAME.png.map.npy is the map of NAME.png, its overlay is none.
mkdir -p images truth && cp "$ROOT/tests/images/rgb.png" images/000.png
"$RWDA" map --model "$ROOT/tests/model" --write npy,overlay --quiet -o made images >/dev/null
"$RWDA" score --model "$ROOT/tests/model" --method clip --quiet images | grep -oE '"(width|height)":[0-9]+' | tr -d '":a-z' >size
{ printf 'P2\n'; cat size; printf '255\n255\n'; yes 0 | head -n $(($(head -n 1 size) * $(tail -n 1 size) - 1)); } >truth/000_mask.pgm
"$RWDA" metrics --maps made --masks truth --json | grep -o '"pictures":1,"regions":1'
