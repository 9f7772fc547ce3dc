"""run.py PROGRAM ENGINE... [--images N] [--side PIXELS] [--work DIR] - is what each engine merges, byte for byte, what one process writes?

Engines: shards (no engine at all: a process a shard, one killed), parallel, mpi, slurm, spark, ray, daft, dask, duckdb, kubernetes.
Python's run in build/engines/ENGINE, or in $RWDA_ENGINES_PYTHON; the Python package is found by PYTHONPATH.
"""
import argparse
import ctypes
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import images
import slurm

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "engines"


class Bench:
    """A folder with images, and what one process says of them."""

    def __init__(self, program, work, count, side):
        self.program, self.work, self.count = program, work, count
        self.daemons = False  # whose CPU is not known before they end
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("RWDA_", "SLURM_", "OMPI_", "PMI_")) and k not in ("RANK", "WORLD_SIZE")}
        self.environment.update(
            PATH=f"{pathlib.Path(program).parent}:{os.environ['PATH']}", XDG_CACHE_HOME=str(work / "cache"), LC_ALL="C.UTF-8",
            RWDA_MODEL=str(small_model(work / "model", side) if side else ROOT / "models" / "demo"),
        )  # fmt: skip
        images.write(work / "images", range(count))
        self.rwda("score", "--quiet", "--shard", "0/1", "-o", "warm", "--force", str(pathlib.Path("images") / images.path_of(0)))  # the detector, once
        begun, used = time.monotonic(), cpu_seconds()
        self.rwda("score", "--quiet", "--shard", "0/1", "-o", "single", "images", codes=(1,))
        self.seconds, self.cpu = time.monotonic() - begun, cpu_seconds() - used
        self.single = self.merge("single")
        self.records = [json.loads(line) for line in self.single.splitlines()]
        check(len(self.records) == count, f"{count} images, {len(self.records)} records")
        failed = [record["path"] for record in self.records if "error" in record]
        check(len(failed) == len(range(images.DAMAGED, count, 1000)), f"failed: {failed}")
        check(len({record.get("score") for record in self.records}) > count // 2, "the scores hardly differ: equal bytes would say little")

    def run(self, command, codes=(0,), environment=None, **others):
        begun, used = time.monotonic(), cpu_seconds()
        done = subprocess.run([str(word) for word in command], cwd=self.work, env=environment or self.environment, capture_output=True, text=True, check=False, **others)
        check(done.returncode in codes, f"{command}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        example = next((word.name for word in command if isinstance(word, pathlib.Path) and EXAMPLES in word.parents), None)
        if example:
            seconds = time.monotonic() - begun
            cpu = "" if self.daemons else f", {cpu_seconds(patience=20) - used:.1f} s of CPU"
            print(f"{seconds:12.1f} s{cpu}  {example}", flush=True)
        return done.stdout

    def rwda(self, *arguments, **others):
        return self.run([self.program, *arguments], **others)

    def merge(self, parts):
        return self.rwda("merge", parts)

    def same(self, merged):
        check(merged == self.single, "not what one process writes: " + first_difference(merged, self.single))

    def as_csv(self):
        """What `rwda score --format csv` writes."""
        return csv_of((r["path"], r.get("score"), r.get("error", {}).get("message")) for r in self.records)

    def same_table(self, rows):
        """Of path, score, error in any order."""
        rows = sorted(rows, key=lambda row: os.fsencode(row[0]))
        got, want = csv_of(rows), self.as_csv()
        check(got == want, "not what one process writes: " + first_difference(got, want))


def cpu_seconds(patience=0):
    """Of all processes that were started and have ended; those whose parents left first are this one's (PR_SET_CHILD_SUBREAPER)."""
    end = time.monotonic() + patience
    while time.monotonic() < end:  # an engine's daemons end a moment later
        try:
            if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG) is None:
                time.sleep(0.05)
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check(holds, sentence):
    if not holds:
        raise AssertionError(sentence)


def first_difference(got, want):
    for number, (a, b) in enumerate(zip(got.splitlines(), want.splitlines()), 1):
        if a != b:
            return f"line {number}:\n{a}\n{b}"
    return f"{len(got.splitlines())} lines for {len(want.splitlines())}"


def csv_of(rows):
    quoted = lambda text: '"' + text.replace('"', '""') + '"'
    lines = [f"{quoted(path)},,,{quoted(error)},\n" if error else f"{quoted(path)},{score:.9g},,,\n" for path, score, error in rows]
    return "path,score,label,error,p_value\n" + "".join(lines)


def small_model(folder, side):
    """The shipped model with a smaller input, many times as fast: of its positions some are taken."""
    shipped = ROOT / "models" / "demo"
    config = json.loads((shipped / "open_clip_config.json").read_text())
    vision = config["model_cfg"]["vision_cfg"]
    across, wanted = vision["image_size"] // vision["patch_size"], side // vision["patch_size"]
    vision["image_size"] = side
    data = (shipped / "open_clip_model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), bytearray(data[8 + length :])
    header.pop("__metadata__", None)
    kept, tensors = {}, bytearray()
    for name, tensor in header.items():
        first, end = tensor["data_offsets"]
        values = body[first:end]
        if name == "visual.positional_embedding":
            row = len(values) // tensor["shape"][0]
            step = across // wanted
            rows = [0] + [1 + (y * step + step // 2) * across + x * step + step // 2 for y in range(wanted) for x in range(wanted)]
            values = b"".join(values[at * row : (at + 1) * row] for at in rows)
            tensor = dict(tensor, shape=[len(rows), tensor["shape"][1]])
        kept[name] = dict(tensor, data_offsets=[len(tensors), len(tensors) + len(values)])
        tensors += values
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    (folder / "open_clip_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + tensors)
    return folder


# ---- Engines: each ends with a comparison --------------------------------------------------------------------------------------


def shards(bench):
    for count in (1, 2, 4):
        for index in range(count):
            bench.rwda("score", "--quiet", "--shard", f"{index}/{count}", "-o", f"of-{count}", "images", codes=(0, 1))
        bench.same(bench.merge(f"of-{count}"))

    # One is killed, at a time nobody chose, and run again.
    command = [bench.program, "score", "--quiet", "--threads", "1", "--shard", "1/4", "-o", "killed", "images"]
    draw = random.Random()
    for _ in range(3):
        process = subprocess.Popen(command, cwd=bench.work, env=bench.environment, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.0, 0.5 * bench.seconds / 4 + 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    for index in (0, 1, 2, 3):
        bench.rwda("score", "--quiet", "--shard", f"{index}/4", "-o", "killed", "images", codes=(0, 1))
    bench.same(bench.merge("killed"))

    # Images that are added move none of the others.
    def shard_of():
        return {json.loads(line)["path"]: part.name for part in sorted(bench.work.glob("of-4/part-*.jsonl")) for line in part.open()}

    before = shard_of()
    images.write(bench.work / "images", range(bench.count, bench.count + 200))
    try:
        for index in range(4):
            bench.rwda("score", "--quiet", "--shard", f"{index}/4", "-o", "of-4", "images", codes=(0, 1))
        after = shard_of()
        check(len(before) == bench.count and len(after) == bench.count + 200, f"{len(before)} images, then {len(after)}")
        check(all(after[path] == part for path, part in before.items()), "an old image is in another shard")
        merged = bench.merge("of-4").splitlines(keepends=True)
        old = {record["path"] for record in bench.records}
        bench.same("".join(line for line in merged if json.loads(line)["path"] in old))
    finally:
        for number in range(bench.count, bench.count + 200):
            (bench.work / "images" / images.path_of(number)).unlink()


def parallel(bench):
    bench.run([EXAMPLES / "parallel.sh", "images", "parallel.jsonl", 4, 2])
    bench.same((bench.work / "parallel.jsonl").read_text())


def mpi(bench):
    environment = dict(bench.environment, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")
    for processes in (2, 3) if bench.count < 10000 else (3,):
        bench.run([EXAMPLES / "mpirun.sh", "images", f"mpi-{processes}.jsonl", processes], environment=environment)
        check(len(list(bench.work.glob(f"mpi-{processes}.jsonl.parts/part-*.jsonl"))) == processes, "mpirun's processes are no shards")
        bench.same((bench.work / f"mpi-{processes}.jsonl").read_text())


def slurm_jobs(bench):
    used = cpu_seconds()
    with slurm.cluster(bench.work / "slurm") as cluster:
        bench.daemons = True
        environment = dict(bench.environment, SLURM_CONF=cluster["SLURM_CONF"])

        def submit(tasks):
            bench.run(["sbatch", "--wait", f"--array={tasks}", "--output=slurm-%a.out", EXAMPLES / "slurm.sbatch", "images", "array", 4], environment=environment)

        submit("0-3")
        bench.same(bench.merge("array"))
        for path in bench.work.glob("array/part-00002-of-00004.*"):  # a task that was lost, submitted again by what is missing
            path.unlink()
        missing = bench.rwda("status", "--missing", "array", codes=(0, 1)).strip()
        check(missing == "2", f"missing: {missing}")
        submit(missing)
        bench.same(bench.merge("array"))
        bench.run(["srun", "-n", "2", "-O", "rwda", "score", "--quiet", "-o", "step", "images"], environment=environment, codes=(0, 1))
        check(len(list(bench.work.glob("step/part-*.jsonl"))) == 2, "srun's tasks are no shards")
        bench.same(bench.merge("step"))
    bench.daemons = False
    print(f"{cpu_seconds(patience=20) - used:12.1f} s of CPU  two and a quarter runs under Slurm, and Slurm", flush=True)


def python_of(engine):
    return os.environ.get("RWDA_ENGINES_PYTHON") or str(ROOT / "build" / "engines" / engine / "bin" / "python")


def frame(bench, engine, example, **environment):
    """An example that writes Parquet: path, score, error."""
    out = bench.work / example
    python = python_of(engine)
    bench.run([python, EXAMPLES / f"{example}.py", "images", out], environment=dict(bench.environment, **environment))
    read = "import json, sys, pyarrow.parquet as p\nfor r in p.read_table(sys.argv[1], columns=['path', 'score', 'error']).to_pylist(): print(json.dumps(r))"
    rows = [json.loads(line) for line in bench.run([python, "-c", read, out]).splitlines()]
    bench.same_table((row["path"], row["score"], row["error"]) for row in rows)


def spark(bench):
    python = python_of("spark")
    environment = dict(bench.environment, PYSPARK_PYTHON=python, SPARK_LOCAL_IP="127.0.0.1", PYSPARK_SUBMIT_ARGS="--master local[2] pyspark-shell")
    bench.run([python, EXAMPLES / "spark_pipe.py", "images", "spark_pipe"], environment=environment)
    parts = sorted(bench.work.glob("spark_pipe/part-*"))
    check(len(parts) == 2, f"{len(parts)} partitions")
    lines = "".join(part.read_text() for part in parts)
    bench.same(re.sub(r',"ms":\{[^}]*\}', "", lines))  # the one thing that differs from run to run
    frame(bench, "spark", "spark_arrow", **environment)


def ray(bench):
    frame(bench, "ray", "ray_data", RAY_USAGE_STATS_ENABLED="0", RAY_worker_niceness="0")  # 15 where nothing is said: on a busy machine for ever


def daft(bench):
    frame(bench, "daft", "daft_class", DAFT_ANALYTICS_ENABLED="0")


def dask(bench):
    frame(bench, "dask", "dask_frame")


def duckdb(bench):
    shutil.copytree(bench.work / "single", bench.work / "duckdb" / "parts")
    query = "import duckdb, sys\nprint(duckdb.connect().execute(open(sys.argv[1]).read()).fetchall())"
    python = python_of("duckdb")
    there = bench.work / "duckdb"
    bench.run(["env", "-C", there, python, "-c", query, EXAMPLES / "duckdb.sql"])
    quiet = "duckdb.sql('SET enable_progress_bar = false')"  # else a query of two seconds draws one on standard output
    read = f"import duckdb, json\n{quiet}\nfor row in duckdb.sql(\"SELECT path, score, error FROM 'scores.parquet'\").fetchall(): print(json.dumps(row))"
    bench.same_table(tuple(json.loads(line)) for line in bench.run(["env", "-C", there, python, "-c", read]).splitlines())


def kubernetes(bench):
    bench.run([python_of("kubernetes"), ROOT / "tests" / "engines" / "manifests.py", EXAMPLES])


ENGINES = dict(shards=shards, parallel=parallel, mpi=mpi, slurm=slurm_jobs, spark=spark, ray=ray, daft=daft, dask=dask, duckdb=duckdb, kubernetes=kubernetes)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("engines", nargs="+", choices=ENGINES)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--side", type=int, default=0, help="of the model's input, a multiple of 16 that divides 128: many images in little time")
    parser.add_argument("--work", type=pathlib.Path, help="is kept: what is there of an earlier run is not made again")
    given = parser.parse_args()
    work = given.work or pathlib.Path(tempfile.mkdtemp(prefix="rwda-engines-"))
    work.mkdir(exist_ok=True)
    failed = []
    try:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        bench = Bench(given.program, work, given.images, given.side)
        print(f"{bench.seconds:8.1f} s, {bench.cpu:.1f} s of CPU  one process, {given.images} images, {bench.program}", flush=True)
        if given.images < 10000:
            check(bench.rwda("score", "--quiet", "--format", "csv", "images", codes=(1,)) == bench.as_csv(), "the program's CSV is not what is compared with")
        for name in given.engines:
            begun = time.monotonic()
            try:
                ENGINES[name](bench)
            except (AssertionError, ValueError) as wrong:
                failed.append(name)
                print(f"{name}: {wrong}", file=sys.stderr)
            print(f"{time.monotonic() - begun:8.1f} s  {name}{': FAILED' if name in failed else ''}", flush=True)
    finally:
        if given.work is None:
            shutil.rmtree(work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
