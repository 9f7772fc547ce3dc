# Memories of a few normal images, mutual scoring and WinCLIP+ beside words: draws, what they leave out of the test, and where it is said.
# Small images (64 px) are enough for what is the same, and quick under the sanitizers.
. "$CASES/layouts.sh"
make_mvtec data
for i in 1 2 3; do copy "$ROOT/samples_wood/normal/$i.jpg" "data/first/train/good/$i.jpg"; done
mv data/second $'data/sec\tond' # draws from its four normal test images; names are printable everywhere
run() { "$RWDA" eval --model demo --image-size 64 --quiet --data data --seeds 1 --pairs 50 "$@"; }
run --method memory,winclip+,mutual,class-nn,memory+words,clip --shots 2,1,2 --draws 3 -o whole >table.txt || echo "exit $?"
grep -E '^normal images|drawn from|standardise' table.txt
sed -n 's/^category *//p' table.txt | tr -s ' '
head -1 whole/results.csv | tr , '\n' | tail -4 | tr '\n' ' '; echo
grep -E '"(first|sec.x09ond|mean)",(memory|mutual|clip),' whole/results.csv | cut -d, -f1-5,18-
grep -o '{"category":"sec..x09ond","method":"memory","crops":"one","n_normal":[^}]*"left_out":[0-9]*' whole/results.json
grep -o '"memory+words/one/[12]-shot":{[^}]*"\(error\|f1_max\)' whole/results.json | grep -o '^[^:]*\|error$'
grep -oE '"(shots":\[[^]]*\]|draws":3|fuse":[0-9.]*)' whole/results.json | sort -u
head -1 whole/scores.csv | tr , '\n' | grep '^memory/'
# each draw leaves as many normal images of `second` out as the largest number of shots, whatever the run's; of `first` none
for column in $(head -1 whole/scores.csv | tr , '\n' | grep -n '^\(memory\|winclip+\)/one/[12]-shot/[123]$' | cut -d: -f1); do
    for category in first 'sec\x09ond'; do
        k="\"$category\"" awk -F, -v c="$column" '$2 == ENVIRON["k"] && $4 == 0 && $c == "" { n++ } END { printf "%d ", n }' whole/scores.csv
    done
done
echo
grep -c '<svg' whole/report.html
for svg in whole/curves-*.svg; do grep -o 'class="tick"' "$svg" | wc -l; done | sort -u # numbers at both axes of three panels
grep -o '<th>shots</th>\|drawn from its 4 normal test images' whole/report.html
ls whole | grep -c '^curves-'
# words are what they are without any of this
run --method clip --format csv >words.csv
cmp <(grep -v ',clip,' words.csv | cut -d, -f1-5) <(head -1 words.csv | cut -d, -f1-5) && head -1 words.csv | grep -c shots
cmp <(grep ',clip,' words.csv) <(grep ',clip,' whole/results.csv | sed 's/,,,,$//') && echo 'clip: the same'
# draws are data: the same for any number of threads, and when others are asked for too
run --method memory,winclip+,mutual,class-nn,memory+words,clip --shots 1,2 --draws 3 --threads 3 --batch 2 --format csv | cmp - whole/results.csv && echo 'threads: the same'
run --method memory --shots 2 --draws 2 -o two >/dev/null
cmp <(cut -d, -f1-4,5-8 two/scores.csv | tail -n +2) <(n=$(head -1 whole/scores.csv | tr , '\n' | grep -n '^memory/one/2-shot/1$' | cut -d: -f1); cut -d, "-f1-4,$n-$((n + 3))" whole/scores.csv | tail -n +2) && echo 'two draws: the first two'
# an evaluation that was interrupted goes on where it stopped
ls whole/embeddings
mkdir -p part/embeddings && cp -p whole/embeddings/first-* part/embeddings
half=$(cd whole && echo embeddings/sec_x09ond-*.memory-one.txt)
head -c 2000 "whole/$half" >"part/$half"
run --method memory,winclip+,mutual,class-nn,memory+words,clip --shots 1,2 --draws 3 -o part >/dev/null && diff -r whole part && echo 'resumed: the same'
# maps beside their masks
draw_masks data/first
rm -r data/sec*/ground_truth
run --method clip --map memory,mutual,winclip+ --shots 1,3 --format csv 2>/dev/null | grep map- | cut -d, -f1-5,18-
run --method clip --map memory --shots 1 --draws 1 2>/dev/null | grep '^memory' | awk '{ print $1, $2, $3, $4, $5, $6 }'
# numbers that are none
bad() { run "$@" 2>&1 | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
bad --method memory --shots 0
bad --method memory --shots few
bad --method memory --shots ,
bad --method memory --shots 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17
bad --method memory --draws 65
bad --method memory+words --fuse 1.5
bad --method memory+words --resize tiles
bad --method memory+
