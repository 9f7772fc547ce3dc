# A threshold from a memory's own images, each against the others: what it says, what it fits, what is too little.
remember() { "$RWDA" remember --model demo --quiet --image-size 64 "$@"; }
calibrate() { "$RWDA" calibrate --model demo "$@" 2>&1; }
hide() { sed -E 's/^rwda: //; s/[0-9a-f]{64}/H/g; s/(rests on )\S*samples/\1samples/; s/score is [0-9.e-]+/score is N/; s/ \([0-9.]+\);/ (N);/; s/0\.[0-9]{6,}/N/g'; }
mkdir normal
cp "$ROOT"/samples/good/{wood,grid,leather,cookie,mosaic,hex_nut}.jpg normal
remember --json -o m.safetensors normal >made.json
echo "-- a threshold file"
calibrate --memory m.safetensors --confidence 0 --quantile 0.8 -o t.json | hide
hide <t.json | grep -vE '^    N'
grep -oE '"score":[0-9.e-]+' made.json | sed 's/.*://' | sort -g >left_out
sed -n '/normal_scores/,/\]/p' t.json | grep -oE '0\.[0-9]+' | cmp - left_out && echo the leave-one-out scores
echo "-- few images are said to be few"
calibrate --memory m.safetensors -o few.json | hide | sed -E 's/ [0-9.]+ % of normal images/ X % of normal images/'
echo "-- it fits the scores beside that memory, and no others"
cp "$ROOT/samples/defect/wood_hole.jpg" new.jpg
"$RWDA" score --model demo --quiet --memory m.safetensors --threshold t.json new.jpg normal/wood.jpg | grep -o '"label":"[a-z]*"'
check() { "$RWDA" score --model demo --quiet --threshold t.json "$@" new.jpg 2>&1 >/dev/null | hide | grep -oE 'with (method|memory|fuse) [^;]*'; echo "exit ${PIPESTATUS[0]}"; }
"$RWDA" train --model demo --quiet --pairs 50 --epochs 1 --hidden 4 -o d.safetensors
check --memory m.safetensors --fuse 0.5 -d d.safetensors
check -d d.safetensors
remember -o other.safetensors normal/wood.jpg normal/grid.jpg
check --memory other.safetensors
echo "-- or beside the same one, made in one step"
check --normal normal --image-size 64
check --normal "$PWD/normal" --image-size 64
"$RWDA" score --model demo --quiet --threshold t.json --normal "$PWD/normal" --image-size 64 new.jpg 2>&1 | grep -o 'calibrate again.*'
echo "-- with words beside it: members' words and distances"
calibrate --memory m.safetensors --fuse 0.5 -d d.safetensors --confidence 0 --quantile 0.8 -o fused.json | hide
grep -oE '"(method|words|detector)": "[^":]*|"fuse": [0-9.]*' fused.json
"$RWDA" score --model demo --quiet --memory m.safetensors --fuse 0.5 -d d.safetensors --threshold fused.json new.jpg | grep -o '"label":"[a-z]*"'
echo "-- from other images: scored as any"
calibrate --memory m.safetensors --confidence 0 --quantile 0.5 -o images.json "$ROOT/samples/good/zipper.jpg" "$ROOT/samples/good/capsule.jpg" | hide
echo "-- in one step"
calibrate --normal normal --image-size 64 --confidence 0 --quantile 0.8 -o step.json | hide
grep -E '"threshold"' t.json step.json | sed 's/.*: //' | uniq | wc -l
echo "-- a coreset that was continued warns"
remember --keep 50% -o thin.safetensors normal
calibrate --memory thin.safetensors --confidence 0 --quantile 0.8 -o thin.json | grep -c warning
"$RWDA" remember --model demo --quiet --add thin.safetensors -o thin2.safetensors "$ROOT/samples/good/zipper.jpg"
calibrate --memory thin2.safetensors --confidence 0 --quantile 0.8 -o thin2.json | hide | grep warning
echo "-- what cannot be calibrated"
refused() { calibrate --quiet "$@" >out; code=$?; hide <out; echo "exit $code"; }
"$RWDA" remember --model demo --quiet --image-size 64 -o one.safetensors new.jpg
refused --memory one.safetensors -o x.json
remember --scores 0 -o none.safetensors normal
refused --memory none.safetensors -o x.json
refused --memory missing.safetensors -o x.json
refused --memory m.safetensors --mutual -o x.json
refused --memory m.safetensors -o t.json
refused --fuse 0.5 -o x.json normal
refused --memory m.safetensors --rule f1 -o x.json
[ ! -e x.json ] || echo "x.json is there"
echo "-- whatever the folders of the memory's images are called"
mkdir good other && cp normal/{wood,grid,leather}.jpg good && cp normal/{cookie,mosaic}.jpg other
remember -o mixed.safetensors good other
calibrate --memory mixed.safetensors --confidence 0 --quantile 0.8 -o mixed.json | hide
echo "-- images that the memory holds say nothing"
calibrate --memory m.safetensors --confidence 0 --quantile 0.5 -o self.json normal/wood.jpg "$ROOT/samples/good/zipper.jpg" | hide
calibrate --memory thin.safetensors --confidence 0 --quantile 0.5 -o self_thin.json normal/wood.jpg "$ROOT/samples/good/zipper.jpg" | grep -o "warning: .* of these images are in the memory" # of a coreset, where the distance is not 0
