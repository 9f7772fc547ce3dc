"""real_images.py - are embeddings of files those of Pillow and open_clip together?

    python3 real_images.py --program build/release/rwda --work DIR IMAGE...

Decoding, resize, crop and tower at once, with the shipped model, which squashes.  Needs the environment of run_parity.sh (Pillow 13.0.0: the
order of its two passes changed in 12.2).  Exit code 1 if a difference is over 2e-6."""
import argparse
import json
import os
import subprocess
import sys

import numpy as np
import torch
from PIL import Image

import open_clip_package
import parity
from compare_preprocess import reference

BOUND, BATCH = 2e-6, 32


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--model", default=os.path.join(os.path.dirname(__file__), "..", "..", "models", "demo"))
    parser.add_argument("images", nargs="+")
    args = parser.parse_args()
    with open(os.path.join(args.model, "open_clip_config.json"), encoding="utf-8") as config:
        config = json.load(config)["model_cfg"]
    model = open_clip_package.clip(config, parity.read_checkpoint(os.path.join(args.model, "open_clip_model.safetensors")))
    out = os.path.join(args.work, "real_images.npy")
    subprocess.run([args.program, "embed", "--quiet", "--force", "--no-cache", "--orientation", "stored", "--model", args.model, "-o", out, *args.images], check=True)
    ours, theirs = np.load(out), []
    with torch.no_grad():
        for i in range(0, len(args.images), BATCH):
            pixels = [reference(Image.open(p).convert("RGB"), config["vision_cfg"]["image_size"], "squash") for p in args.images[i:i + BATCH]]
            theirs.append(model.encode_image(torch.from_numpy(np.concatenate(pixels).astype(np.float32)), normalize=True).numpy())
    off = np.abs(ours - np.concatenate(theirs)).max(1)
    print(f"{len(off)} images: largest difference {off.max():.2e}, median {np.median(off):.2e}, {(off > BOUND).sum()} over {BOUND:.0e}")
    return bool((off > BOUND).any())


if __name__ == "__main__":
    sys.exit(main())
