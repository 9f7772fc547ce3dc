"""augment.py - how does a group of images become what a camera might have seen of it, and what is true of it then?"""
import numpy as np
from PIL import Image

import world
from captions import UNKNOWN
from real_scenes import UNTOLD

A = {a: i for i, a in enumerate(world.ATTRIBUTES)}
LEAST = 10  # pixels of an image that a defect must change for the image to be anomalous


def augment(pictures, masks, table, side, rng):
    """Four images of a group -> [4, side, side, 3] uint8, masks, bits [4, 10] of what is true of them now.  Turn (mostly), mirror, channels
    and about the same crop are the group's; light and a little of everything else an image's own."""
    size = pictures[0].shape[0]
    n = size * (rng.uniform(.5, .95) if rng.random() < .5 else 1)
    corner = rng.uniform(0, size - n, 2) if n < size else np.zeros(2)
    apart = .06 if rng.random() < .6 else 0
    turn, flip, loose = int(rng.integers(4)), rng.random() < .5, rng.random() < .2  # loose: the product lies as it likes
    channels = rng.permutation(3) if rng.random() < .25 else None
    tone = (rng.uniform(.6, 1.3), rng.uniform(-.12, .12)) if rng.random() < .4 else (1, 0)
    out, where, truths = [], [], []
    for picture, mask, attributes in zip(pictures, masks, table):
        attributes = attributes.astype(np.int64)
        bits = np.left_shift(np.int64(1), np.minimum(attributes, 62))
        defective = attributes[A["kind"]] != 0
        if attributes[A["colour"]] == UNTOLD or world.QUALITIES[attributes[A["quality"]]] == "grey" or channels is not None:
            bits[A["colour"]] = UNKNOWN
        m = n * rng.uniform(.96, 1.04) if n < size else size
        m = min(m, size)
        at = np.clip(corner + rng.normal(0, apart, 2) * size, 0, size - m)
        box = (at[0], at[1], at[0] + m, at[1] + m)
        image, cover = Image.fromarray(picture), Image.fromarray(mask.view(np.uint8) * 255)
        if n == size and rng.random() < .25:  # a little askew
            angle = float(rng.normal(0, 3))
            image = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=tuple(int(v) for v in picture[::16, ::16].mean((0, 1))))
            cover = cover.rotate(angle)
        picture = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box), np.float32)
        small = np.asarray(cover.resize((side, side), Image.Resampling.BOX, box)) > 100
        if n < size:
            bits[A["size"]] = bits[A["count"]] = UNKNOWN
        if defective and small.sum() < LEAST:
            bits[A["kind"]], bits[A["severity"]], bits[A["place"]] = (1, 1, 1) if small.sum() == 0 else (bits[A["kind"]], UNKNOWN, UNKNOWN)
            defective = small.sum() > 0
        if loose:
            turn = int(rng.integers(4))
        picture, small = np.rot90(picture, turn), np.rot90(small, turn)
        if flip:
            picture, small = picture[:, ::-1], small[:, ::-1]
        if defective:
            ys, xs = np.nonzero(small)
            cy, cx = ys.mean() / side - .5, xs.mean() / side - .5
            bits[A["place"]] = 1 << (5 if abs(cx) < .13 and abs(cy) < .13 else 1 + 2 * (cy >= 0) + (cx >= 0))
            share = small.mean()
            bits[A["severity"]] = 1 << (1 if share < .012 else 2 if share < .035 else 3)
        if channels is not None:
            picture = picture[..., channels]
        gain, lift = tone[0] * rng.uniform(.93, 1.07), tone[1] + rng.uniform(-.03, .03)
        out.append(np.clip((picture - 128) * gain + 128 + 255 * lift, 0, 255).astype(np.uint8))
        where.append(small)
        truths.append(bits)
    return np.stack(out), np.stack(where), np.stack(truths)
