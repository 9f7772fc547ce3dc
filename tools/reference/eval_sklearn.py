"""eval_sklearn.py - are the metrics of rwda eval and rwda metrics those of scikit-learn?

    python3 eval_sklearn.py --program build/release/rwda --work DIR [--data DATA_SET] [--model NAME]

Runs `rwda eval` (on the sample images, unless told otherwise), recomputes every category's AUROC, AP, AUPR and largest F1 from the
scores.csv it wrote, and the means over categories and seeds, and compares with its results.csv.  Then `rwda metrics` on random scores
with many ties.  Ends with exit code 1 when a difference is over 1e-12."""
import argparse
import csv
import json
import os
import subprocess

import numpy as np
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

BOUND = 1e-12
NAMES = ["auroc", "ap", "aupr", "f1_max"]


def figures(labels, scores):
    precision, recall, _ = precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    return [roc_auc_score(labels, scores), average_precision_score(labels, scores), auc(recall, precision), f1.max()]


def compare_eval(folder):
    """The largest difference, and how many metrics were compared."""
    with open(os.path.join(folder, "scores.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    with open(os.path.join(folder, "results.csv"), newline="") as file:
        results = list(csv.DictReader(file))
    worst, count = 0.0, 0
    sums = {}
    for result in results:
        run = (result["method"], result["crops"])
        columns = [c for c in rows[0] if c.startswith("/".join(run) + "/") and c.endswith("/logit")]
        if result["auroc"] == "":
            continue
        if result is [r for r in results if (r["method"], r["crops"]) == run][-1]:  # the last row of a run: its macro mean
            ours = np.mean(sums[run], axis=0)
        else:
            chosen = [r for r in rows if r["category"] == result["category"] and r[columns[0]] != ""]
            labels = np.array([int(r["label"]) for r in chosen])
            ours = np.array([figures(labels, np.array([float(r[c]) for r in chosen])) for c in columns])
            sums.setdefault(run, []).append(ours)
        theirs = np.array([float(result[n]) for n in NAMES])
        spread = ours[:, 0].std(ddof=1) if len(ours) > 1 else 0.0
        worst = max(worst, np.abs(ours.mean(axis=0) - theirs).max(), abs(spread - float(result["auroc_sd"])))
        count += len(NAMES) + 1
    return worst, count


def compare_metrics(program, work, rng, rounds):
    worst, path = 0.0, os.path.join(work, "ties.csv")
    for _ in range(rounds):
        n = int(rng.integers(2, 400))
        labels = rng.integers(0, 2, n)
        labels[:2] = [0, 1]
        scores = rng.integers(0, rng.integers(1, 50), n) / 7.0
        with open(path, "w") as file:
            file.write("label,score\n" + "".join(f"{a},{b!r}\n" for a, b in zip(labels, scores.tolist())))
        out = json.loads(subprocess.run([program, "metrics", path, "--json"], capture_output=True, check=True).stdout)
        worst = max(worst, np.abs(np.array(figures(labels, scores)) - [out[k] for k in NAMES]).max())
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--data", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples"))
    parser.add_argument("--model", default="demo")
    args = parser.parse_args()
    folder = os.path.join(args.work, "eval")
    subprocess.run([args.program, "eval", "--model", args.model, "--data", args.data, "--seeds", "3", "--pairs", "500", "--crops", "one,2x2",
                    "--method", "fnn,both,clip-ac,clip,lda,paired,random", "-o", folder, "--force", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    worst, count = compare_eval(folder)
    ties = compare_metrics(args.program, args.work, np.random.default_rng(1), 100)
    print(f"metrics: {count} figures of rwda eval and 400 of rwda metrics against scikit-learn: largest differences {worst:.1e} and {ties:.1e}, "
          f"bound {BOUND:.0e}")
    return 0 if count > 0 and worst <= BOUND and ties <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
