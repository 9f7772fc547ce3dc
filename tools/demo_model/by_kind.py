"""by_kind.py - how do seen and held-out kinds of defect compare?

    python3 by_kind.py RESULTS.json        (of 'rwda eval -o DIR' on what evalset.py wrote)

A category's AUROC over several kinds is the mean of the kinds' AUROC, weighted by their images: the normal images are the same.
Prints, for each method and crop plan, the mean over categories: all kinds, kinds seen in training, held-out kinds."""
import json
import sys

import numpy as np

import world


def main():
    with open(sys.argv[1]) as f:
        results = json.load(f)
    held = {k.replace(" ", "_") for k in world.HELD_OUT_KINDS}
    runs = {}
    for row in results["kinds"]:
        runs.setdefault((row["method"], row["crops"]), []).append(row)
    print(f"{'method':10} {'crops':6} {'all':>7} {'seen':>7} {'held-out':>9}")
    for (method, crops), rows in runs.items():
        means = []
        for chosen in (lambda k: True, lambda k: k not in held, lambda k: k in held):
            per_category = {}
            for r in rows:
                if chosen(r["kind"]):
                    per_category.setdefault(r["category"], []).append((r["auroc"], r["n_anomalous"]))
            means.append(np.mean([np.average([a for a, _ in v], weights=[n for _, n in v]) for v in per_category.values()]))
        print(f"{method:10} {crops:6} {means[0]:7.3f} {means[1]:7.3f} {means[2]:9.3f}")


if __name__ == "__main__":
    main()
