"""memory_torch.py - does rwda compute distances to normal images, mutual scores and WinCLIP+ as a second implementation does?

    python3 memory_torch.py --program build/release/rwda --work DIR [--only demo|ViT-B-16-plus-240] [--quick] [--report FILE]

patch_memory.py has the formulas.  Of every memory the file is read too: its tokens against the reference's, whose images and places
they must be, each once; which of them a coreset keeps (choices that rounding decides are followed, all others must be the same); what
half precision and 8 bits make of a number.  Scores and maps are then compared as exact numbers.
Models: seeded random weights of ViT-B-16-plus-240, and the shipped one.  Exit code 1 if a bound is missed.  --quick: the towers of
ViT-B-16-plus-240 have 4 layers."""
import csv
import dataclasses
import json
import os
import shutil
import sys
import time

import numpy as np
import torch
from PIL import Image

import parity
import patch_memory
import winclip_torch

LARGEST = 1e-5
LARGEST_INT8 = 5e-5  # of a map: a number that lies between two 8-bit steps may go to either; observed 1.1e-5
NEAR = 1e-6      # of two distances in a coreset: what is nearer may be taken in either order
HALF = 2.0 ** -11  # relative, half a step of float16
SIZES = [(150, 150), (231, 113), (97, 180), (160, 128), (128, 128), (201, 199), (140, 90), (90, 140), (64, 64), (300, 200), (177, 131)]


def write_pictures(folder, sizes, seed, spoilt=()):
    """Stripes of one kind with noise; the spoilt ones have a block that is unlike the rest."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    paths = []
    for number, (width, height) in enumerate(sizes):
        rng = np.random.default_rng([seed, number])
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / np.float32([height, width])[:, None, None] * 6
        field = np.stack([np.sin(x * (2 + c) + rng.uniform(0, .5)) * np.cos(y * (2 - c / 2)) for c in range(3)], -1)
        field += rng.normal(0, .15, field.shape)
        if number in spoilt:
            field[height // 3:height * 2 // 3, width // 4:width // 2] = rng.normal(1, 1, 3)
        paths.append(os.path.join(folder, f"{number:02}.png"))
        Image.fromarray(np.clip(field * 70 + 120, 0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def open_pictures(paths):
    return [Image.open(path).convert("RGB") for path in paths]


class Comparison:
    def __init__(self, program, report, name, folder):
        self.program, self.report, self.name, self.folder = program, report, name, folder

    def row(self, what, largest, values, bound=LARGEST):
        values = np.asarray(values)
        self.report.row(self.name, what, f"{largest:.2e}", f"{values.min():.3f}..{values.max():.3f}", largest <= bound)

    def records(self, *arguments):
        lines = self.program.run("score", "--quiet", "--model", self.folder, *arguments).decode().splitlines()
        return [json.loads(line) for line in lines]

    def maps(self, pictures, *arguments):
        out = os.path.join(self.program.work, "maps")
        self.program.run("map", "--quiet", "--force", "--model", self.folder, "--write", "npy", "-o", out, *arguments, *pictures)
        return [np.load(os.path.join(out, os.path.basename(picture) + ".map.npy")) for picture in pictures]

    def winclip_plus(self, picture, normal):
        """-> score, map, from the library: the command line has it in `eval` alone."""
        out = os.path.join(self.program.work, "winclip_plus.bin")
        program = parity.Program(os.path.join(os.path.dirname(self.program.path), "tests", "winclip_plus"), self.program.work)
        score = float(program.run(self.folder, out, picture, *normal))
        width, height = Image.open(picture).size
        return score, np.fromfile(out, np.float32).reshape(height, width)

    def scores_and_maps(self, what, expected, found, maps, found_maps, bound=LARGEST):
        """expected, found [n]; maps, found_maps [n] arrays of the pictures' sizes"""
        expected = [float(score) for score in expected]
        assert max(expected) - min(expected) > 1e-3, "scores that are equal prove nothing"
        self.row(what + ": scores", float(np.abs(np.array(found) - expected).max()), expected)
        if maps:
            assert all(ours.shape == tuple(theirs.shape) for ours, theirs in zip(found_maps, maps))
            assert min(float(m.max() - m.min()) for m in maps) > 1e-3, "a map that is even proves nothing"
            largest = max(float(np.abs(ours - theirs.numpy()).max()) for ours, theirs in zip(found_maps, maps))
            self.row(what + ": maps", largest, np.concatenate([m.numpy().ravel() for m in maps]), bound)


class File:
    """A memory file: tokens of each layer as float64, and the largest error that their storage may make; what it says of its images."""

    def __init__(self, path, layers):
        tensors, _ = parity.read_safetensors(path)
        self.tokens, self.bounds, self.scores = {}, {}, tensors["scores"].astype(np.float64)
        self.images = json.loads(tensors["images"].tobytes())
        for layer in layers:
            x = tensors[f"layer.{layer}"]
            if x.dtype == np.int8:
                scale = tensors[f"scale.{layer}"].astype(np.float64)[:, None]
                self.tokens[layer] = torch.from_numpy(x * scale)
                self.bounds[layer] = torch.from_numpy(scale / 2 + LARGEST)
            else:
                self.tokens[layer] = torch.from_numpy(x.astype(np.float64))
                self.bounds[layer] = LARGEST + (HALF if x.dtype == np.float16 else 0) * self.tokens[layer].abs()


def check_file(c, what, memory, path, keep):
    """Compares stored tokens; makes the memory hold what the file holds.  A coreset chooses from tokens as they are stored: with `keep`
    below 1 the memory must have been compared with the file of all tokens."""
    file = File(path, memory.recipe.layers)
    assert [image["sha256"] for image in file.images] == [patch_memory.content_hash(image) for image in memory.images]
    over, parted = -1.0, 0
    for number, (layer, stored) in enumerate(file.tokens.items()):
        whole = memory.tokens[layer]
        owners = torch.repeat_interleave(torch.tensor([image["tokens"][number] for image in file.images]))
        assert len(stored) == len(owners) == patch_memory.count(keep, len(whole)), (len(stored), len(owners), keep, len(whole))
        rows = (stored @ whole.T).masked_fill(owners[:, None] != memory.owners, -1).argmax(1)
        assert len(rows.unique()) == len(rows), "a token is stored twice, or is none of its image's"
        over = max(over, float(((stored - whole[rows]).abs() - file.bounds[layer]).max()))
        if keep < 1:
            parted += len(set(patch_memory.coreset(whole, keep, set(rows.tolist()), NEAR)) ^ set(rows.tolist()))
        memory.kept[layer] = rows
        memory.tokens[layer] = whole.index_put((rows,), stored)  # exact from here on: what the program compares with
    c.report.row(c.name, what + f": file of {keep:.0%}", "in bounds" if over <= 0 else f"{over:.1e} over", "", over <= 0)
    if keep < 1:
        c.report.row(c.name, what + ": coreset", "same tokens" if parted == 0 else f"{parted} differ", "", parted == 0)


def compare_memory(c, reference, what, recipe, normal, pictures, keep=1.0, storage="f32", own=False):
    path = os.path.join(c.program.work, "memory.safetensors")
    memory = patch_memory.Memory(reference, recipe, open_pictures(normal), storage == "int8")
    for share in sorted({1.0, keep}, reverse=True):
        c.program.run("remember", "--quiet", "--force", "--model", c.folder, "-o", path, *recipe.options(), "--keep", share, "--storage", storage,
                      "--resize", "squash", *normal)
        check_file(c, what, memory, path, share)
    images = open_pictures(pictures)
    cells = [memory.map(image) for image in images]
    expected = [memory.score_of_map(grid, image) for grid, image in zip(cells, images)]
    found = [record["score_memory"] for record in c.records("--memory", path, *pictures)]
    maps = [reference.enlarge(grid, picture) for grid, picture in zip(cells, pictures)]
    c.scores_and_maps(what, expected, found, maps, c.maps(pictures, "--memory", path), LARGEST_INT8 if storage == "int8" else LARGEST)
    if own:
        alone = [memory.score(image, i) for i, image in enumerate(memory.images)]
        c.scores_and_maps(what + ", leave-one-out", alone, File(path, recipe.layers).scores, [], [])


def compare_mutual(c, reference, recipe, folder):
    pictures = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    expected = patch_memory.mutual(reference, recipe, open_pictures(pictures))
    out = os.path.join(c.program.work, "maps")
    records = c.records("--force", "--mutual", "--map", out, "--map-write", "npy", folder)
    found = {os.path.basename(record["path"]): record["score_mutual"] for record in records}
    c.scores_and_maps("mutual", [score for score, _ in expected], [found[os.path.basename(picture)] for picture in pictures],
                      [reference.enlarge(cells, picture) for (_, cells), picture in zip(expected, pictures)],
                      [np.load(os.path.join(out, os.path.basename(picture) + ".map.npy")) for picture in pictures])


def compare_winclip(c, reference, shots, sizes):
    """A data set with just as many normal training images as are drawn."""
    root = os.path.join(c.program.work, "few", "thing")
    shutil.rmtree(os.path.dirname(root), ignore_errors=True)
    normal = write_pictures(os.path.join(root, "train", "good"), sizes[:shots], 21)
    pictures = write_pictures(os.path.join(root, "test", "good"), sizes[shots:shots + 1], 22)
    pictures += write_pictures(os.path.join(root, "test", "broken"), sizes[shots:shots + 1], 23, {0})
    out = os.path.join(c.program.work, "few-results")
    c.program.run("eval", "--quiet", "--force", "--model", c.folder, "--data", os.path.dirname(root), "--method", "winclip+", "--shots", shots,
                  "--draws", 1, "-o", out)
    reference.use_prompts("object", 1 / float(reference.w["logit_scale"].exp()))
    few = patch_memory.FewShots(reference, normal)
    expected = [few.score(picture) for picture in pictures]
    with open(os.path.join(out, "scores.csv"), newline="", encoding="utf-8") as f:
        found = {row["path"]: float(row[f"winclip+/one/{shots}-shot/1"]) for row in csv.DictReader(f)}
    c.scores_and_maps(f"WinCLIP+, {shots} shots, eval", expected, [found[picture] for picture in pictures], [], [])
    found, maps = zip(*[c.winclip_plus(picture, normal) for picture in pictures])
    c.scores_and_maps(f"WinCLIP+, {shots} shots", expected, found, [few.map(picture) for picture in pictures], maps)


def compare(c, reference, full):
    blocks = reference.config["vision_cfg"]["layers"]
    side, patch = (reference.config["vision_cfg"][key] for key in ("image_size", "patch_size"))
    larger = side * 3 // 2 // patch * patch
    plain = patch_memory.Recipe((blocks * 3 // 4, blocks), side)
    work = c.program.work
    normal = write_pictures(os.path.join(work, "normal"), SIZES[:10 if full else 3], 1)
    pictures = write_pictures(os.path.join(work, "seen-now"), SIZES[:3 if full else 2], 2, {1, 2})
    folder = os.path.dirname(write_pictures(os.path.join(work, "batch"), SIZES[:11 if full else 4], 3, {0, 3})[0])

    def memory(what, few=normal, keep=1.0, storage="f32", own=False, **options):
        compare_memory(c, reference, what, dataclasses.replace(plain, **options), few, pictures, keep, storage, own)

    memory("memory", own=True)
    memory(f"{larger} px, coreset, int8", keep=0.25, storage="int8", image_size=larger)
    compare_mutual(c, reference, dataclasses.replace(plain, robust=0.3), folder)
    compare_winclip(c, reference, 4 if full else 1, SIZES)
    if not full:
        return
    memory("one normal image", normal[:1])
    memory(f"{larger} px", image_size=larger)
    memory("all blocks", layers=tuple(range(1, blocks + 1)))
    memory("the highest patch", share=0.001)
    memory("a fifth of the patches", share=0.2)
    memory("2 x 2 tiles", tiles=2)
    memory("3 x 3 tokens", neighbourhood=3)
    memory("turned", normal[:4], rotations=True)
    memory("the lowest 30 % of images", robust=0.3, own=True)
    memory("class token", class_weight=0.25, own=True)
    memory("float16", storage="f16")
    memory("int8", storage="int8")
    memory("coreset of a tenth", keep=0.1)
    memory("all of these", normal[:5], 0.25, "f16", layers=(3, 5, 7), tiles=3, neighbourhood=5, rotations=True, robust=0.5, class_weight=0.5, share=0.1)


def main():
    args = winclip_torch.arguments(__doc__)
    program, report, started = parity.Program(args.program, args.work), parity.Report(), time.time()
    with torch.no_grad():
        for name, folder, config, weights in winclip_torch.models(args):
            compare(Comparison(program, report, name, folder), patch_memory.Reference(program, folder, config, weights), folder == args.demo)
    print(f"parity of memories: {len(report.rows)} comparisons, {sum(r[-1] == 'NO' for r in report.rows)} missed, {time.time() - started:.0f} s")
    if args.report:
        with open(args.report, "w", encoding="utf-8") as f:
            f.write("| model | what, against float64 | largest difference | values | within 1e-5 |\n|---|---|---|---|---|\n")
            f.writelines(f"| {' | '.join(r)} |\n" for r in report.rows)
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
