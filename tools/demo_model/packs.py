"""packs.py - how are groups of training images kept, so that they can be carried to another machine?

    python3 packs.py --index DIR/index.jsonl --out WORK/packs --groups 12000 [--rendered 0.35] [--processes 2] [--seed 1]

packNNNN.npz, each under 60 MB: groups of four images (a normal one, its twin with a defect, another normal one of the same product, its
twin) as JPEG, two masks as PNG, attributes as indices into the lists of world.py, names for captions.  names.json: all of these that may come.  A pack that is there is not made
again.  A file STOP in the folder ends the work after the groups in hand."""
import argparse
import io
import json
import multiprocessing
import os

import numpy as np
from PIL import Image

import real_scenes
import world

SIDE = 224
GROUPS = 200  # of a pack
LARGEST = 60_000_000


def _encoded(picture, **how):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, **how)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def write(path, groups):
    """groups: [(pictures [4, S, S, 3], masks [2, S, S], attributes [4, 10], names)]"""
    blobs, attributes, names = [], [], []
    for pictures, masks, table, words in groups:
        blobs += [_encoded(p, format="JPEG", quality=92, subsampling=0) for p in pictures]
        blobs += [_encoded(m, format="PNG") for m in masks]
        attributes.append(table)
        names.append(words)
    ends = np.cumsum([0] + [len(b) for b in blobs])
    data = np.concatenate(blobs)
    if len(data) > LARGEST - 2_000_000:
        raise ValueError(f"{path}: {len(data)} bytes, a pack has {LARGEST} at most")
    with open(path + ".part", "wb") as f:
        np.savez(f, blobs=data, ends=ends, attributes=np.array(attributes, np.uint8), names=np.frombuffer(json.dumps(names).encode(), np.uint8))
    os.replace(path + ".part", path)


class Pack:
    def __init__(self, path):
        with np.load(path) as z:
            self.blobs, self.ends, self.attributes = z["blobs"], z["ends"], z["attributes"]
            self.names = json.loads(z["names"].tobytes())

    def __len__(self):
        return len(self.attributes)

    def _image(self, i):
        return np.asarray(Image.open(io.BytesIO(self.blobs[self.ends[i]:self.ends[i + 1]].tobytes())))

    def group(self, i):
        """-> four images [S, S, 3] uint8, their masks [S, S] bool (empty for normal ones), attributes [4, 10], names."""
        pictures = [self._image(6 * i + j) for j in range(4)]
        # not as bool: the bytes of Pillow's are 255, which NumPy takes for true and multiplies as 255
        first, second = (np.asarray(self._image(6 * i + j), np.uint8) > 0 for j in (4, 5))
        none = np.zeros_like(first)
        return pictures, [none, first, none, second], self.attributes[i], self.names[i]


def names(folder):
    """All names that captions may use, of packs still to come too."""
    found = {n for path in paths(folder) for words in Pack(path).names for n in words}
    listed = os.path.join(folder, "names.json")
    if os.path.exists(listed):
        with open(listed, encoding="utf-8") as f:
            found |= set(json.load(f))
    return sorted(found)


def paths(folder):
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.startswith("pack") and n.endswith(".npz"))


_REAL = None


def make_pack(job):
    global _REAL
    index, folder, number, rendered, seed = job
    path, stop = os.path.join(folder, f"pack{number:04d}.npz"), os.path.join(folder, "STOP")
    if os.path.exists(path) or os.path.exists(stop):
        return path
    if _REAL is None:
        _REAL = real_scenes.Real(index)
    rng = np.random.default_rng([seed, number])
    groups = []
    while len(groups) < GROUPS:
        if os.path.exists(stop):
            return path
        made = real_scenes.rendered_group(rng, SIDE) if rng.random() < rendered else real_scenes.group(_REAL, rng, SIDE)
        if made is not None:
            groups.append(made)
    write(path, groups)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--groups", type=int, default=12000)
    parser.add_argument("--rendered", type=float, default=.35, help="share of groups of rendered categories")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    words = {n for row in real_scenes.Real(args.index).rows for n in real_scenes.names_of(row)}
    words |= {n for c in world.TRAIN for n in real_scenes.names_of_category(c)}
    with open(os.path.join(args.out, "names.json"), "w", encoding="utf-8") as f:
        json.dump(sorted(words), f)
    jobs = [(args.index, args.out, n, args.rendered, args.seed) for n in range(-(-args.groups // GROUPS))]
    with multiprocessing.Pool(args.processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(make_pack, jobs), 1):
            print(f"{done}/{len(jobs)} packs of {GROUPS} groups", flush=True)


if __name__ == "__main__":
    main()
