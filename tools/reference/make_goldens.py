"""make_goldens.py - which numbers must the towers give for the shipped model?

    python3 tools/reference/make_goldens.py        writes tests/golden/towers.txt

clip_torch.py in float64 on models/demo, on pixels from a formula that C can repeat.  Needs Debian's python3-torch; ids come from the
program (--program), which compare_tokenizer.py has checked.  Run it again when the shipped model changes."""
import argparse
import datetime
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
        config = json.load(f)["model_cfg"]
    weights = {k: v.double() for k, v in parity.read_checkpoint(os.path.join(model, "open_clip_model.safetensors")).items()}
    side = config["vision_cfg"]["image_size"]
    index = np.arange(2 * 3 * side * side, dtype=np.uint64)
    pixels = ((index * 2654435761) % (1 << 32) / 2.0 ** 32 * 4 - 2).astype(np.float32).reshape(2, 3, side, side)
    pixels[1, :, :, side // 3:] = pixels[1, :, :1, :1]  # the second picture is mostly even
    out = subprocess.run([args.program, "tokenize", "-"], input="\n".join(TEXTS).encode() + b"\n", capture_output=True, check=True).stdout
    ids = [json.loads(line) for line in out.decode().splitlines()]
    images = clip_torch.images(weights, config, torch.from_numpy(pixels).double()).numpy()
    texts = clip_torch.texts(weights, config, ids).numpy()
    with open(os.path.join(ROOT, "tests/golden/towers.txt"), "w", encoding="utf-8") as f:
        f.write(f"# python3 tools/reference/make_goldens.py; torch {torch.__version__}, numpy {np.__version__}, {datetime.date.today()}\n")
        f.write("# unit embeddings in float64 precision; test_towers.c says which pixels\n")
        for row in images:
            f.write("image\n" + " ".join(f"{v:.10f}" for v in row) + "\n")
        for text, row in zip(TEXTS, texts):
            f.write(text + "\n" + " ".join(f"{v:.10f}" for v in row) + "\n")


if __name__ == "__main__":
    main()
