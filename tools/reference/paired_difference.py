"""paired_difference.py - is one evaluation better than another, and by how much?

    python3 paired_difference.py A/scores.csv fnn/one B/scores.csv fnn/2x2

Both files come from 'rwda eval -o DIR' on the same images; fnn/one names method and crops.  Prints the mean over categories of image AUROC of
both (mean over detector seeds), B - A for every seed, and a 95 % interval of the difference: images are drawn again with
replacement within each category and class, the same ones for both (2,000 rounds, seed 1)."""
import csv
import sys

import numpy as np


def read(path, run):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    names = [n for n in rows[0] if n.startswith(run + "/") and n.endswith("/logit")]  # what is ranked: logits do not tie
    return {r["path"]: (r["category"], r["label"] == "1", [float(r[n]) for n in names]) for r in rows}


def auroc(scores, labels):
    """scores [n, seeds] -> AUROC of each seed; ties count one half."""
    out = []
    for s in scores.T:
        _, rank, count = np.unique(s, return_inverse=True, return_counts=True)
        mean_rank = np.cumsum(count) - (count - 1) / 2
        p = labels.sum()
        out.append((mean_rank[rank][labels].sum() - p * (p + 1) / 2) / (p * (len(labels) - p)))
    return np.array(out)


def main():
    a, b = read(sys.argv[1], sys.argv[2]), read(sys.argv[3], sys.argv[4])
    paths = sorted(a.keys() & b.keys())
    category, label = np.array([a[p][0] for p in paths]), np.array([a[p][1] for p in paths])
    x, y = np.array([a[p][2] for p in paths]), np.array([b[p][2] for p in paths])
    groups = [np.flatnonzero(category == c) for c in sorted(set(category))]

    def means(scores, draw):
        return np.mean([auroc(scores[g], label[g]) for g in draw], 0)

    first, second = means(x, groups), means(y, groups)
    rng, differences = np.random.default_rng(1), []
    for _ in range(2000):
        draw = [np.concatenate([rng.choice(g[label[g] == k], (label[g] == k).sum()) for k in (False, True)]) for g in groups]
        differences.append(means(y, draw).mean() - means(x, draw).mean())
    low, high = np.quantile(differences, [.025, .975])
    print(f"{len(paths)} images, {len(groups)} categories")
    print(f"A {first.mean():.4f} +- {first.std():.4f} ({len(first)} seeds), B {second.mean():.4f} +- {second.std():.4f} ({len(second)} seeds)")
    if len(first) == len(second):
        print("B - A of each seed:", " ".join(f"{d:+.4f}" for d in second - first))
    print(f"B - A {second.mean() - first.mean():+.4f}, 95 % interval {low:+.4f} .. {high:+.4f}")


if __name__ == "__main__":
    main()
