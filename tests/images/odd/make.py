"""make.py - which files are odd and whole, and which look whole and are damaged?

    python3 make.py        (NumPy, Pillow 13, pillow-heif, tools/reference/*.py)

Writes small images here, and expected.txt: a line a file with its name, "ok" or the error's name, width, height, the FNV-1a sum of the RGB
values that Pillow's convert("RGB") gives for the file as stored ("-": not compared), orientation (0: not said; TIFF and HEIC are turned on
load), pages, bits a sample, largest sample of more than 8 bits.  The files that are not written here came with reports."""
import os
import struct
import sys

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "..", "tools", "reference"))
import decoder_cases
import image_cases
import hostile
import tiff_writer
from decoder_cases import exif, saved, segment

rng = np.random.default_rng(7)
W, H = 24, 17
lines = []


def make(channels, top=255):
    return image_cases.samples(rng, W, H, channels, top)


def fnv(rgb):
    sum = 0xCBF29CE484222325
    for byte in rgb.tobytes():
        sum = ((sum ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{sum:016x}"


def line(name, rgb, orientation=0, pages=1, bits=8, largest=0, compared=True):
    lines.append(f"{name} ok {rgb.shape[1]} {rgb.shape[0]} {fnv(rgb) if compared else '-'} {orientation} {pages} {bits} {largest}")


def put(name, data, right=None, **facts):
    path = os.path.join(here, name)
    with open(path, "wb") as f:
        f.write(data)
    line(name, np.ascontiguousarray(right) if right is not None else np.asarray(Image.open(path).convert("RGB")), **facts)


def refused(name, data, error):
    with open(os.path.join(here, name), "wb") as f:
        f.write(data)
    lines.append(f"{name} {error} 0 0 - 0 0 0 0")


rgb = Image.fromarray(make(3).astype("u1"))
rgba = Image.fromarray(make(4).astype("u1"))
base = saved(rgb, "JPEG", quality=90)
odd = decoder_cases.odd_jpegs(base)
restarts = saved(rgb, "JPEG", restart_marker_blocks=1)

# Warnings that leave the pixels whole.
for kind in ("stray_db_1", "stray_c4_4", "stray_da_8", "stray_end", "padded_marker", "scan_start", "scan_end", "scan_bits", "jfif_0200", "jfif_0763",
             "adobe_3", "adobe_200", "behind"):
    put(f"jpeg-{kind.replace('_', '-')}.jpg", odd[[k for k in odd if k.startswith(kind)][0]])
at = restarts.index(b"\xff\xd0")
put("jpeg-stray-restart.jpg", restarts[:at] + b"\0\0" + restarts[at:])
# Damage.
refused("jpeg-cut.jpg", base[:len(base) - 60], "RWDA_EFORMAT")
refused("jpeg-marker-early.jpg", base[:-40] + b"\xff\xd9", "RWDA_EFORMAT")
refused("jpeg-restart-lost.jpg", restarts[:at] + b"\xff\xd3" + restarts[at + 2:], "RWDA_EFORMAT")
scan = base.index(b"\xff\xda") + 14
refused("jpeg-bad-code.jpg", base[:scan + 20] + b"\xff\0" * 30 + base[scan + 80:], "RWDA_EFORMAT")
# CMYK.
inks = saved(rgb.convert("CMYK"), "JPEG", quality=95)
at = inks.index(b"Adobe")
put("cmyk-no-adobe.jpg", inks[:at - 4] + inks[at + 12:])
put("cmyk-ycck.jpg", inks[:at + 11] + b"\2" + inks[at + 12:])
put("cmyk-adobe-3.jpg", inks[:at + 11] + b"\3" + inks[at + 12:])
put("cmyk-progressive.jpg", saved(rgb.convert("CMYK"), "JPEG", progressive=True))
# Orientations.
for orientation in (3, 6, 8):
    put(f"exif-{orientation}.jpg", base[:2] + segment(0xE1, b"Exif\0\0" + exif(orientation, "<>"[orientation % 2])) + base[2:], orientation=orientation)
    put(f"exif-{orientation}.png", saved(rgb, "PNG", exif=exif(orientation)), orientation=orientation)
    put(f"exif-{orientation}.webp", saved(rgb, "WEBP", exif=exif(orientation, ">"), lossless=True), orientation=orientation)
    put(f"exif-{orientation}.avif", saved(rgb, "AVIF", exif=exif(orientation)), orientation=orientation)
put("exif-9.jpg", base[:2] + segment(0xE1, b"Exif\0\0" + exif(9)) + base[2:])
late = saved(rgb, "PNG", exif=exif(5))
at = late.index(b"eXIf") - 4
chunk = late[at:at + 12 + struct.unpack(">L", late[at:at + 4])[0]]
put("exif-behind.png", late.replace(chunk, b"")[:-12] + chunk + late[-12:], orientation=5)
for orientation in range(1, 9):
    layout = [dict(), dict(tile=(16, 16)), dict(planar=True), dict(compression=8, rows=5)][orientation % 4]
    data = make(3).astype("u1")
    put(f"orientation-{orientation}-made.tif", tiff_writer.write(data, 8, "rgb", orientation=orientation, **layout),
        tiff_writer.turned(data, orientation), orientation=1)
# Alpha and other samples behind the colour.
for name, bits, photometric, samples, extra, layout in (
        ("over-colour", 8, "rgb", 4, [1], {}), ("over-colour-planes", 8, "rgb", 4, [1], dict(planar=True, compression=8)), ("beside", 8, "rgb", 4, [2], {}),
        ("unsaid", 8, "rgb", 4, [0], dict(tile=(16, 16))), ("over-grey", 8, "black", 2, [1], {}), ("over-16", 16, "rgb", 4, [1], dict(order=">")),
        ("two-more", 8, "rgb", 5, [1, 0], {}), ("cmyk", 8, "cmyk", 5, [0], {})):
    data = make(samples, (1 << bits) - 1).astype("u1" if bits == 8 else "u2")
    used = {"rgb": 3, "cmyk": 4, "black": 1}[photometric] + (extra == [1] or extra == [1, 0])
    put(f"alpha-{name}.tif", tiff_writer.write(data, bits, photometric, extra=extra, **layout), tiff_writer.expected(data, bits, photometric, extra=extra),
        orientation=1, bits=bits, largest=int(data[..., :used].max()) if bits > 8 else 0)
# Tiles of sizes that are rare.
for name, tile, padding, options in (("padded", (16, 16), 256, {}), ("wide", (48, 16), 0, {}), ("tall-planes", (16, 64), 3, dict(planar=True)),
                                     ("big", (32, 32), 1, dict(big=True, order=">")), ("deflate", (16, 48), 0, dict(compression=8))):
    data = make(3).astype("u1")
    put(f"tiles-{name}.tif", tiff_writer.write(data, 8, "rgb", tile=tile, padding=padding, **options), data, orientation=1)
# Samples of other sizes.
for bits, photometric, order in ((12, "black", "<"), (12, "rgb", ">"), (16, "white", "<"), (16, "black", ">"), (2, "black", "<"), (4, "rgb", "<")):
    data = make(3 if photometric == "rgb" else 1, (1 << min(bits, 12)) - 1).astype("u2")
    put(f"bits-{bits}-{photometric}.tif", tiff_writer.write(data.astype("u1") if bits < 8 else data, bits, photometric, order),
        tiff_writer.expected(data, bits, photometric), orientation=1, bits=bits, largest=int(data.max()) if bits > 8 else 0)
for dtype in ("f2", "f4", "f8", "i2", "i4", "u4"):
    form = {"f": 3, "i": 2, "u": 1}[dtype[0]]
    data = make(1).astype(dtype)
    put(f"levels-{dtype}.tif", tiff_writer.write(data, 8 * data.itemsize, "black", sample_format=form), np.repeat(data.astype("u1"), 3, -1), orientation=1,
        bits=8 * data.itemsize)
    refused(f"range-{dtype}.tif", tiff_writer.write((data / 255 if form == 3 else data * 100).astype(dtype), 8 * data.itemsize, "black", sample_format=form),
            "RWDA_EUNSUPPORTED")
put("pages.tif", tiff_writer.write(make(1).astype("u1"), 8, "black", pages=4), orientation=1, pages=4)
put("lab.tif", tiff_writer.write(make(3).astype("u1"), 8, "lab"), orientation=1, compared=False)
data = make(1, 1023).astype("u2")
put("bits-10-in-16.png", saved(Image.fromarray(data[..., 0]), "PNG"), np.repeat((data >> 8).astype("u1"), 3, -1), bits=16, largest=int(data.max()))
# Animations: the first frame.
more = [Image.fromarray(make(4).astype("u1")) for _ in range(2)]
put("frames.png", saved(rgba, "PNG", save_all=True, append_images=more, duration=9), pages=3)
put("frames.webp", saved(rgba, "WEBP", save_all=True, append_images=more, lossless=True), pages=3)
larger = Image.new("RGBA", (W + 10, H + 9))
larger.paste(rgba, (4, 6))
put("frames-part.webp", saved(larger, "WEBP", save_all=True, append_images=[larger.rotate(180)], quality=80), pages=2)
palette = rgb.quantize(40)
put("frames.gif", saved(palette, "GIF", save_all=True, append_images=[m.convert("RGB").quantize(20) for m in more]), pages=3)
put("rows-in-order.gif", saved(palette, "GIF", interlace=0))
put("clear.gif", saved(palette, "GIF", transparency=2))
body = saved(palette, "GIF", transparency=2)
put("screen-larger.gif", body[:6] + struct.pack("<HH", W + 7, H + 3) + body[10:])
put("screen-smaller.gif", body[:6] + struct.pack("<HH", W - 7, H - 3) + body[10:])
refused("cut.gif", body[:len(body) * 2 // 3], "RWDA_EFORMAT")
put("frames.avif", saved(rgb, "AVIF", save_all=True, append_images=[m.convert("RGB") for m in more]), pages=3, orientation=1)
put("alpha.avif", saved(rgba, "AVIF", subsampling="4:4:4"), orientation=1)
put("lossless.jp2", saved(rgb, "JPEG2000"))
put("tiles.j2k", saved(rgb, "JPEG2000", no_jp2=True, tile_size=(16, 16), irreversible=True))
put("alpha.jp2", saved(rgba.convert("LA"), "JPEG2000"))
import heic_files
import pillow_heif

for name, picture in (("plain", rgb), ("alpha", rgba)):
    path = os.path.join(here, f"{name}.heic")
    pillow_heif.from_pillow(picture.resize((64, 48))).save(path, quality=90)
    line(f"{name}.heic", np.zeros((48, 64, 3)), orientation=1, compared=False)
pillow_heif.encode("RGB;16", (64, 64), np.arange(0, 65536, 65536 // (64 * 64 * 3), dtype=np.uint16)[:64 * 64 * 3].tobytes(), os.path.join(here, "bits-10.heic"))
line("bits-10.heic", np.zeros((64, 64, 3)), orientation=1, bits=10, compared=False)
for name, (data, right, pages) in heic_files.GOOD.items():
    put(f"{name}.heic", data, right, orientation=1, pages=pages)
# What an enemy sends.
for name, (data, error) in {**hostile.FILES, **{f"{k}.heic": v for k, v in heic_files.BAD.items()}}.items():
    refused(name, data, error)
# What came with reports.
for name in ("jpeg-adobe-transform-3.jpg", "jpeg-cmyk-adobe.jpg", "jpeg-cmyk-no-adobe.jpg", "jpeg-jfif-2.jpg", "jpeg-sos-fields.jpg",
             "jpeg-stray-zero-before-marker.jpg", "alpha.png", "alpha.tif", "orientation-6.tif", "tiled-768.tif"):
    line(name, np.asarray(Image.open(os.path.join(here, name)).convert("RGB")), orientation=int(name.endswith(".tif")))
with open(os.path.join(here, "expected.txt"), "w") as f:
    f.write("\n".join(lines) + "\n")
