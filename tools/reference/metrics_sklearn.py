"""metrics_sklearn.py - does `rwda metrics` agree with scikit-learn, and AUPRO with an independent computation?

    python3 metrics_sklearn.py --program build/release/rwda --work build/parity

Needs scikit-learn, SciPy, NumPy, Pillow.  Image metrics: random scores with many ties, 2 to 5,000 of them, down to one anomalous
image.  Pixel metrics: random maps and masks as files, exact and as a histogram.  AUPRO's reference below sorts nothing and counts
nothing the way the C code does: regions from scipy.ndimage.label, one sorted array a region, every threshold looked up by binary
search, all in float64."""
import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction

import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn import metrics

EIGHT = np.ones((3, 3), dtype=int)


def run(program, *arguments):
    return json.loads(subprocess.run([program, "metrics", "--json", "--quiet", *arguments], check=True, stdout=subprocess.PIPE).stdout)


def sklearn_figures(labels, scores):
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    normal_precision, normal_recall, _ = metrics.precision_recall_curve(1 - labels, -scores)

    def f1_max(p, r):
        return np.max(2 * p * r / np.where(p + r > 0, p + r, 1))

    return {
        "auroc": metrics.roc_auc_score(labels, scores),
        "ap": metrics.average_precision_score(labels, scores),
        "aupr": metrics.auc(recall, precision),
        "f1_max": f1_max(precision, recall),
        "f1_normal": f1_max(normal_precision, normal_recall),
    }


class Largest:
    """Largest difference seen of each figure, against a bound."""

    def __init__(self):
        self.seen, self.missed = {}, False

    def note(self, figure, got, want, bound):
        difference = abs(got - want)
        self.seen[figure] = max(self.seen.get(figure, 0.0), difference)
        if not difference <= bound:
            print(f"MISSED {figure}: {got!r}, reference {want!r}, bound {bound}")
            self.missed = True

    def line(self, what):
        print(what + ": " + ", ".join(f"{name} {value:.1e}" for name, value in self.seen.items()))


# ---- Image metrics ------------------------------------------------------------------------------------------------------


def image_cases(rng):
    for size in (2, 3, 4, 5, 7, 10, 30, 100, 300, 1000, 5000):
        for anomalous in sorted({1, size // 10, size // 2, size - 1} - {0, size}):
            for levels in (2, 10, 1000, None):  # None: continuous
                labels = np.zeros(size, dtype=int)
                labels[rng.choice(size, anomalous, replace=False)] = 1
                scores = rng.normal(size=size) + 0.8 * labels
                yield labels, scores if levels is None else np.floor(scores * levels / 4) / levels


def compare_images(program, work, rng):
    largest, count, path = Largest(), 0, os.path.join(work, "scores.csv")
    for labels, scores in image_cases(rng):
        with open(path, "w", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(["label", "score"])
            writer.writerows((int(l), repr(float(s))) for l, s in zip(labels, scores))
        got = run(program, path)
        for figure, want in sklearn_figures(labels, scores).items():
            largest.note(figure, got[figure], want, 1e-12)
        count += 1
    os.remove(path)
    largest.line(f"image metrics, {count} sets of 2 to 5,000 scores, against scikit-learn")
    return largest.missed


# ---- Pixel metrics ------------------------------------------------------------------------------------------------------


def aupro_reference(maps, masks, limit):
    """Exact AUPRO in float64: PRO and FPR at every value that occurs."""
    values = np.unique(np.concatenate([m.ravel() for m in maps]).astype(np.float64))[::-1]

    def share(pixels):  # of these pixels, how many are >= each value
        pixels = np.sort(pixels.astype(np.float64))
        return (len(pixels) - np.searchsorted(pixels, values, side="left")) / len(pixels)

    fpr = np.concatenate([[0.0], share(np.concatenate([m[k == 0] for m, k in zip(maps, masks)]))])
    regions = [m[l == i] for m, k in zip(maps, masks) for l, n in [ndimage.label(k, EIGHT)] for i in range(1, n + 1)]
    pro = np.concatenate([[0.0], np.mean([share(r) for r in regions], axis=0)])
    inside = fpr <= limit
    x, y = fpr[inside], pro[inside]
    if x[-1] < limit:  # the next point lies beyond: cut the line to it
        k = len(x)
        x = np.append(x, limit)
        y = np.append(y, y[-1] + (pro[k] - y[-1]) * (limit - fpr[k - 1]) / (fpr[k] - fpr[k - 1]))
    return np.trapz(y, x) / limit, len(regions)


def aupro200_reference(maps, masks, limit):
    """200 thresholds, as in the code of several zero-shot methods; thresholds are lowest + i * step in float64."""
    maps = [m.astype(np.float64) for m in maps]
    lowest, highest = min(m.min() for m in maps), max(m.max() for m in maps)
    labelled = [ndimage.label(k, EIGHT) for k in masks]
    points = []
    for i in range(200):
        above = [m > lowest + i * ((highest - lowest) / 200) for m in maps]
        pro = [a[l == r].mean() for a, (l, n) in zip(above, labelled) for r in range(1, n + 1)]
        background = np.concatenate([a[k == 0] for a, k in zip(above, masks)])
        points.append((background.sum() / background.size, np.mean(pro)))
    x, y = np.array([p for p in points if p[0] < limit])[::-1].T
    return metrics.auc((x - x.min()) / (x.max() - x.min()), y)


def pixel_cases(rng):
    """name, maps (float32), masks; shapes, ties, regions at the border, single pixels, images without anomalies."""
    def scene(height, width, share, sharpness):
        field = ndimage.gaussian_filter(rng.normal(size=(height, width)), 2.5)
        field /= field.std()
        mask = (field > share).astype(np.uint8)
        noise = ndimage.gaussian_filter(rng.normal(size=(height, width)), 0.7)
        return 1 / (1 + np.exp(-(sharpness * field + 2 * noise - 1))), mask

    for name, height, width, count, share, sharpness, levels in (
        ("continuous", 64, 80, 6, 1.5, 0.8, None),
        ("ties", 64, 80, 6, 1.5, 0.8, 20),
        ("few levels", 33, 47, 4, 1.2, 0.4, 3),
        ("nearly no anomaly", 96, 96, 3, 3.0, 0.6, None),
        ("nearly all anomalous", 48, 48, 3, -1.8, 0.6, None),
        ("many", 256, 256, 12, 1.8, 0.7, 5000),
        ("one row", 1, 400, 3, 1.0, 0.8, 50),
    ):
        pairs = [scene(height, width, share, sharpness) for _ in range(count)]
        pairs[0][1][:] = 0
        if name == "nearly no anomaly":
            pairs[1][1][0, 0] = pairs[1][1][-1, -1] = 1
        maps = [m if levels is None else np.round(m * levels) / levels for m, _ in pairs]
        yield name, [m.astype(np.float32) for m in maps], [k for _, k in pairs]


def write_pairs(folder, maps, masks, form):
    shutil.rmtree(folder, ignore_errors=True)
    for kind in ("maps", "masks"):
        os.makedirs(os.path.join(folder, kind, "kind"))
    for i, (m, k) in enumerate(zip(maps, masks)):
        name = os.path.join(folder, "maps", "kind", f"{i:03d}")
        if form == "png16":
            Image.fromarray(m.astype(np.uint16)).save(name + ".png")
        elif form == "png8":
            Image.fromarray(m.astype(np.uint8)).save(name + ".png")
        else:  # npy, in every layout that is read
            layouts = [m, m.astype(np.float64), m.astype(">f4"), np.asfortranarray(m), m[None], m.astype(">f8")]
            np.save(name + ".npy", layouts[i % len(layouts)])
        if k.any() or i % 2:
            Image.fromarray(k * 255).save(os.path.join(folder, "masks", "kind", f"{i:03d}_mask.png"))
    return ["--maps", os.path.join(folder, "maps"), "--masks", os.path.join(folder, "masks"), "--normal-without-mask"]


def compare_one(program, largest, arguments, maps, masks, limit):
    got = run(program, *arguments, "--fpr-limit", repr(limit))
    labels = np.concatenate([k.ravel() for k in masks]).astype(int)
    scores = np.concatenate([m.ravel() for m in maps]).astype(np.float64)
    want = sklearn_figures(labels, scores)
    for figure in ("auroc", "ap", "f1_max"):
        largest.note(figure, got[figure], want[figure], 1e-12)
    called = scores >= got["f1_threshold"]
    largest.note("f1 at its threshold", float(Fraction(int(2 * (called & (labels == 1)).sum()), int(called.sum() + labels.sum()))), got["f1_max"], 1e-15)
    aupro, regions = aupro_reference(maps, masks, limit)
    largest.note("aupro", got["aupro"], aupro, 1e-9)
    largest.note("regions", got["regions"], regions, 0)
    if got["aupro200"] is not None:
        largest.note("aupro200", got["aupro200"], aupro200_reference(maps, masks, limit), 1e-9)
    return got


def compare_pixels(program, work, rng):
    largest, histogram, missed, count = Largest(), {}, False, 0
    folder = os.path.join(work, "pixels")
    for name, maps, masks in pixel_cases(rng):
        arguments = write_pairs(folder, maps, masks, "npy")
        for limit in (0.3, 0.05, 1.0):
            exact = compare_one(program, largest, arguments, maps, masks, limit)
            count += 1
        for bins in (10, 1000, 65536):
            rough = run(program, *arguments, "--fpr-limit", "1.0", "--bins", str(bins))
            for figure, bound in rough["histogram"]["error"].items():
                difference = abs(rough[figure] - exact[figure])
                worst, most = histogram.setdefault((bins, figure), (0.0, 0.0))
                histogram[bins, figure] = (max(worst, difference), max(most, bound))
                if difference > bound + 1e-12:
                    print(f"MISSED {name}, {bins} bins, {figure}: {difference} away, promised {bound}")
                    missed = True
    _, maps, masks = next(pixel_cases(rng))
    for form, top in (("png8", 255), ("png16", 65535)):
        stored = [np.round(m.astype(np.float64) * top).astype(np.uint16) for m in maps]
        arguments = write_pairs(folder, stored, masks, form)
        # the same quotients as float32, so that thresholds can be compared
        compare_one(program, largest, arguments, [m.astype(np.float32) / np.float32(top) for m in stored], masks, 0.3)
        count += 1
    shutil.rmtree(folder)
    largest.line(f"pixel metrics, {count} sets, against scikit-learn and a float64 reference")
    for bins in (10, 1000, 65536):
        print(f"histogram of {bins} bins against exact, difference (bound it states): "
              + ", ".join(f"{f} {d:.1e} ({b:.1e})" for (n, f), (d, b) in histogram.items() if n == bins))
    return missed or largest.missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    rng = np.random.default_rng(1)
    missed = compare_images(options.program, options.work, rng)
    missed |= compare_pixels(options.program, options.work, rng)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
