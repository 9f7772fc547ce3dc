"""make_goldens.py - which numbers must the towers give for the shipped model?

    python3 tools/reference/make_goldens.py        writes tests/golden/towers.txt

clip_torch.py in float64 on models/demo, on two images from a formula that C can repeat, as large as the model wants them, so that
nothing is resized.  The unit tests and `rwda doctor` compare with these numbers.  Needs Debian's python3-torch; ids come from the
program (--program), which compare_tokenizer.py has checked.  Run it again when the shipped model changes."""
import argparse
import datetime
import hashlib
import json
import os
import subprocess

import numpy as np
import torch

import clip_torch
import parity

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
TEXTS = ["a photo of a normal object", "a photo of a anomalous qwzjkpv", "x", "the leather, scratched & torn, seen from above"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/rwda"))
    args = parser.parse_args()
    model = os.path.join(ROOT, "models/demo")
    with open(os.path.join(model, "open_clip_config.json"), encoding="utf-8") as f:
        whole = json.load(f)
    config, preprocess = whole["model_cfg"], whole["preprocess_cfg"]
    path = os.path.join(model, "open_clip_model.safetensors")
    weights = {k: v.double() for k, v in parity.read_checkpoint(path).items()}
    with open(path, "rb") as f:
        sha256 = hashlib.sha256(f.read()).hexdigest()
    side = config["vision_cfg"]["image_size"]
    index = np.arange(2 * side * side * 3, dtype=np.uint64)
    pictures = ((index * 2654435761) % (1 << 32) >> 24).reshape(2, side, side, 3).astype(np.float32)
    pictures[1, :, side // 3:] = pictures[1, 0, 0]  # the second image is mostly even
    pixels = (pictures / 255 - np.float32(preprocess["mean"])) / np.float32(preprocess["std"])
    pixels = pixels.astype(np.float32).transpose(0, 3, 1, 2)
    out = subprocess.run([args.program, "tokenize", "-"], input="\n".join(TEXTS).encode() + b"\n", capture_output=True, check=True).stdout
    ids = [json.loads(line) for line in out.decode().splitlines()]
    images = clip_torch.images(weights, config, torch.from_numpy(pixels.copy()).double()).numpy()
    texts = clip_torch.texts(weights, config, ids).numpy()
    with open(os.path.join(ROOT, "tests/golden/towers.txt"), "w", encoding="utf-8") as f:
        f.write(f"# python3 tools/reference/make_goldens.py; torch {torch.__version__}, numpy {np.__version__}, {datetime.date.today()}\n")
        f.write("# unit embeddings in float64 precision; test_towers.c says which pixels\n")
        f.write(f"# model {sha256}\n")
        for row in images:
            f.write("image\n" + " ".join(f"{v:.10f}" for v in row) + "\n")
        for text, row in zip(TEXTS, texts):
            f.write(text + "\n" + " ".join(f"{v:.10f}" for v in row) + "\n")


if __name__ == "__main__":
    main()
