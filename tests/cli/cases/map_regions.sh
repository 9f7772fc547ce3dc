# Regions of interest and regions found: outside the map is 0, and what is found lies inside.
map() { "$RWDA" map --model demo --mode patches --quiet --force -o out "$@"; }
nonzero() { tail -c +129 "out/$1.map.npy" | od -An -v -t f4 -w4 | awk -v w="$2" '$1 != 0 { n++; x = (NR - 1) % w; y = int((NR - 1) / w); if (n == 1 || x < l) l = x; if (x > r) r = x; if (n == 1) t = y; b = y } END { print n + 0 " in " l "," t ".." r "," b }'; }
cp "$ROOT/samples/defect/wood_hole.jpg" p.jpg # 256 x 256
map p.jpg --write npy >/dev/null; nonzero p.jpg 256
map p.jpg --write npy --roi rect:10,20,30,40 >/dev/null; nonzero p.jpg 256
map p.jpg --write npy --roi polygon:0,0,100,0,0,100 >/dev/null; nonzero p.jpg 256
map p.jpg --write npy --roi rect:250,250,1000,1000 >/dev/null; nonzero p.jpg 256
{ printf 'P5 256 256 255\n'; head -c 256 /dev/zero | tr '\0' '\377'; head -c 65280 /dev/zero; } >mask.pgm
map p.jpg --write npy --roi mask:mask.pgm >/dev/null; nonzero p.jpg 256
map p.jpg --roi rect:300,0,5,5 2>&1 | tail -1 | sed 's/^rwda: //'
map p.jpg --roi mask:"$ROOT/tests/images/rgb.ppm" 2>&1 | grep -o 'the region.*256 x 256' | sort -u
map p.jpg --threshold 1e-35 --roi rect:10,20,30,40 --write regions | grep -o '"regions":[0-9][0-9]*'
tr -d '\n ' <out/p.jpg.regions.json | sed -E 's/"peak(_[xy])?":[0-9.]+,?/P/g'; echo
map p.jpg --threshold 1e-35 --roi rect:10,20,30,40 --min-area 1201 --write regions,mask | grep -o '"regions":[0-9][0-9]*'
# Squares of the shorter side: an image twice as wide has a map of its own size.
"$RWDA" map --model demo --mode patches --tile squares --smooth 2.5 --quiet --write npy -o out "$ROOT/tests/images/rgb.png" >/dev/null
head -c 128 out/rgb.png.map.npy | grep -ao 'shape.*)'
for wrong in "--roi circle:1" "--roi rect:1,2,3" "--roi polygon:1,2,3,4" "--roi rect:0,0,0,5" "--mode heat" "--tile 3" "--threshold 0" "--write mask" "--write gif" "--crops 99" "--method fnn"; do
    map p.jpg $wrong 2>&1 | sed -E 's/^rwda: //; s/([0-9]\.[0-9]{5})[0-9]+/\1/g' # kernel sets differ by an ulp
    echo "exit ${PIPESTATUS[0]}"
done
map p.jpg --value-blocks 999 2>&1 >/dev/null | grep -o 'p.jpg: .* 999 is not in -1'
map p.jpg --crops 2 --crop-share 0.2 --mode crops 2>&1 >/dev/null | grep -o 'leave gaps'
