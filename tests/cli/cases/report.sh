# One file with nothing from outside; what stands in file names never becomes markup.
page() { "$RWDA" report --quiet "$@"; }
cp "$ROOT/samples/good/wood.jpg" '<img src=x onerror=alert(1)>.jpg'
cp "$ROOT/samples/good/grid.jpg" $'new\nline & "quote"\xff.jpg'
echo not an image >broken.jpg
page --model demo --method clip --prompts single . --title '</title><script>alert(1)</script>' -o page.html 2>/dev/null
echo "exit $?"
tr '\n' ' ' <page.html >one_line
for text in '<img src' '<script>alert' '</title><script'; do
    echo "$text: $(sed 's/<script type="text\/plain"[^<]*//g' one_line | grep -cF -- "$text")"
done
grep -o '<script[^>]*>' page.html
grep -oE '(https?:|url\(|@import|src=")[^ "]*' page.html | sort -u
grep -oE '"(title|threshold|base)":("[^"]*"|null)' page.html
grep -oE '"paths":[^]]*' page.html | grep -oE '\./([^"\\]|\\.)*' | sort
grep -oE '"failed":\[\["[^"]*"' page.html
echo "-- an existing page is kept"
page broken.jpg -o page.html 2>&1; echo "exit $?"
echo "-- labels, column, threshold, no thumbnails"
printf 'path,category,kind,label,a/one/1,b/one/1\n"x,1.png",c,good,0,0.25,0.5\ny.png,c,hole,1,0.75,0.5\nz.png,c,hole,1,,\n' >scores.csv
page scores.csv --column b/one/1 --threshold 0.5 --thumbnails none -o - >out.html; echo "exit $?"
grep -oE '"(paths|scores|truth|kinds|failed)":\[[^]]*\]|"(threshold|thumbnails)":[^,]*' out.html
echo "-- the folder of an evaluation says how it was made"
mkdir results && cp scores.csv results && echo '{"schema":"rwda.eval/1","resize":"squash","rows":[1],"mean":{}}' >results/results.json
page results --thumbnails link -o results/page.html; echo "exit $?"
grep -oE '"recipe":.*' results/page.html | grep -oE '"(schema|resize|column|rows)":"[^"]*"'
grep -oE '"base":"[^"]*"|img-src [^;]*' results/page.html
echo "-- what is missing or wrong"
page scores.csv -o missing.html 2>&1; echo "exit $?"
page scores.csv --column c -o c.html 2>&1; echo "exit $?"
printf 'path,score\na.png,x\n' >bad.csv
page bad.csv -o c.html 2>&1; echo "exit $?"
page scores.csv --crops 5 -o c.html 2>&1; echo "exit $?"
ls ./*.html
echo "-- heat maps beside the images"
mkdir -p set/good set/bad && cp "$ROOT/samples/good/wood.jpg" "$ROOT/samples/good/grid.jpg" set/good && cp "$ROOT/samples/defect/wood_hole.jpg" set/bad
"$RWDA" score --model demo --quiet --method winclip --map maps set >heat.jsonl
rm maps/good/grid.jpg.overlay.png
page heat.jsonl --maps maps -o heat.html; echo "exit $?"
tr '\n' ' ' <heat.html | grep -oE 'class="thumbs"[^<]*' | tr ' ' '\n' | grep -c '^/9j/' # three images and two overlays; the first stands behind its tag
grep -oE '"maps":[a-z]*' heat.html
page heat.jsonl --maps maps --thumbnails link -o other.html 2>&1; echo "exit $?"
page heat.jsonl --maps set -o other.html 2>&1; echo "exit $?"
