"""learn.py - how does the model learn from real and rendered scenes, on CPU cores or on one GPU?

    python3 learn.py --packs DIR --work DIR [--start models/demo] [--side 160 --width 192 --layers 8] [--objective memory,masked]

Writes WORK/last.pt every few minutes and goes on from it when started again, on either kind of machine; WORK/log is what it printed,
WORK/pid its process id.  SIGTERM or a file WORK/STOP: it saves and ends.  WORK/plan holds two numbers of images: where the rate begins
to fall and where it has reached nothing; then WORK/final.pt is written and it ends.  Without a plan the rate stays.

Losses: contrastive with every true caption as a target; heads on the class token; a head on the patches (is a defect here?); and
  memory   few-shot scoring as it is used: distances of an image's patches to those of another normal image of the same product, whose
           order is right when every patch of a defect is further than the others
  masked   patches that were replaced by a token are predicted from an average of the model over time, which sees them
  teacher  patch tokens lie to each other as another network's features do, and tell them through a linear head (teacher.py, views.py)
  like     image embeddings are those of another model of ours (--like), whose text tower is taken over and rests: what its words could
           tell, they can still tell.  Needs no caption
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
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

import grow
import packs
import teacher
import views
import world
from augment import A, augment
from captions import NamedCaptions, named_truth
from clip_model import CONFIG, Clip, Heads
from tokens import END, START, Tokens

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
N_KINDS = len(world.KINDS)
SOME = 3  # pixels of a patch that a defect must change for it to count; fewer count as nothing, neither normal nor defective
PIECE = 15_000_000  # bytes


class Batches(torch.utils.data.IterableDataset):
    """Endless batches of `groups` groups; every worker draws its own."""

    def __init__(self, folder, side, patch, groups, seed, names):
        self.folder, self.side, self.patch, self.groups, self.seed, self.names = folder, side, patch, groups, seed, names
        self.loaded = {}  # packs, by path

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        torch.set_num_threads(1)
        seed = [*self.seed, info.id if info else 0]
        rng, tokens = np.random.default_rng(seed), Tokens()
        captions = NamedCaptions(tokens.encode, tokens.whole_words(), seed + [1], self.names)
        seen = 0
        while True:
            if seen % 500 == 0:  # files that have been made since
                shelf = self.shelf()
            seen += 1
            yield self.batch(shelf, captions, rng)

    def shelf(self):
        """What groups are drawn from, with what was made since the last call."""
        for path in packs.paths(self.folder):
            if path not in self.loaded:
                self.loaded[path] = packs.Pack(path)
        return list(self.loaded.values())

    def batch(self, shelf, captions, rng):
        images, patches, bits, known = self.draw(shelf, self.groups, rng)
        bits = np.concatenate(bits)
        text = self.texts(bits, known, captions)
        return tuple(torch.from_numpy(a) for a in (np.concatenate(images), np.concatenate(patches), bits, *text))

    def draw(self, shelf, groups, rng):
        """-> of each group: images [4, S, S, 3], pixels of a defect in each patch [4, P], bits [4, 10], names"""
        images, patches, bits, known = [], [], [], []
        grid, p = self.side // self.patch, self.patch
        for _ in range(groups):
            pack = shelf[int(rng.integers(len(shelf)))]
            pictures, where, table, names = pack.group(int(rng.integers(len(pack))))
            x, m, b = augment(pictures, where, table, self.side, rng)
            images.append(x)
            patches.append(m.reshape(4, grid, p, grid, p).sum((2, 4)).reshape(4, -1).astype(np.int32))
            bits.append(b)
            known.append(names)
        return images, patches, bits, known

    def texts(self, bits, known, captions):
        """Two captions an image: bits [B, 10], names of each group -> token ids [2 B, T], which are true of which image [B, 2 B]."""
        ids, masks, has, said = [], [], [], []
        for i, one in enumerate(bits):
            names = known[i // 4]
            has.append([captions.columns[n] for n in names if n in captions.columns])
            for _ in range(2):
                words, mask, columns = captions.draw_named(one, names)
                ids.append([START] + words + [END])
                masks.append(mask)
                said.append(columns)
        table = np.zeros((len(ids), max(map(len, ids))), np.int64)
        for row, words in zip(table, ids):
            row[:len(words)] = words
        return table, named_truth(bits, np.array(masks, np.int64), _hot(has, len(self.names)), _hot(said, len(self.names)))


class Views(Batches):
    """As Batches; the first `fresh` groups come from the packs, the others are views, with what the teacher saw; a third of all are groups that no
    caption is true of, and come last."""

    def __init__(self, views_folder, fresh, *rest):
        super().__init__(*rest)
        self.views, self.fresh, self.shards = views_folder, fresh, {}

    def shelf(self):
        for path in views.paths(self.views):
            if path not in self.shards:
                self.shards[path] = views.Shard(path)
        return list(self.shards.values()), super().shelf() if self.fresh else []

    def batch(self, shelf, captions, rng):
        shards, shelf = shelf
        told = self.groups - self.groups // 3
        images, patches, bits, known = self.draw(shelf, self.fresh, rng)
        picked = [views.pick(shards, i < told, rng) for i in range(self.fresh, self.groups)]
        known += [shard.names[i] for shard, i in picked[:told - self.fresh]]
        seen, counts, truths, local = zip(*(shard.group(i) for shard, i in picked))
        bits = np.concatenate([*bits, *truths[:told - self.fresh]])
        text = self.texts(bits, known, captions)
        return tuple(torch.from_numpy(a) for a in (np.concatenate([*images, *seen]), np.concatenate([*patches, *counts]), bits, *text, np.concatenate(local)))


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


def together(dense, table, control):
    """All processes get the mean of their gradients: the dense ones as one flat vector, the token table's as a sparse one; -> the sum of
    their control numbers."""
    n = dist.get_world_size()
    for p in dense:  # a head that this batch said nothing to has none, the other process' has perhaps
        if p.grad is None:
            p.grad = torch.zeros_like(p)
    flat = torch.cat([p.grad.flatten() for p in dense] + [torch.tensor(control)])
    dist.all_reduce(flat)
    for p, part in zip(dense, flat[:-len(control)].split([p.numel() for p in dense])):
        p.grad.copy_((part / n).view_as(p))
    if table.grad is not None:  # the text tower may rest
        sparse = table.grad.coalesce()
        dist.all_reduce(sparse)
        table.grad = (sparse / n).coalesce()
    return flat[-len(control):].tolist()


class Run:
    def __init__(self, args, rank=0):
        self.args, self.rank = args, rank
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
        self.like = self.take_texts(clip, args.like) if "like" in args.objective else None
        heads = Heads(v["width"], N_KINDS - 1, len(world.CATEGORIES), len(world.COLOURS))
        heads.guess = nn.Sequential(nn.LayerNorm(v["width"]), nn.Linear(v["width"], v["width"]), nn.GELU(), nn.Linear(v["width"], v["width"]))
        heads.token = nn.Parameter(torch.zeros(v["width"]))
        if "teacher" in args.objective:
            self.widths = views.widths(args.views)
            heads.local = nn.ModuleList(nn.Linear(v["width"], sum(self.widths)) for _ in self.taken())
        self.clip, self.heads = clip.to(self.device), heads.to(self.device)
        self.average = Average(self.clip, args.keep)
        dense = [p for n, p in self.clip.named_parameters() if n != "token_embedding.weight" and p.requires_grad] + list(self.heads.parameters())
        self.dense = dense
        self.optimiser = torch.optim.AdamW([{"params": [p for p in dense if p.ndim > 1], "weight_decay": .05},
                                            {"params": [p for p in dense if p.ndim <= 1], "weight_decay": 0}],
                                           lr=args.rate, betas=(.9, .98), fused=True)
        self.sparse = torch.optim.SparseAdam([self.clip.token_embedding.weight], lr=args.rate)
        if state:
            self.heads.load_state_dict(state["heads"])
            self.average.module.load_state_dict(state["average"] | self.texts())
            if state.get("like") != args.like:  # other parameters are trained now
                state.pop("optimiser", None)
            if "optimiser" in state:
                self.optimiser.load_state_dict(state["optimiser"])
                self.sparse.load_state_dict(state["sparse"])
            self.step, self.images, self.seconds = state["step"], state["images"], state["seconds"]
        self.warm_from = self.step if state and "optimiser" not in state else 0
        self.log = open(self.path("log"), "a", encoding="utf-8")
        self.say(f"{'going on from' if state else 'start at'} step {self.step}, {json.dumps(self.config['vision_cfg'])}, "
                 f"{sum(p.numel() for p in self.clip.parameters())} parameters, {self.device}, {vars(args)}")

    def take_texts(self, clip, folder):
        """-> the model whose image embeddings are to stay; clip has its text tower from here on, which rests."""
        config, weights = grow.load(folder)
        like = Clip(config).to(self.device).eval().requires_grad_(False)
        like.load_state_dict(weights)
        clip.load_state_dict({n: t for n, t in weights.items() if not n.startswith("visual.")}, strict=False)
        for n, p in clip.named_parameters():
            p.requires_grad_(n.startswith("visual."))
        return like

    def texts(self):
        """The text tower's weights, if it rests."""
        return {n: t for n, t in self.clip.state_dict().items() if self.like is not None and not n.startswith("visual.")}

    def path(self, name):
        return os.path.join(self.args.work, name)

    def taken(self):
        """The blocks whose patch tokens a memory compares."""
        layers = self.config["vision_cfg"]["layers"]
        return list(dict.fromkeys([layers * 3 // 4, layers]))

    def say(self, text):
        if self.rank:
            return
        print(text, flush=True)
        self.log.write(text + "\n")
        self.log.flush()

    def save(self, name):
        if self.rank:
            return
        torch.save({"config": self.config, "clip": self.clip.state_dict(), "average": self.average.state(), "heads": self.heads.state_dict(),
                    "optimiser": self.optimiser.state_dict(), "sparse": self.sparse.state_dict(), "step": self.step,
                    "images": self.images, "seconds": self.seconds, "like": self.args.like}, self.path(name) + ".part")
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
        pixels, counts, bits, ids, true, *seen = (t.to(self.device, non_blocking=True) for t in batch)
        x = pixels.permute(0, 3, 1, 2).float().div(255)
        x = (x - torch.tensor(MEAN, device=self.device)[:, None, None]) / torch.tensor(STD, device=self.device)[:, None, None]
        objectives, told = self.args.objective, len(true)
        kept = dict.fromkeys(self.taken())
        with torch.autocast(self.device.type, torch.bfloat16):
            image, top, patches = self.clip.visual(x, kept)
            text = self.clip.encode_text(ids)
        parts, total = {}, 0
        if seen:
            wanted = teacher.target(*seen, self.widths, teacher.SHARES)  # of the last images
            parts = teacher.losses([kept[b][-len(wanted):, 1:].float() for b in kept], wanted, self.heads.local)
            total = sum(self.args.teacher_weight * teacher.WEIGHTS[n] * t for n, t in parts.items())
        if self.like is not None:
            parts["like"] = self.away(x, image)
            total = total + self.args.like_weight * parts["like"]
        image, top, patches, counts = (t[:told] for t in (image, top, patches, counts))  # nothing is said of the others
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
        clear = ((counts == 0) | (counts >= SOME)).float()
        local = F.binary_cross_entropy_with_logits(patch, (counts >= SOME).float(), clear, pos_weight=torch.tensor(4.0, device=self.device))
        parts |= {"contrast": contrast, "heads": heads, "patch": local}
        total = total + contrast + heads + 3 * local
        if "memory" in objectives:
            parts["memory"] = memory_loss([kept[b][:told, 1:] for b in kept], counts)
            total = total + self.args.memory_weight * parts["memory"]
        if "masked" in objectives:
            parts["masked"] = self.masked(x[:told:2])
            total = total + self.args.masked_weight * parts["masked"]
        return total, parts, _auroc(state.detach().float(), bad)

    def away(self, x, image):
        """How far the images' embeddings are from those of the model that they are to be like: mean of 1 - cosine."""
        side = self.like.visual.conv1.stride[0] * round((len(self.like.visual.positional_embedding) - 1) ** .5)
        small = F.interpolate(x, (side, side), mode="bilinear", antialias=True, align_corners=False)
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16):
            wish = self.like.visual(small)[0]
        return (1 - F.cosine_similarity(image.float(), wish.float(), dim=-1)).mean()

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
        shape = self.config["vision_cfg"]["image_size"], self.config["vision_cfg"]["patch_size"]
        if "teacher" in a.objective:
            data = Views(a.views, a.fresh, a.packs, *shape, a.groups, (a.seed, self.step, self.rank), names)
        else:
            data = Batches(a.packs, *shape, a.groups, (a.seed, self.step, self.rank), names)
        loader = iter(torch.utils.data.DataLoader(data, None, num_workers=a.workers, prefetch_factor=4 if a.workers else None,
                                                  pin_memory=self.device.type == "cuda"))
        self.say(f"{len(packs.paths(a.packs))} packs, {len(names)} names")
        sums, since, saved, first, warm = {}, time.time(), time.time(), self.images, time.time()
        self.clip.train()
        while True:
            total, parts, auroc = self.losses(next(loader))
            total.backward()
            stop = self.stop or os.path.exists(self.path("STOP")) or a.seconds and self.seconds > a.seconds
            share = self.rate()
            if a.processes > 1:  # what the first one reads counts for all: files change at any moment
                share, stop = together(self.dense, self.clip.token_embedding.weight, [share, float(stop)] if self.rank == 0 else [0., 0.])
            if share <= 0 and os.path.exists(self.path("plan")):
                self.save("last.pt")
                self.save("final.pt")
                self.say(f"final at {self.images} images")
                break
            for o in (self.optimiser, self.sparse):
                for group in o.param_groups:
                    group["lr"] = a.rate * share
            norm = torch.nn.utils.clip_grad_norm_(self.dense, 1.0)
            if torch.isfinite(norm):
                self.optimiser.step()
                self.sparse.step()
            self.optimiser.zero_grad(set_to_none=True)
            self.sparse.zero_grad(set_to_none=True)
            self.average.update(self.step)
            self.step += 1
            self.images += 4 * a.groups * a.processes
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
            if stop:
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
    parser.add_argument("--teacher-weight", type=float, default=1.0)
    parser.add_argument("--like", help="a model's folder, for the objective like")
    parser.add_argument("--like-weight", type=float, default=10.0)
    parser.add_argument("--views", help="views.py's folder, for the objective teacher")
    parser.add_argument("--fresh", type=int, default=0, help="groups of a batch that are no views: the teacher says nothing of them, and no two are the same; at most two thirds of all")
    parser.add_argument("--groups", type=int, default=8, help="of four images, a batch")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--warm", type=int, default=200, help="steps")
    parser.add_argument("--keep", type=float, default=.998, help="of the average over time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1, help="that share the work on a CPU, each with a batch of its own")
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
    others = [torch.multiprocessing.get_context("spawn").Process(target=learn, args=(args, rank), daemon=True)
              for rank in range(1, args.processes)]
    for other in others:
        other.start()
    learn(args, 0)
    for other in others:
        other.kill()
    os.remove(os.path.join(args.work, "pid"))
    sys.stdout.flush()
    os._exit(0)  # the workers' endless batches are not waited for


def learn(args, rank):
    if args.processes > 1:
        meeting = os.path.abspath(os.path.join(args.work, f"meeting-{os.getpid() if rank == 0 else os.getppid()}"))
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.processes)
    run = Run(args, rank)
    signal.signal(signal.SIGTERM, lambda *_: setattr(run, "stop", True))
    run.go()
    if rank:  # what it sent last may still be on its way: it is ended by the first one, which has all
        time.sleep(60)
        os._exit(0)
    if args.processes > 1:
        os.remove(meeting)


if __name__ == "__main__":
    main()
