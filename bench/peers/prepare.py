"""prepare.py - what do engine and peers need, and do they agree before anything is timed?

    prepare.py --program build/release/rwda --work DIR --architecture ViT-B-16-plus-240 --rows LIST --threads T

Writes into DIR: images, prompts and their tokens, and for the architecture a checkpoint of random weights, its towers as ONNX, and
pixels.  Prints what was compared.  Exit code 1 if two results lie further apart than they may."""
import argparse
import glob
import json
import os
import subprocess
import sys

import numpy as np
from PIL import Image, ImageDraw

from rows import FAMILIES, FAMILY_TEXTS, PADDED, PROMPTS

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "..", "..", "tools", "reference")
BOUND = 1e-5  # unit embeddings, float32, any two of the ways; they differ by sums in another order
COMPARED = 512  # prompts


def pictures(folder):
    """Smooth colours, noise, shapes with edges: a PNG of 900 x 900 and a JPEG of 1024 x 1024."""
    rng = np.random.default_rng(5)
    for name, side in (("900.png", 900), ("1024.jpg", 1024)):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            continue
        y, x = np.mgrid[0:side, 0:side] / side
        smooth = np.stack([128 + 60 * np.sin(7 * x + 2 * y), 118 + 60 * np.cos(4 * y + x), 100 + 50 * (x - y)], -1)
        image = Image.fromarray(np.clip(smooth + rng.normal(0, 5, smooth.shape), 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        for i in range(36):
            a, b, r = (int(v) for v in rng.integers(0, side, 3))
            box = [a - r // 9 - 3, b - r // 9 - 3, a + r // 9 + 3, b + r // 9 + 3]
            (draw.ellipse if i % 2 else draw.rectangle)(box, fill=tuple(int(v) for v in rng.integers(0, 256, 3)))
        image.save(path, quality=90)


def prompts():
    """The method's prompts: the same one to five words of five to ten letters after either state.  Shuffled, so that the first n are drawn at
    random, always the same ones; in which order they come is nothing to the engine, nor to a peer that sorts."""
    rng, made = np.random.default_rng(6), []
    word = lambda: "".join(chr(97 + c) for c in rng.integers(0, 26, rng.integers(5, 11)))
    for _ in range(PROMPTS // 2):
        words = " ".join(word() for _ in range(rng.integers(1, 6)))
        made += [f"a photo of a {state} {words}" for state in ("normal", "anomalous")]
    return [made[i] for i in rng.permutation(len(made))]


def engine(program, *arguments, stdin=None):
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"rwda {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def compare(what, ours, theirs, bound=BOUND):
    off = float(np.abs(ours - theirs).max())
    print(f"agree: {what}: largest difference {off:.1e}" + ("" if off <= bound else f"  MISSED, bound {bound:.0e}"), flush=True)
    return off <= bound


class Int8:
    """How far 8 bits are from float32, each way from its own: printed, and kept for the table.  No bound here: the table has the goal."""

    def __init__(self, folder):
        self.folder = folder

    def compare(self, kind, engine_embeds, onnx_embeds):
        import encoders
        onnx, small, kept = (os.path.join(self.folder, name) for name in (f"{kind}.onnx", f"{kind}.int8.onnx", "int8.json"))
        if not os.path.exists(small):
            encoders.quantise(onnx, small)
        found = {}
        for name, exact, coarse in (("rwda", engine_embeds("f32"), engine_embeds("int8")), ("onnx", onnx_embeds(onnx), onnx_embeds(small))):
            exact, coarse = exact.astype(np.float64), coarse.astype(np.float64)
            cosine = (exact * coarse).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(coarse, axis=1)
            found[name] = {"mean": 1 - cosine.mean(), "largest": 1 - cosine.min()}
            print(f"{kind} int8, {name}: cosine to its f32 mean {cosine.mean():.6f}, least {cosine.min():.6f} ({len(cosine)})", flush=True)
        all_kinds = {}
        if os.path.exists(kept):
            with open(kept, encoding="utf-8") as f:
                all_kinds = json.load(f)
        all_kinds[kind] = {**found, "n": len(cosine)}
        with open(kept, "w", encoding="utf-8") as f:
            json.dump(all_kinds, f)


def write_prompts(work):
    """-> files of all prompts and of those that are compared"""
    made, paths = prompts(), [os.path.join(work, name) for name in ("prompts.txt", "prompts.compared.txt", "prompts.few.txt")]
    for path, part in zip(paths, (made, made[:COMPARED], made[:FAMILY_TEXTS])):
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in part)
    return paths


def tokens(program, folder, lines, *options):
    """Of all the lines, also left in the folder for the peers."""
    with open(lines, encoding="utf-8") as f:
        ids = [json.loads(line) for line in engine(program, "tokenize", *options, "-", stdin=f.read()).splitlines()]
    with open(os.path.join(folder, "ids.json"), "w", encoding="utf-8") as f:
        json.dump(ids, f)
    length = [len(i) for i in ids]
    print(f"prompts: {len(ids)}, tokens {min(length)} to {max(length)}, mean {np.mean(length):.1f}")
    return ids


def pixels_of(program, folder, files, out):
    parts = []
    for file in files:
        engine(program, "preprocess", "--quiet", "--force", "--model", folder, "-o", out, file)
        parts.append(np.load(out))
    return np.concatenate(parts)


def family(args, name, kinds, files, lines):
    """A model of another family: written, and compared with ONNX Runtime and with open_clip's own code -> do they agree?"""
    import batches
    import worker
    folder, fine = os.path.join(args.work, name), True
    os.makedirs(folder, exist_ok=True)
    here = lambda file: os.path.join(folder, file)
    subprocess.run([args.torch, "-W", "ignore", os.path.join(HERE, "families.py"), name, folder], check=True)
    for kind in kinds:
        out = here(kind + ".npy")
        encode = worker.onnx_encoder(here(kind + ".onnx"), args.threads)
        if kind == "image":
            x = pixels_of(args.program, folder, files, out)
            np.save(here("pixels.npy"), x)
            engine(args.program, "embed", "--quiet", "--force", "--model", folder, "-o", out, *files)
            theirs, data = encode(x), ("--pixels", here("pixels.npy"))
        else:
            ids = tokens(args.program, folder, lines, "--model", folder)
            engine(args.program, "embed", "--quiet", "--force", "--model", folder, "--text", lines, "-o", out)
            theirs, data = batches.run_all(encode, batches.batches(ids, 0), len(ids)), ("--ids", here("ids.json"))
        ours = np.load(out)
        fine &= compare(f"{name}, {kind} embeddings, ONNX Runtime", ours, theirs)
        subprocess.run([args.torch, "-W", "ignore", os.path.join(HERE, "worker.py"), f"open_clip-{kind}", "--model", folder, *data, "--out", out,
                        "--threads", str(args.threads)], check=True)
        fine &= compare(f"{name}, {kind} embeddings, open_clip", ours, np.load(out))
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "work", "architecture", "rows"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--threads", type=int, default=2)
    for name in ("torch", "ggml"):
        parser.add_argument("--" + name, default="", help="the Python it lives in")
    args = parser.parse_args()
    sys.path[:0] = [HERE, REFERENCE]
    import batches
    import encoders
    import worker
    import random_checkpoint
    rows, work, fine = set(args.rows.split(",")), args.work, True
    folder = os.path.join(work, args.architecture)
    os.makedirs(folder, exist_ok=True)
    pictures(work)
    files = [os.path.join(work, name) for name in ("900.png", "1024.jpg")]

    def checkpoint(architecture):
        path = os.path.join(work, architecture)
        if not os.path.exists(os.path.join(path, "open_clip_config.json")):  # written last
            random_checkpoint.write(path, random_checkpoint.config(architecture), "openclip", "F32", 1)

    if "front" in rows:
        out = os.path.join(work, "front.npy")
        for file in files:
            engine(args.program, "preprocess", "--quiet", "--force", "--model", os.path.join(HERE, "..", "..", "models", "demo"),
                   "--image-size", "240", "--resize", "shortest", "-o", out, file)
            ours, theirs = np.load(out)[0], worker.front_end(240)(file)
            # An image's level is 1/255 / 0.26; another version of a JPEG decoder may round otherwise.
            fine &= compare(f"front end, {os.path.basename(file)}, {int((ours != theirs).sum())} of {ours.size} values differ", ours, theirs,
                            0.05 if file.endswith("jpg") else 0)
    if "fnn" in rows:
        checkpoint("tiny-640")
    if any(row.startswith(tuple(FAMILIES)) for row in rows):
        few = write_prompts(work)[2]
        for row, name in FAMILIES.items():
            kinds = [kind for kind in ("image", "text") if any(r.startswith(f"{row}-{kind}") for r in rows)]
            fine &= not kinds or family(args, name, kinds, files, few)
    images, texts = {row for row in rows if row.startswith(("image", "storage", "start", "memory"))}, {row for row in rows if row.startswith("text")}
    if images or texts:
        checkpoint(args.architecture)
        int8 = Int8(folder)
    if images:
        onnx, bare, pixels, out = (os.path.join(folder, name) for name in ("image.onnx", "image.bare.onnx", "pixels.npy", "image.npy"))
        if not os.path.exists(onnx):
            encoders.export(folder, "image", onnx)
        np.save(pixels, pixels_of(args.program, folder, files, out))
        engine(args.program, "embed", "--quiet", "--force", "--model", folder, "-o", out, *files)
        ours, x = np.load(out), np.load(pixels)
        fine &= compare("image embeddings, ONNX Runtime", ours, worker.onnx_encoder(onnx, args.threads)(x))
        fine &= compare("image embeddings, PyTorch", ours, worker.torch_encoder(folder, "image", args.threads)(x))
        try:
            fine &= compare("image embeddings, OpenVINO", ours, worker.openvino_encoder(onnx, args.threads)(x))
        except ImportError:
            print("OpenVINO is not installed: left out")
        for kind, python, model in (("torch-image", args.torch, folder), ("ggml-image", args.ggml, bare)):
            if python:
                if not os.path.exists(model):
                    encoders.export(folder, "image", model, bare=True)
                done = subprocess.run([python, "-W", "ignore", os.path.join(HERE, "worker.py"), kind, "--model", model, "--pixels", pixels, "--out", out,
                                       "--threads", str(args.threads)], capture_output=True, text=True)
                if done.returncode:
                    print(f"{kind[:-6]} from PyPI does not run here: {done.stderr.strip()[-300:]}")
                    continue
                fine &= compare(f"image embeddings, {kind[:-6]} from PyPI", ours, np.load(out))
        Image.open(files[0]).convert("RGB").resize(x.shape[2:]).save(os.path.join(work, "side.png"))
        if any(row.endswith("int8") for row in images):
            more = files + sorted(glob.glob(os.path.join(HERE, "..", "..", "samples", "*", "*.jpg")))
            embed = lambda p: (engine(args.program, "embed", "--quiet", "--force", "--model", folder, "--precision", p, "-o", out, *more), np.load(out))[1]
            x = pixels_of(args.program, folder, more, out)
            int8.compare("image", embed, lambda path: worker.onnx_encoder(path, args.threads)(x))
    if texts:
        onnx, out = os.path.join(folder, "text.onnx"), os.path.join(folder, "text.npy")
        if not os.path.exists(onnx):
            encoders.export(folder, "text", onnx)
        lines, some, _ = write_prompts(work)
        ids = tokens(args.program, work, lines)[:COMPARED]
        engine(args.program, "embed", "--quiet", "--force", "--model", folder, "--text", some, "-o", out)
        ours = np.load(out)
        encode = worker.onnx_encoder(onnx, args.threads)
        fine &= compare("text embeddings, ONNX Runtime padded", ours[:PADDED], batches.run_all(encode, batches.batches(ids[:PADDED], 77), PADDED))
        fine &= compare("text embeddings, ONNX Runtime cut", ours, batches.run_all(encode, batches.batches(ids, 0), len(ids)))
        if "text-int8" in rows:
            embed = lambda p: (engine(args.program, "embed", "--quiet", "--force", "--model", folder, "--precision", p, "--text", some, "-o", out), np.load(out))[1]
            int8.compare("text", embed, lambda path: batches.run_all(worker.onnx_encoder(path, args.threads), batches.batches(ids, 0), len(ids)))
    sys.exit(not fine)


if __name__ == "__main__":
    main()
