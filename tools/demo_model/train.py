"""train.py - how does the small CLIP learn?

    python3 train.py --work DIR [--processes 2]

Each process has one thread, draws its own batches and shares its gradients: on a few cores that is faster than one process with
several threads.  Reads DIR/pool, writes DIR/last.pt every few minutes and goes on from it.  The learning rate stays constant until
the file DIR/decay exists; it holds the seconds, counted from the file's own time, over which the rate then falls linearly to
nothing, after which DIR/final.pt is written and the run ends.  DIR/before_decay.pt keeps the state before, so that a longer run can
start there.  Needs PyTorch, NumPy, Pillow and open-clip-torch (for its tokenizer and vocabulary)."""
import argparse
import glob
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing
from PIL import Image
from torch.nn import functional as F

import world
from captions import UNKNOWN, Captions, truth
from clip_model import CONFIG, Clip, Heads

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
A = {a: i for i, a in enumerate(world.ATTRIBUTES)}
N_KINDS = len(world.KINDS)


SIDE = CONFIG["vision_cfg"]["image_size"]
PATCH = CONFIG["vision_cfg"]["patch_size"]
GRID = SIDE // PATCH


class Pool:
    def __init__(self, folder):
        self.shards = []
        for path in sorted(glob.glob(os.path.join(folder, "shard*.npz"))):
            if not path.endswith(".part.npz"):
                with np.load(path) as z:
                    self.shards.append((np.load(path.replace(".npz", "-pictures.npy"), mmap_mode="r"), z["masks"], z["attributes"]))

    def twin(self, rng):
        pictures, masks, attributes = self.shards[int(rng.integers(len(self.shards)))]
        i = int(rng.integers(len(pictures)))
        side = pictures.shape[2]
        return pictures[i], np.unpackbits(masks[i]).reshape(side, side).astype(bool), attributes[i]


def augment(picture, mask, attributes, rng):
    """One image of a twin, its defect mask (empty for the normal one) -> image, mask, bits [10] of what is true of it now."""
    bits = np.left_shift(np.int64(1), attributes.astype(np.int64))
    defective = attributes[A["kind"]] != 0
    if bits[A["category"]] and world.QUALITIES[attributes[A["quality"]]] == "grey":
        bits[A["colour"]] = UNKNOWN
    side, box = picture.shape[0], None
    if rng.random() < .45:  # a crop; the defect may leave the image
        n = int(side * rng.uniform(.45, .95))
        y, x = rng.integers(0, side - n + 1, 2)
        left = mask[y:y + n, x:x + n].sum() * (SIDE / n) ** 2  # pixels of the model's input
        if not defective or left == 0 or left >= 60:
            box = (int(x), int(y), int(x) + n, int(y) + n)
            bits[A["size"]] = bits[A["count"]] = UNKNOWN
            if defective and left == 0:
                bits[A["kind"]], bits[A["severity"]], bits[A["place"]] = 1, 1, 1
                defective = False
    picture = np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC, box))
    mask = np.asarray(Image.fromarray(mask.view(np.uint8) * 255).resize((SIDE, SIDE), Image.Resampling.BOX, box)) > 127
    turn, flip = int(rng.integers(4)), rng.random() < .5
    picture, mask = np.rot90(picture, turn), np.rot90(mask, turn)
    if flip:
        picture, mask = picture[:, ::-1], mask[:, ::-1]
    if defective:
        ys, xs = np.nonzero(mask)
        cy, cx = ys.mean() / mask.shape[0] - .5, xs.mean() / mask.shape[1] - .5
        place = 5 if abs(cx) < .13 and abs(cy) < .13 else 1 + 2 * (cy >= 0) + (cx >= 0)
        share = mask.mean()
        bits[A["place"]] = 1 << place
        bits[A["severity"]] = 1 << (1 if share < .012 else 2 if share < .035 else 3)
    picture = picture.astype(np.float32) / 255
    if rng.random() < .3:
        picture = picture[..., rng.permutation(3)]
        bits[A["colour"]] = UNKNOWN
    if rng.random() < .4:
        picture = np.clip((picture - .5) * rng.uniform(.6, 1.3) + .5 + rng.uniform(-.12, .12), 0, 1)
    return picture, mask, bits


def make_batch(pool, captions, rng, twins, per_picture):
    pictures, patches, bits, ids, masks = [], [], [], [], []
    for _ in range(twins):
        pair, mask, attributes = pool.twin(rng)
        for j in range(2):
            p, m, b = augment(pair[j], mask if j else np.zeros_like(mask), attributes[j], rng)
            pictures.append((p - MEAN) / STD)
            patches.append(m.reshape(GRID, PATCH, GRID, PATCH).sum((1, 3)).reshape(-1) >= 6)
            bits.append(b)
            for _ in range(per_picture):
                i, k = captions.draw(b)
                ids.append([49406] + i + [49407])
                masks.append(k)
    longest = max(map(len, ids))
    table = np.zeros((len(ids), longest), np.int64)
    for row, i in zip(table, ids):
        row[:len(i)] = i
    return (torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).copy()), torch.from_numpy(np.stack(patches).astype(np.float32)),
            np.stack(bits), torch.from_numpy(table), np.array(masks, np.int64))


def losses(clip, heads, batch):
    pixels, patch_target, bits, ids, masks = batch
    with torch.autocast("cpu", torch.bfloat16, enabled=True):
        image, top, patches = clip.visual(pixels)
        text = clip.encode_text(ids)
    image, text = F.normalize(image.float(), dim=-1), F.normalize(text.float(), dim=-1)
    state, kind, category, colour, patch = heads(top.float(), patches.float())
    logits = clip.logit_scale.exp().clamp(max=100) * image @ text.T
    true = torch.from_numpy(truth(bits, masks)).float()
    contrast = -0.5 * ((true / true.sum(1, keepdim=True).clamp(min=1) * logits.log_softmax(1)).sum(1).mean()
                       + (true / true.sum(0, keepdim=True).clamp(min=1) * logits.log_softmax(0)).sum(0).mean())
    k = torch.from_numpy(bits[:, A["kind"]])
    bad = (k != 1).float()
    kinds = torch.stack([(k == (1 << j)).float() for j in range(1, N_KINDS)], 1)
    index = torch.from_numpy(np.log2(bits[:, A["category"]]).astype(np.int64))
    tone = bits[:, A["colour"]]
    tone = torch.from_numpy(np.where(tone < UNKNOWN, np.log2(tone), -100).astype(np.int64))
    supervised = (2 * F.binary_cross_entropy_with_logits(state, bad) + 2 * F.binary_cross_entropy_with_logits(kind, kinds)
                  + .5 * F.cross_entropy(category, index) + .5 * F.cross_entropy(colour, tone, ignore_index=-100))
    local = F.binary_cross_entropy_with_logits(patch, patch_target, pos_weight=torch.tensor(4.0))
    return contrast, supervised, local, _auroc(state.detach(), bad), (category.argmax(1) == index).float().mean()


def _auroc(scores, labels):
    order = scores.argsort()
    rank = torch.empty_like(scores)
    rank[order] = torch.arange(1, len(scores) + 1, dtype=scores.dtype)
    p = labels.sum()
    return (rank[labels > 0].sum() - p * (p + 1) / 2) / (p * (len(labels) - p)).clamp(min=1)


def average_gradients(parameters, token_embedding):
    """All processes get the mean of their gradients: the dense ones as one flat vector, the token table's as a sparse one."""
    n = dist.get_world_size()
    gradients = [p.grad for p in parameters]
    flat = torch._utils._flatten_dense_tensors(gradients)
    dist.all_reduce(flat)
    for g, mean in zip(gradients, torch._utils._unflatten_dense_tensors(flat / n, gradients)):
        g.copy_(mean)
    sparse = token_embedding.weight.grad.coalesce()
    dist.all_reduce(sparse)
    token_embedding.weight.grad = sparse / n


def learn(rank, args):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{os.path.abspath(args.work)}/meeting-{args.run}", rank=rank,
                            world_size=args.processes)
    torch.manual_seed(args.seed)  # the same start in every process
    from open_clip.tokenizer import SimpleTokenizer
    bpe = SimpleTokenizer()
    words = [w[:-4] for w in bpe.encoder if w.endswith("</w>") and w[:-4].isascii() and w[:-4].isalpha() and 5 <= len(w) - 4 <= 10]
    pool = Pool(os.path.join(args.work, "pool"))
    clip, heads = Clip(), Heads(CONFIG["vision_cfg"]["width"], N_KINDS - 1, len(world.CATEGORIES), len(world.COLOURS))
    dense = [p for n, p in clip.named_parameters() if n != "token_embedding.weight"] + list(heads.parameters())
    optimiser = torch.optim.AdamW([{"params": [p for p in dense if p.ndim > 1], "weight_decay": .05},
                                   {"params": [p for p in dense if p.ndim <= 1], "weight_decay": 0}],
                                  lr=args.rate, betas=(.9, .98), fused=True)
    sparse = torch.optim.SparseAdam([clip.token_embedding.weight], lr=args.rate)
    step, pictures, decay_start = 0, 0, None
    last, decay = os.path.join(args.work, "last.pt"), os.path.join(args.work, "decay")

    def say(text):
        if rank == 0:
            print(text, flush=True)

    def save(path):
        if rank == 0:
            torch.save({"clip": clip.state_dict(), "heads": heads.state_dict(), "optimiser": optimiser.state_dict(),
                        "sparse": sparse.state_dict(), "step": step, "pictures": pictures}, path + ".part")
            os.replace(path + ".part", path)

    if os.path.exists(last):
        state = torch.load(last, weights_only=False)
        clip.load_state_dict(state["clip"])
        heads.load_state_dict(state["heads"])
        optimiser.load_state_dict(state["optimiser"])
        sparse.load_state_dict(state["sparse"])
        step, pictures = state["step"], state["pictures"]
        say(f"going on from step {step}")
    say(f"{len(pool.shards)} shards, {len(words)} vocabulary words, {len(world.STATES)} state words")
    rng = np.random.default_rng([args.seed, step, rank])
    captions = Captions(bpe.encode, words, [args.seed, step, rank, 1])
    maker = ThreadPoolExecutor(1)
    ahead = maker.submit(make_batch, pool, captions, rng, args.twins, 2)
    saved = started = time.time()
    begun, sums = pictures, np.zeros(6)
    while True:
        scale = min(1, (step + 1) / 200)
        clock = torch.tensor([time.time(), 0, 0], dtype=torch.float64)  # process 0 tells the time, all follow
        if os.path.exists(decay):
            clock[1], clock[2] = os.path.getmtime(decay), float(open(decay).read())
        dist.broadcast(clock, 0)
        now, mark, span = clock.tolist()
        done = 0.0
        if span > 0:
            if decay_start is None:
                decay_start = mark
                if not os.path.exists(before := os.path.join(args.work, "before_decay.pt")):
                    save(before)
                say("decay begins")
            done = min((now - mark) / span, 1)
            scale *= 1 - done
        for o in (optimiser, sparse):
            for group in o.param_groups:
                group["lr"] = args.rate * scale
        batch, ahead = ahead.result(), maker.submit(make_batch, pool, captions, rng, args.twins, 2)
        contrast, supervised, local, auroc, named = losses(clip, heads, batch)
        (contrast + supervised + 3 * local).backward()
        average_gradients(dense, clip.token_embedding)
        torch.nn.utils.clip_grad_norm_(dense, 1.0)
        if done < 1:  # SparseAdam refuses a rate of 0
            optimiser.step()
            sparse.step()
        optimiser.zero_grad(set_to_none=True)
        sparse.zero_grad(set_to_none=True)
        step += 1
        pictures += 2 * args.twins * args.processes
        sums += [contrast.item(), supervised.item(), local.item(), auroc.item(), named.item(), 1]
        if step % 100 == 0:
            c, s, p, a, n, k = sums
            say(f"step {step} pictures {pictures / 1000:.0f}k contrast {c / k:.3f} heads {s / k:.3f} patch {p / k:.3f} "
                f"state AUROC {a / k:.3f} category {n / k:.3f} scale {clip.logit_scale.exp().item():.1f} rate {scale:.3f} "
                f"{(pictures - begun) / (time.time() - started):.0f}/s")
            sums[:] = 0
        if done >= 1:
            save(os.path.join(args.work, "final.pt"))
            say("final")
            break
        if now - saved > 180:
            save(last)
            saved = now
            pool = Pool(os.path.join(args.work, "pool"))  # shards that have been rendered since
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--twins", type=int, default=24, help="of a process's batch")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.run = os.getpid()
    torch.multiprocessing.spawn(learn, (args,), args.processes)


if __name__ == "__main__":
    main()
