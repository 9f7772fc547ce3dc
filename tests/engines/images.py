"""images.py COUNT FOLDER - COUNT small images, the same at every call: PNG of 32 x 32, stripes with a spot in some, a thousand a folder."""
import pathlib
import random
import struct
import sys
import zlib

SIDE = 32
DAMAGED, ODD = 7, 11  # of each thousand: one that is cut short, and one whose name has what lists and CSV must quote


def png(rows):
    """A PNG file of rows of RGB bytes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def picture(number):
    """Stripes of two colours, at a slope, and a spot in every fifth image."""
    draw = random.Random(number)
    period, slope = draw.randint(2, 12), draw.randint(0, 3)
    dark, light, spot = (draw.randbytes(3) for _ in range(3))
    stripe = b"".join((dark if x % period < period // 2 else light) for x in range(SIDE + slope * SIDE + 1))
    rows = [bytearray(stripe[3 * slope * y : 3 * (slope * y + SIDE)]) for y in range(SIDE)]
    if number % 5 == 0:
        size, left, top = draw.randint(3, 12), draw.randrange(SIDE - 12), draw.randrange(SIDE - 12)
        for row in rows[top : top + size]:
            row[3 * left : 3 * (left + size)] = spot * size
    return png([bytes(row) for row in rows])


def path_of(number):
    """Below the folder."""
    name = f'{number:07d}, "ö".png' if number % 1000 == ODD else f"{number:07d}.png"
    return pathlib.Path(f"{number // 1000:04d}") / name


def write(folder, numbers):
    """Those that are not there yet."""
    for number in numbers:
        path = folder / path_of(number)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        data = picture(number)
        path.write_bytes(data[: len(data) // 2] if number % 1000 == DAMAGED else data)


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[2]), range(int(sys.argv[1])))
