"""compare.py - how much faster than each peer, in the same run?

    compare.py --build build/release --work DIR [--rows LIST] [--pairs 5] [--architecture ViT-B-16-plus-240] [--threads 2] ...

Engine and peers take turns (machine.py) on the rows of rows.py, once prepare.py has found that their results agree.  Where more than
5 % of the CPU time was stolen a row is to be repeated.  Results as JSON and as a Markdown table in DIR, written anew after each row."""
import argparse
import os
import subprocess
import sys
import time

from machine import DEBIAN, HERE, environment
from rows import FAMILIES, PROMPTS, ROWS, Rows, has


def about(rows, args, load):
    from importlib.metadata import version
    peers = {name: version(name) for name in ("onnxruntime", "onnx", "openvino", "pillow", "numpy") if has(name if name != "pillow" else "PIL")}
    peers["torch, Debian"] = Rows.version(DEBIAN, "torch")
    peers["OpenBLAS core"] = environment(1).get("OPENBLAS_CORETYPE", "as it detects")
    if args.torch:
        peers["torch, PyPI"] = Rows.version(args.torch, "torch")
        peers["waiting of torch, PyPI"] = {" ".join(map(str, k)): v or "its own" for k, v in rows.policies.items()}
    if args.ggml:
        done = subprocess.run([args.ggml, "-c", "from importlib.metadata import version; print(version('onnxruntime-ggml'))"], capture_output=True, text=True)
        peers["onnxruntime-ggml"] = done.stdout.strip()
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = next((line.split(": ")[1].strip() for line in f if line.startswith("model name")), "unknown")
    program = subprocess.run([rows.program, "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    return {"schema": "rwda.peers/1", "date": time.strftime("%Y-%m-%d"), "cpu": cpu, "cpus": os.cpu_count(), "threads": args.threads,
            "architecture": args.architecture, "weights": "random", "load before": load, "program": program, "peers": peers,
            "command": "compare.py " + " ".join(sys.argv[1:])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rows", default=",".join(ROWS), help="of " + ", ".join(ROWS))
    parser.add_argument("--architecture", default="ViT-B-16-plus-240", help="of tools/reference/random_checkpoint.py; tiny tries the machinery")
    parser.add_argument("--pairs", type=int, default=5, help="rounds of turns (5)")
    parser.add_argument("--turn", type=float, default=0.8, help="seconds of a turn at least (0.8)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=4096, help=f"prompts a run, of {PROMPTS} (4096)")
    parser.add_argument("--fnn-pairs", type=int, default=10000)
    parser.add_argument("--fnn-epochs", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="leave out the 200 training steps against PyTorch")
    parser.add_argument("--torch", default="", help="a Python with a current PyTorch: one more peer")
    parser.add_argument("--ggml", default="", help="a Python with onnxruntime-ggml: one more peer")
    parser.add_argument("--output", default="results", help="name of the .json and .md in the work folder (results)")
    args = parser.parse_args()
    wanted = args.rows.split(",")
    if not set(wanted) <= set(ROWS):
        parser.error(f"rows: {args.rows} are not all of {', '.join(ROWS)}")
    if not args.torch:
        left_out = [row for row in wanted if row.startswith(tuple(FAMILIES))]
        wanted = [row for row in wanted if row not in left_out]
        if left_out:
            print(f"left out, without a current PyTorch and its open_clip: {', '.join(left_out)}", file=sys.stderr)
    if not 1 <= args.texts <= PROMPTS:
        parser.error(f"--texts {args.texts} is not in 1..{PROMPTS}")
    began, load, failed, base = time.time(), os.getloadavg()[0], False, os.path.join(args.work, args.output)
    done = subprocess.run([sys.executable, "-W", "ignore", os.path.join(HERE, "prepare.py"), "--program", os.path.join(args.build, "rwda"), "--work", args.work,
                           "--architecture", args.architecture, "--rows", ",".join(wanted), "--threads", str(args.threads), "--torch", args.torch,
                           "--ggml", args.ggml], env=environment(args.threads))
    if done.returncode:
        sys.exit("results do not agree: nothing is timed")
    rows = Rows(args)
    for name in wanted:
        try:
            ROWS[name](rows)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
            failed = True
            print(f"{name}: {error}", file=sys.stderr)
        rows.table.write(base, about(rows, args, load))
    verdicts = [r["verdict"] for r in rows.table.rows if r["verdict"]]
    print(f"written: {base}.json, {base}.md; goal reached: {verdicts.count('goal')}, only the floor: {verdicts.count('floor')}, "
          f"missed: {verdicts.count('MISSED')}; {time.time() - began:.0f} s in all")
    sys.exit(failed)


if __name__ == "__main__":
    main()
