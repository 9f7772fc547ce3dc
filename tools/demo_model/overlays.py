"""overlays.py - what do maps look like beside the true outlines, on ten held-out images?

    python3 overlays.py --data DIR/held-out --out overlays.png [--program ../../build/release/rwda] [OPTIONS OF 'rwda map' ...]

DIR/held-out is what evalset.py --out wrote.  Left of each pair: the image and the outline of its mask; right: the overlay that 'rwda map'
draws of it, all ten on one scale.  Nobody chooses the images: the categories in alphabetical order, then the first one again; number n of
them takes the first image whose mask covers at least 1.2 % of it, looking through KINDS from the n-th on, and around."""
import argparse
import os
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = ["hole", "crack", "stain", "scratch", "broken_edge", "glue", "burn", "cut", "colour_patch", "missing_part"]
PICTURES, LEAST, GAP, LINE = 10, 0.012, 8, 18


def choose(data):
    """(category, kind, number, image, mask as bool) of each."""
    categories = sorted(name for name in os.listdir(data) if os.path.isdir(os.path.join(data, name, "ground_truth")))
    for n in range(PICTURES):
        category = categories[n % len(categories)]
        found = None
        for kind in KINDS[n % len(KINDS):] + KINDS[:n % len(KINDS)]:
            folder = os.path.join(data, category, "test", kind)
            for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
                number = os.path.splitext(name)[0]
                mask = np.array(Image.open(os.path.join(data, category, "ground_truth", kind, number + "_mask.png")).convert("L")) > 0
                if mask.mean() >= LEAST:
                    found = (category, kind, number, os.path.join(folder, name), mask)
                    break
            if found:
                break
        if not found:
            raise SystemExit(f"{category}: no image of {', '.join(KINDS)} with a mask over {100 * LEAST} %")
        yield found


def outlined(picture, mask):
    """A line around the mask, outside of it, so that it hides nothing of the defect."""
    grown = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))
    line = (np.array(grown) > 0) & ~mask
    pixels = np.array(picture.convert("RGB"))
    pixels[line] = (255, 0, 255)
    return Image.fromarray(pixels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/release/rwda"))
    args, options = parser.parse_known_args()
    chosen = list(choose(args.data))
    cells = []
    with tempfile.TemporaryDirectory() as work:
        paths = []
        os.mkdir(os.path.join(work, "in"))
        for n, (category, kind, number, path, _) in enumerate(chosen):
            paths.append(os.path.join(work, "in", f"{n:02d}.png"))
            os.symlink(os.path.abspath(path), paths[-1])
        subprocess.run([args.program, "map", "--quiet", "--write", "overlay", "-o", os.path.join(work, "out"), *options, *paths],
                       check=True, stdout=subprocess.DEVNULL)
        overlays = {name[:2]: os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(work, "out"))
                    for name in names if name.endswith(".overlay.png")}
        for n, (category, kind, number, path, mask) in enumerate(chosen):
            text = f"{category}, {kind} {number}, {100 * mask.mean():.1f} %"
            cells.append((text, outlined(Image.open(path), mask), Image.open(overlays[f"{n:02d}"]).convert("RGB")))
    width = max(left.width + GAP + right.width for _, left, right in cells)
    height = max(max(left.height, right.height) for _, left, right in cells) + LINE
    sheet = Image.new("RGB", (2 * width + 3 * GAP, (len(cells) + 1) // 2 * (height + GAP) + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for n, (text, left, right) in enumerate(cells):
        x, y = GAP + n % 2 * (width + GAP), GAP + n // 2 * (height + GAP)
        draw.text((x, y), text, fill="black")
        sheet.paste(left, (x, y + LINE))
        sheet.paste(right, (x + left.width + GAP, y + LINE))
        print(text)
    sheet.save(args.out)


if __name__ == "__main__":
    main()
