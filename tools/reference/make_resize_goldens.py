"""make_resize_goldens.py - which pixels does Pillow's bicubic give on both sides of the rule that orders its two passes?

    python3 tools/reference/make_resize_goldens.py        writes tests/golden/resize.txt

A row a case: width and height before, width and height after, then the grey levels.  Pillow 12.2 and later go down first when the
height shrinks by more than twice what the width does; a case is kept only where the two orders differ, so that each one tells which was
taken.  Needs the current Pillow (run_parity.sh sets it up)."""
import os

import numpy as np
import PIL
from PIL import Image

SIZES = [(3, 9, 2, 4), (4, 9, 2, 4), (4, 10, 2, 5), (4, 12, 3, 4), (3, 12, 5, 4), (5, 20, 4, 6), (9, 30, 4, 7),  # down first
         (6, 12, 4, 8), (7, 15, 3, 7), (5, 8, 3, 4), (12, 6, 4, 3), (12, 9, 5, 7), (4, 6, 7, 9), (9, 4, 5, 7), (3, 7, 9, 6)]


def levels(width, height):
    i = np.arange(width * height)
    return ((37 * i * i + 11 * i) % 256).astype(np.uint8).reshape(height, width)


def resized(image, *steps):
    for size in steps:
        image = image.resize(size, Image.BICUBIC)
    return np.asarray(image)


def main():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden", "resize.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"# python3 tools/reference/make_resize_goldens.py; Pillow {PIL.__version__}\n")
        for width, height, to_width, to_height in SIZES:
            image = Image.fromarray(levels(width, height))
            across_first = resized(image, (to_width, height), (to_width, to_height))
            down_first = resized(image, (width, to_height), (to_width, to_height))
            result = resized(image, (to_width, to_height))
            expected = down_first if height - to_height > max(0, 2 * (width - to_width)) else across_first
            assert (result == expected).all(), f"Pillow {PIL.__version__} has another rule: {width} x {height}"
            if (across_first != down_first).any():
                f.write(f"{width} {height} {to_width} {to_height}  " + " ".join(map(str, result.ravel())) + "\n")


if __name__ == "__main__":
    main()
