"""check_text.py - do words mean something to the shipped model?

    python3 check_text.py --program build/release/rwda --model models/demo [--per-category 20]

Names category and colour of newly rendered, normal images of the training categories by the nearest text, counts what they show, and
prints cosines between states.  Exit code 1 when category or colour is right for fewer than 80 % of the images, or normal and anomalous
lie closer than 0.95."""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

import world
from render import twin

STATES = ["normal", "flawless", "anomalous", "damaged", "scratched", "stained", "broken", "clean", "slightly damaged", "badly damaged"]
TEMPLATES = ["a photo of a {}", "a picture of the {}", "a close up photo of a {}", "a {}", "a photo of a normal {}", "this is a {}"]


def embed(program, model, work, texts=None, pictures=None):
    out = os.path.join(work, "out.npy")
    common = [program, "embed", "--model", model, "--quiet", "--force", "-o", out]
    if texts is not None:
        subprocess.run(common + ["--text", "-"], input="\n".join(texts) + "\n", text=True, check=True)
    else:
        subprocess.run(common + ["-"], input="\n".join(pictures) + "\n", text=True, check=True)
    return np.load(out)


def prototypes(program, model, work, names):
    x = embed(program, model, work, [t.format(n) for n in names for t in TEMPLATES]).reshape(len(names), len(TEMPLATES), -1).mean(1)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def count(args, work):
    """One to four of every object of training, by the nearest of four texts that name the object and its number."""
    texts, paths, truth = [], [], []
    for number, category in enumerate(world.OBJECTS):
        texts += [f"a photo of {n} {category if n == 'one' else world.plural(category)}" for n in world.COUNTS[1:]]
        rng = np.random.default_rng([args.seed, 1000 + number])
        for i in range(args.per_category):
            picture, _, _, _, _ = twin(category, "normal", rng, 128, 1 + i % 4)
            paths.append(os.path.join(work, f"count{number:02}_{i:03}.png"))
            Image.fromarray(picture).save(paths[-1])
            truth.append(i % 4)
    x = embed(args.program, args.model, work, pictures=paths).reshape(len(world.OBJECTS), args.per_category, -1)
    t = embed(args.program, args.model, work, texts).reshape(len(world.OBJECTS), 4, -1)
    said, truth = np.einsum("cpd,cnd->cpn", x, t).argmax(-1).ravel(), np.array(truth)
    right = said == truth
    print(f"number, {len(truth)} images of one to four: top-1 {right.mean():.3f} (chance 0.250); "
          + ", ".join(f"{name} {right[truth == n].mean():.2f}" for n, name in enumerate(world.COUNTS[1:])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--per-category", type=int, default=20)
    parser.add_argument("--seed", type=int, default=777)
    args = parser.parse_args()
    names = [c for c in world.TRAIN if c not in world.ABSTRACT]
    failed = False
    with tempfile.TemporaryDirectory() as work:
        paths, truth = [], []
        for number, category in enumerate(names):
            rng = np.random.default_rng([args.seed, number])
            for i in range(args.per_category):
                picture, _, _, attributes, _ = twin(category, "normal", rng, 128)
                paths.append(os.path.join(work, f"{number:02}_{i:03}.png"))
                Image.fromarray(picture).save(paths[-1])
                truth.append((number, attributes["colour"], attributes["quality"]))
        x = embed(args.program, args.model, work, pictures=paths)
        said = (x @ prototypes(args.program, args.model, work, names).T).argmax(1)
        right = np.array([s == t[0] for s, t in zip(said, truth)])
        worst = sorted((right[[t[0] == i for t in truth]].mean(), n) for i, n in enumerate(names))[:5]
        print(f"category, {len(paths)} new images, {len(names)} names: top-1 {right.mean():.3f} (chance {1 / len(names):.3f}); "
              f"worst: {', '.join(f'{n} {v:.2f}' for v, n in worst)}")
        failed |= right.mean() < .8
        colours = list(world.COLOURS)
        told = np.array([t[1] in colours and t[2] != "grey" for t in truth])
        phrases = [f"{c} object" for c in colours]
        said = (x @ prototypes(args.program, args.model, work, phrases).T).argmax(1)
        right = np.array([colours[s] == t[1] for s, t in zip(said, truth)])[told]
        print(f"colour, {told.sum()} images that have one of {len(colours)}: top-1 {right.mean():.3f} (chance {1 / len(colours):.3f})")
        failed |= right.mean() < .8
        count(args, work)
        t = embed(args.program, args.model, work, [f"a photo of a {s} object" for s in STATES])
    cosines = t @ t.T
    print("cosines of \"a photo of a {state} object\":")
    width = max(map(len, STATES))
    for name, row in zip(STATES, cosines):
        print(f"  {name:{width}} " + " ".join(f"{v:5.2f}" for v in row))
    print(f"normal against anomalous: {cosines[0, 2]:.3f}")
    sys.exit(1 if failed or cosines[0, 2] >= .95 else 0)


if __name__ == "__main__":
    main()
