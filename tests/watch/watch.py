"""watch.py PROGRAM [CASE...] - does `rwda watch` do right by files, folders, receivers and disks, good days and bad?"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from receivers import Broker, Hook, SECRET, has_broker

ROOT = pathlib.Path(__file__).resolve().parents[2]
RWDA = sys.argv.pop(1)


def image(number, size=16):
    return b"P6\n%d %d\n255\n" % (size, size) + bytes((x * (number + 1) + number * 31) % 256 for x in range(3 * size * size))


class Watch(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="rwda-watch-"))
        self.folder = self.work / "in"
        self.folder.mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RWDA_")}
        self.environment.update(XDG_CACHE_HOME=str(self.work / "cache"), XDG_STATE_HOME=str(self.work / "state"), LC_ALL="C.UTF-8")
        self.running, self.extra, self.inside = [], {}, []

    def tearDown(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
        shutil.rmtree(self.work, ignore_errors=True)

    # ---- helpers ----------------------------------------------------------------------------------------------------

    def start(self, *options, folder=None, **more):
        with open(self.work / "stderr", "ab") as messages:
            process = self.popen(messages, options, folder, more)
        self.running.append(process)
        return process

    def popen(self, messages, options, folder, more):
        return subprocess.Popen([*self.inside, RWDA, "watch", "--model", ROOT / "tests/model", "--method", "clip", "--prompts", "single", "--settle", "0.5", "-o",
                                 self.work / "out", "--ledger", self.work / "ledger", *options, folder or self.folder],
                                env=self.environment, stdout=subprocess.PIPE, stderr=messages, **more)

    def ends(self, process, code=0):
        out = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, code, self.said())
        return out

    def once(self, *options, code=0, **more):
        return self.ends(self.start("--once", *options, **more), code)

    def stop(self, process, code=0):
        process.terminate()
        self.ends(process, code)

    def said(self):
        return (self.work / "stderr").read_text(errors="replace") if (self.work / "stderr").exists() else ""

    def records(self):
        path = self.work / "out"
        whole = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]

    def waits(self, what, seconds=60):
        end = time.time() + seconds
        while not what():
            self.assertLess(time.time(), end, self.said())
            time.sleep(0.05)

    def has(self, count):
        self.waits(lambda: len(self.records()) >= count)
        self.assertEqual(len(self.records()), count, self.records())

    def put(self, name, number=0):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image(number))
        return path

    def query(self, sql):
        with sqlite3.connect(self.work / "ledger") as db:
            return db.execute(sql).fetchall()

    # ---- files ------------------------------------------------------------------------------------------------------

    def test_once(self):
        self.put("a.ppm", 1)
        self.put("sub/b.ppm", 2)
        (self.folder / "notes.txt").write_text("no image")
        (self.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
        self.once(code=1)
        records = {pathlib.Path(r["path"]).name: r for r in self.records()}
        self.assertEqual(sorted(records), ["a.ppm", "b.ppm", "broken.png"])
        self.assertIn("error", records["broken.png"])
        self.assertEqual(len({r["id"] for r in records.values()}), 3)
        self.assertNotIn("are known", self.said())
        self.once()
        self.assertIn("ledger: 3 files of this folder are known", self.said())
        self.assertEqual(len(self.records()), 3)
        self.put("a.ppm", 1)  # the same bytes
        self.once()
        self.assertEqual(len(self.records()), 3)
        self.put("a.ppm", 9)
        self.once()
        self.assertEqual(len(self.records()), 4)
        self.once("--retry-failed", code=1)  # the broken one is read again
        self.assertEqual(len(self.records()), 5)

    def test_same_numbers_as_score(self):
        for i in range(20):
            self.put(f"{i}.ppm", i)
        self.once()
        done = subprocess.run([RWDA, "score", "--model", ROOT / "tests/model", "--method", "clip", "--prompts", "single", "--quiet", self.folder],
                              env=self.environment, capture_output=True, check=True)
        mine = {r["path"]: r for r in self.records()}
        for line in done.stdout.splitlines():
            other = json.loads(line)
            own = mine[other["path"]]
            self.assertEqual({k: own[k] for k in other if k != "ms"}, {k: v for k, v in other.items() if k != "ms"})

    def test_standard_output(self):
        self.put("a.ppm")
        out = self.once("-o", "-")
        self.assertEqual(len(out.splitlines()), 1)
        self.assertEqual(json.loads(out)["path"], str(self.folder / "a.ppm"))

    def test_arrivals(self):
        watch = self.start()
        self.put("a.ppm", 1)
        self.has(1)
        self.put("new/sub/b.ppm", 2)  # folders that come
        self.has(2)
        (self.folder / "new").rename(self.folder / "other")  # and are renamed: the same images
        self.put("other/sub/c.ppm", 3)
        self.has(3)
        self.assertTrue(self.records()[2]["path"].endswith("other/sub/c.ppm"))
        whole = self.work / "whole"
        (whole / "deep").mkdir(parents=True)
        (whole / "deep/d.ppm").write_bytes(image(4))
        whole.rename(self.folder / "arrived")
        self.has(4)
        os.link(self.folder / "a.ppm", self.folder / "hard.ppm")
        self.has(5)
        self.stop(watch)

    def test_heard_of_twice_before_it_is_scored(self):
        for i in range(200):
            self.put(f"{i:03d}.ppm", i)
        watch = self.start("--threads", "1")
        self.waits(self.records)  # of the first 16; the last ones wait for two more rounds
        for path in sorted(self.folder.iterdir())[180:]:
            open(path, "ab").close()
        self.waits(lambda: len(self.records()) >= 200, 300)  # one thread: a sanitizer on a busy machine needs more than a minute
        time.sleep(1)
        self.has(200)
        self.stop(watch)

    def test_polling(self):
        watch = self.start("--poll", "0.3")
        self.put("a.ppm", 1)
        self.has(1)
        (self.folder / "a.ppm").rename(self.folder / "b.ppm")
        self.put("sub/c.ppm", 2)
        self.has(2)
        self.put("b.ppm", 3)
        self.has(3)
        self.stop(watch)

    def test_a_file_that_never_settles(self):
        never, watch = self.folder / "never.ppm", self.start()
        with open(never, "wb", buffering=0) as out:
            out.write(b"P6\n16 16\n255\n")
            end = time.time() + 4
            while time.time() < end:
                out.write(b"x")
                time.sleep(0.1)
            self.put("a.ppm", 1)
            end = time.time() + 60
            while not self.records() and time.time() < end:  # however slow the machine is, it is written to meanwhile
                out.write(b"x")
                time.sleep(0.1)
            for _ in range(20):
                out.write(b"x")
                time.sleep(0.1)
            self.assertEqual([r["path"] for r in self.records()], [str(self.folder / "a.ppm")])
        self.stop(watch)

    def test_written_slowly(self):
        whole, watch = image(1, 64), self.start()
        with open(self.folder / "slow.ppm", "wb", buffering=0) as out:
            for i in range(0, len(whole), 1024):
                out.write(whole[i : i + 1024])
                time.sleep(0.2)
        self.has(1)
        self.assertIn("score", self.records()[0])
        self.stop(watch)

    def test_hostile_names(self):
        names = [b"new\nline.ppm", b"\xff\xfe.ppm", b"\x1b[31m.ppm", b"quote\".ppm", b"';--.ppm", b"back\\slash.ppm", b"-o.ppm", b"n" * 251 + b".ppm"]
        where = os.fsencode(self.folder)
        for i, name in enumerate(names[:4]):
            pathlib.Path(os.fsdecode(where + b"/" + name)).write_bytes(image(i))
        watch = self.start("--move-failed", self.work / "failed")
        self.has(4)
        for i, name in enumerate(names[4:]):
            pathlib.Path(os.fsdecode(where + b"/" + name)).write_bytes(image(10 + i))
        bad = os.fsdecode(where + b"/bad\n\xff.png")
        pathlib.Path(bad).write_bytes(b"\x89PNG\r\n\x1a\n no more")
        self.has(9)
        self.waits(lambda: os.listdir(os.fsencode(self.work / "failed")) == [b"bad\n\xff.png"])
        self.stop(watch)
        self.assertNotIn("\x1b", self.said())
        self.once()
        self.assertEqual(len(self.records()), 9)

    def test_loops_of_links(self):
        self.put("sub/a.ppm", 1)
        (self.folder / "sub/loop").symlink_to(self.folder)
        (self.folder / "self").symlink_to("self")
        (self.folder / "self.ppm").symlink_to("self.ppm")
        (self.folder / "nothing.ppm").symlink_to("/nowhere/at/all.ppm")
        watch = self.start("--rescan", "1")
        self.has(1)
        (self.folder / "sub/later").symlink_to(self.folder / "sub")
        self.put("sub/b.ppm", 2)
        self.has(2)
        time.sleep(2)
        self.has(2)
        self.stop(watch)

    def test_unreadable_file(self):
        if os.geteuid() == 0:  # who may read all: another user watches
            for path in (self.work, self.folder):
                os.chmod(path, 0o777)
            if shutil.which("setpriv") is None or subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", RWDA, "--version"],
                                                                 capture_output=True).returncode != 0:
                self.skipTest("no other user that may run the program")
            self.extra = {"preexec_fn": lambda: (os.setgroups([]), os.setgid(65534), os.setuid(65534))}
        path = self.put("a.ppm", 1)
        path.chmod(0)
        watch = self.start(**self.extra)
        self.waits(lambda: "it is tried again" in self.said())
        path.chmod(0o644)
        self.has(1)
        self.stop(watch)

    def test_more_happens_than_the_kernel_keeps(self):
        most = int(pathlib.Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        if most > 100000:
            self.skipTest(f"{most} events would be needed")
        watch = self.start("--rescan", "86400", "--metrics", self.work / "rwda.prom")
        self.put("a.ppm", 1)
        self.has(1)
        watch.send_signal(signal.SIGSTOP)
        paths = [self.folder / "1.txt", self.folder / "2.txt"]
        files = [open(path, "wb", buffering=0) for path in paths]
        for i in range(most + 100):  # in turn: equal events that follow each other are one
            files[i % 2].write(b"x")
        for file in files:
            file.close()
        self.put("lost.ppm", 2)
        watch.send_signal(signal.SIGCONT)
        self.has(2)
        self.stop(watch)
        self.assertIn("rwda_watch_overflows_total 1\n", (self.work / "rwda.prom").read_text())

    def test_too_few_watches(self):
        inside = ["unshare", "--user", "--map-root-user", "sh", "-c", 'echo 2 >/proc/sys/user/max_inotify_watches && exec "$@"', "sh"]
        if shutil.which("unshare") is None or subprocess.run([*inside, "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespace of one's own here")
        for i in range(4):
            self.put(f"{i}/a.ppm", i)
        self.inside = inside
        watch = self.start()
        self.waits(lambda: "inotify takes no more folders" in self.said())
        self.has(4)
        self.put("5/a.ppm", 5)
        self.has(5)
        self.stop(watch)

    def test_a_reader_that_goes(self):
        self.put("a.ppm", 1)
        watch = self.start("-o", "-")
        watch.stdout.readline()
        watch.stdout.close()
        self.put("b.ppm", 2)
        self.assertEqual(watch.wait(timeout=60), 5)
        self.assertIn("standard output: cannot be written", self.said())
        self.once()
        self.assertEqual([pathlib.Path(r["path"]).name for r in self.records()], ["b.ppm"])

    # ---- the process ------------------------------------------------------------------------------------------------

    def test_signals(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            watch = self.start()
            self.put(f"{name}.ppm", int(name))
            self.has(len(list(self.folder.iterdir())))
            watch.send_signal(name)
            self.ends(watch)

    def test_a_second_process(self):
        watch = self.start()
        self.put("a.ppm", 1)
        self.has(1)
        self.once(code=5)
        self.assertIn("another process watches with this ledger", self.said())
        self.stop(watch)

    def test_wrong_options(self):
        for options, says in ((["--move-normal", self.work / "x"], "need --threshold"), (["--mqtt-user", "me"], "--mqtt"), (["--settle", "-1"], "--settle"),
                              (["--webhook", "http://example.org/"], "--allow-plain"), (["--webhook", "http://me:pw@127.0.0.1/"], "a name in the address"),
                              (["--webhook", "ftp://127.0.0.1/"], "neither https nor http"), (["--webhook", "http://127.0.0.1.example.org/"], "--allow-plain"),
                              (["--webhook", "https://127.0.0.1/", "--webhook-secret", "/missing"], "/missing"),
                              (["--threshold", "0.5", "--move-normal", self.folder / "ok"], "watched folder")):
            self.once(*options, code=2)
            self.assertIn(says, self.said())
        self.once(folder=self.work / "missing", code=2)
        self.assertIn("no such folder", self.said())
        self.once(folder=RWDA, code=2)
        self.assertIn("is not a folder", self.said())
        self.assertFalse((self.work / "ledger").exists())
        self.once("-o", "/missing/out", code=5)
        self.assertIn("-o: /missing/out: cannot be written", self.said())

    def test_once_says_what_could_not_be_read(self):
        closed = self.folder / "closed"
        closed.mkdir()
        (closed / "1.ppm").write_bytes(image(1))
        (self.folder / "2.ppm").write_bytes(image(2))
        if os.getuid() == 0:  # obeys permissions without these
            self.inside = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        closed.chmod(0)
        self.once(code=1)
        self.assertIn("closed: the folder cannot be read", self.said())
        self.assertEqual(len(self.records()), 1)
        self.folder.chmod(0)
        self.once(code=1)
        self.folder.chmod(0o755)
        closed.chmod(0o755)
        self.once()
        self.assertEqual(len(self.records()), 2)

    def test_the_folder_goes_and_comes(self):
        watch = self.start()
        self.put("a.ppm", 1)
        self.has(1)
        shutil.rmtree(self.folder)
        self.waits(lambda: "is gone" in self.said())
        self.folder.mkdir()
        self.put("b.ppm", 2)
        self.waits(lambda: "is there again" in self.said())
        self.has(2)
        self.put("c.ppm", 3)
        self.has(3)
        self.stop(watch)

    # ---- ledger and disk --------------------------------------------------------------------------------------------

    def test_ledgers_that_are_none(self):
        (self.work / "ledger").write_text("something else, of some length, that nobody wants to be overwritten by a ledger of ours, I think\n")
        self.once(code=5)
        self.assertIn("is no ledger of rwda watch", self.said())
        self.assertTrue((self.work / "ledger").read_text().startswith("something else"))
        (self.work / "ledger").unlink()
        self.once()
        other = self.work / "other"
        other.mkdir()
        self.once(folder=other, code=5)
        self.assertIn(f"the ledger of {self.folder}, not of {other}", self.said())

    def test_read_only_ledger(self):
        self.once()
        if os.geteuid() == 0:
            os.chmod(self.work, 0o755)
            self.extra = {"preexec_fn": lambda: (os.setgroups([]), os.setgid(65534), os.setuid(65534))}
        else:
            os.chmod(self.work / "ledger", 0o444)
        (self.work / "ledger-lock").chmod(0o666)
        self.once("-o", "-", "--cache", "/tmp", code=5, **self.extra)
        self.assertIn("it may only be read", self.said())

    def test_full_disk(self):
        self.put("a.ppm", 1)
        self.once("-o", "/dev/full", code=5)
        self.assertIn("/dev/full", self.said())
        self.once()  # the record was kept
        self.assertEqual(len(self.records()), 1)
        small = self.work / "small"
        small.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", small], capture_output=True).returncode != 0:
            self.skipTest("no file system of 128 KiB: mount is not allowed here")
        try:
            for i in range(100):
                self.put(f"{i}.ppm", i)
            self.once("--ledger", small / "ledger", "-o", small / "out", code=5)
            self.assertRegex(self.said(), "full|No space")
            whole = (small / "out").read_bytes()
            self.assertEqual(subprocess.run(["mount", "-o", "remount,size=64m", small]).returncode, 0)
            self.once("--ledger", small / "ledger", "-o", small / "out")
            lines = [json.loads(line) for line in (small / "out").read_bytes().splitlines()]
            self.assertTrue((small / "out").read_bytes().startswith(whole[: whole.rfind(b"\n") + 1]))
            self.assertEqual(len(lines), len({r["path"] for r in lines}))
            self.assertEqual(len(lines), 101)
        finally:
            subprocess.run(["umount", small])

    # ---- by decision ------------------------------------------------------------------------------------------------

    def test_moved_by_decision(self):
        for name in ("good/wood.jpg", "defect/wood_hole.jpg"):
            (self.folder / "day").mkdir(exist_ok=True)
            shutil.copy(ROOT / "samples" / name, self.folder / "day")
        (self.folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n no more")
        self.once(code=1)
        scores = sorted(r["score"] for r in self.records() if "score" in r)
        (self.work / "ledger").unlink()
        (self.work / "normal/day").mkdir(parents=True)
        for name in ("wood.jpg", "wood_hole.jpg"):
            (self.work / "normal/day" / name).write_text("was there")
        watch = self.start("--threshold", str(sum(scores) / 2), "--move-normal", self.work / "normal", "--move-anomalous", self.work / "anomalous",
                           "--move-failed", self.work / "failed")
        left = lambda: [p for p in self.folder.rglob("*") if p.is_file()]
        self.waits(lambda: not left())
        self.assertEqual(len(list((self.work / "normal/day").iterdir())), 3)
        self.assertEqual(len(list((self.work / "anomalous/day").iterdir())), 1)
        self.assertTrue((self.work / "failed/bad.png").is_file())
        self.assertEqual((self.work / "normal/day/wood.jpg").read_text(), "was there")
        before = len(self.records())
        shutil.copy(ROOT / "samples/good/wood.jpg", self.folder / "day")  # a new one of that name, whatever is in it
        self.waits(lambda: len(self.records()) == before + 1 and not left())
        self.stop(watch)

    def test_drift(self):
        normal = self.work / "normal"
        normal.mkdir()
        for i in range(40):
            (normal / f"{i}.ppm").write_bytes(image(i))
        thresholds = self.work / "thresholds.json"
        subprocess.run([RWDA, "calibrate", "--model", ROOT / "tests/model", "--method", "clip", "--prompts", "single", "--quiet", normal, "-o", thresholds],
                       env=self.environment, check=True, stderr=subprocess.DEVNULL)
        hook = Hook()
        for i, sample in enumerate(sorted((ROOT / "samples").rglob("*.jpg")) * 2):
            (self.folder / f"{i}.jpg").write_bytes(sample.read_bytes())
        self.once("--threshold", thresholds, "--webhook", hook.url, "--metrics", self.work / "rwda.prom")
        hook.close()
        self.assertIn("drift since about image", self.said())
        events = [json.loads(body) for _, body in hook.taken if json.loads(body)["schema"] == "rwda.drift/1"]
        self.assertEqual(len(events), 1)
        self.assertIn("rwda_drift_alarm 1\n", (self.work / "rwda.prom").read_text())
        self.assertEqual(len(self.records()), 36)

    # ---- receivers --------------------------------------------------------------------------------------------------

    def secret(self):
        (self.work / "secret").write_bytes(SECRET + b"\n")
        return self.work / "secret"

    def test_webhook(self):
        self.put("a.ppm", 1)
        hook = Hook(lambda number: (503, {"Retry-After": "1"}) if number == 1 else (500, {}) if number == 2 else (204, {}))
        self.once("--webhook", hook.url, "--webhook-secret", self.secret(), "--metrics", self.work / "rwda.prom")
        hook.close()
        self.assertEqual(hook.unsigned, [])
        self.assertEqual([(name, json.loads(body)) for name, body in hook.taken], [(r["id"], r) for r in self.records()])
        text = (self.work / "rwda.prom").read_text()
        self.assertIn('rwda_watch_deliveries_total{to="webhook"} 1\n', text)
        self.assertIn('rwda_watch_delivery_failures_total{to="webhook"} 2\n', text)
        if shutil.which("promtool"):
            subprocess.run(["promtool", "check", "metrics"], input=text.encode(), check=True)

    def test_webhook_given_up(self):
        self.put("a.ppm", 1)
        hook = Hook(lambda number: (400, {}) if number <= 2 else (204, {}))
        self.once("--webhook", hook.url, "--tries", "2", "--drain-seconds", "20", code=1)
        self.assertIn("is given up after 2 tries: the receiver answers 400", self.said())
        self.assertEqual(self.query("select reason from deliveries"), [("the receiver answers 400",)])
        self.once("--webhook", hook.url, code=1)
        self.assertEqual(hook.taken, [])
        self.once("--webhook", hook.url, "--retry-failed")
        hook.close()
        self.assertEqual([name for name, _ in hook.taken], [r["id"] for r in self.records()])

    def test_receiver_away(self):
        hook = Hook()
        hook.close()
        self.put("a.ppm", 1)
        watch = self.start("--webhook", hook.url, "--drain-seconds", "1")
        self.waits(lambda: "it is tried again" in self.said())
        self.put("b.ppm", 2)  # goes on meanwhile
        self.has(2)
        begun = time.time()
        self.stop(watch)
        self.assertLess(time.time() - begun, 15)
        self.once(code=1)
        self.assertIn("2 deliveries of an earlier run wait, which need --webhook", self.said())
        hook = Hook()
        self.once("--webhook", hook.url)
        hook.close()
        self.assertEqual({name for name, _ in hook.taken}, {r["id"] for r in self.records()})

    def broker(self, *arguments, **more):
        if not has_broker():
            self.skipTest("no mosquitto here (tools/install_packages.sh watch)")
        broker = Broker(self.work, *arguments, **more)
        self.addCleanup(broker.close)
        return broker

    def test_mqtt(self):
        broker = self.broker()
        for i in range(30):
            self.put(f"{i}.ppm", i)
        self.once("--mqtt", broker.url)
        self.waits(lambda: len(broker.taken()) >= 30)
        self.assertEqual(broker.taken(), self.records())

    def test_mqtt_wrong_options(self):
        for options, says in ((["--mqtt", "mqtt://example.org/t"], "--allow-plain"), (["--mqtt", "mqtt://127.0.0.1/"], "HOST[:PORT]/TOPIC"),
                              (["--mqtt", "mqtt://127.0.0.1/t", "--mqtt-password", self.secret()], "--mqtt-password needs --mqtt-user"),
                              (["--mqtt", "mqtt://127.0.0.1/t", "--mqtt-ca", self.secret()], "are of mqtts://")):
            self.once(*options, code=2)
            self.assertIn(says, self.said())
        self.assertFalse((self.work / "ledger").exists())

    def test_mqtt_password_and_tls(self):
        if not has_broker() or shutil.which("openssl") is None:
            self.skipTest("no mosquitto or openssl here (tools/install_packages.sh watch)")
        quiet = {"check": True, "cwd": self.work, "capture_output": True}
        for name in ("ca", "server"):
            subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key"], **quiet)
        subprocess.run(["openssl", "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=test", "-days", "2", "-out", "ca.crt"], **quiet)
        subprocess.run(["openssl", "req", "-new", "-key", "server.key", "-subj", "/CN=127.0.0.1", "-out", "server.csr"], **quiet)
        (self.work / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        subprocess.run(["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names",
                        "-out", "server.crt"], **quiet)
        (self.work / "password").write_text("the password\n")
        subprocess.run(["mosquitto_passwd", "-b", "-c", "users", "line", "the password"], **quiet)
        for name in ("server.key", "users"):
            os.chmod(self.work / name, 0o644)
        os.chmod(self.work, 0o755)
        broker = self.broker(f"allow_anonymous false\npassword_file {self.work}/users\ncertfile {self.work}/server.crt\nkeyfile {self.work}/server.key\n",
                             sub=["--cafile", str(self.work / "ca.crt"), "-u", "line", "-P", "the password"])
        url = broker.url.replace("mqtt://", "mqtts://")
        self.put("a.ppm", 1)
        login = ["--mqtt-user", "line", "--mqtt-password", self.work / "password"]
        short = ["--drain-seconds", "3"]
        self.once("--mqtt", url, *login, *short, code=1)  # a certificate that the system does not know
        self.once("--mqtt", url, "--mqtt-ca", self.work / "ca.crt", *short, code=1)  # no name
        self.assertEqual(broker.taken(), [])
        self.once("--mqtt", url, "--mqtt-ca", self.work / "ca.crt", *login)
        self.waits(lambda: broker.taken())
        self.assertEqual(broker.taken(), self.records())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *(f"Watch.{name}" for name in sys.argv[1:])])
