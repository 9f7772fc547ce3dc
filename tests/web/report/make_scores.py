#!/usr/bin/env python3
"""make_scores.py N FOLDER - which made-up scores is the report page tried with?

Writes FOLDER/scores.csv (path, category, kind, label, score) for N images in three categories, with names that try to become
markup,
and an image for each.  The same N gives the same bytes."""
import math
import os
import random
import sys

HOSTILE = [
    "<img src=x onerror=window.hacked=1>.ppm",
    "</script><script>window.hacked=1</script>.ppm",
    "\"><svg onload=window.hacked=1>.ppm",
    "javascript:window.hacked=1",
    "<!--<script>.ppm",
    "a&lt;b&amp;'c'#?%41 \u202egpj.ppm",
]


def picture(rng):
    """A PPM: a colour that changes from corner to corner, with grain."""
    width, height = rng.choice([(160, 120), (120, 160), (128, 128)])
    r, g, b = (rng.randrange(256) for _ in range(3))
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            grain = rng.randrange(24)
            pixels += bytes(((r + grain) % 256, (g + x // 4 + grain) % 256, (b + y // 4 + grain) % 256))
    return b"P6 %d %d 255\n" % (width, height) + bytes(pixels)


def main():
    n, folder = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(n)
    pictures = [picture(rng) for _ in range(12)]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "scores.csv"), "w", encoding="utf-8", newline="") as out:
        out.write("path,category,kind,label,score\n")
        for i in range(n):
            category = ["bottle", "grid", "</script><b>cable</b>"][i % 3]
            bad = rng.random() < 0.2
            kind = rng.choice(["scratch", "<i>hole</i>"]) if bad else "good"
            z = rng.gauss(1.5 if bad else 0.0, 1.0)
            name = HOSTILE[i] if i < len(HOSTILE) else f"{i:06d}.ppm"
            quoted = ('"' + c.replace('"', '""') + '"' for c in (name, category, kind))
            out.write(",".join(quoted) + f",{int(bad)},{1 / (1 + math.exp(-z)):.9g}\n")
            if "/" not in name:
                with open(os.path.join(folder, name), "wb") as out_picture:
                    out_picture.write(pictures[rng.randrange(len(pictures))])


main()
