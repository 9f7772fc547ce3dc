"""evalset.py - how do rendered evaluation images come to lie on disk as MVTec AD, VisA and Sewer-ML do?

    python3 evalset.py --out DIR --which held-out|validation|training --normal 100 --anomalous 104 [--side 128] [--seed 99]
                       [--visa DIR] [--sewerml DIR]
    python3 evalset.py --samples samples/          the sample images of the demo
    python3 evalset.py --boards samples_wood/ --seed 5    the same of one object: brown boards, normal ones to remember, new ones to score

--out      <category>/test/good/NNN.png, <category>/test/<kind>/NNN.png, <category>/ground_truth/<kind>/NNN_mask.png
--visa     the same images as <category>/Data/Images/{Normal/NNNN,Anomaly/NNN}.png, with split_csv/1cls.csv, <category>/image_anno.csv
           and masks of kinds (0 is background, 1.. the kind)
--sewerml  the same images as <category>/NNNNNNNN.png with <category>/SewerML_Val.csv: a folder a category, since Sewer-ML has none;
           kinds stand in its class columns in order

Images are independent renders, no twins.  Held-out categories use all kinds, held-out ones included."""
import argparse
import csv
import os

import numpy as np
from PIL import Image

import world
from render import twin


def save(array, *path):
    file = os.path.join(*path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    Image.fromarray(array).save(file, optimize=True)


def write_table(rows, *path):
    file = os.path.join(*path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


class Mvtec:
    def __init__(self, root):
        self.root, self.counts = root, {}

    def add(self, category, kind, picture, mask):
        i = self.counts[category, kind] = self.counts.get((category, kind), -1) + 1
        save(picture, self.root, category, "test", kind or "good", f"{i:03d}.png")
        if kind:
            save(mask.astype(np.uint8) * 255, self.root, category, "ground_truth", kind, f"{i:03d}_mask.png")

    def close(self):
        pass


class Visa:
    def __init__(self, root, kinds):
        self.root, self.kinds, self.rows, self.annotations = root, kinds, [], {}

    def add(self, category, kind, picture, mask):
        i = sum(r[0] == category and (r[2] == "anomaly") == bool(kind) for r in self.rows)
        image = f"{category}/Data/Images/Anomaly/{i:03d}.png" if kind else f"{category}/Data/Images/Normal/{i:04d}.png"
        mask_name = f"{category}/Data/Masks/Anomaly/{i:03d}.png" if kind else ""
        save(picture, self.root, image)
        if kind:
            save(mask.astype(np.uint8) * (1 + self.kinds.index(kind)), self.root, mask_name)
        self.rows.append([category, "test", "anomaly" if kind else "normal", image, mask_name])
        self.annotations.setdefault(category, []).append([image, kind or "normal", mask_name])

    def close(self):
        write_table([["object", "split", "label", "image", "mask"]] + self.rows, self.root, "split_csv", "1cls.csv")
        for category, rows in self.annotations.items():
            write_table([["image", "label", "mask"]] + rows, self.root, category, "image_anno.csv")


class SewerML:
    CLASSES = ["RB", "OB", "PF", "DE", "FS", "IS", "RO", "IN", "AF", "BE", "FO", "GR", "PH", "PB", "OS", "OP", "OK"]

    def __init__(self, root, kinds):
        assert len(kinds) <= len(self.CLASSES)
        self.root, self.kinds, self.rows = root, kinds, {}

    def add(self, category, kind, picture, mask):
        rows = self.rows.setdefault(category, [])
        name = f"{len(rows):08d}.png"
        save(picture, self.root, category, name)
        classes = [int(bool(kind) and self.kinds.index(kind) == i) for i in range(len(self.CLASSES))]
        rows.append([name, 0, 1] + classes + [int(not kind), int(bool(kind))])

    def close(self):
        for category, rows in self.rows.items():
            write_table([["Filename", "WaterLevel", "VA"] + self.CLASSES + ["ND", "Defect"]] + rows, self.root, category,
                        "SewerML_Val.csv")


def write_set(layouts, categories, kinds, normal, anomalous, side, seed):
    for c, category in enumerate(categories):
        rng = np.random.default_rng([seed, c])
        name = category.replace(" ", "_")
        for i in range(normal):
            picture = twin(category, "normal", rng, side)[0]
            for layout in layouts:
                layout.add(name, "", picture, None)
        for i in range(anomalous):
            kind, bad = kinds[i % len(kinds)], None
            while bad is None:
                _, bad, mask, _, _ = twin(category, kind, rng, side)
            for layout in layouts:
                layout.add(name, kind.replace(" ", "_"), bad, mask)
        print(category, flush=True)
    for layout in layouts:
        layout.close()


def write_samples(out, seed):
    """One normal and one defective image of each held-out category, in daylight, larger than the model's input."""
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


def write_boards(out, seed):
    """Brown boards as they come along a line: six normal ones to remember; three normal and three defective ones that are new."""
    rng = np.random.default_rng(seed)
    wanted = [("normal", f"{i}.jpg", "normal") for i in range(1, 7)] + [("new", f"board_{i}.jpg", "normal") for i in range(1, 4)] + \
        [("new", f"board_{i}_{kind}.jpg", kind) for i, kind in enumerate(["scratch", "hole", "stain"], 4)]
    for folder, name, kind in wanted:
        while True:
            normal, bad, _, a, b = twin("wood", kind, rng, 256)
            picture, attributes = (normal, a) if kind == "normal" else (bad, b)
            if picture is not None and attributes["light"] == "even" and attributes["quality"] == "sharp" and attributes["colour"] == "brown":
                break
        os.makedirs(os.path.join(out, folder), exist_ok=True)
        Image.fromarray(picture).save(os.path.join(out, folder, name), quality=92)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--visa")
    parser.add_argument("--sewerml")
    parser.add_argument("--samples")
    parser.add_argument("--boards")
    parser.add_argument("--which", choices=["held-out", "validation", "training"], default="held-out")
    parser.add_argument("--normal", type=int, default=100)
    parser.add_argument("--anomalous", type=int, default=112)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--seed", type=int, default=99)
    args = parser.parse_args()
    if args.samples:
        write_samples(args.samples, args.seed)
    if args.boards:
        write_boards(args.boards, args.seed)
    categories = {"held-out": world.HELD_OUT, "validation": world.VALIDATION, "training": world.TRAIN[:-2]}[args.which]
    kinds = world.KINDS[1:] + (world.HELD_OUT_KINDS if args.which == "held-out" else [])
    names = [k.replace(" ", "_") for k in kinds]
    layouts = ([Mvtec(args.out)] if args.out else []) + ([Visa(args.visa, names)] if args.visa else []) + \
        ([SewerML(args.sewerml, names)] if args.sewerml else [])
    if layouts:
        write_set(layouts, categories, kinds, args.normal, args.anomalous, args.side, args.seed)


if __name__ == "__main__":
    main()
