"""image_cases.py - which images try every path of the decoders?

write(folder) makes files of odd sizes in every depth and colour type.  PNG and PNM are written here sample by sample, because
Pillow writes few of their forms; BMP, JPEG, WebP and TIFF by Pillow.  Returns [(path, expected RGB array or None)]: None means
"whatever Pillow's convert('RGB') says"; an array stands where Pillow is known to clip instead of scaling (16-bit grey)."""
import os
import struct
import zlib

import numpy as np
from PIL import Image

SIZES = [(1, 1), (7, 3), (33, 250), (225, 223), (641, 97), (5, 420), (300, 300)]


def samples(rng, width, height, channels, top):
    """Ramps with noise, so that every bit of a sample matters and neighbours are related."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * rng.uniform(.2, 3) + y * rng.uniform(.2, 3)) / 40 + rng.uniform(0, 6) for _ in range(channels)]
    value = np.stack([np.sin(p) * .45 + .5 for p in planes], -1) + rng.normal(0, .05, (height, width, channels))
    return np.clip(np.round(value * top), 0, top).astype(np.int64)


def pack(rows, depth):
    """[h, n] samples -> list of byte rows."""
    if depth == 16:
        return [r.astype(">u2").tobytes() for r in rows]
    if depth == 8:
        return [r.astype("u1").tobytes() for r in rows]
    bits = ((rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1).astype("u1").reshape(len(rows), -1)
    return [np.packbits(b).tobytes() for b in bits]


def png(path, data, depth, colour_type, palette=None, transparency=None, interlaced=False):
    height, width, channels = data.shape
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    raw = b""
    for x, y, dx, dy in passes:
        part = data[y::dy, x::dx]
        if part.size:
            raw += b"".join(b"\0" + row for row in pack(part.reshape(part.shape[0], -1), depth))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced)))
        if palette is not None:
            f.write(chunk(b"PLTE", palette.astype("u1").tobytes()))
        if transparency is not None:
            f.write(chunk(b"tRNS", transparency))
        f.write(chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def pnm(path, data, kind, top):
    height, width, channels = data.shape
    head = f"P{kind}\n# a comment\n{width} {height}\n" + ("" if kind in (1, 4) else f"{top}\n")
    flat = data.reshape(height, -1)
    with open(path, "wb") as f:
        f.write(head.encode())
        if kind <= 3:
            f.writelines((" ".join(map(str, row)) + "\n").encode() for row in flat)
        else:
            f.write(b"".join(pack(flat, 1 if kind == 4 else 16 if top > 255 else 8)))


def high_byte(data, top):
    grey = np.floor(data[..., 0] * 255 / top + .5) if top != 65535 else data[..., 0] >> 8
    return np.repeat(grey.astype(np.uint8)[..., None], 3, -1)


def write(folder):
    os.makedirs(folder, exist_ok=True)
    cases = []
    for number, (width, height) in enumerate(SIZES):
        rng = np.random.default_rng(number)
        make = lambda channels, top: samples(rng, width, height, channels, top)

        def add(name, expected=None):
            cases.append((os.path.join(folder, f"{width}x{height}_{name}"), expected))
            return cases[-1][0]

        for interlaced in (False, True):
            tail = "_interlaced.png" if interlaced else ".png"
            for depth in (1, 2, 4, 8, 16):
                data = make(1, (1 << depth) - 1)
                png(add(f"grey{depth}" + tail, high_byte(data, 65535) if depth == 16 else None), data, depth, 0, interlaced=interlaced)
            for depth in (1, 2, 4, 8):
                data, colours = make(1, (1 << depth) - 1), rng.integers(0, 256, (1 << depth, 3))
                png(add(f"palette{depth}" + tail), data, depth, 3, colours, bytes([0, 128]) if depth > 1 else None, interlaced)
            for depth in (8, 16):
                top = (1 << depth) - 1
                png(add(f"rgb{depth}" + tail), make(3, top), depth, 2, interlaced=interlaced)
                png(add(f"rgba{depth}" + tail), make(4, top), depth, 6, interlaced=interlaced)
                png(add(f"grey_alpha{depth}" + tail), make(2, top), depth, 4, interlaced=interlaced)
        for kind, tops in ((1, (1,)), (2, (255, 15)), (3, (255, 100)), (4, (1,)), (5, (255, 31)), (6, (255, 200, 1023, 65535))):
            for top in tops:
                data = make(3 if kind in (3, 6) else 1, top)
                pnm(add(f"p{kind}_{top}." + ("pbm" if kind in (1, 4) else "pgm" if kind in (2, 5) else "ppm")), data, kind, top)
        rgb = Image.fromarray(make(3, 255).astype(np.uint8))
        for mode in ("1", "L", "P", "RGB", "RGBA"):
            rgb.convert(mode).save(add(f"{mode}.bmp"))
        rgb.save(add("pillow.png"), optimize=True)  # filters of every kind
        for quality in (40, 95):
            for sampling in (0, 1, 2):
                rgb.save(add(f"q{quality}_s{sampling}.jpg"), quality=quality, subsampling=sampling, progressive=sampling == 1)
        rgb.convert("L").save(add("grey.jpg"))
        rgb.convert("CMYK").save(add("cmyk.jpg"))
        rgb.save(add("lossless.webp"), lossless=True)
        rgb.save(add("lossy.webp"), quality=80)
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            rgb.save(add(f"{compression}.tif"), compression=compression)
        for mode in ("1", "L", "P", "RGBA"):
            rgb.convert(mode).save(add(f"{mode}.tif"))
    return cases
