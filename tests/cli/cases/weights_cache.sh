# Packed weights: kept for the next start, by tower and precision, with the same results; --no-cache keeps and uses nothing; a damaged
# file is replaced; a folder that cannot be made is not a failure.
"$RWDA" train --model demo --pairs 50 --epochs 1 --quiet -o d.safetensors --cache kept
ls kept | sed 's/-[0-9a-f]*\./-KEY./'
stat -c '%a' kept kept/weights-*
score() { "$RWDA" score --model demo -d d.safetensors --format table --quiet "$@" "$ROOT/samples/good/wood.jpg" | cut -c1-9; }
files() { ls kept/weights-* | wc -l; }
plain=$(score --no-cache)
for i in 1 2; do [ "$(score --cache kept)" = "$plain" ] && echo "the same score, $(files) files"; done
for i in 1 2; do [ "$(score --cache kept --threads 3 --batch 2)" = "$plain" ] && echo "the same score, $(files) files"; done
[ "$(score --cache kept --precision int8)" = "$(score --cache kept --precision int8)" ] && echo "int8: the same score, $(files) files"
for file in kept/weights-*; do truncate -s 100 "$file"; done
[ "$(score --cache kept)" = "$plain" ] && [ "$(find kept -name 'weights-*' -size +1k | wc -l)" = 1 ] && echo 'made again'
[ "$(score --cache /dev/null/none)" = "$plain" ] && echo 'no place, the same score'
[ -d "$XDG_CACHE_HOME" ] || echo 'nothing elsewhere'
score >/dev/null
ls "$XDG_CACHE_HOME/rwda" | sed 's/-[0-9a-f]*\./-KEY./'
# Texts and images by one tower each are those by both.
echo 'a photo of a cat' >lines
"$RWDA" embed --model demo --quiet --text lines -o text.npy
"$RWDA" embed --model demo --quiet --text lines --no-cache -o again.npy && cmp text.npy again.npy && echo 'the same text'
"$RWDA" score --model demo --method clip --format table --quiet "$ROOT/samples/good/wood.jpg" >prompts
"$RWDA" score --model demo --method clip --format table --quiet --no-cache "$ROOT/samples/good/wood.jpg" | cmp - prompts && echo 'the same prompts'
