"""Files of a few hundred bytes that ask a decoder for all memory, or for all time."""
import struct
import zlib


def jpeg2000(width, height, tile, components=1, precincts=None, levels=5, block=4, layers=1):
    size = struct.pack(">H8IH", 0, width, height, 0, 0, *tile, 0, 0, components) + b"\7\1\1" * components
    coding = struct.pack(">BBHBBBBBB", precincts is not None, 0, layers, 0, levels, block, block, 0, 1)
    if precincts is not None:
        coding += precincts[:1] + precincts[1:] * levels
    data = b"\0" * 100  # empty packets
    part = struct.pack(">HHIBB", 10, 0, 14 + len(data), 0, 1) + b"\xff\x93" + data
    segments = ((0x51, size), (0x52, coding), (0x5C, b"\x40" + b"\x48" * (3 * levels + 1)))
    return b"\xff\x4f" + b"".join(struct.pack(">BBH", 255, m, len(b) + 2) + b for m, b in segments) + b"\xff\x90" + part + b"\xff\xd9"


def box(name, content, version=None):
    head = b"" if version is None else struct.pack(">I", version << 24)
    return struct.pack(">I4s", 8 + len(head + content), name) + head + content


def brand(name):
    return box(b"ftyp", name + b"\0\0\0\0mif1" + name)


def items(n):
    lists = struct.pack(">I", n) + b"".join(box(b"infe", struct.pack(">IH4sB", i + 1, 0, b"av01", 0), 3) for i in range(n))
    head = box(b"hdlr", struct.pack(">I4s13x", 0, b"pict"), 0) + box(b"pitm", struct.pack(">I", 1), 1)
    return brand(b"avif") + box(b"meta", head + box(b"iinf", lists, 1), 0)


def tiff(width, height, photometric, samples, data, more):
    """One piece of data, which every strip or tile is; more: tags -> lists of 32-bit numbers."""
    tags = {256: [width], 257: [height], 258: [8] * samples, 259: [8], 262: [photometric], 277: [samples], **more}
    behind, entries = zlib.compress(b"\0" * 100).ljust(data, b"\0"), b""
    for tag, values in sorted(tags.items()):
        form = "H" if tag in (258, 530) else "I"
        packed = struct.pack(f"<{len(values)}{form}", *values)
        entries += struct.pack("<HHI", tag, 3 if form == "H" else 4, len(values))
        entries += packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", 8 + len(behind))
        behind += packed if len(packed) > 4 else b""
    return struct.pack("<2sHI", b"II", 42, 8 + len(behind)) + behind + struct.pack("<H", len(tags)) + entries + b"\0" * 4


FILES = {
    "many-tiles.j2k": (jpeg2000(60000, 1, (1, 1), 4), "RWDA_ELIMIT"),
    "many-precincts.j2k": (jpeg2000(1024, 1024, (1024, 1024), 1, b"\x00\x11"), "RWDA_ELIMIT"),
    "many-blocks.j2k": (jpeg2000(1024, 1024, (1024, 1024), 1, block=0), "RWDA_ELIMIT"),
    "many-layers.j2k": (jpeg2000(1024, 1024, (1024, 1024), 1, b"\x44\x55", layers=65535), "RWDA_ELIMIT"),
    "many-components.j2k": (jpeg2000(16, 16, (1, 1), 999), "RWDA_EUNSUPPORTED"),
    "many-items.avif": (items(3000), "RWDA_ELIMIT"),
    "one-tile.tif": (tiff(16, 16, 6, 3, 64, {322: [32768], 323: [32768], 324: [8], 325: [64], 530: [2, 2]}), "RWDA_ELIMIT"),
    "strips-shared.tif": (tiff(1, 2000, 1, 1, 20000, {273: [8] * 2000, 278: [1], 279: [20000] * 2000}), "RWDA_ELIMIT"),
}
