"""growth.py - how do time and memory grow with batch, text length, threads and number of images?

    growth.py --build build/release [--architecture ViT-B-16-plus-240] [--precision f32] [--parts LIST] [--seconds 3] [--most 100000]

Random weights of the architecture for the encoders; the shipped model for the many images, so that there can be many.  Writes growth.json,
growth.md and growth.svg into the build folder.  Needs Debian's NumPy and Pillow."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..")
sys.path[:0] = [HERE, os.path.join(HERE, "peers")]
BATCHES, LENGTHS, COUNTS = [1, 2, 4, 8, 16, 32, 64], [10, 20, 40, 77], [10, 100, 1000, 10000, 100000]
TEXTS = 64
WORDS = """time year people way day man thing woman life child world school state family student group country problem hand part place case week company
system program question work number night point home water room mother area money story fact month lot right study book eye job word business issue side
kind head house service friend father power hour game line end member law car city community name president team minute idea kid body information back
parent face level office door health person art war history party result change morning reason research girl guy food moment air teacher force""".split()


class Growth:
    def __init__(self, args):
        self.args, self.program, self.work = args, os.path.join(os.path.abspath(args.build), "rwda"), os.path.join(os.path.abspath(args.build), "peers")
        self.model, self.results = os.path.join(self.work, args.architecture), {}
        self.environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.work, "cache"))
        os.makedirs(self.work, exist_ok=True)
        if not os.path.exists(os.path.join(self.model, "open_clip_config.json")):  # written last
            self.python("random_checkpoint.write(sys.argv[3], random_checkpoint.config(sys.argv[4]), 'openclip', 'F32', 1)", self.model, args.architecture)

    def python(self, code, *arguments):
        """What needs NumPy or Pillow runs elsewhere: a new process's peak begins with its parent's size, so that this one stays small."""
        subprocess.run([sys.executable, "-c", "import sys; sys.path[:0] = sys.argv[1:3]; import random_checkpoint, prepare; " + code,
                        os.path.join(ROOT, "tools", "reference"), os.path.join(HERE, "peers"), *arguments], check=True)

    def run(self, *arguments, stdin=None):
        """-> standard output, seconds, peak MB of the process"""
        start = time.perf_counter()
        process = subprocess.Popen([self.program, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment)
        process.stdin.write(stdin or "")
        process.stdin.close()
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"rwda {' '.join(map(str, arguments[:4]))} ...: exit code {process.returncode}")
        return out, time.perf_counter() - start, usage.ru_maxrss / 1024

    def bench(self, *arguments, threads=None):
        out, _, peak = self.run("bench", "--quiet", "--json", "--seconds", self.args.seconds, "--model", self.model, "--precision", self.args.precision,
                                "--threads", threads or self.args.threads, *arguments)
        return json.loads(out)["rows"], peak

    def threads(self):
        return sorted({1, self.args.threads})

    def batch(self):
        """One process for each batch: a peak is of that batch."""
        for threads in self.threads():
            for batch in BATCHES:
                rows, peak = self.bench("--stages", "vision", "--batches", batch, os.path.join(ROOT, "tests", "images", "q95.jpg"), threads=threads)
                yield {"threads": threads, "batch": batch, "pictures_per_s": rows[0]["per_s"], "ms": rows[0]["p50_ms"], "peak_mb": peak}

    def tokens(self):
        """Texts of exactly so many tokens, no two of which begin alike: those would share work."""
        single = [word for word, line in zip(WORDS, self.run("tokenize", "-", stdin="\n".join(WORDS) + "\n")[0].splitlines()) if len(json.loads(line)) == 3]
        if len(single) < TEXTS:
            raise RuntimeError(f"only {len(single)} words of one token, {TEXTS} texts to begin")
        file = os.path.join(self.work, "lengths.txt")
        for threads in self.threads():
            for length in LENGTHS:
                texts = [" ".join(single[(i + k) % len(single)] for k in range(length - 2)) for i in range(TEXTS)]
                ids = [json.loads(line) for line in self.run("tokenize", "-", stdin="\n".join(texts) + "\n")[0].splitlines()]
                if {len(i) for i in ids} != {length}:
                    raise RuntimeError(f"texts of {length} tokens have {sorted({len(i) for i in ids})}")
                with open(file, "w", encoding="utf-8") as f:
                    f.write("\n".join(texts) + "\n")
                rows, peak = self.bench("--stages", "text", "--texts", file, os.path.join(ROOT, "tests", "images", "q95.jpg"), threads=threads)
                yield {"threads": threads, "tokens": length, "texts": TEXTS, "texts_per_s": rows[0]["per_s"], "tokens_per_s": length * rows[0]["per_s"],
                       "ms": rows[0]["p50_ms"], "peak_mb": peak}

    def detector(self, model, name):
        path = os.path.join(self.work, name)
        if not os.path.exists(path):
            self.run("train", "--quiet", "--model", model, "--pairs", 16, "--epochs", 1, "--no-cache", "--force", "-o", path)
        return path

    def pictures(self):
        """The sample images over and over, as a list on standard input, scored with the shipped model; records go to a file."""
        folder, model = os.path.join(ROOT, "samples"), os.path.join(ROOT, "models", "demo")
        names = sorted(os.path.relpath(os.path.join(at, n)) for at, _, files in os.walk(folder) for n in files if n.endswith(".jpg"))
        detector, out = self.detector(model, "demo-detector.safetensors"), os.path.join(self.work, "many.jsonl")
        common = ("score", "--quiet", "--model", model, "--detector", detector, "--threads", self.args.threads, "--force", "-o", out, "-")
        self.run(*common, stdin=names[0] + "\n")  # what is kept from the first start on is there
        for count in [c for c in COUNTS if c <= self.args.most]:
            _, seconds, peak = self.run(*common, stdin="".join(names[i % len(names)] + "\n" for i in range(count)))
            with open(out, encoding="utf-8") as f:
                written = sum('"score":' in line for line in f)
            if written != count:
                raise RuntimeError(f"{written} records of {count} images")
            yield {"threads": self.args.threads, "pictures": count, "seconds": seconds, "pictures_per_s": count / seconds, "peak_mb": peak}
        os.remove(out)

    def overlap(self):
        """JPEGs of 1024 x 1024 scored, against the same work one after the other: decoding and preprocessing, then encoding in batches of 16.
        Both parts with all threads; what a whole run needs beside its images is taken off by a run of 16."""
        self.python("prepare.pictures(sys.argv[3])", self.work)
        jpeg, detector, few = os.path.join(self.work, "1024.jpg"), self.detector(self.model, self.args.architecture + "-detector.safetensors"), 16
        for threads in self.threads():
            many = few + self.args.overlap
            score = lambda n: self.run("score", "--quiet", "--model", self.model, "--precision", self.args.precision, "--detector", detector, "--threads",
                                       threads, "-", stdin=(jpeg + "\n") * n)[1]
            score(1)
            whole = statistics.median(score(many) - score(few) for _ in range(3)) / self.args.overlap
            encode = self.bench("--stages", "vision", "--batches", few, threads=threads)[0][0]["p50_ms"] / 1e3 / few
            front = self.bench("--stages", "front", jpeg, threads=threads)[0][0]["p50_ms"] / 1e3 / threads  # a thread decodes an image of its own
            yield {"threads": threads, "pictures": self.args.overlap, "whole_ms": 1e3 * whole, "encode_ms": 1e3 * encode, "decode_ms": 1e3 * front,
                   "one_after_the_other_ms": 1e3 * (encode + front), "whole_of_that": whole / (encode + front)}


PARTS = {"batch": Growth.batch, "tokens": Growth.tokens, "pictures": Growth.pictures, "overlap": Growth.overlap}


def markdown(path, about, results):
    cell = lambda v: f"{v:.4g}" if isinstance(v, float) and abs(v) < 1e4 else f"{v:.0f}" if isinstance(v, float) else str(v)
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(f"- {k}: {v}\n" for k, v in about.items()))
        for name, rows in results.items():
            if not rows:
                continue
            f.write(f"\n## {name}\n\n| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|\n")
            f.writelines("| " + " | ".join(cell(v) for v in row.values()) + " |\n" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--architecture", default="ViT-B-16-plus-240", help="of tools/reference/random_checkpoint.py; tiny tries the machinery")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--parts", default=",".join(PARTS), help="of " + ", ".join(PARTS))
    parser.add_argument("--threads", type=int, default=2, help="the most threads; everything but the many images is also run with one (2)")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement of an encoder at least (3)")
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="images at most (100000)")
    parser.add_argument("--overlap", type=int, default=48, help="JPEGs of the overlap (48)")
    args = parser.parse_args()
    wanted = args.parts.split(",")
    if not set(wanted) <= set(PARTS):
        parser.error(f"parts: {args.parts} are not all of {', '.join(PARTS)}")
    from machine import stolen
    import growth_plot
    growth, began, lost, base = Growth(args), time.time(), stolen(), os.path.join(args.build, "growth")
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((line.split(": ")[1].strip() for line in f if line.startswith("model name")), "unknown")
    for name in wanted:
        growth.results[name] = []
        for row in PARTS[name](growth):
            growth.results[name].append(row)
            print(name + ": " + ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()), flush=True)
        share = (stolen() - lost) / (time.time() - began) / os.cpu_count()
        about = {"schema": "rwda.growth/1", "date": time.strftime("%Y-%m-%d"), "cpu": cpu, "cpus": os.cpu_count(), "architecture": args.architecture,
                 "precision": args.precision, "program": growth.run("--version")[0].split("\n")[0], "stolen": f"{100 * share:.1f} %",
                 "command": "growth.py " + " ".join(sys.argv[1:])}
        with open(base + ".json", "w", encoding="utf-8") as f:
            json.dump({**about, **growth.results}, f, indent=1)
        markdown(base + ".md", about, growth.results)
        growth_plot.write(base + ".svg", growth.results)
    print(f"written: {base}.json, {base}.md, {base}.svg; {time.time() - began:.0f} s")


if __name__ == "__main__":
    main()
