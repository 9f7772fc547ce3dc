"""winclip_torch.py - does rwda compute WinCLIP's scores and maps, and the other maps, as a second implementation does?

    python3 winclip_torch.py --program build/release/rwda --work DIR [--only demo|ViT-B-16-plus-240] [--quick] [--report FILE]

Written from the descriptions (WinCLIP: J. Jeong et al., arXiv:2303.14814; v-v attention: Y. Li et al., arXiv:2304.05653) in
float64 over clip_torch.py, without rwda's short cuts: windows run one size at a time with all rows of every layer, and maps are
enlarged by PyTorch.  Pixels come from `rwda preprocess` (compare_preprocess.py checks those), and token ids from `rwda tokenize`.
Models: seeded random weights of ViT-B-16-plus-240, and the shipped one.  Exit code 1 if a bound is missed.  --quick: the towers of ViT-B-16-plus-240 have 4 layers."""
import argparse
import json
import math
import os
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

import clip_torch
import parity
import random_checkpoint

LARGEST = 1e-5
SIDES = 2, 3  # of windows, in patches
LARGEST_PATCHES = 2e-5  # v-v attention adds up over the blocks, and a sharp temperature magnifies it; observed 1.3e-5
NORMAL = ["{}", "flawless {}", "perfect {}", "unblemished {}"] + [f"{{}} without {what}" for what in ("flaw", "defect", "damage")]
ANOMALOUS = ["damaged {}"] + [f"{{}} with {what}" for what in ("flaw", "defect", "damage")]
TEMPLATES = [template.replace("ART", article) for article in ("a", "the") for template in
             ["a cropped photo of ART {}", "a close-up photo of ART {}", "a bright photo of ART {}", "a dark photo of ART {}",
              "a jpeg corrupted photo of ART {}", "a blurry photo of ART {}", "a photo of ART {}", "a photo of ART small {}",
              "a photo of ART large {}", "a photo of ART {} for visual inspection", "a photo of ART {} for anomaly detection"]]


class Reference:
    """One checkpoint; every method returns scores 0..1 of parts of an image, and maps of its size."""

    def __init__(self, program, folder, config, weights):
        self.program, self.folder, self.config = program, folder, config
        self.w = {k: v.double() for k, v in weights.items()}
        self.grid = config["vision_cfg"]["image_size"] // config["vision_cfg"]["patch_size"]
        self.kept = {}  # prototypes, by name

    def prototypes(self, name):
        means = []
        for states in (NORMAL, ANOMALOUS):
            prompts = [template.format(state.format(name)) for state in states for template in TEMPLATES]
            lines = self.program.run("tokenize", "-", stdin="".join(p + "\n" for p in prompts).encode()).decode().splitlines()
            ids = [json.loads(line) for line in lines]
            longest = max(map(len, ids))  # attention is causal: no need for 77 positions
            w = {**self.w, "positional_embedding": self.w["positional_embedding"][:longest]}
            config = {**self.config, "text_cfg": {**self.config["text_cfg"], "context_length": longest}}
            x = torch.cat([clip_torch.texts(w, config, ids[i:i + 22]) for i in range(0, len(ids), 22)])
            means.append(F.normalize(x.mean(0), dim=0))
        return means

    def use_prompts(self, name, temperature):
        if name not in self.kept:
            self.kept[name] = self.prototypes(name)
        normal, anomalous = self.kept[name]
        self.score = lambda x: torch.softmax(torch.stack([x @ normal, x @ anomalous], -1) / temperature, -1)[..., 1]

    def use_network(self, detector):
        """The first network of a detector file: one hidden layer, ReLU, one output."""
        part = {k: v.double() for k, v in parity.read_checkpoint(detector).items()}
        layer = lambda x, i: x @ part[f"fnn.0.w{i}"].T + part[f"fnn.0.b{i}"]
        self.score = lambda x: torch.sigmoid(layer(F.relu(layer(x, 1)), 2))[..., 0]

    def pixels(self, picture):
        return torch.from_numpy(self.program.pixels(self.folder, picture, resize="squash")).double()

    def whole(self, picture):
        return self.score(clip_torch.images(self.w, self.config, self.pixels(picture)))[0]

    def embed_windows(self, picture, side):
        """-> unit embeddings of the windows of side x side patches, in the order of corners()."""
        x = clip_torch.tokens(self.w, self.config, self.pixels(picture))[0]
        numbers = torch.arange(1, len(x)).view(self.grid, self.grid)
        masks = torch.stack([torch.cat([torch.zeros(1, dtype=torch.long), numbers[y:y + side, u:u + side].flatten()])
                             for y, u in corners(side, self.grid)])
        return torch.cat([clip_torch.vision_end(self.w, clip_torch.vision_tower(self.w, self.config, x[rows])[:, 0]) for rows in masks.split(40)])

    def windows(self, picture):
        inverse = 1 / self.whole(picture)
        for side in SIDES:
            inverse = inverse + 1 / harmonic(self.score(self.embed_windows(picture, side)), side, self.grid)
        return self.enlarge(torch.nan_to_num(3 / inverse, posinf=0), picture)

    def block(self, i, x):
        """Block i of the image tower, 0 is the first."""
        v, p = self.config["vision_cfg"], f"visual.transformer.resblocks.{i}"
        one = {k.replace(f"resblocks.{i}.", "resblocks.0."): t for k, t in self.w.items() if k.startswith(p + ".")}
        return clip_torch.tower(one, "visual.transformer", 1, v["width"] // v.get("head_width", 64), x, None, self.config.get("quick_gelu", False))

    def patches(self, picture, value_blocks):
        return self.enlarge(self.score(self.patch_embeddings(picture, value_blocks)).view(self.grid, self.grid), picture)

    def patch_embeddings(self, picture, value_blocks):
        w, v = self.w, self.config["vision_cfg"]
        x = clip_torch.tokens(w, self.config, self.pixels(picture))
        heads = v["width"] // v.get("head_width", 64)
        dense = None
        for i in range(v["layers"]):
            p = f"visual.transformer.resblocks.{i}"
            if i == v["layers"] - value_blocks:
                dense = x
            if dense is not None:
                third = slice(2 * v["width"], None)
                values = clip_torch.layer_norm(w, p + ".ln_1", x) @ w[p + ".attn.in_proj_weight"][third].T + w[p + ".attn.in_proj_bias"][third]
                values = values.view(*values.shape[:2], heads, -1).transpose(1, 2)
                mixed = (values @ values.transpose(-1, -2) / math.sqrt(values.shape[-1])).softmax(-1) @ values
                dense = dense + mixed.transpose(1, 2).flatten(2) @ w[p + ".attn.out_proj.weight"].T + w[p + ".attn.out_proj.bias"]
            x = self.block(i, x)
        return clip_torch.vision_end(w, (x if dense is None else dense)[0, 1:])

    def crops(self, picture, across, share):
        """Boxes as docs/method.md puts them, cut out by Pillow."""
        image = Image.open(picture)
        sides = [max(int(np.float32(share) * length), -(-length // across)) for length in image.size]
        starts = [[(length - side) * i // (across - 1) for i in range(across)] for length, side in zip(image.size, sides)]
        total, count = torch.zeros(image.size[::-1]).double(), torch.zeros(image.size[::-1]).double()
        for top in starts[1]:
            for left in starts[0]:
                score = self.whole(self.cut(image, (left, top, left + sides[0], top + sides[1])))
                total[top:top + sides[1], left:left + sides[0]] += score
                count[top:top + sides[1], left:left + sides[0]] += 1
        return total / count

    def tiles(self, picture, side, one):
        """Mean of the maps that one(path) gives of squares, 0.8 of a side apart, the last ones flush with the end."""
        image = Image.open(picture)
        side = min(side, *image.size)
        stride = side * 4 // 5
        starts = [[min(i * stride, length - side) for i in range(1 + math.ceil((length - side) / stride))] for length in image.size]
        total, count = torch.zeros(image.size[::-1]).double(), torch.zeros(image.size[::-1]).double()
        for top in starts[1]:
            for left in starts[0]:
                total[top:top + side, left:left + side] += one(self.cut(image, (left, top, left + side, top + side)))
                count[top:top + side, left:left + side] += 1
        return total / count

    def cut(self, image, box):
        path = os.path.join(self.program.work, "cut.png")
        image.crop(box).save(path)
        return path

    def enlarge(self, cells, picture):
        size = Image.open(picture).size[::-1]
        return F.interpolate(cells[None, None], size, mode="bilinear", align_corners=False)[0, 0]


def corners(side, grid):
    """Of the windows, row by row: (top, left)."""
    return [(y, u) for y in range(grid - side + 1) for u in range(grid - side + 1)]


def harmonic(values, side, grid):
    """One value a window -> harmonic mean over the windows that cover each patch [grid, grid]."""
    total, count = torch.zeros(grid, grid).double(), torch.zeros(grid, grid).double()
    for (y, u), value in zip(corners(side, grid), values):
        total[y:y + side, u:u + side] += 1 / value
        count[y:y + side, u:u + side] += 1
    return torch.nan_to_num(count / total, posinf=0)


def smooth(values, sigma):
    radius = int(4 * sigma + .5)
    kernel = torch.exp(-torch.arange(-radius, radius + 1).double() ** 2 / (2 * sigma ** 2))
    kernel = kernel / kernel.sum()
    values = F.pad(values[None, None], (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(values, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))[0, 0]


class Comparison:
    def __init__(self, program, report, name, folder):
        self.program, self.report, self.name, self.folder = program, report, name, folder

    def map(self, what, picture, expected, *options):
        out = os.path.join(self.program.work, "maps")
        self.program.run("map", "--quiet", "--force", "--model", self.folder, "--write", "npy", "-o", out, *options, picture)
        ours = np.load(os.path.join(out, os.path.basename(picture) + ".map.npy"))
        assert ours.shape == tuple(expected.shape), (ours.shape, expected.shape)
        assert float(expected.max() - expected.min()) > 1e-3, "a map that is even proves nothing"
        self.row(what, ours, expected.numpy())

    def score(self, what, picture, expected, *options):
        text = self.program.run("score", "--quiet", "--model", self.folder, "--method", "winclip", *options, picture).decode()
        self.row(what, np.array(json.loads(text)["score"]), expected.numpy())

    def row(self, what, ours, expected):
        largest = float(np.abs(ours - expected).max())
        spread = f"{expected.min():.3f}..{expected.max():.3f}"
        self.report.row(self.name, what, f"{largest:.2e}", spread, largest <= (LARGEST_PATCHES if what.startswith("patches") else LARGEST))


def compare(c, r, pictures, detector, full):
    layers = r.config["vision_cfg"]["layers"]
    square, elongated = pictures
    for temperature in (0.07, 1 / float(r.w["logit_scale"].exp())):
        with_prompts = ["--object", "metal_nut"] + (["--temperature", "0.07"] if temperature == 0.07 else [])
        r.use_prompts("metal nut", temperature)
        for picture in pictures:
            shape = "square" if picture == square else "elongated"
            c.score(f"score, T {temperature:.2f}, {shape}", picture, r.whole(picture), *with_prompts)
        c.map(f"windows, T {temperature:.2f}", square, r.windows(square), *with_prompts, "--mode", "windows")
        for n in sorted({0, 1, layers // 2, layers}):
            c.map(f"patches, {n} of {layers} with v-v attention, T {temperature:.2f}", square, r.patches(square, n), *with_prompts, "--mode", "patches", "--value-blocks", n)
    if not full:
        return
    c.map("windows, elongated image", elongated, r.windows(elongated), *with_prompts, "--mode", "windows")
    c.map("windows, smoothed by 3", square, smooth(r.windows(square), 3), *with_prompts, "--smooth", "3", "--mode", "windows")
    c.map("windows, squares of 90 px", elongated, r.tiles(elongated, 90, r.windows), *with_prompts, "--tile", "90", "--mode", "windows")
    c.map("patches, squares of the shorter side", elongated, r.tiles(elongated, 10 ** 9, lambda p: r.patches(p, layers // 2)), *with_prompts,
          "--mode", "patches", "--tile", "squares")
    c.map("crops, 4 x 4 of 0.4", elongated, r.crops(elongated, 4, 0.4), *with_prompts, "--mode", "crops", "--crops", "4", "--crop-share", "0.4")
    c.program.run("train", "--quiet", "--force", "--no-cache", "--model", c.folder, "--pairs", "200", "--epochs", "3", "-o", detector)
    r.use_network(detector)
    c.map("patches, network", square, r.patches(square, layers // 2), "--mode", "patches", "--method", "fnn", "--detector", detector)
    c.map("windows, network", square, r.windows(square), "--method", "fnn", "--detector", detector, "--mode", "windows")


def write_pictures(work):
    paths = []
    for name, (width, height) in {"square": (150, 150), "elongated": (230, 110)}.items():
        rng = np.random.default_rng(width)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / 30
        field = np.stack([np.sin(x * (1 + c)) * np.cos(y * (2 - c / 2)) for c in range(3)], -1) + rng.normal(0, .2, (height, width, 3))
        field[height // 3:height // 2, width // 4:width // 2] += 1.5
        paths.append(os.path.join(work, name + ".png"))
        Image.fromarray(np.clip(field * 70 + 120, 0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--demo", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "demo"))
    parser.add_argument("--only", choices=["demo", "ViT-B-16-plus-240"])
    parser.add_argument("--quick", action="store_true", help="the same comparisons, of fewer layers")
    parser.add_argument("--report", help="Markdown table")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    return args


def named(folder):
    """The two last parts of its path: models/demo, tests/model"""
    return "/".join(os.path.normpath(folder).split(os.sep)[-2:])


def models(args):
    """Yields (name, folder, config, weights) of the shipped model and of a full-size one with random weights."""
    if args.only != "ViT-B-16-plus-240":
        with open(os.path.join(args.demo, "open_clip_config.json"), encoding="utf-8") as f:
            config = json.load(f)["model_cfg"]
        yield named(args.demo), args.demo, config, parity.read_checkpoint(os.path.join(args.demo, "open_clip_model.safetensors"))
    if args.only != "demo":
        name = "ViT-B-16-plus-240"
        config = random_checkpoint.config(name, layers=random_checkpoint.QUICK_LAYERS if args.quick else None)
        folder = os.path.join(args.work, "openclip")
        random_checkpoint.write(folder, config, "openclip", "F32", 1)
        yield name, folder, config, {k: torch.from_numpy(np.asarray(x)) for k, x in random_checkpoint.tensors(config, 1)}


def main():
    args = arguments(__doc__)
    program, report, started = parity.Program(args.program, args.work), parity.Report(), time.time()
    pictures, detector = write_pictures(args.work), os.path.join(args.work, "detector.safetensors")
    with torch.no_grad():
        for name, folder, config, weights in models(args):
            compare(Comparison(program, report, name, folder), Reference(program, folder, config, weights), pictures, detector, folder == args.demo)
    print(f"parity of the maps: {len(report.rows)} comparisons, {sum(r[-1] == 'NO' for r in report.rows)} missed, {time.time() - started:.0f} s")
    if args.report:
        with open(args.report, "w", encoding="utf-8") as f:
            f.write("| model | map or score, against float64 | largest difference | values | within 1e-5 (patches: 2e-5) |\n|---|---|---|---|---|\n")
            f.writelines(f"| {' | '.join(r)} |\n" for r in report.rows)
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
