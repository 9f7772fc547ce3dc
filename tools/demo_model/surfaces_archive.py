"""surfaces_archive.py - how do the surfaces travel to a machine that cannot fetch them?

    python3 surfaces_archive.py pack DIR/index.jsonl FILE.tar [--side 320] [--megabytes 28]
    python3 surfaces_archive.py unpack FILE.tar DIR

What training may use of the index (real_scenes.py), reduced to --side pixels and as WebP, so many that the archive keeps to its size: all
textures, photographs and stamps first, then drawings.  The archive is for carrying, not for passing on: see SURFACES.md on licences."""
import argparse
import io
import json
import os
import tarfile

from PIL import Image

import real_scenes

ORDER = ("photo", "texture", "stamp", "wallpaper", "clipart")


def _add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def pack(index, path, side, limit):
    real = real_scenes.Real(index)
    rows, total = [], 0
    order = sorted(real.rows, key=lambda r: (ORDER.index(r["role"]), hash_of(r["path"])))
    with tarfile.open(path, "w") as tar:
        for n, row in enumerate(order):
            pixels = real.image(row)
            image = Image.fromarray(pixels)
            scale = side / max(image.size)
            if scale < 1:
                image = image.resize([max(1, round(s * scale)) for s in image.size], Image.Resampling.LANCZOS)
            buffer = io.BytesIO()
            image.save(buffer, "WEBP", quality=82, method=2)
            data = buffer.getvalue()
            total += len(data) + 1024
            if total > limit:
                break
            name = f"{n:05d}.webp"
            _add(tar, name, data)
            rows.append(dict(row, path=f"x/{name}", source=row["path"], width=image.width, height=image.height))
        _add(tar, "index.jsonl", "".join(json.dumps(r) + "\n" for r in rows).encode())
    return len(rows)


def hash_of(text):
    return sum((i + 1) * ord(c) for i, c in enumerate(text)) * 2654435761 % 2 ** 32


def unpack(path, folder):
    os.makedirs(os.path.join(folder, "x"), exist_ok=True)
    with tarfile.open(path) as tar:
        for member in tar:
            where = os.path.join(folder, member.name if member.name == "index.jsonl" else os.path.join("x", os.path.basename(member.name)))
            with open(where, "wb") as f:
                f.write(tar.extractfile(member).read())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["pack", "unpack"])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--megabytes", type=float, default=28)
    args = parser.parse_args()
    if args.verb == "unpack":
        unpack(args.source, args.target)
    else:
        print(pack(args.source, args.target, args.side, args.megabytes * 1e6), "images")


if __name__ == "__main__":
    main()
