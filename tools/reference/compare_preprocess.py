"""compare_preprocess.py - does `rwda preprocess` give, to the last bit, what Pillow and torchvision's arithmetic give?

    python3 compare_preprocess.py --program build/release/rwda --work DIR

Reference: Pillow's decoder and bicubic, torchvision's rule for the size and the centre crop, float32 (pixel / 255 - mean) / std.
Every file of image_cases.py, in both resize modes.  PNG, BMP, PNM, lossless WebP and TIFF must be equal; JPEG and lossy WebP are
counted beside, for their decoders' versions may differ.  Exit code 1 if a lossless image differs."""
import argparse
import collections
import os
import subprocess
import sys

import numpy as np
import PIL
from PIL import Image, features

import image_cases

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def reference(image, side, mode):
    width, height = image.size
    if mode == "squash":
        size = (side, side)
    else:
        size = (side, int(side * height / width)) if width <= height else (int(side * width / height), side)
    image = image.resize(size, Image.BICUBIC)
    left, top = int(round((size[0] - side) / 2)), int(round((size[1] - side) / 2))
    pixels = np.asarray(image.crop((left, top, left + side, top + side)), np.float32) / np.float32(255)
    return ((pixels - MEAN) / STD).transpose(2, 0, 1)[None]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--model", default=os.path.join(os.path.dirname(__file__), "..", "..", "models", "demo"))
    args = parser.parse_args()
    cases = image_cases.write(os.path.join(args.work, "images"))
    counted, differing, largest = collections.Counter(), collections.Counter(), collections.Counter()
    out, wrong = os.path.join(args.work, "pixels.npy"), 0
    for number, (path, expected) in enumerate(cases):
        side = (128, 224)[number % 2]
        image = Image.open(path).convert("RGB") if expected is None else Image.fromarray(expected)
        kind = os.path.splitext(path)[1][1:].replace("pbm", "pnm").replace("pgm", "pnm").replace("ppm", "pnm")
        kind = "lossy webp" if path.endswith("lossy.webp") else kind
        for mode in ("shortest", "squash"):
            done = subprocess.run([args.program, "preprocess", "--quiet", "--force", "--model", args.model, "--image-size", str(side),
                                   "--resize", mode, "--orientation", "stored", "-o", out, path], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{path}: {done.stderr}")
            ours, theirs = np.load(out), reference(image, side, mode)
            different = ours.tobytes() != theirs.astype(np.float32).tobytes()
            counted[kind] += 1
            differing[kind] += different
            if different:
                levels = float((np.abs(ours - theirs) * STD[:, None, None]).max() * 255)
                largest[kind] = max(largest[kind], levels)
                if kind not in ("jpg", "lossy webp"):
                    wrong += 1
                    print(f"differs: {path}, {mode}: {(ours != theirs).sum()} of {ours.size} values, up to {levels:.0f} levels")
    print(f"preprocessing against Pillow {PIL.__version__} (libjpeg-turbo {features.version('libjpeg_turbo')}):")
    for kind in counted:
        print(f"  {kind:10} {counted[kind]:4} images, {differing[kind]} differ" + (f", by up to {largest[kind]:.0f} levels" if differing[kind] else ""))
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
