# Data sets as they are downloaded and copied: the same images in data ls, eval, score, calibrate and report, whatever lies beside them.
image=$ROOT/samples/good/wood.jpg mask=$ROOT/tests/planes/grey8.png
put() { for f in "$@"; do mkdir -p "$(dirname "$f")" && cp "$image" "$f"; done; }
mask() { for f in "$@"; do mkdir -p "$(dirname "$f")" && cp "$mask" "$f"; done; }
debris() { for d in "$@"; do touch "$d/._000.png" "$d/.DS_Store" "$d/Thumbs.db"; mkdir -p "$d/__MACOSX" && touch "$d/__MACOSX/._000.png"; done; }
clip() { local verb=$1; shift; "$RWDA" "$verb" --model demo --image-size 64 --method clip "$@"; }
counts() { # DIR: what each verb takes
    echo "== $1"
    "$RWDA" data ls "$1" 2>&1; echo "exit $?"
    printf 'score      '; clip score --prompts single "$1" 2>err | wc -l
    grep -vE 'scored|model' err
    clip report --prompts single --thumbnails none -o page.html --force "$1" 2>err; grep -oE '[0-9]+ images,' err | sed 's/^/report     /'
    printf 'calibrate  '; clip calibrate --prompts single --confidence 0 --quantile 0.5 "$1" 2>err >t.json; grep -oE '"(normal|anomalous)": [0-9]+' t.json | tr '\n' ' '; echo
    grep -E 'layout|left out|taken' err
    printf 'eval       '; clip eval --quiet --data "$1" --seeds 1 --format csv 2>/dev/null | grep '^"mean\|^mean' | cut -d, -f 1-4 | head -1
}

put bottle/train/good/00{0,1}.png bottle/test/good/00{0,1}.png bottle/test/broken/00{0,1,2}.png
mask bottle/ground_truth/broken/00{0,1,2}_mask.png
counts bottle
debris bottle bottle/test bottle/test/good bottle/test/broken bottle/ground_truth/broken bottle/train/good
counts bottle

put can/train/good/000.png can/validation/good/000.png can/test_public/good/00{0,1}.png can/test_public/bad/00{0,1}.png can/test_private/000.png
mask can/test_public/ground_truth/bad/00{0,1}_mask.png
counts can

put bagel/train/good/rgb/000.png bagel/test/good/rgb/00{0,1}.png bagel/test/hole/rgb/000.png
put bagel/train/good/xyz/000.tiff bagel/test/good/xyz/00{0,1}.tiff bagel/test/hole/xyz/000.tiff
mask bagel/test/good/gt/00{0,1}.png bagel/test/hole/gt/000.png
counts bagel

put box/train/good/000.png box/validation/good/000.png box/test/good/000.png box/test/logical_anomalies/00{0,1}.png box/test/structural_anomalies/000.png
mask box/ground_truth/logical_anomalies/000/00{0,1}.png box/ground_truth/logical_anomalies/001/000.png box/ground_truth/structural_anomalies/000/000.png
counts box

put parts/good/day1/00{0,1}.png parts/good/day2/shift1/000.png parts/bent/day1/000.png parts/bent/000.png
mask parts/masks/bent/day1/000.png parts/masks/bent/000.png
counts parts

echo "-- links to folders, one of which leads back"
put pool/00{0,1,2}.png pool/deep/003.png
mkdir -p linked/bent && put linked/bent/000.png
ln -s ../pool linked/good && ln -s .. pool/deep/back && ln -s . pool/self
counts linked

echo "-- links that sort before the real folders"
put real/good/000.png real/good/001.png real/hole/000.png && ln -s good real/alias && ln -s ../hole real/good/a
counts real
clip score --prompts single real 2>/dev/null | grep -o '"path":"[^"]*"'

echo "-- one kind alone"
put alone/good/000.png alone/good/001.png
"$RWDA" data ls alone 2>&1; echo "exit $?"
mkdir none && put none/bent/000.png && mkdir none/good
"$RWDA" data ls none 2>&1; echo "exit $?"

echo "-- by content"
mkdir odd && cp "$image" odd/a.jfif && cp "$image" odd/b.jpe && cp "$image" odd/c && cp "$ROOT/tests/images/rgb.bmp" odd/d.dib && cp "$ROOT/tests/images/rgb.ppm" odd/e.pnm && echo text >odd/f && echo text >odd/g.txt
clip score --prompts single odd 2>err | grep -o '"path":"[^"]*"'
grep -o '[0-9]* other.*skipped' err

echo "-- a folder of masks that is named itself, and one beside another without a layout"
clip score --prompts single bottle/ground_truth 2>/dev/null | wc -l
clip calibrate --prompts single --confidence 0 --quantile 0.5 bottle pool 2>&1 >/dev/null | grep -E 'no label|normal ones'
