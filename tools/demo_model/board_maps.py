"""board_maps.py - what do a memory's maps look like on the six new boards?

    python3 board_maps.py --out ../../docs/memory.png [--program ../../build/release/rwda]

Above: samples_wood/new; below: what 'rwda score --map' draws of each beside the memory of samples_wood/normal, as 'make demo' makes it."""
import argparse
import os
import subprocess
import tempfile

from PIL import Image

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SIDE, GAP = 160, 10


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/rwda"))
    args = parser.parse_args()
    new = os.path.join(ROOT, "samples_wood/new")
    with tempfile.TemporaryDirectory() as work:
        run = lambda *words: subprocess.run([args.program, *words], check=True, stdout=subprocess.DEVNULL)
        memory = os.path.join(work, "memory.safetensors")
        run("remember", "--quiet", "--model", os.path.join(ROOT, "models/demo"), os.path.join(ROOT, "samples_wood/normal"), "-o", memory)
        run("score", "--quiet", "--model", os.path.join(ROOT, "models/demo"), "--memory", memory, "--map", work, new)
        names = sorted(os.listdir(new))
        sheet = Image.new("RGB", (len(names) * (SIDE + GAP) - GAP, 2 * SIDE + GAP), "white")
        for n, name in enumerate(names):
            for row, path in enumerate((os.path.join(new, name), os.path.join(work, name + ".overlay.png"))):
                sheet.paste(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), (n * (SIDE + GAP), row * (SIDE + GAP)))
    sheet.quantize(256, kmeans=3).save(args.out, optimize=True)


if __name__ == "__main__":
    main()
