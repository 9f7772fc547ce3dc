"""stress.py PROGRAM N [KILLS] - is each finished image scored once, and delivered, whatever happens to files and process?

A writer (writer.py) makes N images while the watch is killed with SIGKILL again and again; at the end, what it wrote and what a webhook's
receiver and an MQTT subscriber got is compared with what the writer noted.  Without mosquitto the MQTT part is left out, and said.  $MODEL: another model than the shipped one; $SEED: another run."""
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from receivers import Broker, Hook, SECRET, has_broker

program, n = Path(sys.argv[1]).resolve(), int(sys.argv[2])
kills = int(sys.argv[3]) if len(sys.argv) > 3 else max(4, n // 250)
seed = int(os.environ.get("SEED", "1"))
draw = random.Random(seed)
faults = []


def check(right, what):
    if not right:
        faults.append(what)


def answers(number):  # a receiver with bad moments
    if number % 97 == 0:
        return 500, {}
    if number % 131 == 0:
        return 503, {"Retry-After": "1"}
    return 204, {}


work = Path(tempfile.mkdtemp(prefix="rwda-watch-"))
folder, records, ledger, log = work / "in", work / "scores.jsonl", work / "ledger.sqlite", work / "log"
folder.mkdir()
(work / "secret").write_bytes(SECRET + b"\n")
hook = Hook(answers)
broker = Broker(work) if has_broker() else None
command = [program, "watch", "--model", os.environ.get("MODEL", "demo"), "--method", "clip", "--prompts", "single", "--settle", "1", "--rescan", str(max(1, n // 1000)), "-o", records,
           "--ledger", ledger, "--metrics", work / "rwda.prom", "--webhook", hook.url, "--webhook-secret", work / "secret", "--quiet",
           *(["--mqtt", broker.url] if broker else []), folder]
environment = {k: v for k, v in os.environ.items() if not k.startswith("RWDA_")} | {"XDG_CACHE_HOME": str(work / "cache"), "LC_ALL": "C.UTF-8"}
messages = open(work / "stderr", "wb")


def start():
    return subprocess.Popen(command, env=environment, stdout=messages, stderr=messages, stdin=subprocess.DEVNULL)


begun = time.time()
watch = start()
writer = subprocess.Popen([sys.executable, Path(__file__).with_name("writer.py"), folder, str(n), str(seed), records, log])
killed = 0
while writer.poll() is None:
    size, patience = records.stat().st_size if records.exists() else 0, time.time() + 20
    more = draw.uniform(0, 1.6) * n / kills * 700 if killed < kills else 0  # bytes of records until the next kill
    while writer.poll() is None and time.time() < patience and (not records.exists() or records.stat().st_size < size + more):
        time.sleep(0.02)
    time.sleep(draw.uniform(0, 0.3))
    if watch.poll() is not None:
        check(False, f"the watch ended with {watch.returncode}")
        break
    if killed < kills:
        watch.kill()
        watch.wait()
        killed += 1
        watch = start()
check(writer.wait() == 0, "the writer failed")
noted = collections.defaultdict(set)
for line in log.read_text().splitlines():
    name, must = json.loads(line)
    noted[name].add(must)
expected = {name for name, must in noted.items() if "once" in must}


def read_lines():
    return [json.loads(line) for line in records.read_bytes().splitlines()] if records.exists() else []


def delivered():
    return {name for name, _ in hook.taken}, {r["id"] for r in broker.taken()} if broker else None


end = time.time() + 120 + n / 20
while time.time() < end:  # until all is there
    lines = read_lines()
    ids, by_mqtt = {r["id"] for r in lines}, delivered()
    if expected <= {r["sha256"] for r in lines} and ids <= by_mqtt[0] and (broker is None or ids <= by_mqtt[1]):
        break
    time.sleep(0.5)
time.sleep(3)  # what should not come has time to
watch.terminate()
check(watch.wait(timeout=60) == 0, f"after SIGTERM the watch ended with {watch.returncode}")
seconds = time.time() - begun

whole = records.read_bytes()
check(whole.endswith(b"\n"), "the last line has no end")
lines = read_lines()
counts = collections.Counter(r["sha256"] for r in lines if "score" in r)
failures = [r for r in lines if "error" in r]
lost = [name for name in expected if counts[name] == 0]
twice = [name for name, times in counts.items() if times > 1]
check(not lost, f"{len(lost)} finished images have no score")
check(not twice, f"{len(twice)} images were scored more than once")
check(not [name for name in counts if name not in noted], "a score of what was never written")
check(not [r for r in failures if r["sha256"] in expected], "a finished image failed")
ids = [r["id"] for r in lines]
check(len(ids) == len(set(ids)), "an id is used twice")
bodies = {json.loads(line)["id"]: line for line in whole.splitlines()}
check(not hook.unsigned, f"{len(hook.unsigned)} requests without a right signature")
check(set(bodies) <= {name for name, _ in hook.taken}, "a record did not reach the webhook")
check(all(bodies.get(name) == body for name, body in hook.taken), "the webhook got other bytes than the file")
report = f"webhook {len(hook.taken)} deliveries of {len(ids)} records ({hook.refused} refused by the receiver)"
if broker:
    got = [r["id"] for r in broker.taken()]
    check(set(ids) <= set(got), "a record did not reach the MQTT subscriber")
    check({r["id"]: r for r in broker.taken()} == {r["id"]: r for r in lines}, "MQTT got other records than the file")
    report += f", MQTT {len(got)} deliveries"
    broker.close()
else:
    report += ", MQTT left out: no mosquitto here"
hook.close()
with sqlite3.connect(ledger) as db:
    check(db.execute("select count(*) from deliveries").fetchone()[0] == 0, "deliveries are left in the ledger")
    check(db.execute("pragma integrity_check").fetchone()[0] == "ok", "the ledger is damaged")
print(f"{n} files written with {killed} kills in {seconds:.0f} s: {len(expected)} finished images, scored once "
      f"{sum(counts[name] == 1 for name in expected)}, lost {len(lost)}, duplicates {len(twice)}; "
      f"{sum(name not in expected for name in counts)} others scored, {len(failures)} of unfinished files failed; {report}")
if faults:
    print("\n".join(faults), file=sys.stderr)
    print((work / "stderr").read_text(errors="replace")[-3000:], file=sys.stderr)
    print(f"what is there stays in {work}", file=sys.stderr)
    sys.exit(1)
subprocess.run(["rm", "-rf", work])
