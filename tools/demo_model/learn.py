"""learn.py - how does the model learn from real and rendered scenes, on CPU cores or on one GPU?

    python3 learn.py --packs DIR --work DIR [--start models/demo] [--side 160 --width 192 --layers 8] [--objective memory,masked]

Writes WORK/last.pt every few minutes and goes on from it when started again, on either kind of machine; WORK/log is what it printed,
WORK/pid its process id.  SIGTERM or a file WORK/STOP: it saves and ends.  WORK/plan holds two numbers of images: where the rate begins
to fall and where it has reached nothing; then WORK/final.pt is written and it ends.  Without a plan the rate stays.

Losses: contrastive with every true caption as a target; heads on the class token; a head on the patches (is a defect here?); and
  memory   few-shot scoring as it is used: distances of an image's patches to those of another normal image of the same product, whose
           order is right when every patch of a defect is further than the others
  masked   patches that were replaced by a token are predicted from an average of the model over time, which sees them
To go on elsewhere, carry last.pt, or the pieces light-* (--light), which hold no optimiser: its averages then begin anew.
The average over time of all weights but the token table's is kept too; it is what is exported."""
import argparse
import copy
import glob
import io
import json
import os
import signal
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

import grow
import packs
import world
from captions import UNKNOWN, NamedCaptions, named_truth
from clip_model import CONFIG, Clip, Heads
from real_scenes import UNTOLD
from tokens import END, START, Tokens

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
A = {a: i for i, a in enumerate(world.ATTRIBUTES)}
N_KINDS = len(world.KINDS)
SOME = 3  # pixels of a patch that a defect must change for it to count; fewer count as nothing, neither normal nor defective
PIECE = 15_000_000  # bytes
LEAST = 10  # pixels of an image that a defect must change for the image to be anomalous


def augment(pictures, masks, table, side, rng):
    """Four images of a group -> [4, side, side, 3] uint8, masks, bits [4, 10] of what is true of them now.  Turn (mostly), mirror, channels
    and about the same crop are the group's; light and a little of everything else an image's own."""
    size = pictures[0].shape[0]
    n = size * (rng.uniform(.5, .95) if rng.random() < .5 else 1)
    corner = rng.uniform(0, size - n, 2) if n < size else np.zeros(2)
    apart = .06 if rng.random() < .6 else 0
    turn, flip, loose = int(rng.integers(4)), rng.random() < .5, rng.random() < .2  # loose: the product lies as it likes
    channels = rng.permutation(3) if rng.random() < .25 else None
    tone = (rng.uniform(.6, 1.3), rng.uniform(-.12, .12)) if rng.random() < .4 else (1, 0)
    out, where, truths = [], [], []
    for picture, mask, attributes in zip(pictures, masks, table):
        attributes = attributes.astype(np.int64)
        bits = np.left_shift(np.int64(1), np.minimum(attributes, 62))
        defective = attributes[A["kind"]] != 0
        if attributes[A["colour"]] == UNTOLD or world.QUALITIES[attributes[A["quality"]]] == "grey" or channels is not None:
            bits[A["colour"]] = UNKNOWN
        m = n * rng.uniform(.96, 1.04) if n < size else size
        m = min(m, size)
        at = np.clip(corner + rng.normal(0, apart, 2) * size, 0, size - m)
        box = (at[0], at[1], at[0] + m, at[1] + m)
        image, cover = Image.fromarray(picture), Image.fromarray(mask.view(np.uint8) * 255)
        if n == size and rng.random() < .25:  # a little askew
            angle = float(rng.normal(0, 3))
            image = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=tuple(int(v) for v in picture[::16, ::16].mean((0, 1))))
            cover = cover.rotate(angle)
        picture = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box), np.float32)
        small = np.asarray(cover.resize((side, side), Image.Resampling.BOX, box)) > 100
        if n < size:
            bits[A["size"]] = bits[A["count"]] = UNKNOWN
        if defective and small.sum() < LEAST:
            bits[A["kind"]], bits[A["severity"]], bits[A["place"]] = (1, 1, 1) if small.sum() == 0 else (bits[A["kind"]], UNKNOWN, UNKNOWN)
            defective = small.sum() > 0
        if loose:
            turn = int(rng.integers(4))
        picture, small = np.rot90(picture, turn), np.rot90(small, turn)
        if flip:
            picture, small = picture[:, ::-1], small[:, ::-1]
        if defective:
            ys, xs = np.nonzero(small)
            cy, cx = ys.mean() / side - .5, xs.mean() / side - .5
            bits[A["place"]] = 1 << (5 if abs(cx) < .13 and abs(cy) < .13 else 1 + 2 * (cy >= 0) + (cx >= 0))
            share = small.mean()
            bits[A["severity"]] = 1 << (1 if share < .012 else 2 if share < .035 else 3)
        if channels is not None:
            picture = picture[..., channels]
        gain, lift = tone[0] * rng.uniform(.93, 1.07), tone[1] + rng.uniform(-.03, .03)
        out.append(np.clip((picture - 128) * gain + 128 + 255 * lift, 0, 255).astype(np.uint8))
        where.append(small)
        truths.append(bits)
    return np.stack(out), np.stack(where), np.stack(truths)


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of `groups` groups; every worker draws its own."""

    def __init__(self, folder, side, patch, groups, seed, names):
        self.folder, self.side, self.patch, self.groups, self.seed, self.names = folder, side, patch, groups, seed, names

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        torch.set_num_threads(1)
        seed = [*self.seed, info.id if info else 0]
        rng, tokens = np.random.default_rng(seed), Tokens()
        captions = NamedCaptions(tokens.encode, tokens.whole_words(), seed + [1], self.names)
        loaded, seen = {}, 0
        while True:
            if seen % 500 == 0:  # packs that have been made since
                for path in packs.paths(self.folder):
                    if path not in loaded:
                        loaded[path] = packs.Pack(path)
                shelf = list(loaded.values())
            seen += 1
            yield self.batch(shelf, captions, rng)

    def batch(self, shelf, captions, rng):
        images, patches, bits, ids, masks, has, said = [], [], [], [], [], [], []
        grid, p = self.side // self.patch, self.patch
        for _ in range(self.groups):
            pack = shelf[int(rng.integers(len(shelf)))]
            pictures, where, table, names = pack.group(int(rng.integers(len(pack))))
            x, m, b = augment(pictures, where, table, self.side, rng)
            images.append(x)
            patches.append(m.reshape(4, grid, p, grid, p).sum((2, 4)).reshape(4, -1))
            bits.append(b)
            columns = [captions.columns[n] for n in names if n in captions.columns]
            for one in b:
                has.append(columns)
                for _ in range(2):
                    i, k, c = captions.draw_named(one, names)
                    ids.append([START] + i + [END])
                    masks.append(k)
                    said.append(c)
        longest = max(map(len, ids))
        table = np.zeros((len(ids), longest), np.int64)
        for row, i in zip(table, ids):
            row[:len(i)] = i
        bits = np.concatenate(bits)
        true = named_truth(bits, np.array(masks, np.int64), _hot(has, len(self.names)), _hot(said, len(self.names)))
        return tuple(torch.from_numpy(a) for a in (np.concatenate(images), np.concatenate(patches).astype(np.int32), bits, table, true))


def _hot(rows, width):
    out = np.zeros((len(rows), width), np.float32)
    for row, columns in zip(out, rows):
        row[columns] = 1
    return out


def memory_loss(layers, counts):
    """layers: patch tokens [B, P, d] of the blocks that a memory uses, four images a group; counts [B, P]: pixels of a defect in a patch.
    Each pair of a group is scored against the other pair's normal image."""
    total, used = 0, 0
    distance = 0
    for x in layers:
        x = F.normalize(x.float(), dim=-1)
        g = x.view(-1, 4, *x.shape[1:])
        memory = g[:, [2, 2, 0, 0]]  # for the first two the other normal image, for the other two the first
        distance = distance + (1 - (g @ memory.transpose(-1, -2)).amax(-1)) / len(layers)  # [G, 4, P]
    c = counts.view(distance.shape)
    good, bad = c == 0, c >= SOME
    for d, n, a in zip(distance, good, bad):
        d = d / .04  # cosine distances of neighbours are small: this is the scale at which an order counts as clear
        if a.any() and n.any():
            # every defective patch against all normal ones of both images, the worst weighing most
            total = total + F.softplus(torch.logsumexp(d[n], 0) - np.log(float(n.sum())) - d[a] + 1.5).mean()
            top = max(1, d.shape[1] // 20)
            s = d.topk(top, 1).values.mean(1)  # image scores
            for i in (1, 3):
                if a[i].any():
                    total = total + .5 * F.softplus(.5 * (s[0] + s[2]) - s[i] + 1).mean()
            used += 1
    return total / max(used, 1)


class Average:
    """Exponential average of a module's parameters, the token table left out."""

    def __init__(self, module, keep):
        self.keep = keep
        self.module = copy.deepcopy(module)
        for p in self.module.parameters():
            p.requires_grad_(False)
        self.pairs = [(a, b) for (n, a), b in zip(self.module.named_parameters(), module.parameters()) if n != "token_embedding.weight"]
        self.table = module.token_embedding.weight, self.module.token_embedding.weight

    @torch.no_grad()
    def update(self, step):
        keep = min(self.keep, (1 + step) / (10 + step))
        torch._foreach_lerp_([a for a, _ in self.pairs], [b.detach() for _, b in self.pairs], 1 - keep)

    def state(self):
        self.table[1].data.copy_(self.table[0].data)
        return self.module.state_dict()


def write_light(folder, state):
    """A state that is small enough to be carried: no optimiser, 16-bit numbers, the token table once, in pieces of at most 15 MB."""
    state = {k: {n: t.half() for n, t in v.items()} if k in ("clip", "average", "heads") else v for k, v in state.items()}
    del state["average"]["token_embedding.weight"]
    buffer = io.BytesIO()
    torch.save(state, buffer)
    data = buffer.getvalue()
    pieces = [data[i:i + PIECE] for i in range(0, len(data), PIECE)]
    for old in glob.glob(os.path.join(folder, "light-*")):
        os.remove(old)
    for i, piece in enumerate(pieces):
        with open(os.path.join(folder, f"light-{i}-of-{len(pieces)}"), "wb") as f:
            f.write(piece)


def read_state(folder):
    """last.pt, or the pieces of a light state that was carried here; None where there is neither."""
    last = os.path.join(folder, "last.pt")
    if os.path.exists(last):
        return torch.load(last, map_location="cpu", weights_only=False)
    pieces = sorted(glob.glob(os.path.join(folder, "light-*-of-*")))
    if not pieces:
        return None
    if len(pieces) != int(pieces[0].rsplit("-", 1)[1]):
        raise ValueError(f"{folder}: {len(pieces)} pieces of a light state, expected {pieces[0].rsplit('-', 1)[1]}")
    data = b""
    for path in pieces:
        with open(path, "rb") as f:
            data += f.read()
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=False)
    for part in ("clip", "average", "heads"):
        state[part] = {n: t.float() for n, t in state[part].items()}
    state["average"]["token_embedding.weight"] = state["clip"]["token_embedding.weight"]
    return state


class Run:
    def __init__(self, args):
        self.args = args
        self.device = torch.device(args.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.set_num_threads(args.threads)
        torch.manual_seed(args.seed)
        self.stop = False
        self.step, self.images, self.seconds = 0, 0, 0.0
        state = read_state(args.work)
        if state:
            self.config, clip = state["config"], Clip(state["config"])
            clip.load_state_dict(state["clip"])
        elif args.start:
            config, weights = grow.load(args.start)
            self.config = copy.deepcopy(config)
            self.config["vision_cfg"] |= dict(image_size=args.side, width=args.width, layers=args.layers)
            clip = grow.fit(config, weights, self.config)
        else:
            self.config = copy.deepcopy(CONFIG)
            self.config["vision_cfg"] |= dict(image_size=args.side, width=args.width, layers=args.layers)
            clip = Clip(self.config)
        v = self.config["vision_cfg"]
        heads = Heads(v["width"], N_KINDS - 1, len(world.CATEGORIES), len(world.COLOURS))
        heads.guess = nn.Sequential(nn.LayerNorm(v["width"]), nn.Linear(v["width"], v["width"]), nn.GELU(), nn.Linear(v["width"], v["width"]))
        heads.token = nn.Parameter(torch.zeros(v["width"]))
        self.clip, self.heads = clip.to(self.device), heads.to(self.device)
        self.average = Average(self.clip, args.keep)
        dense = [p for n, p in self.clip.named_parameters() if n != "token_embedding.weight"] + list(self.heads.parameters())
        self.dense = dense
        self.optimiser = torch.optim.AdamW([{"params": [p for p in dense if p.ndim > 1], "weight_decay": .05},
                                            {"params": [p for p in dense if p.ndim <= 1], "weight_decay": 0}],
                                           lr=args.rate, betas=(.9, .98), fused=True)
        self.sparse = torch.optim.SparseAdam([self.clip.token_embedding.weight], lr=args.rate)
        if state:
            self.heads.load_state_dict(state["heads"])
            self.average.module.load_state_dict(state["average"])
            if "optimiser" in state:
                self.optimiser.load_state_dict(state["optimiser"])
                self.sparse.load_state_dict(state["sparse"])
            self.step, self.images, self.seconds = state["step"], state["images"], state["seconds"]
        self.warm_from = self.step if state and "optimiser" not in state else 0
        self.log = open(self.path("log"), "a", encoding="utf-8")
        self.say(f"{'going on from' if state else 'start at'} step {self.step}, {json.dumps(self.config['vision_cfg'])}, "
                 f"{sum(p.numel() for p in self.clip.parameters())} parameters, {self.device}, {vars(args)}")

    def path(self, name):
        return os.path.join(self.args.work, name)

    def say(self, text):
        print(text, flush=True)
        self.log.write(text + "\n")
        self.log.flush()

    def save(self, name):
        torch.save({"config": self.config, "clip": self.clip.state_dict(), "average": self.average.state(), "heads": self.heads.state_dict(),
                    "optimiser": self.optimiser.state_dict(), "sparse": self.sparse.state_dict(), "step": self.step,
                    "images": self.images, "seconds": self.seconds}, self.path(name) + ".part")
        os.replace(self.path(name) + ".part", self.path(name))
        if self.args.light:
            write_light(self.args.work, {"config": self.config, "clip": self.clip.state_dict(), "average": self.average.state(),
                                         "heads": self.heads.state_dict(), "step": self.step, "images": self.images, "seconds": self.seconds})

    def rate(self):
        """-> share of the full rate; 0 when the plan is at its end."""
        share = min(1, (self.step - self.warm_from + 1) / self.args.warm)
        if os.path.exists(self.path("plan")):
            with open(self.path("plan"), encoding="utf-8") as f:
                begin, end = map(float, f.read().split()[:2])
            share *= min(max((end - self.images) / max(end - begin, 1), 0), 1)
        return share

    def losses(self, batch):
        pixels, counts, bits, ids, true = (t.to(self.device, non_blocking=True) for t in batch)
        x = pixels.permute(0, 3, 1, 2).float().div(255)
        x = (x - torch.tensor(MEAN, device=self.device)[:, None, None]) / torch.tensor(STD, device=self.device)[:, None, None]
        v, objectives = self.config["vision_cfg"], self.args.objective
        kept = dict.fromkeys([round(v["layers"] * .75), v["layers"]])
        with torch.autocast(self.device.type, torch.bfloat16):
            image, top, patches = self.clip.visual(x, kept)
            text = self.clip.encode_text(ids)
        image, text = F.normalize(image.float(), dim=-1), F.normalize(text.float(), dim=-1)
        state, kind, category, colour, patch = self.heads(top.float(), patches.float())
        logits = self.clip.logit_scale.exp().clamp(max=100) * image @ text.T
        true = true.float()
        contrast = -.5 * ((true / true.sum(1, keepdim=True).clamp(min=1) * logits.log_softmax(1)).sum(1).mean()
                          + (true / true.sum(0, keepdim=True).clamp(min=1) * logits.log_softmax(0)).sum(0).mean())
        k = bits[:, A["kind"]]
        bad = (k != 1).float()
        kinds = torch.stack([(k == (1 << j)).float() for j in range(1, N_KINDS)], 1)
        index, tone = _position(bits[:, A["category"]]), _position(bits[:, A["colour"]])
        index = torch.where(index < len(world.CATEGORIES), index, -100)
        tone = torch.where(tone < len(world.COLOURS), tone, -100)
        named = .5 * F.cross_entropy(category, index, ignore_index=-100) if (index >= 0).any() else 0
        toned = .5 * F.cross_entropy(colour, tone, ignore_index=-100) if (tone >= 0).any() else 0
        heads = (2 * F.binary_cross_entropy_with_logits(state, bad) + 2 * F.binary_cross_entropy_with_logits(kind, kinds) + named + toned)
        told = ((counts == 0) | (counts >= SOME)).float()
        local = F.binary_cross_entropy_with_logits(patch, (counts >= SOME).float(), told, pos_weight=torch.tensor(4.0, device=self.device))
        parts = {"contrast": contrast, "heads": heads, "patch": local}
        total = contrast + heads + 3 * local
        if "memory" in objectives:
            parts["memory"] = memory_loss([kept[b][:, 1:] for b in kept], counts)
            total = total + self.args.memory_weight * parts["memory"]
        if "masked" in objectives:
            parts["masked"] = self.masked(x[::2])
            total = total + self.args.masked_weight * parts["masked"]
        return total, parts, _auroc(state.detach().float(), bad)

    def masked(self, x):
        """Half of the images: squares of patches are hidden, and the average model's tokens, normalised, predicted there."""
        grid = self.config["vision_cfg"]["image_size"] // self.config["vision_cfg"]["patch_size"]
        corner = torch.rand(len(x), 3, 2, 1, device=x.device) * (grid - 2)
        length = 2 + torch.rand(len(x), 3, 2, 1, device=x.device) * (grid * .45 - 2)
        line = torch.arange(grid, device=x.device).view(1, 1, 1, -1)
        inside = (line >= corner.floor()) & (line < (corner + length).floor())
        hidden = (inside[:, :, 0, :, None] & inside[:, :, 1, None, :]).any(1).flatten(1)
        with torch.autocast(x.device.type, torch.bfloat16):
            with torch.no_grad():
                target = self.average.module.visual(x)[2]
            seen = self.clip.visual(x, hidden=(hidden, self.heads.token))[2]
            guess = self.heads.guess(seen[hidden])
        target = F.layer_norm(target[hidden].float(), target.shape[-1:])
        return F.smooth_l1_loss(guess.float(), target)

    def go(self):
        a = self.args
        names = packs.names(a.packs)
        data = Batches(a.packs, self.config["vision_cfg"]["image_size"], self.config["vision_cfg"]["patch_size"], a.groups,
                       (a.seed, self.step), names)
        loader = iter(torch.utils.data.DataLoader(data, None, num_workers=a.workers, prefetch_factor=4 if a.workers else None,
                                                  pin_memory=self.device.type == "cuda"))
        self.say(f"{len(packs.paths(a.packs))} packs, {len(names)} names")
        sums, since, saved, first, warm = {}, time.time(), time.time(), self.images, time.time()
        self.clip.train()
        while True:
            share = self.rate()
            if share <= 0 and os.path.exists(self.path("plan")):
                self.save("last.pt")
                self.save("final.pt")
                self.say(f"final at {self.images} images")
                break
            for o in (self.optimiser, self.sparse):
                for group in o.param_groups:
                    group["lr"] = a.rate * share
            total, parts, auroc = self.losses(next(loader))
            total.backward()
            norm = torch.nn.utils.clip_grad_norm_(self.dense, 1.0)
            if torch.isfinite(norm):
                self.optimiser.step()
                self.sparse.step()
            self.optimiser.zero_grad(set_to_none=True)
            self.sparse.zero_grad(set_to_none=True)
            self.average.update(self.step)
            self.step += 1
            self.images += 4 * a.groups
            if self.step % a.every == 0 or self.step == 1:
                for n, t in (parts | {"AUROC": auroc, "norm": norm}).items():
                    sums.setdefault(n, []).append(float(t.detach()))
            now = time.time()
            self.seconds += now - since
            since = now
            if self.step % (a.every * 20) == 0:
                self.say(f"step {self.step} images {self.images / 1000:.1f}k " + " ".join(f"{n} {np.mean(v):.3f}" for n, v in sums.items())
                         + f" scale {self.clip.logit_scale.exp().item():.1f} rate {share:.3f} {(self.images - first) / (now - warm):.0f}/s")
                sums, first, warm = {}, self.images, now
            if self.stop or os.path.exists(self.path("STOP")) or a.seconds and self.seconds > a.seconds:
                self.save("last.pt")
                self.say(f"stopped at step {self.step}, {self.images} images, {self.seconds:.0f} s")
                break
            if now - saved > a.save_every:
                self.save("last.pt")
                saved = now


def _position(bits):
    """Number of the one bit that is set: [B] int64."""
    return torch.log2(bits.double()).round().long()


def _auroc(scores, labels):
    rank = scores.argsort().argsort().float() + 1
    p = labels.sum()
    return (rank[labels > 0].sum() - p * (p + 1) / 2) / (p * (len(labels) - p)).clamp(min=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--start", help="a model's folder or another training's state; only without WORK/last.pt")
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--objective", type=lambda s: s.split(","), default=["memory"])
    parser.add_argument("--memory-weight", type=float, default=1.0)
    parser.add_argument("--masked-weight", type=float, default=2.0)
    parser.add_argument("--groups", type=int, default=8, help="of four images, a batch")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--warm", type=int, default=200, help="steps")
    parser.add_argument("--keep", type=float, default=.998, help="of the average over time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device")
    parser.add_argument("--seconds", type=float, default=0, help="of training after which it stops, all parts together")
    parser.add_argument("--light", action="store_true", help="also save what can be carried to another machine, WORK/light-*")
    parser.add_argument("--save-every", type=float, default=180)
    parser.add_argument("--every", type=int, default=5, help="steps between looks at the losses")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    with open(os.path.join(args.work, "pid"), "w", encoding="utf-8") as f:
        f.write(f"{os.getpid()}\n")
    run = Run(args)
    signal.signal(signal.SIGTERM, lambda *_: setattr(run, "stop", True))
    run.go()
    os.remove(run.path("pid"))
    sys.stdout.flush()
    os._exit(0)  # the workers' endless batches are not waited for


if __name__ == "__main__":
    main()
