"""machine.py - how do two programs take turns here, and what came of it?

A turn is at least some seconds of runs, and its rate is their mean.  A ratio is median by median; beside it the smallest and the
largest ratio within one round.  `stolen` is the share of the machine's CPU time that the hypervisor gave to others while the row ran."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
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


def environment(threads, policy="passive", **more):
    """What makes PyTorch fast: Debian's OpenBLAS does not know every CPU and then takes SSE kernels, so that the fastest of its kinds of core
    is found by trial; spinning OpenMP threads starve OpenBLAS's own (policy None: OpenMP's own way of waiting)."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "GOTO_", "MKL_", "KMP_"))}
    clean.update(OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads), **more)
    if policy:
        clean["OMP_WAIT_POLICY"] = policy
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
    """A process that runs once for each line.  optional: where it does not run, the others take turns without it."""

    def __init__(self, name, command, env, optional=False):
        self.name, self.rates, self.peaks, self.optional = name, [], [], optional
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

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
            spent, items, peak = spent + one["seconds"], items + one["items"], one["peak_mb"]
        self.rates.append(items / spent)
        self.peaks.append(peak)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Once:
    """A process from start to end; a turn is one.  `fresh`: a folder that is emptied before each.  A new process's peak begins with the size
    of its parent, which therefore imports nothing large."""

    def __init__(self, name, command, env, fresh=None):
        self.name, self.rates, self.peaks, self.command, self.env, self.fresh = name, [], [], command, env, fresh
        self.optional = False

    def answer(self):
        self.turn(0)  # warms the page cache and whatever the program keeps from one start to the next
        self.rates.clear()
        self.peaks.clear()

    def turn(self, _):
        if self.fresh:
            shutil.rmtree(self.fresh, ignore_errors=True)
            os.makedirs(self.fresh)
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, env=self.env)
        _, status, usage = os.wait4(process.pid, 0)
        self.rates.append(1 / (time.perf_counter() - start))
        self.peaks.append(usage.ru_maxrss / 1024)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{self.name}: exit code {process.returncode}")

    def close(self):
        pass


class Goal:
    """goal and floor of a figure, larger is better; at_most: smaller is better."""

    def __init__(self, goal, floor=None, at_most=False):
        self.goal, self.floor, self.at_most = goal, goal if floor is None else floor, at_most

    def verdict(self, value):
        reached = lambda bound: value <= bound if self.at_most else value >= bound
        return "goal" if reached(self.goal) else "floor" if reached(self.floor) else "MISSED"

    def __str__(self):
        return ("at most " if self.at_most else "") + f"{self.goal:g} ({self.floor:g})"


class Table:
    """Rows as they are measured."""

    def __init__(self, pairs, turn):
        self.pairs, self.seconds, self.rows = pairs, turn, []

    def take_turns(self, runners, rounds=None):
        """-> the share of CPU time stolen.  An optional peer that does not run here leaves the list.  rounds: the table's pairs if None."""
        began, lost = time.time(), stolen()
        try:
            for r in list(runners):
                try:
                    r.answer()
                except RuntimeError as error:
                    if not r.optional:
                        raise
                    print(f"left out: {error}", file=sys.stderr)
                    runners.remove(r)
            for round_number in range(rounds or self.pairs):
                for r in runners if round_number % 2 == 0 else runners[::-1]:
                    r.turn(self.seconds)
                    time.sleep(0.05)  # threads that spin after their work come to rest
        finally:
            for r in runners:
                r.close()
        return (stolen() - lost) / (time.time() - began) / os.cpu_count()

    def race(self, what, unit, runners, goals, scale=lambda rate: rate):
        """runners: engine first.  goals: a Goal for each peer, or None."""
        goals = dict(zip(runners[1:], goals))
        share, mine = self.take_turns(runners), runners[0]
        for peer in runners[1:]:
            goal = goals[peer]
            by_round = [a / b for a, b in zip(mine.rates, peer.rates)]
            self.add(what, unit, scale(statistics.median(mine.rates)), peer.name, scale(statistics.median(peer.rates)),
                     statistics.median(mine.rates) / statistics.median(peer.rates), min(by_round), max(by_round), goal, share)

    def weigh(self, what, runners, goals, share, inverse=True):
        """Peaks of runners that have taken turns.  inverse: how many times less the engine needs; else its share of the other's."""
        mine, times = runners[0], lambda a, b: b / a if inverse else a / b
        for peer, goal in zip(runners[1:], goals):
            by_round = [times(a, b) for a, b in zip(mine.peaks, peer.peaks)]
            a, b = statistics.median(mine.peaks), statistics.median(peer.peaks)
            self.add(what, "MB", a, peer.name, b, times(a, b), min(by_round), max(by_round), goal, share)

    def add(self, what, unit, mine, peer, theirs, ratio=None, low=None, high=None, goal=None, share=None, judged=None):
        """judged: what the goal is of, when not of the ratio."""
        judged = ratio if judged is None else judged
        row = {"what": what, "unit": unit, "engine": mine, "peer": peer, "theirs": theirs, "ratio": ratio, "low": low, "high": high,
               "goal": goal and goal.goal, "floor": goal and goal.floor, "at_most": bool(goal and goal.at_most),
               "verdict": goal.verdict(judged) if goal and judged is not None else None, "stolen": share, "pairs": self.pairs}
        row["goal_text"] = str(goal) if goal else "-"
        self.rows.append(row)
        print(f"{what}: {mine:.4g} {unit}; {peer}" + (f" {theirs:.4g}; ratio {self.ratio(row)}" if theirs is not None else "")
              + (f"; goal {goal}: {row['verdict']}" if goal else "") + (f"; stolen {100 * share:.1f} %" if share is not None else ""), flush=True)

    @staticmethod
    def ratio(row):
        return "-" if row["ratio"] is None else f"{row['ratio']:.2f}" + ("" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})")

    def write(self, base, about):
        with open(base + ".json", "w", encoding="utf-8") as f:
            json.dump({**about, "rows": self.rows}, f, indent=1)
        number = lambda x: "-" if x is None else f"{x:.4g}"
        with open(base + ".md", "w", encoding="utf-8") as f:
            f.write("".join(f"- {name}: {value}\n" for name, value in about.items()) + "\n")
            f.write("| what | rwda | against | | ratio | goal (floor) | reached | stolen |\n|---|---|---|---|---|---|---|---|\n")
            for r in self.rows:
                f.write(f"| {r['what']}, {r['unit']} | {number(r['engine'])} | {r['peer']} | {number(r['theirs'])} | {self.ratio(r)} | "
                        f"{r['goal_text']} | {r['verdict'] or '-'} | {'-' if r['stolen'] is None else format(100 * r['stolen'], '.1f') + ' %'} |\n")
