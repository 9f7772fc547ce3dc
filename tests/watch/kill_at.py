"""kill_at.py PROGRAM LIBRARY [STEP] - killed before each of its calls that write, does a watch score, deliver and move each image once?

A run over a few images is killed before its call number 1, 1 + STEP, ... (kill_at.c) until one comes to its end; after each a run that is not
killed must leave everything as it should be."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from receivers import Hook

program, library, step = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3]) if len(sys.argv) > 3 else 1
work = Path(tempfile.mkdtemp(prefix="rwda-watch-"))
elsewhere = Path(tempfile.mkdtemp(prefix="rwda-watch-", dir="/dev/shm")) if os.access("/dev/shm", os.W_OK) else work  # another file system, most often
N, faults, kills, runs, at = 5, [], 0, 0, 1
hook = Hook()
environment = {k: v for k, v in os.environ.items() if not k.startswith("RWDA_")} | {"XDG_CACHE_HOME": str(work / "cache"), "LC_ALL": "C.UTF-8"}


def image(number):
    return b"P6\n16 16\n255\n" + bytes((x * (number + 1) + number * 31) % 256 for x in range(3 * 16 * 16))


def run(here, **more):
    return subprocess.run([program, "watch", "--once", "--model", "demo", "--method", "clip", "--prompts", "single", "--settle", "0", "--threshold", "0",
                           "--threads", "1", "-o", here / "out", "--ledger", here / "ledger", "--webhook", hook.url, "--move-anomalous", target,
                           "--quiet", here / "in"], env=environment | more, capture_output=True, text=True)


while True:
    here = work / "run"
    target = (here if runs % 2 else elsewhere) / "moved"
    (here / "in").mkdir(parents=True)
    for i in range(N):
        (here / "in" / f"{i}.ppm").write_bytes(image(i))
    hook.taken.clear()
    first = run(here, LD_PRELOAD=str(library), KILL_AT=str(at))
    second = run(here)
    runs += 1
    kills += first.returncode == -9
    lines = (here / "out").read_bytes().splitlines() if (here / "out").exists() else []
    records = [json.loads(line) for line in lines]
    moved = {p.name: p.read_bytes() for p in target.rglob("*") if p.is_file()} if target.exists() else {}
    right = {"the second run": second.returncode == 0, "the records": sorted(r["path"] for r in records) == [str(here / "in" / f"{i}.ppm") for i in range(N)],
             "ids": len({r["id"] for r in records}) == N, "the webhook": {name for name, _ in hook.taken} == {r["id"] for r in records},
             "bodies": {body for _, body in hook.taken} == set(lines), "the folder": not list((here / "in").iterdir()),
             "the moved files": moved == {f"{i}.ppm": image(i) for i in range(N)}}
    faults += [f"killed before call {at}: {name}: {second.stderr}" for name, is_right in right.items() if not is_right]
    shutil.rmtree(here)
    shutil.rmtree(target, ignore_errors=True)
    if first.returncode == 0 or faults:
        break
    if first.returncode != -9:
        faults.append(f"call {at}: exit {first.returncode}: {first.stderr}")
        break
    at += step
hook.close()
shutil.rmtree(work)
shutil.rmtree(elsewhere, ignore_errors=True)
print(f"{kills} of {runs} runs killed, before the calls 1 to {at} in steps of {step}")
if faults or kills < 10:
    sys.exit("\n".join(faults) or "too few calls that write: does the library reach the program?")
