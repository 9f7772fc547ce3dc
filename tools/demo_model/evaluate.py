"""evaluate.py - how well does the shipped model tell good from defective, on categories it never saw?

    python3 evaluate.py --program build/release/rwda --model models/demo --data DIR [--tiles MAGNETIC_TILE_DIR] [--seeds 5]

DIR is what evalset.py wrote.  Every number comes from the program: it trains, it scores; here only AUROC is computed.  Prints a table
of mean image AUROC over categories: all, seen kinds, held-out kinds; mean and spread over seeds."""
import argparse
import glob
import json
import os
import subprocess
import tempfile

import numpy as np

import world


def auroc(scores, labels):
    scores, labels = np.asarray(scores, float), np.asarray(labels, bool)
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        ranks[scores == value] = ranks[scores == value].mean()
    p, n = labels.sum(), (~labels).sum()
    return (ranks[labels].sum() - p * (p + 1) / 2) / (p * n)


def score(program, model, arguments, paths):
    out = subprocess.run([program, "score", "--model", model, "--quiet", *arguments, "-"], input="\n".join(paths), text=True,
                         capture_output=True, check=True).stdout
    return np.array([json.loads(line)["score"] for line in out.splitlines()])


def summarise(scores, pictures):
    """pictures: (path, category, kind) -> mean AUROC over categories [all, seen kinds, held-out kinds]."""
    held = {k.replace(" ", "_") for k in world.HELD_OUT_KINDS}
    categories = np.array([c for _, c, _ in pictures])
    kinds = np.array([k for _, _, k in pictures])
    rows = []
    for category in sorted(set(categories)):
        here = categories == category
        good = here & (kinds == "good")
        row = []
        for chosen in (kinds != "good", (kinds != "good") & ~np.isin(kinds, list(held)), np.isin(kinds, list(held))):
            use = good | (here & chosen)
            row.append(auroc(scores[use], kinds[use] != "good") if (here & chosen).any() else np.nan)
        rows.append(row)
    return np.array(rows), sorted(set(categories))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tiles")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    sets = {}
    files = sorted(glob.glob(os.path.join(args.data, "*", "test", "*", "*.png")))
    sets["rendered"] = [(f, f.split(os.sep)[-4], f.split(os.sep)[-2]) for f in files]
    if args.tiles:
        files = sorted(glob.glob(os.path.join(args.tiles, "MT_*", "Imgs", "*.jpg")))
        sets["magnetic tiles (real)"] = [(f, "tile", "good" if "MT_Free" in f else f.split("MT_")[1].split(os.sep)[0]) for f in files]
    work = tempfile.mkdtemp()
    detectors = {}
    for preset in ("paper", "best"):
        for seed in range(1, args.seeds + 1):
            path = os.path.join(work, f"{preset}{seed}.safetensors")
            subprocess.run([args.program, "train", "--model", args.model, "--preset", preset, "--seed", str(seed), "-o", path, "--quiet"], check=True)
            detectors[preset, seed] = path
    once = [("CLIP prompts, single", ["--method", "clip", "--prompts", "single"]), ("CLIP prompts, ensemble", ["--method", "clip"])]
    seeded = [(f"{name}, {preset}", preset, ["--method", method]) for preset in ("paper", "best")
              for name, method in (("RWDA FNN", "fnn"), ("RWDA combined", "both"), ("LDA", "lda"), ("paired difference", "paired"))]
    for title, pictures in sets.items():
        paths = [p for p, _, _ in pictures]
        print(f"\n{title}: {len(paths)} pictures, {len(set(c for _, c, _ in pictures))} categories, unknown object, image AUROC")
        print(f"{'method':28} {'crops':6} {'all':>14} {'seen kinds':>12} {'held-out kinds':>15}")
        rng = np.random.default_rng(0)
        random = [np.nanmean(summarise(rng.random(len(paths)), pictures)[0], 0)[0] for _ in range(args.seeds)]
        print(f"{'random numbers':28} {'-':6} {np.mean(random):.3f} +- {np.std(random):.3f}")
        for crops in ("one", "2x2"):
            for name, options in once:
                rows, _ = summarise(score(args.program, args.model, options + ["--crops", crops], paths), pictures)
                mean = np.nanmean(rows, 0)
                print(f"{name:28} {crops:6} {mean[0]:.3f}          {mean[1]:>11.3f} {mean[2]:>15.3f}", flush=True)
            for name, preset, options in seeded:
                runs = []
                for seed in range(1, args.seeds + 1):
                    s = score(args.program, args.model, options + ["--crops", crops, "--detector", detectors[preset, seed]], paths)
                    rows, categories = summarise(s, pictures)
                    runs.append(rows)
                means = np.nanmean(np.array(runs), 1)
                print(f"{name:28} {crops:6} {means[:, 0].mean():.3f} +- {means[:, 0].std():.3f} {means[:, 1].mean():>11.3f} {means[:, 2].mean():>15.3f}",
                      flush=True)
                if name == "RWDA FNN, paper" and title == "rendered":
                    print("    " + ", ".join(f"{c} {v:.2f}" for c, v in zip(categories, np.nanmean(np.array(runs), 0)[:, 0])))


if __name__ == "__main__":
    main()
