"""writer.py FOLDER N SEED RECORDS LOG - makes, renames, truncates, deletes and writes anew N images, as cameras and people do.

LOG gets a line for each content: its SHA-256, and whether it must be scored ("once") or may be ("perhaps": it was there for a moment, or was
never a whole image).  RECORDS is what the watch writes: some images are changed only after they were scored."""
import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

folder, n, seed, records, log = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), open(sys.argv[5], "w")
draw = random.Random(seed)
scored, at, waiting, numbers, finished = set(), 0, [], 0, 0


def image():
    """A small PPM that no other is."""
    global numbers
    numbers += 1
    pixels = hashlib.shake_128(b"%d %d" % (seed, numbers)).digest(16 * 16 * 3)
    return b"P6\n16 16\n255\n" + pixels


def note(content, must):
    global finished
    finished += must == "once"
    log.write(json.dumps([hashlib.sha256(content).hexdigest(), must]) + "\n")
    log.flush()


def read_records():
    global at
    if records.exists():
        with open(records, "rb") as lines:
            lines.seek(at)
            new = lines.read()
        new = new[: new.rfind(b"\n") + 1]
        at += len(new)
        scored.update(json.loads(line)["sha256"] for line in new.splitlines())


def put(path, content, pieces=1):
    with open(path, "wb", buffering=0) as out:
        for i in range(pieces):
            out.write(content[len(content) * i // pieces : len(content) * (i + 1) // pieces])
            if pieces > 1:
                time.sleep(0.002)


def change_scored(everything=False):
    """Those that wait for their score: written anew, renamed or deleted once they have it."""
    while everything and waiting:
        time.sleep(0.05)
        change_scored()
    read_records()
    for one in [w for w in waiting if w[1] in scored]:
        waiting.remove(one)
        path, _, what = one
        if what == "rewrite":
            content = image()
            note(content, "once")
            put(path, content)
        elif what == "rename":
            path.rename(path.with_name("renamed-" + path.name))
        elif what == "again":  # the same bytes under the same name are the same image
            put(path, path.read_bytes())
        else:
            path.unlink()


def make(i):
    where = folder / f"day-{i // 500}" / f"line-{i % 3}" if i % 2 else folder
    where.mkdir(parents=True, exist_ok=True)
    path = where / f"{i:06d}{draw.choice(['.ppm', '.PPM', ' a.ppm', 'é.ppm'])}"
    content, kind = image(), draw.random()
    name = hashlib.sha256(content).hexdigest()
    if kind < 0.5:
        note(content, "once")
        put(path, content, draw.choice([1, 1, 1, 3]))
    elif kind < 0.65:  # under another name until it is whole
        note(content, "once")
        hidden = draw.random() < 0.5
        part = path.with_name("." + path.name if hidden else path.name + ".part")
        put(part, content)
        part.rename(path)
    elif kind < 0.8:
        note(content, "once")
        put(path, content)
        waiting.append((path, name, draw.choice(["rewrite", "rename", "again", "delete"])))
    elif kind < 0.88:  # there for a moment
        note(content, "perhaps")
        put(path, content)
        time.sleep(draw.choice([0, 0.01, 0.01, 0.3]))
        path.unlink()
    elif kind < 0.95:  # begun, cut, written anew
        for part in (content[: draw.randrange(1, len(content))], b""):
            note(part, "perhaps")
        put(path, content[: draw.randrange(1, len(content) - 1)])
        note(path.read_bytes(), "perhaps")
        os.truncate(path, 0)
        note(b"", "perhaps")
        whole = image()
        note(whole, "once")
        put(path, whole)
    else:  # replaced at once
        note(content, "perhaps")
        put(path, content)
        whole = image()
        note(whole, "once")
        other = path.with_name(f".new-{path.name}")
        put(other, whole)
        other.rename(path)


for i in range(n):
    make(i)
    if i % 50 == 49:
        change_scored()
        while finished - len(scored) > 400:  # the watch keeps up, so that both go on together
            time.sleep(0.05)
            change_scored()
    if i % 20 == 19:
        time.sleep(draw.random() * 0.05)
change_scored(everything=True)
log.close()
