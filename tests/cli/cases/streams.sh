# Lines, JSON lines and raw frames on standard input: an answer each, in order, at once.
score() { "$RWDA" score --model demo --method clip "$@"; }
answers() { python3 -c 'import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(r["path"], r.get("given"), r["error"]["code"] + " " + r["error"]["message"] if "error" in r else "%.4f" % r["score"])'; }
cd "$ROOT/samples" || exit 1
# a line is answered, whatever it is
printf 'good/wood.jpg\n\nlost.png\r\ngood/grid.jpg' | score --quiet --lines paths 2>/dev/null | answers; echo "exit ${PIPESTATUS[1]}"
score --lines paths --quiet </dev/null; echo "nothing: exit $?"
printf 'good/wood.jpg\0good\0' | score --quiet --lines paths -0 - 2>/dev/null | answers
# JSON
{
    echo '{"path":"good/wood.jpg","id":7,"label":"good"}'
    echo 'good/wood.jpg'
    echo '{"image":"'"$(base64 -w0 good/grid.jpg)"'","id":"a"}'
    echo '{"path":"here.jpg","image":"'"$(base64 -w0 good/grid.jpg)"'"}'
    printf '%s\n' '{"id":3}' '{"path":5}' '[1]' '{"path":"a","path":"b"}' '{"image":"???"}' '{"image":7}' '{"image":"AAAA"}' '{"path":"a\u0000b"}' '{"path":"lost.jpg","label":[1]}' ''
} | score --quiet --lines json 2>/dev/null | answers; echo "exit ${PIPESTATUS[1]}"
cmp <(printf '{"path":"good/wood.jpg"}\n' | score --quiet --lines json | sed 's/,"ms".*//') <(score --quiet good/wood.jpg | sed 's/,"ms".*//') && echo "the same record"
# one that waits for each answer before it goes on
cat >"$OLDPWD/wait.py" <<'PY'
import subprocess, sys
for arguments, line in ((["--lines", "paths"], "good/wood.jpg\n"), (["--lines", "json"], '{"path":"lost"}\n'), (["-"], "good/wood.jpg\n"),
                        (["--format", "csv", "--lines", "paths"], "good/wood.jpg\n")):
    p = subprocess.Popen(sys.argv[1:] + arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if "csv" in arguments:
        p.stdin.write(line), p.stdin.flush(), p.stdout.readline()
    for i in range(20):
        p.stdin.write(line), p.stdin.flush()
        if i or "csv" not in arguments:
            assert p.stdout.readline()
    p.stdin.close()
    print(*arguments, "answered, exit", p.wait())
PY
timeout 100 python3 "$OLDPWD/wait.py" "$RWDA" score --model demo --method clip --quiet
# the same bytes for any number of threads, and however the input pauses
lines() { for i in 1 2 3 4 5 6 7; do for f in wood grid lost capsule; do echo "good/$f.jpg"; done; done; }
for t in 1 2 5; do lines | score --quiet --threads $t --lines paths 2>/dev/null | sed 's/,"ms".*//' | sha256sum; done | sort -u | wc -l
cmp <(lines | while IFS= read -r l; do echo "$l"; sleep 0.02; done | score --quiet --lines paths 2>/dev/null | sed 's/,"ms".*//') <(lines | score --quiet --lines paths 2>/dev/null | sed 's/,"ms".*//') && echo "the same bytes"
# frames
python3 -c 'import sys
for i in range(3): sys.stdout.buffer.write(bytes((x * (i + 1) // 7 + y) % 256 for y in range(60) for x in range(240)))' >"$OLDPWD/frames"
{ printf 'P6 80 60 255\n'; head -c 14400 "$OLDPWD/frames"; } >"$OLDPWD/first.ppm"
score --quiet --frames rgb24:80x60 <"$OLDPWD/frames" | answers
cmp <(score --quiet --frames rgb24:80x60 <"$OLDPWD/frames" | head -1 | sed 's/"path":"[^"]*"//;s/,"ms".*//') <(score --quiet "$OLDPWD/first.ppm" | sed 's/"path":"[^"]*"//;s/,"ms".*//') && echo "as its file"
head -c 20000 "$OLDPWD/frames" | score --quiet --frames gray:160x90 2>/dev/null | answers; echo "exit ${PIPESTATUS[1]}"
score --quiet --frames rgb24:80x60 </dev/null; echo "no frame: exit $?"
"$RWDA" embed --model demo --quiet --frames rgb24:80x60 -o - <"$OLDPWD/frames" | tail -c +11 | head -c 60; echo
# ffmpeg, where it is
if command -v ffmpeg >/dev/null; then
    (cd "$OLDPWD" && ffmpeg -nostdin -v error -f lavfi -i testsrc=size=160x120:rate=5 -frames:v 5 -pix_fmt rgb24 -f rawvideo raw -frames:v 5 -pix_fmt rgb24 f%d.ppm)
    cmp <(score --quiet --frames rgb24:160x120 <"$OLDPWD/raw" | answers | cut -d' ' -f2-) <(score --quiet "$OLDPWD"/f[1-5].ppm | answers | cut -d' ' -f2-) && wc -c <"$OLDPWD/raw"
else
    echo "no ffmpeg: its frames are not tested" >&2; echo 288000
fi
# refused
refused() { "$@" 2>&1 >/dev/null </dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
for f in rgb24 rgb24:0x5 rgb24:5x5x bgr:5x5 rgb24:-1x5 rgb24:99999999999999999999x1 rgb24:100000x100000; do refused score --frames "$f"; done
refused score --lines words
refused score --lines paths good
refused score --lines paths --frames gray:1x1
refused score --lines paths --map m
refused score --lines json --mutual
refused score --lines paths --shard 0/2
refused score --frames gray:1x1 --resume -o x
refused "$RWDA" embed --model demo --lines paths -o x.npy --text -
RANK=1 WORLD_SIZE=2 score --quiet --lines paths <<<good/wood.jpg | wc -l
