"""HEIC files made box by box of pictures that pillow-heif has encoded: what items may say, and what an enemy says."""
import io
import struct

import numpy as np
import pillow_heif
from PIL import Image

from hostile import box, brand

SIDE = 64  # of smaller ones libheif encodes 64, and crops


class Picture:
    """A lossless picture: its values, hvcC and data, as what is around them has them."""

    def __init__(self, number, width=SIDE, height=SIDE):
        y, x = np.mgrid[:height, :width]
        self.rgb = np.stack([x * number // 2, y * number, np.full_like(x, 50 * number)], -1).astype(np.uint8)
        file = io.BytesIO()
        pillow_heif.from_pillow(Image.fromarray(self.rgb)).save(file, quality=-1, chroma=444, matrix_coefficients=0)
        whole = file.getvalue()
        at = whole.index(b"hvcC") - 4
        self.config = whole[at + 8:at + struct.unpack(">I", whole[at:at + 4])[0]]
        at = whole.index(b"nclx")
        self.colour = box(b"colr", whole[at:at + 11])
        self.data = whole[whole.index(b"mdat") + 4:]

    def item(self, *more, config=None, data=None, size=None, parts=(), kind=b"hvc1", refer=b"dimg"):
        height, width = size or self.rgb.shape[:2]
        return kind, data or self.data, parts, [ispe(width, height), box(b"hvcC", config or self.config), self.colour, *more], refer


def ispe(width, height):
    return box(b"ispe", struct.pack(">II", width, height), 0)


def irot(angle):
    return box(b"irot", bytes([angle]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def clap(*numbers):
    return box(b"clap", struct.pack(">IIIIiIiI", *numbers))


def grid(rows, columns, width, height, parts, *more, data=None, size=None):
    data = data or struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    return b"grid", data, parts, [ispe(*(size or (width, height))), *more], b"dimg"


def iden(part, width, height, *more):
    return b"iden", b"", (part,), [ispe(width, height), *more], b"dimg"


def unit(kind, content):
    return bytes([kind << 1, 1]) + content


def sps(*sides):
    """Only what comes before the sides, which are all that is read of it: width, height, and how much of them is not shown."""
    def code(n):
        return "0" * ((n + 1).bit_length() - 1) + f"{n + 1:b}"

    shown = "0" if len(sides) == 2 else "1" + "".join(map(code, sides[2:]))
    bits = "0" * 8 + "1" * 96 + code(0) + code(1) + code(sides[0]) + code(sides[1]) + shown + "1" * 8
    return unit(33, bytes(int(bits[i:i + 8].ljust(8, "1"), 2) for i in range(0, len(bits), 8)))


def config(*units, cut=0):
    arrays = b"".join(struct.pack(">BHH", u[0] >> 1, 1, len(u)) + u for u in units)
    return b"\1" + b"\0" * 20 + b"\3" + bytes([len(units)]) + arrays[:len(arrays) - cut]


def slices(n):
    return (b"\0\0\0\4" + unit(19, b"\0\0")) * n


def padding(n):
    return struct.pack(">I", n) + unit(40, bytes(n - 2))


def with_short_lengths(data):
    short = b""
    while data:
        n = struct.unpack(">I", data[:4])[0]
        short += data[2:4 + n]
        data = data[4 + n:]
    return short


def heic(*items, primary=1, extents=None, method=0, hidden=True, left_out=()):
    """items: kind, data, parts, properties, and how it refers to its parts.  extents: (offset, length) of the first one's data."""
    def make(start):
        places, at = [], 0
        for i, item in enumerate(items):
            where = extents(start, len(item[1])) if extents and i == 0 else [(start + at, len(item[1]))]
            places.append(struct.pack(">HHHH", i + 1, method if i == 0 else 0, 0, len(where)) + b"".join(struct.pack(">II", *w) for w in where))
            at += len(item[1])
        infos = b"".join(box(b"infe", struct.pack(">IHH4sB", 2 << 24 | (hidden and i > 0), i + 1, 0, item[0], 0)) for i, item in enumerate(items))
        lists = {b"hdlr": box(b"hdlr", struct.pack(">I4s13x", 0, b"pict"), 0), b"pitm": box(b"pitm", struct.pack(">H", primary), 0),
                 b"iinf": box(b"iinf", struct.pack(">H", len(items)) + infos, 0),
                 b"iloc": box(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + b"".join(places), 1)}
        refs = b"".join(box(item[4], struct.pack(f">{2 + len(item[2])}H", i + 1, len(item[2]), *item[2])) for i, item in enumerate(items) if item[2])
        lists[b"iref"] = box(b"iref", refs, 0)
        links, n = b"", 0
        for i, item in enumerate(items):
            links += struct.pack(f">HB{len(item[3])}B", i + 1, len(item[3]), *range(n + 1, n + 1 + len(item[3])))
            n += len(item[3])
        lists[b"iprp"] = box(b"iprp", box(b"ipco", b"".join(b"".join(item[3]) for item in items)) + box(b"ipma", struct.pack(">I", len(items)) + links, 0))
        lists[b"idat"] = box(b"idat", items[0][1] if method == 1 else b"")
        head = brand(b"heic") + box(b"meta", b"".join(v for k, v in lists.items() if k not in left_out), 0)
        return head + box(b"mdat", b"".join(item[1] for item in items))

    return make(len(make(0)) - sum(len(item[1]) for item in items))


A, B, C, D = (Picture(i) for i in range(4))
WIDE = Picture(4, 2 * SIDE, SIDE)
TWO = np.concatenate([A.rgb, B.rgb], 1)
FOUR = np.concatenate([TWO, np.concatenate([C.rgb, D.rgb], 1)], 0)
TILES = [p.item() for p in (A, B, C, D)]

GOOD = {
    "grid": (heic(grid(2, 2, 120, 100, (2, 3, 4, 5)), *TILES), FOUR[:100, :120], 1),
    "grid-turned": (heic(grid(2, 2, 120, 101, (2, 3, 4, 5), clap(80, 1, 51, 1, 2, 1, -3, 1), irot(1), imir(0)), *TILES),
                    np.rot90(FOUR[22:73, 22:102])[::-1], 1),
    "one-tile-four-times": (heic(grid(2, 2, 128, 128, (2, 2, 2, 2)), B.item()), np.tile(B.rgb, (2, 2, 1)), 1),
    "identity": (heic(iden(2, SIDE, SIDE, irot(3)), B.item(imir(1))), np.rot90(B.rgb[:, ::-1], 3), 1),
    **{f"irot-{angle}": (heic(WIDE.item(irot(angle))), np.rot90(WIDE.rgb, angle), 1) for angle in (1, 2, 3)},
    **{f"imir-{axis}": (heic(WIDE.item(imir(axis))), WIDE.rgb[:, ::-1] if axis else WIDE.rgb[::-1], 1) for axis in (0, 1)},
    "clap": (heic(WIDE.item(clap(84, 2, 28, 2, -12, 2, 4, 2))), WIDE.rgb[27:41, 37:79], 1),
    "in-extents": (heic(B.item(), extents=lambda at, n: [(at, 5), (at + 5, 0), (at + 5, n - 5)]), B.rgb, 1),
    "in-idat": (heic(B.item(), method=1, extents=lambda at, n: [(0, n)]), B.rgb, 1),
    "short-lengths": (heic(B.item(config=B.config[:21] + bytes([B.config[21] & 252 | 1]) + B.config[22:], data=with_short_lengths(B.data))), B.rgb, 1),
    "alpha-of-another-size": (heic(B.item(), WIDE.item(box(b"auxC", b"urn:mpeg:hevc:2015:auxid:1\0", 0), size=(SIDE, SIDE), parts=(1,), refer=b"auxl"),
                                   hidden=False), B.rgb, 1),
    "three-and-thumbnail": (heic(B.item(), A.item(), C.item(parts=(1,), refer=b"thmb"), D.item(), hidden=False), B.rgb, 3),
}
BAD = {
    # Lists.
    "no-lists": (heic(A.item(), left_out=[b"iloc"]), "RWDA_EFORMAT"),
    "no-primary": (heic(A.item(), left_out=[b"pitm"]), "RWDA_EFORMAT"),
    "primary-not-there": (heic(A.item(), primary=7), "RWDA_EFORMAT"),
    "data-not-there": (heic(A.item(), extents=lambda at, n: [(at, n + 1)]), "RWDA_EFORMAT"),
    "data-elsewhere": (heic(A.item(), method=2), "RWDA_EUNSUPPORTED"),
    "data-again": (heic(B.item(), extents=lambda at, n: [(at, n)] * 300), "RWDA_ELIMIT"),
    "data-again-and-again": (heic(grid(16, 16, 1024, 1024, (2,) * 256), A.item(data=A.data + padding(80 << 10))),
                             "RWDA_ELIMIT"),
    # Pictures.
    "no-parameters": (heic((b"hvc1", A.data, (), [ispe(SIDE, SIDE)], b"dimg")), "RWDA_EFORMAT"),
    "parameters-cut": (heic(A.item(config=config(sps(64, 64), cut=1))), "RWDA_EFORMAT"),
    "parameters-of-no-size": (heic(A.item(config=config(unit(32, b"\0")))), "RWDA_EFORMAT"),
    "sps-cut": (heic(A.item(config=config(sps(64, 64)[:14]))), "RWDA_EFORMAT"),
    "sps-of-nothing": (heic(A.item(config=config(sps(0, 64)))), "RWDA_EFORMAT"),
    "sps-shows-nothing": (heic(A.item(config=config(sps(64, 64, 16, 16, 0, 0)))), "RWDA_EFORMAT"),
    "sps-hides-much": (heic(A.item(config=config(sps(64, 1024, 0, 0, 0, 480)))), "RWDA_ELIMIT"),
    "sps-of-two-sizes": (heic(A.item(config=config(sps(64, 64), sps(64, 72)))), "RWDA_EFORMAT"),
    "sps-over-the-cap": (heic(A.item(config=config(sps(2048, 1024)), size=(1024, 2048))), "RWDA_ELIMIT"),
    "many-slices": (heic(A.item(config=config(sps(1024, 1024)), data=slices(17), size=(1024, 1024))), "RWDA_ELIMIT"),
    "picture-cut": (heic(A.item(data=A.data[:-1])), "RWDA_EFORMAT"),
    "picture-not-there": (heic(A.item(data=b"\0\0\0\4" + unit(39, b"\0\0"))), "RWDA_EFORMAT"),
    "of-another-size": (heic(A.item(size=(SIDE, SIDE + 1))), "RWDA_EFORMAT"),
    "of-no-size": (heic((b"hvc1", A.data, (), A.item()[3][1:], b"dimg")), "RWDA_EFORMAT"),
    # Images made of others.
    "tile-not-there": (heic(grid(1, 2, 128, 64, (2, 9)), A.item()), "RWDA_EFORMAT"),
    "tiles-missing": (heic(grid(1, 2, 128, 64, (2,)), A.item()), "RWDA_EFORMAT"),
    "tiles-too-many": (heic(grid(1, 2, 64, 64, (2, 3)), A.item(), B.item()), "RWDA_EFORMAT"),
    "tiles-too-small": (heic(grid(1, 2, 129, 64, (2, 3)), A.item(), B.item()), "RWDA_EFORMAT"),
    "tiles-of-two-sizes": (heic(grid(1, 2, 128, 64, (2, 3)), A.item(), WIDE.item()), "RWDA_EFORMAT"),
    "grid-cut": (heic(grid(1, 1, 64, 64, (2,), data=b"\0\0\0\0\0\x40\0"), A.item()), "RWDA_EFORMAT"),
    "grid-of-another-size": (heic(grid(1, 1, 64, 64, (2,), size=(64, 63)), A.item()), "RWDA_EFORMAT"),
    "grid-over-the-cap": (heic(grid(80, 80, 5120, 5120, (2,) * 6400), A.item()), "RWDA_ELIMIT"),
    "of-grids": (heic(grid(1, 1, 64, 64, (2,)), grid(1, 1, 64, 64, (3,)), A.item()), "RWDA_ELIMIT"),
    "of-itself": (heic(iden(1, SIDE, SIDE)), "RWDA_ELIMIT"),
    "of-each-other": (heic(iden(2, SIDE, SIDE), iden(1, SIDE, SIDE)), "RWDA_ELIMIT"),
    "overlay": (heic((b"iovl", b"\0" * 22, (2,), [ispe(SIDE, SIDE)], b"dimg"), A.item()), "RWDA_EUNSUPPORTED"),
    # Turns.
    "turned-often": (heic(grid(16, 16, 1024, 1024, (2,) * 256, *[irot(1)] * 16), A.item()), "RWDA_ELIMIT"),
    "crop-outside": (heic(A.item(clap(64, 1, 64, 1, 1, 1, 0, 1))), "RWDA_EFORMAT"),
    "crop-of-nothing": (heic(A.item(clap(0, 1, 64, 1, 0, 1, 0, 1))), "RWDA_EFORMAT"),
    "crop-over-nothing": (heic(A.item(clap(64, 1, 64, 1, 0, 0, 0, 1))), "RWDA_EFORMAT"),
}
