"""evalset.py - how do rendered evaluation pictures come to lie on disk as MVTec AD does?

    python3 evalset.py --out DIR --which held-out|validation|training --normal 100 --anomalous 104 [--side 128] [--seed 99]
    python3 evalset.py --samples samples/          the sample pictures of the demo

<category>/test/good/NNN.png, <category>/test/<kind>/NNN.png, <category>/ground_truth/<kind>/NNN_mask.png.  Pictures are independent
renders, no twins.  Held-out categories use all kinds, held-out ones included."""
import argparse
import os

import numpy as np
from PIL import Image

import world
from render import twin


def save(array, *path):
    file = os.path.join(*path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    Image.fromarray(array).save(file, optimize=True)


def write_set(out, categories, kinds, normal, anomalous, side, seed):
    for c, category in enumerate(categories):
        rng = np.random.default_rng([seed, c])
        for i in range(normal):
            save(twin(category, "normal", rng, side)[0], out, category.replace(" ", "_"), "test", "good", f"{i:03d}.png")
        for i in range(anomalous):
            kind, bad = kinds[i % len(kinds)], None
            while bad is None:
                _, bad, mask, _, _ = twin(category, kind, rng, side)
            name = kind.replace(" ", "_")
            save(bad, out, category.replace(" ", "_"), "test", name, f"{i // len(kinds):03d}.png")
            save(mask.astype(np.uint8) * 255, out, category.replace(" ", "_"), "ground_truth", name, f"{i // len(kinds):03d}_mask.png")
        print(category, flush=True)


def write_samples(out, seed):
    """One normal and one defective picture of each held-out category, in daylight, larger than the model's input."""
    rng = np.random.default_rng(seed)
    kinds = ["scratch", "hole", "stain", "crack", "glue", "dent", "broken edge", "burn", "thread"]
    for category, kind in zip(world.HELD_OUT, kinds):
        for wanted in ("normal", kind):
            while True:
                normal, bad, _, a, b = twin(category, wanted, rng, 256)
                picture, attributes = (normal, a) if wanted == "normal" else (bad, b)
                if picture is not None and attributes["light"] == "even" and attributes["quality"] == "sharp":
                    break
            name = category.replace(" ", "_")
            path = os.path.join(out, "good" if wanted == "normal" else "defect")
            os.makedirs(path, exist_ok=True)
            Image.fromarray(picture).save(os.path.join(path, f"{name}{'' if wanted == 'normal' else '_' + kind.replace(' ', '_')}.jpg"), quality=92)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--samples")
    parser.add_argument("--which", choices=["held-out", "validation", "training"], default="held-out")
    parser.add_argument("--normal", type=int, default=100)
    parser.add_argument("--anomalous", type=int, default=112)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--seed", type=int, default=99)
    args = parser.parse_args()
    if args.samples:
        write_samples(args.samples, args.seed)
    if args.out:
        categories = {"held-out": world.HELD_OUT, "validation": world.VALIDATION, "training": world.TRAIN[:-2]}[args.which]
        kinds = world.KINDS[1:] + (world.HELD_OUT_KINDS if args.which == "held-out" else [])
        write_set(args.out, categories, kinds, args.normal, args.anomalous, args.side, args.seed)


if __name__ == "__main__":
    main()
