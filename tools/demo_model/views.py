"""views.py - which images are shown to the student, and what did the teacher see in them?

    python3 views.py --packs DIR/packs --index DIR/surfaces/index.jsonl --teacher DIR/teacher --out DIR/views --shards 100 [--side 192] [--seed 1]

viewNNNN.npz, about 5 MB each: groups of four images at the side the model has, turned, cropped and lit once (augment.py), as JPEG; pixels of
a defect in every patch; what is true of the image; the teacher's features.  Most groups are of the packs, the others four photographs or crops of
real surfaces, of which no caption is true.  A shard that is there is not made again; what it shows depends on the packs that there were.  A file STOP in the folder ends the work."""
import argparse
import io
import json
import os

import numpy as np
import torch
from PIL import Image

import packs
import real_scenes
from augment import augment
from teacher import Teacher, as_bytes

GROUPS = 40  # of a shard
PHOTOGRAPHS = .3  # share of groups that have no caption
ROLES = ("texture", "photo", "wallpaper")
LEAST = 64  # pixels of a side: of a smaller image no crop is worth enlarging


def crops(real, rng, side):
    """Four crops of one surface or photograph at all scales, near each other or not: [4, side, side, 3] uint8."""
    row = None
    while row is None or min(real.image(row).shape[:2]) < LEAST:
        row = real.pick(rng, ROLES[int(rng.choice(len(ROLES), p=(.5, .2, .3)))])
    pieces = real.crops(rng, row, side, 4, near=rng.uniform(.05, .4) if rng.random() < .5 else None)
    gain, lift = rng.uniform(.7, 1.25), rng.uniform(-.08, .08)
    return np.stack([np.clip((p - .5) * gain + .5 + lift, 0, 1) * 255 for p in pieces]).astype(np.uint8)


def write(path, groups, parts):
    """groups: [(images [4, S, S, 3], counts [4, P], bits [4, 10], names or None, local int8 [4, P, D])]; parts: widths that make up D"""
    blobs = [packs._encoded(p, format="JPEG", quality=93, subsampling=0) for g in groups for p in g[0]]
    with open(path + ".part", "wb") as f:
        np.savez(f, blobs=np.concatenate(blobs), ends=np.cumsum([0] + [len(b) for b in blobs]),
                 counts=np.stack([g[1] for g in groups]).astype(np.uint16), bits=np.stack([g[2] for g in groups]),
                 names=np.frombuffer(json.dumps([g[3] for g in groups]).encode(), np.uint8),
                 local=np.stack([g[4] for g in groups]), parts=parts)
    os.replace(path + ".part", path)


class Shard:
    def __init__(self, path):
        with np.load(path) as z:
            self.blobs, self.ends, self.counts, self.bits, self.local = (z[n] for n in ("blobs", "ends", "counts", "bits", "local"))
            self.parts = z["parts"].tolist()
            self.names = json.loads(z["names"].tobytes())
        self.groups = {told: [i for i, n in enumerate(self.names) if (n is not None) == told] for told in (True, False)}

    def group(self, i):
        """-> images [4, S, S, 3] uint8, pixels of a defect [4, P], bits [4, 10], the teacher's features int8 [4, P, D]"""
        blobs = (self.blobs[self.ends[j]:self.ends[j + 1]].tobytes() for j in range(4 * i, 4 * i + 4))
        images = np.stack([np.asarray(Image.open(io.BytesIO(b))) for b in blobs])
        return images, self.counts[i].astype(np.int32), self.bits[i], self.local[i]


def pick(shelf, told, rng):
    """-> a shard and the number of one of its groups that captions are true of, or of the others."""
    while True:
        shard = shelf[int(rng.integers(len(shelf)))]
        if shard.groups[told]:
            return shard, int(rng.choice(shard.groups[told]))


def paths(folder):
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.startswith("view") and n.endswith(".npz"))


def widths(folder):
    """Of the teacher's features, block by block."""
    return Shard(paths(folder)[0]).parts


def make(shelf, real, teacher, side, patch, rng):
    """The groups of one shard."""
    grid, out = side // patch, []
    for _ in range(GROUPS):
        if rng.random() < PHOTOGRAPHS:
            images, names = crops(real, rng, side), None
            counts, bits = np.zeros((4, grid * grid)), np.zeros((4, 10), np.int64)
        else:
            pack = shelf[int(rng.integers(len(shelf)))]
            pictures, masks, table, names = pack.group(int(rng.integers(len(pack))))
            images, masks, bits = augment(pictures, masks, table, side, rng)
            counts = masks.reshape(4, grid, patch, grid, patch).sum((2, 4)).reshape(4, -1)
        seen = [as_bytes(y) for y in teacher.look(torch.from_numpy(images), grid)]
        out.append((images, counts, bits, names, np.concatenate(seen, -1)))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("packs", "index", "teacher", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the first shard, where several processes share the work")
    parser.add_argument("--shards", type=int, default=100)
    parser.add_argument("--side", type=int, default=192)
    parser.add_argument("--patch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    real, teacher, loaded = real_scenes.Real(args.index), Teacher(args.teacher), {}
    for number in range(args.first, args.shards):
        path = os.path.join(args.out, f"view{number:04d}.npz")
        if os.path.exists(os.path.join(args.out, "STOP")):
            break
        if not os.path.exists(path):
            loaded |= {p: packs.Pack(p) for p in packs.paths(args.packs) if p not in loaded}
            shelf = list(loaded.values())
            write(path, make(shelf, real, teacher, args.side, args.patch, np.random.default_rng([args.seed, number])), teacher.widths)
            print(f"{number + 1}/{args.shards} shards of {GROUPS} groups", flush=True)


if __name__ == "__main__":
    main()
