"""pool.py - how are training images rendered once and kept?

    python3 pool.py --work DIR --twins 50000 --processes 2 [--seed 1]

DIR/pool/: shardNNNN-pictures.npy [n, 2, S, S, 3] uint8 (normal, defective), to be mapped into memory; shardNNNN.npz with masks
[n, S*S/8] bits and attributes [n, 2, 10], indices into the lists of world.py.  Images are larger than the model's input, so that
crops are sharp.  Held-out and validation categories and kinds do not occur.  A shard that is there is not made again."""
import argparse
import multiprocessing
import os

import numpy as np

import world
from render import twin

SIDE = 192
LISTS = {"category": world.CATEGORIES, "colour": list(world.COLOURS), "kind": world.KINDS + world.HELD_OUT_KINDS,
         "severity": world.SEVERITIES, "place": world.PLACES, "background": world.BACKGROUNDS, "light": world.LIGHTS,
         "size": world.SIZES, "quality": world.QUALITIES, "count": world.COUNTS}
SHARD = 1000
MORE_THAN_ONE = 0.3  # of the images of objects


def encode(attributes):
    return [LISTS[a].index(attributes[a]) for a in world.ATTRIBUTES]


def make_shard(job):
    folder, shard, seed = job
    path = os.path.join(folder, f"shard{shard:04d}.npz")
    if os.path.exists(path):
        return path
    rng = np.random.default_rng([seed, shard])
    weights = np.array([5.0 if c in world.ABSTRACT else 1.0 for c in world.TRAIN])
    pictures = np.zeros((SHARD, 2, SIDE, SIDE, 3), np.uint8)
    masks = np.zeros((SHARD, SIDE * SIDE // 8), np.uint8)
    attributes = np.zeros((SHARD, 2, len(world.ATTRIBUTES)), np.uint8)
    i = 0
    while i < SHARD:
        category = str(rng.choice(world.TRAIN, p=weights / weights.sum()))
        kind = str(rng.choice(world.KINDS[1:]))
        count = int(rng.integers(2, len(world.COUNTS))) if category in world.OBJECTS and rng.random() < MORE_THAN_ONE else 1
        normal, bad, mask, a, b = twin(category, kind, rng, SIDE, count)
        if bad is None:
            continue
        pictures[i], masks[i] = (normal, bad), np.packbits(mask.ravel())
        attributes[i] = encode(a), encode(b)
        i += 1
    np.save(path.replace(".npz", "-pictures.npy"), pictures)
    np.savez(path + ".part.npz", masks=masks, attributes=attributes)
    os.replace(path + ".part.npz", path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    parser.add_argument("--twins", type=int, default=45000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    folder = os.path.join(args.work, "pool")
    os.makedirs(folder, exist_ok=True)
    jobs = [(folder, s, args.seed) for s in range(-(-args.twins // SHARD))]
    with multiprocessing.Pool(args.processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(make_shard, jobs), 1):
            print(f"\r{done}/{len(jobs)} shards of {SHARD} twins", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
