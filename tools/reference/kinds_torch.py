"""kinds_torch.py - does rwda rank names of defects as a second implementation does?

    python3 kinds_torch.py --program build/release/rwda --work DIR [--quick] [--report FILE]

Written from docs/kinds.md in float64 over clip_torch.py and the patch embeddings of winclip_torch.py: the largest region of `rwda map`'s map
(winclip_torch.py checks those) by SciPy, its square cut out and resized by Pillow, shares by PyTorch.  Models: seeded random weights of ViT-B-16-plus-240, and the shipped one.  Exit code 1 if
a bound is missed.  --quick: the towers of ViT-B-16-plus-240 have 4 layers."""
import argparse
import json
import os
import sys

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch.nn import functional as F

import clip_torch
import parity
import random_checkpoint
import winclip_torch

LARGEST = 1e-5
KINDS = ["scratch", "oil stain", "extra part", "crack", "hole", "burn"]


def with_article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def prototypes(r, name):
    prompts = "".join(f"a photo of {with_article(name)} with {with_article(kind)}\n" for kind in KINDS)
    ids = [json.loads(line) for line in r.program.run("tokenize", "-", stdin=prompts.encode()).decode().splitlines()]
    return clip_torch.texts(r.w, r.config, ids)


def square(reached, side):
    """The square around the largest of the regions: x, y, side."""
    height, width = reached.shape
    labels, n = ndimage.label(reached, np.ones((3, 3)))
    area = ndimage.sum(reached, labels, range(1, n + 1))
    rows, columns = ndimage.find_objects(labels)[int(np.argmax(area))]
    w, h = columns.stop - columns.start, rows.stop - rows.start
    length = min(int(max(1.5 * max(w, h), side // 2)), width, height)
    place = lambda start, size, whole: min(max(start + int((size - length) / 2), 0), whole - length)
    return place(columns.start, w, width), place(rows.start, h, height), length


def embedding(r, picture, reached, x, y, length):
    """The crop's embedding and that of the patches in it, each by how many of its pixels reach the threshold."""
    cut = r.cut(Image.open(picture), (x, y, x + length, y + length))
    crop = clip_torch.images(r.w, r.config, r.pixels(cut))[0]
    height, width = reached.shape
    rows, columns = np.nonzero(reached[y:y + length, x:x + length])
    cells = ((rows + y + .5) / height * r.grid).astype(int) * r.grid + ((columns + x + .5) / width * r.grid).astype(int)
    weights = torch.from_numpy(np.bincount(cells, minlength=r.grid ** 2)).double()
    patches = weights @ r.patch_embeddings(picture, r.config["vision_cfg"]["layers"] // 2)
    return F.normalize(crop + F.normalize(patches, dim=0), dim=0)


def compare(report, program, r, model, folder, pictures):
    scale = float(r.w["logit_scale"].exp())
    for name in ("object", "engine"):
        texts = prototypes(r, name)
        for picture in pictures:
            given = [] if name == "object" else ["--object", name]
            record = json.loads(program.run("score", "--quiet", "--force", "--model", folder, "--method", "winclip", *given, "--kinds", ",".join(KINDS),
                                            "--map", os.path.join(program.work, "maps"), "--map-write", "npy", picture))
            values = np.load(record["map"]["files"]["npy"])
            reached = values >= values.min() + np.float32(.5) * (values.max() - values.min())
            x, y, length = square(reached, r.config["vision_cfg"]["image_size"])
            box = record["kinds_region"]
            what = f"{name}, {os.path.basename(picture)}"
            report.row(model, f"{what}: square", "same" if (box["x"], box["y"], box["width"], box["height"]) == (x, y, length, length) else str(box),
                       f"{length} px", (box["x"], box["y"], box["width"], box["height"]) == (x, y, length, length))
            expected = torch.softmax(scale * texts @ embedding(r, picture, reached, x, y, length), 0).numpy()
            ours = {one["kind"]: one["score"] for one in record["kinds"]}
            largest = max(abs(ours[kind] - share) for kind, share in zip(KINDS, expected))
            assert expected.max() - expected.min() > 1e-3, "shares that are even prove nothing"
            assert [one["score"] for one in record["kinds"]] == sorted(ours.values(), reverse=True)
            report.row(model, f"{what}: shares", f"{largest:.2e}", f"{expected.min():.3f}..{expected.max():.3f}", largest <= LARGEST)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--demo", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "demo"))
    parser.add_argument("--quick", action="store_true", help="the same comparisons, of fewer layers")
    parser.add_argument("--report", help="Markdown table")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    program, report = parity.Program(args.program, args.work), parity.Report()
    pictures = winclip_torch.write_pictures(args.work)
    with torch.no_grad():
        with open(os.path.join(args.demo, "open_clip_config.json"), encoding="utf-8") as f:
            config = json.load(f)["model_cfg"]
        weights = parity.read_checkpoint(os.path.join(args.demo, "open_clip_model.safetensors"))
        compare(report, program, winclip_torch.Reference(program, args.demo, config, weights), winclip_torch.named(args.demo), args.demo, pictures)
        name = "ViT-B-16-plus-240"
        config = random_checkpoint.config(name, layers=random_checkpoint.QUICK_LAYERS if args.quick else None)
        folder = os.path.join(args.work, "openclip")
        random_checkpoint.write(folder, config, "openclip", "F32", 1)
        weights = {k: torch.from_numpy(np.asarray(x)) for k, x in random_checkpoint.tensors(config, 1)}
        compare(report, program, winclip_torch.Reference(program, folder, config, weights), name, folder, pictures)
    print(f"parity of the kinds: {len(report.rows)} comparisons, {sum(r[-1] == 'NO' for r in report.rows)} missed")
    if args.report:
        with open(args.report, "w", encoding="utf-8") as f:
            f.write("| model | opinion, against float64 | largest difference | values | within bound |\n|---|---|---|---|---|\n")
            f.writelines(f"| {' | '.join(r)} |\n" for r in report.rows)
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
