"""surfaces.py - a real surface, photograph or object for a rendered scene, drawn at random from the index

    surfaces = Surfaces("DIR/index.jsonl")
    pixels, row = surfaces.draw(rng, 192, "texture", ["wood", "metal"])

The index is what surface_index.py wrote; the same index and the same generator give the same pixels."""
import collections
import json
import os
import struct

import numpy as np
from PIL import Image

LONGEST = 1024  # pixels of a side that are kept of an image
KEPT = 256  # images in memory, 3 MB each at most
LARGEST = 40_000_000  # pixels that are decoded; some drawings were saved with 600 million


def open_image(path):
    """-> image in RGB or RGBA, decoded; the name inside where the format has one (GIMP's patterns), else ''."""
    if not path.lower().endswith(".pat"):
        with Image.open(path) as image:
            if image.width * image.height > LARGEST:
                raise ValueError(f"{path}: {image.width}x{image.height} pixels, at most {LARGEST}")
            has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
            return image.convert("RGBA" if has_alpha else "RGB"), ""
    with open(path, "rb") as f:
        data = f.read()
    if len(data) < 24:
        raise ValueError(f"{path}: {len(data)} bytes, a pattern has 24 at least")
    header, version, width, height, channels, magic = struct.unpack(">5I4s", data[:24])
    pixels = np.frombuffer(data, np.uint8)[header:header + width * height * channels]
    if magic != b"GPAT" or version != 1 or header < 24 or channels not in (1, 2, 3, 4) or not 0 < pixels.size == width * height * channels:
        raise ValueError(f"{path}: version {version}, {width}x{height}x{channels} in {len(data)} bytes is not a pattern of GIMP")
    image = Image.fromarray(pixels.reshape((height, width, channels) if channels > 1 else (height, width)))
    return image.convert("RGB" if channels % 2 else "RGBA"), data[24:header].split(b"\0")[0].decode("utf-8", "replace")


class Surfaces:
    """Not to be shared by threads."""

    def __init__(self, index):
        self.root = os.path.dirname(os.path.abspath(index))
        with open(index, encoding="utf-8") as f:
            self.rows = [json.loads(line) for line in f]
        self.chosen, self.images = {}, collections.OrderedDict()

    def choose(self, role=None, words=()):
        """The rows of that role that have any of the words; all where role is None or words empty."""
        key = (role, tuple(words))
        if key not in self.chosen:
            wanted = set(words)
            self.chosen[key] = [r for r in self.rows if role in (None, r["role"]) and (not wanted or wanted & set(r["words"]))]
        return self.chosen[key]

    def image(self, row):
        """[h, w, 3 or 4] uint8, no side over LONGEST."""
        path = row["path"]
        if path not in self.images:
            image, _ = open_image(os.path.join(self.root, path))
            scale = LONGEST / max(image.size)
            if scale < 1:
                image = image.resize([max(1, round(s * scale)) for s in image.size], Image.Resampling.LANCZOS)
            self.images[path] = np.asarray(image)
            if len(self.images) > KEPT:
                self.images.popitem(last=False)
        self.images.move_to_end(path)
        return self.images[path]

    def draw(self, rng, side, role=None, words=()):
        """-> pixels uint8 [side, side, 3], or 4 with alpha where the whole thing is meant (stamps, clip art); the row of the index.
        Surfaces are cropped at random, turned and mirrored (photographs are mirrored only); a tileable one goes on over its edges."""
        rows = self.choose(role, words)
        if not rows:
            raise LookupError(f"no image of role {role} with any of the words {list(words)}")
        row = rows[int(rng.integers(len(rows)))]
        pixels = self.image(row)
        return (_whole(pixels, side) if row["alpha"] < 1 else _crop(pixels[..., :3], side, row, rng)), row


def _whole(pixels, side):
    h, w = pixels.shape[:2]
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full((h, w), 255, np.uint8)])
    size = [max(1, round(s * side / max(h, w))) for s in (w, h)]
    # weighted by alpha, so that the colour of what is not seen stays out of the edges
    image = Image.fromarray(pixels).convert("RGBa").resize(size, Image.Resampling.BICUBIC).convert("RGBA")
    out = Image.new("RGBA", (side, side))
    out.paste(image, ((side - size[0]) // 2, (side - size[1]) // 2))
    return np.asarray(out)


def _crop(pixels, side, row, rng):
    least = min(pixels.shape[:2])
    span = int(round(np.exp(rng.uniform(np.log(min(side, least)), np.log(least)))))  # pixels of the image that the crop shows
    if row["tileable"]:
        y, x = (int(rng.integers(n)) for n in pixels.shape[:2])
        pixels = pixels.take(range(y, y + span), 0, mode="wrap").take(range(x, x + span), 1, mode="wrap")
    else:
        y, x = (int(rng.integers(n - span + 1)) for n in pixels.shape[:2])
        pixels = pixels[y:y + span, x:x + span]
    if rng.random() < .5:
        pixels = pixels[:, ::-1]
    if row["role"] == "texture":
        pixels = np.rot90(pixels, int(rng.integers(4)))
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((side, side), Image.Resampling.LANCZOS))
