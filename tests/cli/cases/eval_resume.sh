# An evaluation that was interrupted goes on where it stopped and ends with the same bytes; results are kept unless --force.
. "$CASES/layouts.sh"
make_mvtec data
echo 'not an image' >data/first/test/good/broken.png
run() { "$RWDA" eval --model demo --data data --method fnn,clip,random --seeds 2 --pairs 100 -o "$@" --quiet >/dev/null 2>err; echo "exit $?"; }
run whole
grep -o 'broken.png.*' err
ls whole whole/embeddings
mkdir -p part/embeddings # what an interruption leaves: the first category done, of the second nothing or half a file
cp -p whole/embeddings/first-* part/embeddings
head -c 100 whole/embeddings/second-16367aac.one.npy >part/embeddings/second-16367aac.one.npy
cp -p whole/embeddings/second-16367aac.one.txt part/embeddings
run part
grep -o 'broken.png.*' err
diff -r whole part && echo 'resumed run: the same'
cut -d, -f1,4- whole/scores.csv | grep 'broken\.png'
run whole
sed 's/^rwda: //' err
run whole --force
diff -r whole part && echo 'forced run: the same'
touch -d '2001-01-01' data/second/test/good/wood.jpg # another date: these embeddings are made again
cp -r whole dated && rm dated/results.json
run dated && cmp whole/scores.csv dated/scores.csv && cmp -s whole/embeddings/second-16367aac.one.txt dated/embeddings/second-16367aac.one.txt || echo 'embedded again'
grep -c '<svg' whole/report.html
grep -oE '(src|href)="?http[^"]*' whole/report.html | head -1 # nothing from outside
(ulimit -f 1; trap '' XFSZ; run full) # a full disk: exit 5, no half results, no temporary files
ls full full/embeddings
