"""streams.py - does memory stay where it is from 1,000 images to 1,000,000, and is a stream as fast as files?

    streams.py memory --build build/release [--most 1000000] [--sources lines,list,tar,arrow]
    streams.py speed --build build/release [--images 3000] [--rounds 7] [--work DIR]

memory: a model of random weights, so small that a million images take minutes; the images are generated into the program's input.
speed: the shipped model and its detector, JPEGs of 256 x 256; files, a tar and an Arrow stream of the same, in turns.  DIR keeps them for more rounds.
Needs Debian's NumPy and Pillow, and as $ARROW_PYTHON a Python with pyarrow (`make arrow-test` makes one)."""
import argparse
import io
import os
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
COUNTS = [1000, 10000, 100000, 1000000]
ARROW_PYTHON = os.environ.get("ARROW_PYTHON", str(ROOT / "build" / "arrow-venv" / "bin" / "python"))
ARROW = """
import sys, pyarrow as pa
paths, most, size = sys.argv[1:-2], int(sys.argv[-2]), int(sys.argv[-1])
files = [open(path, "rb").read() for path in paths]
schema = pa.schema([("image", pa.binary()), ("path", pa.string())])
with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
    for first in range(0, most, size):
        rows = range(first, min(first + size, most))
        stream.write_batch(pa.record_batch([pa.array([files[i % len(files)] for i in rows], pa.binary()), pa.array([f"{i:07d}.jpg" for i in rows])], schema=schema))
"""


def pictures(folder, count, side):
    """JPEG files, no two alike, as noise over stripes."""
    code = ("import sys, numpy as np; from PIL import Image\nfolder, count, side = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])\n"
            "for i in range(count):\n    draw = np.random.default_rng(i); x = np.arange(side)\n"
            "    stripes = 128 + 80 * np.sin(x[None, :, None] / draw.uniform(2, 20) + x[:, None, None] / draw.uniform(2, 20) + draw.uniform(0, 6, 3))\n"
            "    Image.fromarray(np.clip(stripes + draw.normal(0, 12, (side, side, 3)), 0, 255).astype('u1')).save(f'{folder}/{i:07d}.jpg', quality=90)")
    folder.mkdir()
    subprocess.run(["/usr/bin/python3", "-c", code, folder, str(count), str(side)], check=True)  # elsewhere: a new process's peak begins with its parent's size
    return sorted(folder.iterdir())


def feed_names(pipe, files, count):
    for first in range(0, count, 1000):
        pipe.write("".join(f"{files[i % len(files)]}\n" for i in range(first, min(first + 1000, count))).encode())


def feed_tar(pipe, files, count):
    blocks = []
    for path in files:
        info, data = tarfile.TarInfo("0" * 7 + ".jpg"), path.read_bytes()
        info.size = len(data)
        blocks.append((info, data + bytes(-len(data) % 512)))
    for i in range(count):
        info, data = blocks[i % len(blocks)]
        info.name = f"{i:07d}.jpg"
        pipe.write(info.tobuf(tarfile.USTAR_FORMAT) + data)
    pipe.write(bytes(1024))


class Runs:
    def __init__(self, build, work):
        self.program, self.work = pathlib.Path(build).resolve() / "rwda", work
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RWDA_")} | {"XDG_CACHE_HOME": str(work / "cache"), "LC_ALL": "C.UTF-8"}

    def score(self, *arguments, count, feed=None, feeder=None, file=None):
        """-> seconds, CPU seconds, peak MB of the program, what it wrote"""
        out, begun = self.work / "out.jsonl", time.perf_counter()
        generator = subprocess.Popen(feeder, stdout=subprocess.PIPE) if feeder else None
        stdin = generator.stdout if generator else subprocess.PIPE if feed else open(file or os.devnull, "rb")
        with open(out, "wb") as to:
            process = subprocess.Popen([self.program, "score", "--quiet", "--threads", "2", *map(str, arguments)], stdin=stdin, stdout=to, env=self.environment)
        if feed:
            with process.stdin as pipe:
                feed(pipe)
        elif generator:
            generator.stdout.close()
            assert generator.wait() == 0
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        with open(out, "rb") as f:
            written = sum(b'"score":' in line for line in f)
        assert process.returncode == 0 and written == count, f"{arguments}: exit code {process.returncode}, {written} records of {count}"
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def memory(args, work):
    model = work / "model"
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import random_checkpoint as r; r.write(sys.argv[2], r.config('tiny'), 'openclip', 'F32', 1)"
    subprocess.run(["/usr/bin/python3", "-c", code, ROOT / "tools" / "reference", model], check=True)
    runs, files = Runs(args.build, work), pictures(work / "files", 64, 32)
    common = ("--model", model, "--method", "clip", "--prompts", "single")
    sources = {
        "lines": lambda n: runs.score(*common, "--lines", "paths", count=n, feed=lambda pipe: feed_names(pipe, files, n)),
        "list": lambda n: runs.score(*common, "-", count=n, feed=lambda pipe: feed_names(pipe, files, n)),
        "tar": lambda n: runs.score(*common, "--tar", "-", count=n, feed=lambda pipe: feed_tar(pipe, files, n)),
        "arrow": lambda n: runs.score(*common, "--arrow", "image", count=n, feeder=[ARROW_PYTHON, "-c", ARROW, *files, str(n), "256"]),
    }  # fmt: skip
    for source in args.sources.split(",") if args.sources else sources:
        for count in [c for c in COUNTS if c <= args.most]:
            seconds, cpu, peak = sources[source](count)
            print(f"{source:6} {count:8} images  {peak:7.1f} MB  {seconds:7.1f} s  {cpu:7.1f} s of CPU", flush=True)


def speed(args, work):
    tar, arrow, names = work / "files.tar", work / "files.arrows", work / "names.txt"
    if not names.exists():  # written last
        files = pictures(work / "files", args.images, 256)
        with tarfile.open(tar, "w") as archive:
            for path in files:
                archive.add(path, path.name)
        with open(arrow, "wb") as to:
            subprocess.run([ARROW_PYTHON, "-c", ARROW, *files, str(len(files)), "256"], stdout=to, check=True)
        names.write_text("".join(f"{path}\n" for path in files))
    runs = Runs(args.build, work)
    sources = {
        "files": lambda: runs.score(work / "files", count=args.images),
        "lines": lambda: runs.score("--lines", "paths", count=args.images, file=names),
        "tar": lambda: runs.score("--tar", tar, count=args.images),
        "arrow": lambda: runs.score("--arrow", "image", count=args.images, file=arrow),
    }  # fmt: skip
    sources["files"]()  # the detector, and the files in memory
    for path in (tar, arrow):
        path.read_bytes()
    if args.sources:
        sources = {name: sources[name] for name in ["files", *args.sources.split(",")]}
    found = {name: [] for name in sources}
    order = list(sources)
    for turn in range(args.rounds):
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            found[name].append(sources[name]()[:2])
        print("round", turn, {name: [f"{value:.2f}" for value in times[-1]] for name, times in found.items()}, flush=True)
    for name, times in found.items():
        for what, values in zip(("elapsed", "CPU"), zip(*times)):
            ratio = statistics.median(v / f for v, f in zip(values, [t[what == "CPU"] for t in found["files"]]))
            print(f"{name:6} {what:7} median {statistics.median(values):6.2f} s, {min(values):.2f} to {max(values):.2f}; {100 * ratio - 100:+.1f} % of files, median of the rounds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", choices=("memory", "speed"))
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--most", type=int, default=COUNTS[-1])
    parser.add_argument("--sources", help="lines, list, tar, arrow; speed: lines, tar, arrow")
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--work", type=pathlib.Path)
    given = parser.parse_args()
    run = memory if given.what == "memory" else speed
    if given.work:
        given.work.mkdir(exist_ok=True)
        run(given, given.work.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="rwda-streams-") as folder:
            run(given, pathlib.Path(folder))
