"""parity.py - does rwda compute the embeddings OpenCLIP computes, at full size?

    python3 parity.py --program build/release/rwda --work DIR [--only NAME...] [--report FILE]

For every published architecture: seeded random weights in both file layouts, images and texts, rwda's embeddings against
  open_clip   the package's own module in float32, texts padded to 77 tokens
  float64     clip_torch.py, a second implementation in double precision
and against itself: the other layout, 1/2/3 threads, batches of 1 and 16 (bytes must be equal), every kernel set.  Half-precision
checkpoints are compared on the smallest architecture.  Exit code 1 if a bound is missed.

--quick makes the same comparisons, of 2 images and 4 texts; towers have 4 layers, but those of ViT-B-32 all of theirs."""
import argparse
import json
import os
import struct
import subprocess
import sys
import time

import numpy as np
import torch
from PIL import Image

import clip_torch
import open_clip_package
import random_checkpoint

LARGEST, COSINE = 2e-6, 0.999999
TEXTS = ["a photo of a normal object", "a photo of a anomalous qwzjkpv mbelra", "x", "", "A close-up of  &amp; one   BROKEN bolt, seen from above!",
         "ein Riß im Gehäuse", "漢字 と かな", "a photo of a damaged " + "random word " * 60, "123 456.789", "it's what they've got"]
QUICK_TEXTS = 1, 3, 4, 7  # random words, nothing, an entity with capitals, one that is cut at 77 tokens


def write_pictures(folder, count):
    """Smooth colour fields with edges and noise: not what an image shows matters here, but that every patch differs."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for i in range(count):
        rng = np.random.default_rng(100 + i)
        width, height = int(rng.integers(150, 500)), int(rng.integers(150, 500))
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) / 60
        field = np.stack([np.sin(x * rng.uniform(.2, 3) + rng.uniform(0, 6)) * np.cos(y * rng.uniform(.2, 3)) for _ in range(3)], -1)
        field += (x > rng.uniform(0, 5))[..., None] * .8 + rng.normal(0, .2, field.shape)
        paths.append(os.path.join(folder, f"{i:02}.png"))
        Image.fromarray(np.clip(field * 90 + 128, 0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def read_safetensors(path):
    """A second, small safetensors reader -> dict of arrays, dict of metadata."""
    with open(path, "rb") as f:
        data = f.read()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata, out = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        begin, end = (8 + length + o for o in entry["data_offsets"])
        raw = np.frombuffer(data[begin:end], {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "U8": "u1", "I32": "<i4", "I64": "<i8"}[entry["dtype"]])
        if entry["dtype"] == "BF16":
            raw = (raw.astype("<u4") << 16).view("<f4")
        out[name] = raw.reshape(entry["shape"])
    return out, metadata


def read_checkpoint(path):
    """-> dict of float32 tensors, OpenCLIP layout."""
    return {name: torch.from_numpy(x.astype(np.float32).copy()) for name, x in read_safetensors(path)[0].items()}


class Program:
    def __init__(self, path, work):
        self.path, self.work = path, work

    def run(self, *arguments, stdin=None):
        done = subprocess.run([self.path, *map(str, arguments)], input=stdin, capture_output=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, arguments))}\n{done.stderr.decode()}")
        return done.stdout

    def embed(self, model, texts=None, pictures=(), **options):
        out = os.path.join(self.work, "out.npy")
        flags = [f"--{k.replace('_', '-')}={v}" for k, v in options.items()]
        if texts is not None:
            with open(os.path.join(self.work, "texts.txt"), "w", encoding="utf-8") as f:
                f.writelines(t + "\n" for t in texts)
            self.run("embed", "--quiet", "--force", "--model", model, "--text", f.name, "-o", out, *flags)
        else:
            self.run("embed", "--quiet", "--force", "--model", model, "-o", out, *flags, *pictures)
        return np.load(out)

    def pixels(self, model, picture, **options):
        out = os.path.join(self.work, "pixels.npy")
        self.run("preprocess", "--quiet", "--force", "--model", model, "-o", out, picture, *[f"--{k.replace('_', '-')}={v}" for k, v in options.items()])
        return np.load(out)


class Report:
    def __init__(self):
        self.rows, self.failed = [], False

    def difference(self, model, what, ours, theirs, bound=LARGEST):
        theirs = theirs.detach().double().numpy() if torch.is_tensor(theirs) else theirs.astype(np.float64)
        largest = float(np.abs(ours - theirs).max())
        cosine = float(((ours * theirs).sum(1) / np.linalg.norm(ours.astype(np.float64), axis=1) / np.linalg.norm(theirs, axis=1)).min())
        self.row(model, what, f"{largest:.2e}", f"{1 - cosine:.1e}", largest <= bound and cosine >= COSINE)

    def same(self, model, what, ours, theirs):
        equal = ours.tobytes() == theirs.tobytes()
        self.row(model, what, "same bytes" if equal else f"{float(np.abs(ours - theirs).max()):.2e}", "", equal)

    def row(self, model, what, largest, distance, good):
        self.rows.append((model, what, largest, distance, "yes" if good else "NO"))
        self.failed |= not good
        print(f"{model:28} {what:46} {largest:>10} {distance:>9}  {'' if good else 'MISSED'}", flush=True)

    def markdown(self):
        head = "| model | compared with | largest difference | 1 - cosine | within bound |\n|---|---|---|---|---|\n"
        return head + "".join(f"| {' | '.join(r)} |\n" for r in self.rows)


def compare(report, program, name, model, config, weights, pictures, texts, tables):
    """One checkpoint directory against both references; returns rwda's embeddings."""
    ids = [json.loads(line) for line in program.run("tokenize", "-", stdin="".join(t + "\n" for t in texts).encode()).decode().splitlines()]
    pixels = torch.from_numpy(np.concatenate([program.pixels(model, p) for p in pictures]))
    image, text = program.embed(model, pictures=pictures), program.embed(model, texts=texts)
    with torch.no_grad():
        package = open_clip_package.clip(config, weights)
        padded = torch.zeros(len(ids), config["text_cfg"]["context_length"], dtype=torch.long)
        for row, i in zip(padded, ids):
            row[:len(i)] = torch.tensor(i)
        report.difference(name, f"images ({len(image)}): open_clip, float32", image, package.encode_image(pixels, normalize=True))
        report.difference(name, f"texts ({len(text)}): open_clip, float32", text, package.encode_text(padded, normalize=True))
        del package
        double = {k: v.double() for k, v in weights.items()}
        few = 2 if config["vision_cfg"]["width"] > 800 else len(image)
        report.difference(name, f"images ({few}): float64", image[:few], clip_torch.images(double, config, pixels[:few].double()))
        report.difference(name, f"texts ({len(text)}): float64", text, clip_torch.texts(double, config, ids))
        del double
    for options in ({"threads": 1}, {"threads": 3}, {"batch": 1}):
        label = ", ".join(f"{k} {v}" for k, v in options.items())
        report.same(name, "images: " + label, program.embed(model, pictures=pictures, **options), image)
        report.same(name, "texts: " + label, program.embed(model, texts=texts, **options), text)
    for table in tables:
        report.difference(name, f"images (1): kernel set {table}", program.embed(model, pictures=pictures[:1], cpu=table), image[:1])
        report.difference(name, f"texts (3): kernel set {table}", program.embed(model, texts=texts[:3], cpu=table), text[:3])
    return image, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--demo", default=os.path.join(os.path.dirname(__file__), "..", "..", "models", "demo"))
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--quick", action="store_true", help="the same comparisons, of less")
    parser.add_argument("--report", help="Markdown table")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    program, report = Program(args.program, args.work), Report()
    pictures = write_pictures(os.path.join(args.work, "pictures"), 2 if args.quick else 17)
    texts = [TEXTS[i] for i in QUICK_TEXTS] if args.quick else TEXTS
    flags = open("/proc/cpuinfo").read()
    tables = ["ref"] + [t for t in ("avx2", "avx512") if t.replace("avx512", "avx512bw") in flags]
    started = time.time()
    for name in random_checkpoint.ARCHITECTURES:
        if name == "tiny" or (args.only and name not in args.only):
            continue
        config = random_checkpoint.config(name, layers=random_checkpoint.QUICK_LAYERS if args.quick and name != "ViT-B-32" else None)
        folders = {}
        for layout in ("openclip", "huggingface"):
            folders[layout] = os.path.join(args.work, layout)
            random_checkpoint.write(folders[layout], config, layout, "F32", 1)
        weights = {k: torch.from_numpy(np.asarray(x)) for k, x in random_checkpoint.tensors(config, 1)}
        count = 17 if config["vision_cfg"]["width"] < 500 else 5
        image, text = compare(report, program, name, folders["openclip"], config, weights, pictures[:count], texts, tables)
        squashed = [program.embed(folders[layout], pictures=pictures[:count], resize="squash") for layout in ("huggingface", "openclip")]
        report.same(name, "images: Hugging Face layout, squashed", *squashed)  # its centre crop is another: compare_huggingface.py
        report.same(name, "texts: Hugging Face layout", program.embed(folders["huggingface"], texts=texts), text)
    if not args.only or "half" in args.only:
        config = random_checkpoint.config("TinyCLIP-ViT-8M-16-Text-3M")
        for dtype in ("F16", "BF16"):
            folder = os.path.join(args.work, "half")
            random_checkpoint.write(folder, config, "openclip", dtype, 2)
            weights = read_checkpoint(os.path.join(folder, "open_clip_model.safetensors"))
            compare(report, program, f"TinyCLIP-8M, {dtype} file", folder, config, weights, pictures[:4], texts, [])
    if not args.only or "shipped" in args.only:
        with open(os.path.join(args.demo, "open_clip_config.json"), encoding="utf-8") as f:
            config = json.load(f)["model_cfg"]
        weights = read_checkpoint(os.path.join(args.demo, "open_clip_model.safetensors"))
        compare(report, program, "models/demo", args.demo, config, weights, pictures, texts, tables)
        other = program.embed(args.demo, pictures=pictures[:4], image_size=160)
        pixels = torch.from_numpy(np.concatenate([program.pixels(args.demo, p, image_size=160) for p in pictures[:4]]))
        double = {k: v.double() for k, v in weights.items()}
        report.difference("models/demo", f"images ({len(other)}) of 160 px, positions interpolated: float64", other, clip_torch.images(double, config, pixels.double()))
    print(f"parity of the encoders: {len(report.rows)} comparisons, {sum(r[-1] == 'NO' for r in report.rows)} missed, {time.time() - started:.0f} s")
    if args.report:
        with open(args.report, "w", encoding="utf-8") as f:
            f.write(report.markdown())
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
