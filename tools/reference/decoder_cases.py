"""decoder_cases.py - which files do cameras, scanners and programs write, that image_cases.py does not hold?

write(folder) adds to image_cases.write(): every EXIF orientation in every format that carries one, markers and headers that are odd and
harmless, CMYK with Adobe's marker and without, TIFF of every sample format and layout, animations, and the formats that need a library of
their own.  About 2,000 with those of image_cases.py.  Returns [(path, expected RGB as stored or None, kind)]: None means whatever Pillow
says; `kind` is "" or names the row of docs/deviations.md that allows a difference."""
import io
import itertools
import os
import struct

import numpy as np
from PIL import Image

import image_cases
import tiff_writer

try:
    import pillow_heif

    pillow_heif.register_heif_opener()
except ImportError:
    pillow_heif = None

SIZES = [(1, 1), (7, 3), (33, 50), (65, 40), (5, 120)]


def exif(orientation, order="<", form=3):
    """A TIFF header and one directory: a comment before the orientation, which is a SHORT, or of another form."""
    value = struct.pack(order + "H", orientation) + b"\0\0" if form == 3 else struct.pack(order + "L", orientation)
    entries = struct.pack(order + "HHL", 0x010E, 2, 4) + b"abc\0" + struct.pack(order + "HHL", 0x0112, form, 1) + value
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "LH", 8, 2) + entries + b"\0\0\0\0"


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def segments(jpeg):
    """[(offset, marker)] up to the first scan."""
    at, found = 2, []
    while True:
        found.append((at, jpeg[at + 1]))
        if jpeg[at + 1] == 0xDA:
            return found
        at += 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def odd_jpegs(jpeg):
    """{name: bytes}: what libjpeg warns of and decodes all the same."""
    marks, scan = segments(jpeg), segments(jpeg)[-1][0]
    after = scan + 2 + struct.unpack(">H", jpeg[scan + 2:scan + 4])[0]
    out = {}
    for number, (at, marker) in enumerate(marks):
        out[f"stray_{marker:02x}_{number}"] = jpeg[:at] + b"\0" * (number + 1) + jpeg[at:]
    out["stray_end"] = jpeg[:-2] + b"\0\0\0" + jpeg[-2:]
    out["padded_marker"] = jpeg[:scan] + b"\xff\xff" + jpeg[scan:]
    for name, fields in (("start", (1, 63, 0)), ("end", (0, 5, 0)), ("bits", (0, 63, 0x11))):
        out[f"scan_{name}"] = jpeg[:after - 3] + bytes(fields) + jpeg[after:]
    for version in (b"\x02\x00", b"\x01\x09", b"\x07\x63"):
        at = jpeg.find(b"JFIF\0")
        if at > 0:
            out[f"jfif_{version.hex()}"] = jpeg[:at + 5] + version + jpeg[at + 7:]
    for transform in (0, 1, 2, 3, 200):
        out[f"adobe_{transform}"] = jpeg[:2] + segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform])) + jpeg[2:]
    out["comments"] = jpeg[:2] + segment(0xFE, b"x" * 60000) * 3 + segment(0xE5, b"y" * 300) + jpeg[2:]
    out["behind"] = jpeg + b"trailing bytes of some camera" * 9
    return out


def jpegs(add, rgb, grey, cmyk):
    base = saved(rgb, "JPEG", quality=90)
    for orientation, order in itertools.product(range(10), "<>"):
        for tail in (3, 4):
            add(f"exif{orientation}_{'le' if order == '<' else 'be'}_{tail}.jpg", base[:2] + segment(0xE1, b"Exif\0\0" + exif(orientation, order, tail)) + base[2:])
    add("exif_damaged.jpg", base[:2] + segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff") + base[2:])
    for quality, sampling, progressive, restart in itertools.product((30, 92), (0, 1, 2), (False, True), (0, 1)):
        options = dict(quality=quality, subsampling=sampling, progressive=progressive, optimize=quality == 92)
        add(f"q{quality}_s{sampling}_{'p' if progressive else 'b'}_r{restart}.jpg", saved(rgb, "JPEG", restart_marker_rows=restart, **options))
    add("kept_rgb.jpg", saved(rgb, "JPEG", keep_rgb=True))
    for name, image in (("rgb", rgb), ("grey", grey)):
        for kind, data in odd_jpegs(saved(image, "JPEG", restart_marker_blocks=2 if name == "grey" else 0)).items():
            add(f"{name}_{kind}.jpg", data)
    inks = saved(cmyk, "JPEG", quality=95)
    at = inks.index(b"Adobe")
    for transform in (0, 2, 3):
        add(f"cmyk_adobe_{transform}.jpg", inks[:at + 11] + bytes([transform]) + inks[at + 12:])
    add("cmyk_plain.jpg", inks[:at - 4] + inks[at + 12:])
    for sampling in (0, 1, 2):
        add(f"cmyk_s{sampling}.jpg", saved(cmyk, "JPEG", quality=80, subsampling=sampling, progressive=sampling == 1))


def others(add, rgb, rgba, grey, more):
    for orientation in range(1, 9):
        raw = exif(orientation, "<>"[orientation % 2])
        add(f"exif{orientation}.png", saved(rgb, "PNG", exif=raw))
        add(f"exif{orientation}.webp", saved(rgb, "WEBP", exif=raw, lossless=True))
        add(f"exif{orientation}.avif", saved(rgb, "AVIF", exif=raw, quality=90))
        if pillow_heif and min(rgb.size) > 8:
            heif = io.BytesIO()
            pillow_heif.from_pillow(rgb).save(heif, quality=80)
            add(f"q{orientation}.heic", heif.getvalue(), kind="heic")
    add("frames.png", saved(rgba, "PNG", save_all=True, append_images=more, duration=5))
    add("frames_hidden.png", saved(rgba, "PNG", save_all=True, append_images=more, default_image=True))
    for lossless in (False, True):
        add(f"frames_{lossless}.webp", saved(rgba, "WEBP", save_all=True, append_images=more, lossless=lossless))
        add(f"alpha_{lossless}.webp", saved(rgba, "WEBP", lossless=lossless, exact=True))
        larger = Image.new("RGBA", (rgba.width + 11, rgba.height + 6))
        larger.paste(rgba, (4, 2))
        add(f"part_{lossless}.webp", saved(larger, "WEBP", save_all=True, append_images=[larger.rotate(180)], lossless=lossless))
    palette = rgb.quantize(50)
    for interlace in (0, 1):
        add(f"palette_{interlace}.gif", saved(palette, "GIF", interlace=interlace))
        add(f"grey_{interlace}.gif", saved(grey, "GIF", interlace=interlace))
        add(f"clear_{interlace}.gif", saved(palette, "GIF", interlace=interlace, transparency=2))
    frames = saved(palette, "GIF", save_all=True, append_images=[m.convert("RGB").quantize(20) for m in more], duration=4)
    add("frames.gif", frames)
    add("screen.gif", frames[:6] + struct.pack("<HH", rgb.width + 9, rgb.height + 4) + frames[10:])
    add("small_screen.gif", frames[:6] + struct.pack("<HH", max(rgb.width - 2, 1), max(rgb.height - 2, 1)) + frames[10:])
    for image, (name, mode) in itertools.product((rgb, rgba), (("rgb", "RGB"), ("rgba", "RGBA"), ("grey", "L"), ("grey_alpha", "LA"))):
        if (image is rgba) != (mode in ("RGBA", "LA")):
            continue
        for sampling, limited in itertools.product(("4:2:0", "4:2:2", "4:4:4", "4:0:0"), ("full", "limited")):
            add(f"{name}_{sampling.replace(':', '')}_{limited}.avif", saved(image.convert(mode), "AVIF", quality=70, subsampling=sampling, range=limited))
        add(f"{name}.jp2", saved(image.convert(mode), "JPEG2000"))
        add(f"{name}_lossy.jp2", saved(image.convert(mode), "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[6]))
        add(f"{name}_tiles.j2k", saved(image.convert(mode), "JPEG2000", no_jp2=True, tile_size=(32, 32)))
    add("cmyk.jp2", saved(rgb.convert("CMYK"), "JPEG2000"))
    add("frames.avif", saved(rgb, "AVIF", save_all=True, append_images=[m.convert("RGB") for m in more]))


def tiffs(add, make, rng, rgb):
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"):
        for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr"):
            add(f"{mode}_{compression}.tif", saved(rgb.convert(mode), "TIFF", compression=compression))
    for compression in ("tiff_ccitt", "group3", "group4"):
        add(f"{compression}.tif", saved(rgb.convert("1"), "TIFF", compression=compression))
    for sampling in (0, 1, 2):
        add(f"jpeg_{sampling}.tif", saved(rgb, "TIFF", compression="jpeg", subsampling=sampling))
    add("YCbCr.tif", saved(rgb.convert("YCbCr"), "TIFF"))
    add("lab.tif", tiff_writer.write(make(3, 255).astype("u1"), 8, "lab"), kind="lab")
    for bits, (photometric, samples, extra) in itertools.product(
            (1, 2, 4, 8, 12, 16), (("white", 1, None), ("black", 1, None), ("rgb", 3, None), ("rgb", 4, [2]), ("rgb", 4, [1]), ("rgb", 4, [0]),
                                   ("black", 2, [1]), ("black", 2, [2]), ("cmyk", 4, None))):
        data = make(samples, (1 << bits) - 1).astype("u1" if bits <= 8 else "u2")
        layouts = [dict(rows=int(rng.integers(1, rgb.height + 1))), dict(tile=(16, 16)), dict(tile=(48, 32), planar=samples > 1)]
        layout = layouts[int(rng.integers(0, 3))]
        options = dict(order="<>"[int(rng.integers(0, 2))], big=bool(rng.integers(0, 2)), compression=[1, 8, 32773][int(rng.integers(0, 3))], extra=extra)
        if bits in (1, 2, 4, 8) and options["compression"] == 1 and samples < 4:
            options["fill_order"] = int(rng.integers(1, 3))
        orientation = int(rng.integers(0, 9)) or None
        body = tiff_writer.write(data, bits, photometric, orientation=orientation, padding=int(rng.integers(0, 99)) * (options["compression"] == 1),
                                 pages=int(rng.integers(1, 4)), **layout, **options)
        right = tiff_writer.turned(tiff_writer.expected(data, bits, photometric, extra=extra), orientation)
        add(f"{bits}_{photometric}{samples}_{''.join(map(str, extra or []))}.tif", body, right)
    for bits in (1, 2, 4, 8):
        data, colours = make(1, (1 << bits) - 1).astype("u1"), rng.integers(0, 65536, (1 << bits, 3))
        add(f"palette{bits}.tif", tiff_writer.write(data, bits, "palette", palette=colours), tiff_writer.expected(data, bits, "palette", colours))
    for kind, sample_format, types in (("float", 3, ("f2", "f4", "f8")), ("signed", 2, ("i1", "i2", "i4")), ("whole", 1, ("u4",))):
        for dtype in types:
            top = 127 if dtype == "i1" else 255
            data = make(1, top) + (rng.uniform(0, .99, (rgb.height, rgb.width, 1)) * (kind == "float") if top == 255 else 0)
            data = np.minimum(data, 255).astype(dtype)
            add(f"{dtype}.tif", tiff_writer.write(data, 8 * data.itemsize, "black", "<>"[len(dtype) % 2], sample_format=sample_format,
                                                 tile=(16, 32) if dtype in ("f4", "i4") else None, compression=8),
                np.repeat(np.clip(data.astype(float), 0, 255).astype(np.uint8), 3, -1))


def write(folder):
    cases = [(path, expected, "") for path, expected in image_cases.write(folder)]
    for number, (width, height) in enumerate(SIZES):
        rng = np.random.default_rng(1000 + number)
        make = lambda channels, top: image_cases.samples(rng, width, height, channels, top)

        def add(name, data, expected=None, kind=""):
            path = os.path.join(folder, f"{width}x{height}_more_{name}")
            with open(path, "wb") as f:
                f.write(data)
            cases.append((path, expected, kind))

        image = lambda channels: Image.fromarray(make(channels, 255).astype(np.uint8))
        rgb, rgba, grey = image(3), image(4), image(3).convert("L")
        jpegs(add, rgb, grey, rgb.convert("CMYK"))
        others(add, rgb, rgba, grey, [image(4), image(4)])
        tiffs(add, make, rng, rgb)
    return cases
