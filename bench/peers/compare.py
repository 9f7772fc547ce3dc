"""compare.py - how much faster than each peer, in the same run?

    compare.py --build build/release --work DIR [--rows LIST] [--pairs 5] [--architecture ViT-B-16-plus-240] [--threads 2] ...

Engine and peers are started together and take turns: a turn is at least --turn seconds of runs, and its rate is the mean.  A ratio
is median rate by median rate; beside it the smallest and largest ratio within one round.  `stolen` is the share of the machine's CPU
time that the hypervisor gave to others while the row ran: above 5 % the row is to be repeated.  Results as JSON and as a Markdown
table in DIR."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, "..", "..", "models", "demo")
ROWS = ["image-8", "image-1", "image-1-thread", "text", "fnn", "start", "memory", "front", "int8"]
DEBIAN = "/usr/bin/python3"


def stolen():
    return int(open("/proc/stat").readline().split()[8]) / os.sysconf("SC_CLK_TCK")


# The largest product of a layer; what the shell has set for OpenBLAS must not slow a peer down, and a wrong guess ends in a signal.
PRODUCT = """import time, numpy as np
a, b = np.ones((904, 896), np.float32), np.ones((896, 3584), np.float32)
a @ b
def once():
    start = time.perf_counter(); a @ b; return time.perf_counter() - start
print(min(once() for _ in range(20)))"""
CORES, chosen = ["", "SkylakeX", "Cooperlake", "Zen", "Haswell"], {}


def environment(threads):
    """What makes PyTorch fast: Debian's OpenBLAS does not know every CPU and then takes SSE kernels, so that the fastest of its kinds of core
    is found by trial; spinning OpenMP threads starve OpenBLAS's own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "GOTO_", "MKL_", "KMP_"))}
    clean.update(OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive")
    with_core = lambda core: dict(clean, OPENBLAS_CORETYPE=core) if core else clean
    if not chosen:
        for core in CORES:
            done = subprocess.run([DEBIAN, "-c", PRODUCT], env=with_core(core), capture_output=True, text=True)
            if done.returncode == 0:
                chosen[core] = float(done.stdout)
        if not chosen:
            chosen[""] = 0.0
    return with_core(min(chosen, key=chosen.get))


class Runner:
    """A process that runs once for each line."""

    def __init__(self, name, command, threads):
        self.name, self.rates, self.peak = name, [], 0
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(threads))

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError(f"{self.name}: ended with exit code {self.process.returncode}")
        return json.loads(line)

    def turn(self, seconds):
        spent = items = 0
        while spent < seconds or not items:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            one = self.answer()
            spent, items, self.peak = spent + one["seconds"], items + one["items"], one["peak_mb"]
        self.rates.append(items / spent)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Once:
    """A process from start to end; a turn is one."""

    def __init__(self, name, command, threads):
        self.name, self.rates, self.command, self.threads, self.peak = name, [], command, threads, 0

    def answer(self):
        self.turn(0)  # warms the page cache
        self.rates.clear()

    def turn(self, _):
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, env=environment(self.threads))
        _, status, usage = os.wait4(process.pid, 0)
        self.rates.append(1 / (time.perf_counter() - start))
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak = max(self.peak, usage.ru_maxrss // 1024)
        if process.returncode:
            raise RuntimeError(f"{self.name}: exit code {process.returncode}")

    def close(self):
        pass


class Bench:
    def __init__(self, args):
        self.args, self.rows, self.program = args, [], os.path.join(args.build, "rwda")
        self.model = os.path.join(args.work, args.architecture)

    def path(self, *names):
        return os.path.join(self.args.work, *names)

    def engine(self, *arguments, model=None, threads=None):
        return [self.program, *arguments, "--quiet", "--model", model or self.model, "--threads", str(threads or self.args.threads)]

    def worker(self, kind, *arguments, threads=None, python=sys.executable):
        return [python, "-W", "ignore", os.path.join(HERE, "worker.py"), kind, *map(str, arguments), "--threads", str(threads or self.args.threads)]

    def race(self, what, unit, runners, goals, scale=lambda rate: rate):
        """runners: engine first.  goals: (goal, floor) for each peer or None."""
        began, lost = time.time(), stolen()
        try:
            for r in runners:
                r.answer()
            for round_number in range(self.args.pairs):
                for r in runners if round_number % 2 == 0 else runners[::-1]:
                    r.turn(self.args.turn)
                    time.sleep(0.05)  # threads that spin after their work come to rest
        finally:
            for r in runners:
                r.close()
        share = (stolen() - lost) / (time.time() - began) / os.cpu_count()
        mine = runners[0]
        for peer, goal in zip(runners[1:], goals):
            by_round = sorted(a / b for a, b in zip(mine.rates, peer.rates))
            self.add(what, unit, scale(statistics.median(mine.rates)), peer.name, scale(statistics.median(peer.rates)),
                     statistics.median(mine.rates) / statistics.median(peer.rates), by_round[0], by_round[-1], goal, share)

    def add(self, what, unit, mine, peer, theirs, ratio, low, high, goal, share):
        row = {"what": what, "unit": unit, "engine": mine, "peer": peer, "theirs": theirs, "ratio": ratio, "low": low, "high": high,
               "goal": goal and goal[0], "floor": goal and goal[1], "stolen": share, "pairs": self.args.pairs}
        self.rows.append(row)
        print(f"{what}: {mine:.4g} {unit}; {peer} {theirs:.4g}; ratio {self.ratio(row)}"
              + (f", goal {goal[0]} ({goal[1]})" if goal else "") + f", stolen {100 * share:.1f} %", flush=True)

    @staticmethod
    def ratio(row):
        return "-" if row["ratio"] is None else f"{row['ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"

    def image(self, what, batch, threads, goal):
        onnx, pixels = self.path(self.args.architecture, "image.onnx"), self.path(self.args.architecture, "pixels.npy")
        peers = [Runner("ONNX Runtime", self.worker("onnx-image", "--model", onnx, "--pixels", pixels, "--batch", batch, threads=threads), threads),
                 Runner("PyTorch, tuned", self.worker("torch-image", "--model", self.model, "--pixels", pixels, "--batch", batch, threads=threads), threads)]
        if has("openvino"):
            peers.append(Runner("OpenVINO", self.worker("openvino-image", "--model", onnx, "--pixels", pixels, "--batch", batch, threads=threads), threads))
        mine = Runner("rwda", self.engine("bench", "--stages", "vision", "--batches", str(batch), "--step", threads=threads), threads)
        self.race(what, "pictures/s", [mine] + peers, [goal, None, None])

    def image_8(self):
        self.image("image f32, batch 8", 8, self.args.threads, (1.5, 1.3))

    def image_1(self):
        self.image("image f32, batch 1", 1, self.args.threads, (1.7, 1.4))

    def image_1_thread(self):
        self.image("image f32, batch 8, one thread", 8, 1, (1.35, 1.25))

    def text(self):
        onnx, ids, n = self.path(self.args.architecture, "text.onnx"), self.path("ids.json"), self.args.texts
        peer = lambda name, pad, count: Runner(name, self.worker("onnx-text", "--model", onnx, "--ids", ids, "--pad", pad, "--count", count), self.args.threads)
        mine = Runner("rwda", self.engine("bench", "--stages", "text", "--texts", self.path("prompts.txt"), "--n-texts", str(n), "--step"), self.args.threads)
        few = max(16, n // 8 // 16 * 16)
        self.race(f"20,000 prompts, f32 (scaled from {n}; padded: from {few})", "s",
                  [mine, peer("ONNX Runtime, padded to 77", 77, few), peer("ONNX Runtime, cut to the real length", 0, n)],
                  [(9.5, 7), (1.9, 1.5)], lambda rate: 20000 / rate)

    def fnn(self):
        pairs, epochs = self.args.fnn_pairs, self.args.fnn_epochs
        steps = os.path.join(self.args.build, "tests", "fnn_steps")
        if os.path.exists(steps) and not self.args.quick:
            subprocess.run([sys.executable, "-W", "ignore", os.path.join(HERE, "..", "..", "tools", "reference", "fnn_torch.py"), "--program", steps,
                            "--work", self.args.work], check=True, env=environment(self.args.threads))
        mine = Runner("rwda", self.engine("bench", "--stages", "train", "--pairs", str(pairs), "--hidden", "512", "--dropout", "0", "--batch-pairs", "128",
                                          "--epochs", str(epochs), "--step", model=self.path("tiny-640")), self.args.threads)
        peer = Runner("PyTorch, tuned", self.worker("torch-fnn", "--rows", 2 * pairs, "--hidden", 512, "--batch", 256, "--epochs", epochs), self.args.threads)
        total = 2 * pairs * epochs
        self.race(f"network 640-512-1, {2 * pairs} x {epochs}, 256 rows a step", "s", [mine, peer], [(3, 2.5)], lambda rate: total / rate)

    def start(self):
        picture, detector, onnx = self.path("900.png"), self.path(self.args.architecture, "detector.safetensors"), self.path(self.args.architecture, "image.onnx")
        subprocess.run(self.engine("train", "--pairs", "16", "--epochs", "1", "--no-cache", "--force", "-o", detector), check=True)
        side = json.load(open(os.path.join(self.model, "open_clip_config.json")))["model_cfg"]["vision_cfg"]["image_size"]
        peers = [Once(name, self.worker(kind, "--model", model, "--picture", picture, "--side", side), self.args.threads)
                 for name, kind, model in (("ONNX Runtime, first embedding", "start-onnx", onnx), ("PyTorch, tuned, first embedding", "start-torch", self.model))]
        mine = Once("rwda", self.engine("score", "--detector", detector, picture), self.args.threads)
        self.race("cold start to the first score, f32, files in the page cache", "s", [mine] + peers, [(5, 4), (16, 12)], lambda rate: 1 / rate)

    def memory(self):
        onnx, pixels = self.path(self.args.architecture, "image.onnx"), self.path(self.args.architecture, "pixels.npy")
        small = os.path.join(HERE, "..", "..", "tests", "images", "q95.jpg")
        peaks, lost, began = {}, stolen(), time.time()
        for batch in (1, 16):
            for name, command in (("rwda", self.engine("bench", "--stages", "vision", "--batches", str(batch), "--step", small)),
                                  ("ONNX Runtime", self.worker("onnx-image", "--model", onnx, "--pixels", pixels, "--batch", batch))):
                r = Runner(name, command, self.args.threads)
                r.answer()
                r.turn(0)
                r.close()
                peaks[name, batch] = r.peak
        share = (stolen() - lost) / (time.time() - began) / os.cpu_count()
        ratio = peaks["ONNX Runtime", 1] / peaks["rwda", 1]
        self.add("peak memory, pictures, f32, batch 1", "MB", peaks["rwda", 1], "ONNX Runtime", peaks["ONNX Runtime", 1], ratio, ratio, ratio, (1.5, 1.4), share)
        more = [peaks[name, 16] - peaks[name, 1] for name in ("rwda", "ONNX Runtime")]
        self.add("batch 16 adds (at most 20 MB)", "MB", more[0], "ONNX Runtime", more[1], None, None, None, None, share)

    def front(self):
        for file, what in (("900.png", "PNG 900 x 900"), ("1024.jpg", "JPEG 1024 x 1024")):
            picture = self.path(file)
            mine = Runner("rwda", self.engine("bench", "--stages", "front", "--image-size", "240", "--step", picture, model=DEMO, threads=1), 1)
            peers = [Runner(f"Pillow {pillow(python)}, {where}", self.worker("pillow", "--picture", picture, "--side", 240, threads=1, python=python), 1)
                     for python, where in ((DEBIAN, "Debian"), (sys.executable, "PyPI"))]
            self.race(f"decode + resize + normalise, {what}, one thread", "pictures/s", [mine] + peers, [(1.4, 1.0)] * 2)

    def int8(self):
        refused = subprocess.run(self.engine("bench", "--precision", "int8", "--stages", "decode", model=DEMO), capture_output=True).returncode != 0
        print("int8 rows (pictures, prompts, cold start, memory): skipped, " + ("the engine has no int8 yet" if refused else "compare.py has no int8 peer yet"))

    def write(self):
        from importlib.metadata import version
        import torch
        names = {name: version(name) for name in ("onnxruntime", "openvino", "pillow", "numpy") if has(name if name != "pillow" else "PIL")}
        core = environment(1).get("OPENBLAS_CORETYPE", "as it detects")
        cpu = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
        about = {"date": time.strftime("%Y-%m-%d"), "cpu": cpu, "cpus": os.cpu_count(), "threads": self.args.threads, "architecture": self.args.architecture,
                 "peers": dict(names, torch=torch.__version__, openblas_core=core), "program": subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout.split("\n")[0],
                 "command": " ".join(sys.argv[1:])}
        base = os.path.join(self.args.work, self.args.output)
        with open(base + ".json", "w", encoding="utf-8") as f:
            json.dump({"schema": "rwda.peers/1", "about": about, "rows": self.rows}, f, indent=1)
        with open(base + ".md", "w", encoding="utf-8") as f:
            f.write(f"{about['date']}, {cpu}, {self.args.threads} of {about['cpus']} CPUs, {self.args.architecture}, random weights; {about['program']}; "
                    + ", ".join(f"{k} {v}" for k, v in about["peers"].items()) + f"; `compare.py {about['command']}`\n\n"
                    "| what | rwda | peer | its | ratio of medians (smallest to largest) | goal (floor) | stolen |\n|---|---|---|---|---|---|---|\n")
            for r in self.rows:
                goal = f"{r['goal']} ({r['floor']})" if r["goal"] else ""
                f.write(f"| {r['what']} | {r['engine']:.4g} {r['unit']} | {r['peer']} | {r['theirs']:.4g} | {self.ratio(r)} "
                        f"| {goal} | {100 * r['stolen']:.1f} % |\n")
        print(f"written: {base}.json, {base}.md")


def has(module):
    import importlib.util
    return importlib.util.find_spec(module) is not None


def pillow(python):
    return subprocess.run([python, "-c", "import PIL; print(PIL.__version__)"], capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rows", default=",".join(ROWS), help="of " + ", ".join(ROWS))
    parser.add_argument("--architecture", default="ViT-B-16-plus-240", help="of tools/reference/random_checkpoint.py; tiny tries the machinery")
    parser.add_argument("--pairs", type=int, default=5, help="rounds of turns (5)")
    parser.add_argument("--turn", type=float, default=0.8, help="seconds of a turn at least (0.8)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=256, help="prompts a run (256 of 512)")
    parser.add_argument("--fnn-pairs", type=int, default=10000)
    parser.add_argument("--fnn-epochs", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="leave out the 200 training steps against PyTorch")
    parser.add_argument("--output", default="results", help="name of the .json and .md in the work folder (results)")
    args = parser.parse_args()
    wanted = args.rows.split(",")
    if not set(wanted) <= set(ROWS):
        parser.error(f"rows: {args.rows} are not all of {', '.join(ROWS)}")
    began = time.time()
    done = subprocess.run([sys.executable, "-W", "ignore", os.path.join(HERE, "prepare.py"), "--program", os.path.join(args.build, "rwda"), "--work", args.work,
                           "--architecture", args.architecture, "--rows", args.rows, "--threads", str(args.threads)], env=environment(args.threads))
    if done.returncode:
        sys.exit("results do not agree: nothing is timed")
    bench, failed = Bench(args), False
    for row in wanted:
        try:
            getattr(bench, row.replace("-", "_"))()
        except (RuntimeError, subprocess.CalledProcessError) as error:
            failed = True
            print(f"{row}: {error}", file=sys.stderr)
    bench.write()
    print(f"{time.time() - began:.0f} s in all")
    sys.exit(failed)


if __name__ == "__main__":
    main()
