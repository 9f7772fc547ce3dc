"""measure_kinds.py - how often is the first word of `rwda score --kinds` the right one?

    python3 measure_kinds.py --program build/release/rwda --data DIR [--layout mvtec|tiles] [--words hole=blowhole,...] [--scoring "--method clip"]

The defect folders of each category are the words; categories with one only are left out.  Beside the program's opinion stand chance, always
the most frequent kind, and the same prompts compared with the whole image instead of the map's region.  Top-1 and mean reciprocal
rank (MRR); one category: mean and standard deviation over five bootstrap draws of its images; several: over the categories.
Needs NumPy."""
import argparse
import json
import os
import subprocess
import tempfile

import numpy as np

TEMPLATE = "a photo of {o} with {k}"  # src/anomaly/kinds.c


def images_of(root, layout):
    """{category: [(path, kind)]} of anomalous images."""
    found = {}
    if layout == "tiles":
        for folder in sorted(os.listdir(root)):
            if folder.startswith("MT_") and folder != "MT_Free":
                images = os.path.join(root, folder, "Imgs")
                found.setdefault("magnetic tile", []).extend((os.path.join(images, f), folder[3:].lower()) for f in sorted(os.listdir(images)) if f.endswith(".jpg"))
        return found
    for category in sorted(os.listdir(root)):
        test = os.path.join(root, category, "test")
        for kind in sorted(os.listdir(test)) if os.path.isdir(test) else []:
            if kind != "good":
                found.setdefault(category.replace("_", " "), []).extend((os.path.join(test, kind, f), kind.replace("_", " ")) for f in sorted(os.listdir(os.path.join(test, kind))))
    return {category: images for category, images in found.items() if len({kind for _, kind in images}) > 1}


class Program:
    def __init__(self, path, model, scoring, work):
        self.path, self.model, self.scoring, self.work = path, model, scoring, work

    def run(self, *arguments, stdin=b""):
        return subprocess.run([self.path, *arguments], input=stdin, capture_output=True, check=True).stdout

    def opinion(self, paths, words, name):
        """[n, words]: shares, in the order of the words."""
        lines = self.run("score", "--quiet", "--model", self.model, *self.scoring, *name, "--kinds", ",".join(words), "-", stdin="".join(p + "\n" for p in paths).encode())
        records = {r["path"]: {one["kind"]: one["score"] for one in r["kinds"]} for r in map(json.loads, lines.decode().splitlines())}
        return np.array([[records[p][w] for w in words] for p in paths])

    def embed(self, paths=None, texts=None):
        out = os.path.join(self.work, "out.npy")
        lines = "".join(line + "\n" for line in paths or texts)
        if texts:
            with open(os.path.join(self.work, "texts"), "w", encoding="utf-8") as f:
                f.write(lines)
        self.run("embed", "--quiet", "--force", "--model", self.model, "-o", out, *(["--text", f.name] if texts else ["--resize", "squash", "-"]), stdin=lines.encode())
        return np.load(out)

    def whole(self, paths, words, name):
        article = lambda word: ("an " if word[0] in "aeiou" else "a ") + word
        texts = self.embed(texts=[TEMPLATE.format(o=article(name), k=article(word)) for word in words])
        return self.embed(paths=paths) @ texts.T


def ranks(scores, truth):
    """1 for each image whose word came first."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return 1 + np.argmax(order == truth[:, None], axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--layout", choices=["mvtec", "tiles"], default="mvtec")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--scoring", default="--method clip", help="options of rwda score: whose map decides what is looked at")
    parser.add_argument("--words", default="", help="FOLDER=WORD,...: what to call a kind instead of its folder")
    parser.add_argument("--unnamed", action="store_true", help='"object" in the prompts instead of the category\'s name')
    parser.add_argument("--drop", default="", help="kinds to leave out, comma-separated")
    args = parser.parse_args()
    called = dict(pair.split("=") for pair in args.words.split(",") if pair)
    rows, rng = {}, np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as work:
        program = Program(args.program, args.model, args.scoring.split(), work)
        found = images_of(args.data, args.layout)
        for category, images in found.items():
            images = [(path, kind) for path, kind in images if kind not in args.drop.split(",")]
            paths, kinds = [path for path, _ in images], sorted({kind for _, kind in images})
            words, truth = [called.get(kind, kind) for kind in kinds], np.array([kinds.index(kind) for _, kind in images])
            name = "object" if args.unnamed else category
            counts = np.bincount(truth)
            found_ranks = {"opinion of the region": ranks(program.opinion(paths, words, [] if args.unnamed else ["--object", name]), truth),
                           "the whole image": ranks(program.whole(paths, words, name), truth),
                           "always by frequency": ranks(np.tile(counts, (len(truth), 1)).astype(float), truth)}
            draws = [np.arange(len(truth))] if len(found) > 1 else [rng.integers(0, len(truth), len(truth)) for _ in range(5)]
            for what, r in found_ranks.items():
                for draw in draws:
                    rows.setdefault(what, []).append(((r[draw] == 1).mean(), (1 / r[draw]).mean()))
            rows.setdefault("chance", []).append((1 / len(kinds), (1 / np.arange(1, len(kinds) + 1)).mean()))
            top = {k: float((found_ranks["opinion of the region"][truth == i] == 1).mean()) for i, k in enumerate(kinds)}
            print(f"{category}: {len(truth)} images, right first words: " + ", ".join(f"{k} {v:.2f}" for k, v in top.items()), flush=True)
    print("\n| | top-1 | MRR |\n|---|---|---|")
    for what, values in rows.items():
        mean, std = np.mean(values, axis=0), np.std(values, axis=0)
        print(f"| {what} | " + " | ".join(f"{m:.3f}" + (f" ± {s:.3f}" if what != "chance" else "") for m, s in zip(mean, std)) + " |")


if __name__ == "__main__":
    main()
