"""compare.py - is the search for nearest neighbours faster than FAISS's, in the same run?

    compare.py --build build/release --work DIR [--images 16,200,1000] [--rounds 9] [--turn 0.5] [--threads 2] [--depth 896] [--patches 225]

The patches of one image against banks of as many images, random unit vectors: FAISS's IndexFlatIP finds the one nearest, and so does the
engine (`all`); `each` is its maximum for every image of the bank, `int8` a bank of 8-bit integers.  Nothing is timed before the results
agree.  FAISS is tuned by trial: its OpenBLAS's kind of core, how OpenMP waits, rows a product, threads.  Then they take turns, as in
bench/peers (machine.py): a ratio is median rate by median rate, with the smallest and the largest within one round."""
import argparse
import os
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "peers"))
from machine import Goal, Runner, Table  # noqa: E402

AGREE = {"f32": 1e-5, "int8": 1e-2}
CORES, POLICIES, BLOCKS = ("", "SkylakeX", "Cooperlake", "Zen", "Haswell"), ("", "passive"), (1024, 256, 4096, 16384)
TRIAL = 200  # images of the bank on which FAISS is tuned


class Search:
    def __init__(self, args):
        self.args, self.program = args, os.path.join(args.build, "tests", "nearest_time")
        self.bank, self.queries = (os.path.join(args.work, name) for name in ("bank.f32", "queries.f32"))
        self.best = {"core": "", "policy": "", "block": BLOCKS[0], "threads": args.threads}

    def make(self, most):
        rng = np.random.default_rng(1)
        for path, images in ((self.queries, 1), (self.bank, most)):
            with open(path, "wb") as f:
                for _ in range(images):
                    x = rng.standard_normal((self.args.patches, self.args.depth), np.float32)
                    (x / np.linalg.norm(x, axis=1, keepdims=True)).tofile(f)

    def size(self, images):
        return [self.bank, self.queries, *map(str, (self.args.depth, images, self.args.patches))]

    def engine(self, images, precision, what):
        return [self.program, *self.size(images), str(self.args.threads), precision, what], dict(os.environ)

    def faiss(self, images, setting):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "GOTO_", "MKL_", "KMP_"))}
        if setting["core"]:
            clean["OPENBLAS_CORETYPE"] = setting["core"]
        if setting["policy"]:
            clean["OMP_WAIT_POLICY"] = setting["policy"]
        return [sys.executable, os.path.join(HERE, "faiss_worker.py"), *self.size(images), str(setting["threads"]), str(setting["block"])], clean

    def answer(self, command, env):
        path = os.path.join(self.args.work, "best.f32")
        subprocess.run(command + [path], env=env, check=True)
        return np.fromfile(path, np.float32).reshape(self.args.patches, -1)

    def agree(self, images):
        theirs = self.answer(*self.faiss(images, self.best))[:, 0]
        for precision, bound in AGREE.items():
            for what in ("all", "each"):
                apart = np.abs(self.answer(*self.engine(images, precision, what)).max(axis=1) - theirs).max()
                print(f"{images} images, {precision}, {what}: largest difference from FAISS {apart:.2g}", flush=True)
                if not apart <= bound:
                    sys.exit("results do not agree: nothing is timed")

    def tune(self, images):
        """One setting after the other: its choices take turns, and the fastest is kept.  Threads that spin for ever (OMP_WAIT_POLICY=active) are no
        choice: they would slow down whoever has the next turn."""
        threads = sorted({1, self.args.threads})
        for name, choices in (("core", CORES), ("policy", POLICIES), ("block", BLOCKS), ("threads", threads)):
            runners = [Runner(f"FAISS, {name} {c or 'its own'}", *self.faiss(images, {**self.best, name: c}), optional=True) for c in choices]
            rated = dict(zip(runners, choices))
            Table(5, self.args.turn).take_turns(runners)  # a kind of core that this CPU is not ends in a signal and is left out
            rates = {rated[r]: statistics.median(r.rates) for r in runners}
            self.best[name] = max(rates, key=rates.get)
            print(f"FAISS, {name}: " + ", ".join(f"{c or 'its own'} {r:.4g}/s" for c, r in rates.items()), flush=True)

    def race(self, table, images):
        kinds = (("f32", "all"), ("f32", "each"), ("f16", "all"), ("int8", "all"), ("int8", "each"))
        mine = [Runner(f"{precision}, {what}", *self.engine(images, precision, what)) for precision, what in kinds]
        peer = Runner("FAISS IndexFlatIP", *self.faiss(images, self.best))
        share = table.take_turns([*mine, peer])
        theirs = statistics.median(peer.rates)
        for one in mine:
            rate, by_round = statistics.median(one.rates), [a / b for a, b in zip(one.rates, peer.rates)]
            table.add(f"{self.args.patches} patches x {images} images, {one.name}", "ms", 1e3 * self.args.patches / rate, peer.name,
                      1e3 * self.args.patches / theirs, rate / theirs, min(by_round), max(by_round), Goal(1) if one.name == "f32, all" else None, share)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--images", default="16,200,1000", help="of the banks (16,200,1000)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of turns (9)")
    parser.add_argument("--turn", type=float, default=0.5, help="seconds of a turn at least (0.5)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--depth", type=int, default=896)
    parser.add_argument("--patches", type=int, default=225)
    args = parser.parse_args()
    banks, load, search, table = [int(n) for n in args.images.split(",")], os.getloadavg()[0], Search(args), Table(args.rounds, args.turn)
    os.makedirs(args.work, exist_ok=True)
    search.make(max(banks))
    search.tune(min(TRIAL, max(banks)))
    for images in banks:
        search.agree(images)
        search.race(table, images)
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((line.split(": ")[1].strip() for line in f if line.startswith("model name")), "unknown")
    import faiss
    table.write(os.path.join(args.work, "results"), {
        "schema": "rwda.nearest/1", "date": time.strftime("%Y-%m-%d"), "cpu": cpu, "threads": args.threads, "load before": load,
        "faiss": faiss.__version__, "FAISS set to": search.best, "command": "compare.py " + " ".join(sys.argv[1:])})
    print(f"written: {os.path.join(args.work, 'results')}.json, .md")


if __name__ == "__main__":
    main()
