# Tar archives: the scores of the same files, WebDataset's samples, several archives with an output each, addresses, and archives that are damaged.
score() { "$RWDA" score --model demo --method clip "$@"; }
answers() { python3 -c 'import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(r["path"], json.dumps(r["given"], ensure_ascii=False) if "given" in r else "-", r["error"]["code"] + " " + r["error"]["message"] if "error" in r else "%.4f" % r["score"])'; }
values() { sed -E 's/"path":"[^"]*",?|,"ms".*//g'; }
refused() { "$@" 2>&1 >/dev/null </dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
cp -r "$ROOT/samples/good" good
tar --sort=name -cf good.tar good && gzip <good.tar >good.tgz && python3 - <<'PY'
import io, tarfile

def add(tar, name, content, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    tar.addfile(info, io.BytesIO(content))

wood, grid = open("good/wood.jpg", "rb").read(), open("good/grid.jpg", "rb").read()
for number in range(5):
    with tarfile.open(f"shard-{number:03}.tar", "w") as tar:
        add(tar, f"{number}a.cls", b"%d\n" % number), add(tar, f"{number}a.jpg", wood), add(tar, f"{number}b.jpg", grid)
        add(tar, f"{number}b.json", '{"weather":"schön"}'.encode()), add(tar, f"{number}b.txt", b"a grid"), add(tar, f"{number}c.bin", b"")
long = "ä" * 90 + "/" + "n" * 200 + ".jpg"
for kind in ("GNU", "PAX"):
    with tarfile.open(f"long{kind}.tar", "w", format=getattr(tarfile, kind + "_FORMAT")) as tar:
        add(tar, long, wood)
with tarfile.open("odd.tar", "w") as tar:
    for name, fields in {"../up.jpg": {}, "/root.jpg": {}, "new\nline.jpg": {}, "link.jpg": {"type": tarfile.SYMTYPE, "linkname": "good.jpg"},
                         "hard.jpg": {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}, "dev.jpg": {"type": tarfile.CHRTYPE}}.items():
        add(tar, name, b"" if fields else wood, **fields)
    add(tar, "no image.jpg", b"text"), add(tar, "good.jpg", wood)
whole = open("shard-000.tar", "rb").read()
open("cut.tar", "wb").write(whole[:len(wood) // 2])
open("unmarked.tar", "wb").write(whole[:whole.index(b"\0" * 1024, 512 * 60) // 512 * 512])
with open("hole.jpg", "wb") as file:
    file.write(wood), file.truncate(1 << 30)
PY
tar --format=gnu -Scf sparse.tar hole.jpg && tar --format=posix -Scf sparse2.tar hole.jpg
# the same scores, from a file, gzip, zstd, standard input
score --quiet good | values >files
cmp files <(score --quiet good.tar | values) && cmp files <(score --quiet good.tgz | values) && cmp files <(score --quiet --tar - <good.tar | values) && cmp files <(gzip -dc good.tgz | score --quiet --tar --threads 1 - | values) && echo "the same scores as files"
cmp <("$RWDA" embed --quiet --model demo good -o -) <("$RWDA" embed --quiet --model demo good.tar -o -) && echo "the same embeddings"
# samples
score 'shard-{000..001}.tar' 2>&1 | sed -E '/^rwda/s/, [0-9.]+ images.s//' >both; grep ^rwda both; grep -v ^rwda both | answers
base64 -d >zstd.tar.zst <<<KLUv/QRoRQQAtAY4LnBnbQAwNjQ0ADAwMTEzADY2MTQAIDAAdXN0YXIAMDAAUDUgODI1NQoAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/AAogILFxRWwxPgYg86gDMvGGEKugYFAA20nAAc7nX9o=
score --quiet zstd.tar.zst | answers # an 8 x 8 image
score --quiet --tar - <shard-000.tar | answers
# an output each, by shares, gone on with
for i in 0 1; do score --quiet --shard $i/2 -o out/ 'shard-{000..004}.tar'; done; ls out
cmp <(cat out/shard-*.jsonl | sed 's/,"ms".*//') <(score --quiet 'shard-{000..004}.tar' | sed 's/,"ms".*//') && echo "one after the other they are the whole"
refused score -o out shard-000.tar
rm out/shard-003.jsonl; score --resume -o out 'shard-{000..004}.tar' 2>&1 | sed -E 's/, [0-9.]+ images.s//'; ls out
score --quiet --format csv -o out shard-004.tar; cat out/shard-004.csv
# long names; odd ones, links, devices, holes: by name
for kind in GNU PAX; do score --quiet long$kind.tar | answers | sed s/^long...// | sha256sum; done | uniq | wc -l
score --quiet odd.tar sparse.tar sparse2.tar 2>/dev/null | answers; echo "exit ${PIPESTATUS[0]}"
# damage: the archive has a record, and the next one is read
score --quiet cut.tar missing.tar unmarked.tar good/wood.jpg.tar shard-000.tar 2>/dev/null | answers | sed -E 's/ at byte [0-9]+: T.*//'; echo "exit ${PIPESTATUS[0]}"
score --quiet --tar good/wood.jpg 2>/dev/null | answers
refused score -o broken/ cut.tar shard-001.tar | sed -E 's/, [0-9.]+ images.s//; s/ at byte [0-9]+: T.*//'; ls broken
tar -cf none.tar "$RWDA" 2>/dev/null; score none.tar 2>&1 | sed -E 's/, [0-9.]+ images.s//'; score --quiet --tar - </dev/null 2>&1 | grep -c "is not a tar"
# many members: no more memory for more of them
cat >many.py <<'PY'
import subprocess, sys, tarfile
MEASURE = """import os, resource, subprocess, sys
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4" # what it keeps of freed memory is none of the program's
subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""
def peak(members):
    info = tarfile.TarInfo("x.bin")
    block = info.tobuf(tarfile.USTAR_FORMAT) * 1000
    p = subprocess.Popen([sys.executable, "-c", MEASURE, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for _ in range(members // 1000):
        p.stdin.write(block)
    p.stdin.write(bytes(1024)), p.stdin.close()
    return int(p.stdout.read())
few, many = peak(1000), peak(200000)
print("flat" if many < few + 8192 else f"{few} kB, then {many} kB")
PY
python3 many.py "$RWDA" score --model demo --method clip --quiet --tar -
# addresses
cat >serve.py <<'PY'
import http.server, os
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        name = self.path.split("?")[0]
        if name == "/short.tar":  # the connection is cut
            whole = open("shard-000.tar", "rb").read()
            self.send_response(200), self.send_header("Content-Length", str(len(whole))), self.end_headers(), self.wfile.write(whole[:len(whole) // 2])
        elif name == "/away.tar":
            self.send_response(302), self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/shard-000.tar"), self.end_headers()
        elif name.startswith("/shard") and "signature=1" not in self.path:
            self.send_error(403)
        else:
            super().do_GET()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open("port.new", "w").write(str(server.server_port)), os.rename("port.new", "port")
server.serve_forever()
PY
python3 serve.py & server=$!
trap 'kill $server' EXIT
until [ -e port ]; do sleep 0.1; done
at="http://127.0.0.1:$(cat port)"
local() { sed "s|$at|http://HERE|g"; }
score --quiet "$at/shard-{000..001}.tar?signature=1" | tee fetched | answers | local; cmp <(values <fetched) <(score --quiet shard-000.tar shard-001.tar | values) && echo "the same records"
score --quiet "$at/missing.tar" "$at/shard-000.tar?signature=2" "$at/short.tar" "$at/away.tar" ftp://x/y.tar http://192.0.2.1/x.tar https://me:secret@192.0.2.1/x.tar 2>/dev/null | local | answers | sed -E 's/(transfer closed|end of response).*/CUT/; s/ at byte [0-9]+: T.*//; s/Protocol .*/NOT FOLLOWED/'
score --quiet -o web/ "$at/shard-002.tar?signature=1" && ls web
# refused
refused score good.tar good
refused score --tar --lines paths good.tar
refused score --map m good.tar
refused score --mutual good.tar
refused score --resume -o x good.tar
refused score --resume -o out/ --tar -
refused score -o out/ --tar good.tar -
refused score -o out/ good.tar good.tgz
refused score -o good.tar/scores/ shard-000.tar
refused score --tar
refused score '{0..1000000}.tar'
