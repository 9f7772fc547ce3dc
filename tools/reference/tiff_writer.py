"""tiff_writer.py - which TIFF files does nobody's library write?

write(...) gives a TIFF's bytes, uncompressed or Deflate or PackBits, of any sample format, in strips or tiles, contiguous or in planes, of
either byte order, classic or BigTIFF.  expected(...) is the RGB that its samples stand for."""
import struct
import zlib

import numpy as np

SHORT, LONG, LONG8 = 3, 4, 16
PHOTOMETRIC = dict(white=0, black=1, rgb=2, palette=3, cmyk=5, ycbcr=6, lab=8)


def packed(rows, bits, order):
    """[h, n] samples -> [h] byte strings."""
    if bits >= 8 and bits != 12:
        return [np.ascontiguousarray(r).astype(rows.dtype.newbyteorder(order)).tobytes() for r in rows]
    planes = ((rows[..., None].astype(np.int64) >> np.arange(bits - 1, -1, -1)) & 1).astype("u1").reshape(len(rows), -1)
    return [np.packbits(b).tobytes() for b in planes]


def packbits(data):
    out = b""
    for at in range(0, len(data), 128):
        part = data[at:at + 128]
        out += bytes([len(part) - 1]) + part
    return out


def write(data, bits, photometric, order="<", big=False, planar=False, tile=None, rows=None, compression=1, extra=None, sample_format=1,
          orientation=None, fill_order=1, palette=None, pages=1, padding=0, omit=()):
    """data [h, w, samples].  padding: bytes behind every strip or tile that its size counts."""
    height, width, samples = data.shape
    parts = []
    for plane in (range(samples) if planar else [slice(None)]):
        source = data[:, :, plane].reshape(height, width, -1)
        if tile:
            full = np.zeros((-(-height // tile[1]) * tile[1], -(-width // tile[0]) * tile[0], source.shape[2]), data.dtype)
            full[:height, :width] = source
            blocks = [full[y:y + tile[1], x:x + tile[0]] for y in range(0, len(full), tile[1]) for x in range(0, full.shape[1], tile[0])]
        else:
            blocks = [source[y:y + (rows or height)] for y in range(0, height, rows or height)]
        for block in blocks:
            raw = packed(block.reshape(len(block), -1), bits, order)
            if fill_order == 2:
                raw = [bytes(int(f"{b:08b}"[::-1], 2) for b in r) for r in raw]
            raw = b"".join(packbits(r) for r in raw) if compression == 32773 else b"".join(raw)
            parts.append((zlib.compress(raw) if compression == 8 else raw) + b"\xaa" * padding)
    tags = {256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [bits] * samples), 259: (SHORT, [compression]),
            262: (SHORT, [PHOTOMETRIC[photometric]]), 277: (SHORT, [samples]), 284: (SHORT, [2 if planar else 1]),
            339: (SHORT, [sample_format] * samples)}
    if tile:
        tags |= {322: (SHORT, [tile[0]]), 323: (SHORT, [tile[1]]), 324: (LONG, None), 325: (LONG, [len(p) for p in parts])}
    else:
        tags |= {273: (LONG, None), 278: (LONG, [rows or height]), 279: (LONG, [len(p) for p in parts])}
    if extra is not None:
        tags[338] = (SHORT, list(extra))
    if orientation is not None:
        tags[274] = (SHORT, [orientation])
    if fill_order != 1:
        tags[266] = (SHORT, [fill_order])
    if palette is not None:
        tags[320] = (SHORT, [int(v) for v in palette.T.ravel()])
    for tag in omit:
        tags.pop(tag)
    offset, count, size = ("Q", "Q", 8) if big else ("L", "H", 4)
    out = bytearray((b"II" if order == "<" else b"MM") + (struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HL", 42, 0)))
    where = []
    for part in parts:
        where.append(len(out))
        out += part + b"\0" * (len(part) & 1)
    link = 8 if big else 4
    for _ in range(pages):
        entries, behind = [], []
        at = len(out)
        body = at + struct.calcsize(order + count) + len(tags) * (12 if not big else 20) + size
        for tag in sorted(tags):
            kind, values = tags[tag]
            values = where if values is None else values
            content = struct.pack(f"{order}{len(values)}{'H' if kind == SHORT else 'L'}", *values)
            entry = struct.pack(f"{order}HH{offset}", tag, kind, len(values))
            if len(content) <= size:
                entries.append(entry + content.ljust(size, b"\0"))
            else:
                entries.append(entry + struct.pack(order + offset, body + sum(map(len, behind))))
                behind.append(content)
        struct.pack_into(order + offset, out, link, at)
        out += struct.pack(order + count, len(entries)) + b"".join(entries)
        link = len(out)
        out += b"\0" * size + b"".join(behind)
    return bytes(out)


def expected(data, bits, photometric, palette=None, extra=None):
    """What unsigned samples of at most 16 bits stand for, as docs/deviations.md says of 16-bit grey."""
    wide = data.astype(np.int64)
    levels = wide >> (bits - 8) if bits > 8 else (wide * 255 + ((1 << bits) - 1) // 2) // ((1 << bits) - 1)
    if photometric == "palette":
        return (palette.astype(np.int64) >> 8)[wide[..., 0]].astype(np.uint8)
    if photometric == "cmyk":
        mixed = (255 - levels[..., :3]) * (255 - levels[..., 3:4]) + 128
        return ((mixed + (mixed >> 8)) >> 8).astype(np.uint8)
    colours = 3 if photometric == "rgb" else 1
    colour = 255 - levels[..., :1] if photometric == "white" else levels[..., :colours]
    if extra and extra[0] == 1:
        alpha = levels[..., colours:colours + 1]
        colour = np.where(alpha == 0, 0, np.minimum(colour * 255 // np.maximum(alpha, 1), 255))
    return np.broadcast_to(colour, colour.shape[:2] + (3,)).astype(np.uint8)


def turned(rgb, orientation):
    """EXIF 1..8 undone."""
    for flag, turn in ((orientation in (2, 7), lambda a: a[:, ::-1]), (orientation in (4, 5), lambda a: a[::-1]),
                       (orientation == 3, lambda a: a[::-1, ::-1]), (orientation in (5, 6, 7), lambda a: np.rot90(a, -1)),
                       (orientation == 8, lambda a: np.rot90(a, 1))):
        if flag:
            rgb = turn(rgb)
    return rgb
