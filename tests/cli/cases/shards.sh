# Shares of a list, found by option or environment, are joined to the bytes of the whole; what an ended process wrote is taken up.
score() { "$RWDA" score --model demo --quiet "$@"; }
mkdir images && cp -r "$ROOT"/samples/good "$ROOT"/samples/defect images/ && cp images/good/wood.jpg images/wood-2.jpg && printf '\211PNG\r\n\032\n and no more' >images/bad.png
score --resume -o whole.jsonl images 2>/dev/null; echo "exit $?"
for n in 1 2 4; do
    for ((i = 0; i < n; i++)); do score --shard $i/$n -o parts$n images 2>/dev/null; done
    "$RWDA" merge --quiet parts$n | cmp - whole.jsonl && echo "$n: the same bytes"
done
"$RWDA" status parts4
for i in 0 1; do OMPI_COMM_WORLD_RANK=$i OMPI_COMM_WORLD_SIZE=2 score -o mpi images 2>/dev/null; done
"$RWDA" merge --quiet mpi | cmp - whole.jsonl && echo "MPI: the same bytes"
score --shard 1/4 images 2>/dev/null | cmp - <(score --shard 1/4 images 2>/dev/null) >/dev/null; score --shard 1/4 images 2>/dev/null | grep -c '"ms"'
score --shard 1/4 -o - images 2>/dev/null | grep -c '"ms"'; [[ ! -e - ]] && echo "- is standard output"
# run again: nothing to do, and the same exit code; images that come later move none
cp -p parts4/part-00002-of-00004.jsonl before; "$RWDA" score --model demo --shard 2/4 -o parts4 images 2>&1 | grep -v ': model' | sed -E 's/, [0-9.]+ images.s//'; cmp before parts4/part-00002-of-00004.jsonl && echo unchanged
for k in 1 2 3; do cp images/good/wood.jpg images/defect/a$k.jpg; done
for i in 0 1 2 3; do score --shard $i/4 -o parts4 images 2>/dev/null; done
score --resume --force -o whole.jsonl images 2>/dev/null
"$RWDA" merge --quiet parts4 | cmp - whole.jsonl && echo "more images: the same bytes"
# killed
rm -r parts4; (ulimit -f 8; score --shard 0/2 -o parts4 images images images images >/dev/null 2>&1); ls parts4
"$RWDA" status parts4 | sed 's/ [0-9]* records/ N records/'; "$RWDA" status parts4 --missing; echo "exit $?"
# refused
refused() { "$@" 2>&1 >/dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
refused "$RWDA" merge parts4
refused score --shard 0/2 -o parts4 --method clip images
refused score --shard 0/2 -o p --format csv images
refused score --shard 0/2 --mutual images
refused score --resume -o whole.jsonl images/bad.png # has others
refused score --resume -o whole.jsonl --method clip images
refused score --resume -o whole.jsonl --threshold 0.5 images
cp images/good/wood.jpg images/later.jpg; refused score --resume -o whole.jsonl images; rm images/later.jpg
score -o timed.jsonl images 2>/dev/null; refused score --resume -o timed.jsonl images # not as --resume writes it
ls | grep partial
# whole: the same exit code as the call that made it
whole() { cp -p "$1" before; "$RWDA" score --model demo --resume -o "$@" 2>&1 | grep -o '[0-9]* records in all.*\|nothing to resume'; echo "exit ${PIPESTATUS[0]}"; cmp before "$1" && echo unchanged; }
whole whole.jsonl images
score --resume -o good.jsonl --threshold 0.97 --review 0.9 images/good; whole good.jsonl --threshold 0.97 --review 0.9 images/good
whole good.jsonl --threshold 0.97 --review 0.001 images/good
refused score -o parts4 images
refused score -o none/ images
refused score -o '' images
refused score --shard 0/2 -o mpi// --method clip images
refused score --shard 0/3 -o mpi images
refused score --shard 0/3 -o mpi --force images
ls mpi | grep -c of-00003
mkdir two && touch two/part-00000-of-00002.jsonl.partial two/part-00001-of-00003.jsonl.partial
for verb in merge status; do refused "$RWDA" $verb two | grep -c 'exit 1\|remove those of one of them (part-\*-of-0000[23]\.\* or part-\*-of-0000[23]\.\*)'; done
locked() { python3 -c 'import fcntl, subprocess, sys; file = open(sys.argv[1], "w"); fcntl.lockf(file, fcntl.LOCK_EX); sys.exit(subprocess.run(sys.argv[2:]).returncode)' "$@"; }
refused locked other.jsonl.partial "$RWDA" score --model demo --quiet --resume --force -o other.jsonl images
refused score --resume images
refused score --resume -o - images
refused score --shard 2/2 images
JOB_COMPLETION_INDEX=1 refused score -o p images
refused "$RWDA" status images
"$RWDA" status mpi --json
# maps: a shard's number of images
for i in 0 1; do "$RWDA" map --model demo --shard $i/2 -o maps images 2>&1 >records$i | grep failed; wc -l <records$i; done
