"""recorder.py - what does a program answer to every row, and which files does it write?

A recording is a folder with one folder a row: `row` (its text), `stdout`, `stderr`, `exit`, and under `files` every file that was
written or changed; `removed` lists those that went.  `facts.json` says what differs between two recordings of one program."""
import json
import os
import shutil
import subprocess
import tempfile

import rows
import service

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECONDS = 120  # no row takes longer, unless it hangs
CACHE = "cache"  # packed weights carry inodes and times, and are not recorded


def state(folder):
    """Path -> what changes when a file is written."""
    found = {}
    for at, folders, files in os.walk(folder):
        if at == folder and CACHE in folders:
            folders.remove(CACHE)
        for name in files:
            status = os.lstat(os.path.join(at, name))
            found[os.path.relpath(os.path.join(at, name), folder)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


class Recorder:
    def __init__(self, program, into, data):
        self.program, self.into = os.path.abspath(program), os.path.abspath(into)
        self.work = tempfile.mkdtemp(prefix="rwda-same-bytes-")
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        self.environment = dict(kept, LC_ALL="C", NO_COLOR="1", HOME=self.work, TMPDIR=self.work, XDG_CACHE_HOME=os.path.join(self.work, CACHE),
                                XDG_DATA_HOME=os.path.join(self.work, "share"), RWDA_MODEL="model")
        subprocess.run(["bash", os.path.join(HERE, "inputs.sh"), ROOT, data], cwd=self.work, check=True)
        self.before = state(self.work)

    def keep(self, name, text, answers, files=True):
        """answers: file name -> bytes.  The files that were written since the last call are kept beside them."""
        folder = os.path.join(self.into, name)
        os.makedirs(folder)
        after = state(self.work) if files else self.before
        removed = "".join(path + "\n" for path in sorted(set(self.before) - set(after)))
        for file, content in dict(answers, row=text.encode() + b"\n", removed=os.fsencode(removed)).items():
            with open(os.path.join(folder, file), "wb") as out:
                out.write(content)
        for path in after:
            if after[path] != self.before.get(path):
                os.makedirs(os.path.dirname(os.path.join(folder, "files", path)), exist_ok=True)
                shutil.copy(os.path.join(self.work, path), os.path.join(folder, "files", path), follow_symlinks=False)
        self.before = after

    def row(self, row):
        os.makedirs(os.path.join(self.work, "out", row.name))
        with open(os.path.join(self.work, row.stdin or os.devnull), "rb") as stdin:
            try:
                done = subprocess.run([self.program, *row.arguments], cwd=self.work, env=self.environment, stdin=stdin, capture_output=True, timeout=SECONDS)
                answers = {"stdout": done.stdout, "stderr": done.stderr, "exit": b"%d\n" % done.returncode}
            except subprocess.TimeoutExpired:
                answers = {"exit": b"none after %d s\n" % SECONDS}
        self.keep(row.name, row.text, answers)

    def close(self):
        with open(os.path.join(self.into, "facts.json"), "w", encoding="utf-8") as out:
            json.dump({"program": self.program, "work": self.work, "root": ROOT}, out, indent=1)
        shutil.rmtree(self.work)


def record(program, into, data):
    if os.path.isdir(into) and os.listdir(into):
        raise SystemExit(f"{into} is not empty")
    if not os.access(program, os.X_OK):
        raise SystemExit(f"{program} is not a program")
    os.makedirs(into, exist_ok=True)
    recorder = Recorder(program, into, data)
    try:
        for row in rows.read(os.path.join(HERE, "commands.txt")):
            recorder.row(row)
        service.record(recorder)
    finally:
        recorder.close()
