"""real_eval.py - how good is a model, or a state of its training, on real images?

    python3 real_eval.py --model DIR|STATE.pt --real DIR --tiles DIR [--side 160] [--limit 60] [--log FILE --note TEXT]

--real   <set>/test/good, <set>/test/<anything else>, perhaps <set>/train/good and <set>/ground_truth/<kind> (MVTec AD's layout)
--tiles  MT_Free/Imgs, MT_<Kind>/Imgs: .jpg with a mask .png of the same name

The sets choose between trainings; nothing is trained on them.  Words: "a photo of a normal object" against "... anomalous ...", the whole
image, and the mean with 2 x 2 windows of 0.7.  Memory: k normal images, x_l the L2-normalised outputs of the blocks at 3/4 of the depth
and at its end, d the mean over l of the smallest 1 - cosine to a patch of the memory, an image's score the mean of the highest 5 % of
its patches.  The k are drawn five times from normal images that are not tested: 40 spare ones, or 16 of the tested ones that are left out
then.  Mean and standard deviation over these draws."""
import argparse
import hashlib
import json
import os

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

import grow
from clip_model import Clip
from tokens import Tokens

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
SHOTS, DRAWS, SPARE, LEFT_OUT = (4, 16), 5, 40, 16
CROPS = [(0, 0, 1, 1)] + [(x, y, x + .7, y + .7) for y in (0, .3) for x in (0, .3)]


def spaced(items, n):
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, n).round()] if len(items) > n else items


def _images(folder):
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.lower().endswith((".jpg", ".jpeg", ".png", ".bmp"))) if os.path.isdir(folder) else []


def _mask_of(root, name, path):
    kind, stem = path.split(os.sep)[-2], os.path.splitext(os.path.basename(path))[0]
    for ending in ("_mask.png", ".png"):
        mask = os.path.join(root, name, "ground_truth", kind, stem + ending)
        if os.path.exists(mask):
            return mask
    return None


def sets(real, tiles, limit):
    """[(name, normal paths, anomalous paths, spare normal paths, masks or None of the anomalous)]"""
    found = []
    for name in sorted(os.listdir(real)) if real else []:
        test = os.path.join(real, name, "test")
        good = _images(os.path.join(test, "good"))
        bad = [p for kind in sorted(os.listdir(test)) if kind != "good" for p in _images(os.path.join(test, kind))]
        normal = spaced(good, limit)
        spare = _images(os.path.join(real, name, "train", "good")) or [p for p in good if p not in set(normal)]
        bad = spaced(bad, limit)
        found.append((name, normal, bad, spaced(spare, SPARE), [_mask_of(real, name, p) for p in bad]))
    if tiles:
        good = [p for p in _images(os.path.join(tiles, "MT_Free", "Imgs")) if p.endswith(".jpg")]
        bad = [p for k in sorted(os.listdir(tiles)) if k.startswith("MT_") and k != "MT_Free"
               for p in _images(os.path.join(tiles, k, "Imgs")) if p.endswith(".jpg")]
        normal, bad = spaced(good, limit), spaced(bad, limit)
        spare = [p for p in good if p not in set(normal)]
        found.append(("tiles", normal, bad, spaced(spare, SPARE), [p[:-4] + ".png" for p in bad]))
    return found


def auroc(good, bad):
    good, bad = np.asarray(good), np.asarray(bad)
    order = np.argsort(np.concatenate([good, bad]), kind="stable")
    values = np.concatenate([good, bad])[order]
    ranks = np.empty(len(values))
    _, start, count = np.unique(values, return_index=True, return_counts=True)
    ranks[order] = np.repeat(start + (count + 1) / 2, count)
    return (ranks[len(good):].sum() - len(bad) * (len(bad) + 1) / 2) / (len(bad) * len(good))


def pixels(path, side):
    """-> [5, 3, side, side] uint8: the whole image and four windows, squashed."""
    with Image.open(path) as image:
        image = image.convert("RGB")
    w, h = image.size
    out = [np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, (a * w, b * h, c * w, d * h))) for a, b, c, d in CROPS]
    return torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2)


def decoded(paths, side, cache):
    """-> [N, 5, 3, side, side] uint8; kept in a file of the folder `cache`, since decoding takes longer than a small model."""
    if not cache:
        return torch.stack([pixels(p, side) for p in paths])
    name = os.path.join(cache, f"{hashlib.sha256(json.dumps([paths, side]).encode()).hexdigest()[:16]}.npy")
    if not os.path.exists(name):
        os.makedirs(cache, exist_ok=True)
        np.save(name + ".part.npy", np.stack([pixels(p, side).numpy() for p in paths]))
        os.replace(name + ".part.npy", name)
    return torch.from_numpy(np.load(name))


@torch.no_grad()
def encode(clip, paths, side, blocks, words, cache=None):
    """-> logits of words [N, 5], tokens [layers, N, P, d], unit."""
    logits, tokens = [], []
    for part in decoded(paths, side, cache).split(8):
        x = (part.float() / 255 - MEAN) / STD
        n = len(x)
        kept = dict.fromkeys(blocks)
        with torch.autocast("cpu", torch.bfloat16):
            whole, _, _ = clip.visual(x[:, 0], kept)
            parts, _, _ = clip.visual(x[:, 1:].reshape(n * 4, *x.shape[2:]))
        v = F.normalize(torch.cat([whole[:, None], parts.view(n, 4, -1)], 1).float(), dim=-1)
        logits.append(v @ words * clip.logit_scale.exp())
        tokens.append(torch.stack([F.normalize(kept[b][:, 1:].float(), dim=-1) for b in blocks]))
    return torch.cat(logits).numpy(), torch.cat(tokens, 1)


def distances(query, memory):
    """query [L, N, P, d], memory [L, M, d] -> [N, P]"""
    out = torch.zeros(query.shape[1:3])
    for q, m in zip(query, memory):
        out += torch.cat([1 - (part @ m.T).amax(-1) for part in q.split(16)]) / len(query)
    return out


def image_score(d):
    n = max(1, round(.05 * d.shape[1]))
    return d.topk(n, 1).values.mean(1).numpy()


def pixel_auroc(good, bad, masks, grid, side=96):
    """Maps of anomalous images that have a mask, and of normal ones, bilinear, against the masks."""
    maps, truth = [], []
    for d, mask in list(zip(bad, masks)) + [(d, None) for d in good]:
        maps.append(F.interpolate(d.view(1, 1, grid, grid), (side, side), mode="bilinear", align_corners=False).numpy().ravel())
        if mask is None:
            truth.append(np.zeros(side * side, bool))
        else:
            with Image.open(mask) as image:
                truth.append(np.asarray(image.convert("L").resize((side, side), Image.Resampling.BOX)).ravel() > 127)
    maps, truth = np.concatenate(maps), np.concatenate(truth)
    return auroc(maps[~truth], maps[truth])


def evaluate(clip, config, found, side=None, seed=0, cache=None):
    """-> {set: {"words": x, "words 2x2": x, "k4": (mean, std), ...}}"""
    v = config["vision_cfg"]
    side = side or v["image_size"]
    grid = side // v["patch_size"]
    if side != v["image_size"]:
        clip.visual.positional_embedding.data = grow.positions(clip.visual.positional_embedding.data, grid)
    blocks = [v["layers"] * 3 // 4, v["layers"]]
    ids = torch.tensor(Tokens().texts(["a photo of a normal object", "a photo of an anomalous object"]))
    with torch.no_grad():
        normal, anomalous = F.normalize(clip.encode_text(ids), dim=-1)
    out = {}
    for name, good, bad, spare, masks in found:
        rng = np.random.default_rng(seed)
        zg, tg = encode(clip, good, side, blocks, anomalous - normal, cache)
        zb, tb = encode(clip, bad, side, blocks, anomalous - normal, cache)
        ts = encode(clip, spare, side, blocks, anomalous - normal, cache)[1] if len(spare) >= max(SHOTS) else None
        row = {"words": auroc(zg[:, 0], zb[:, 0]), "words 2x2": auroc(*((1 / (1 + np.exp(-z))).mean(1) for z in (zg, zb)))}
        rows = {f"{what}k{k}": [] for k in SHOTS for what in ("", "px ")}
        for draw in range(DRAWS):
            order = rng.permutation(len(good if ts is None else spare))
            rest = sorted(order[LEFT_OUT:]) if ts is None else range(len(good))
            source = tg if ts is None else ts
            for k in SHOTS:
                memory = source[:, order[:k]].flatten(1, 2)
                dg, db = distances(tg[:, list(rest)], memory), distances(tb, memory)
                rows[f"k{k}"].append(auroc(image_score(dg), image_score(db)))
                with_mask = [i for i, m in enumerate(masks) if m]
                if with_mask and draw < 2:  # sorting millions of pixels takes longer than all the rest
                    rows[f"px k{k}"].append(pixel_auroc(dg[:20], db[with_mask], [masks[i] for i in with_mask], grid))
        out[name] = row | {n: (float(np.mean(x)), float(np.std(x))) for n, x in rows.items() if x}
    return out


def means(result):
    """Means over sets; of the draws' standard deviations too."""
    out = {}
    for key in ("words", "words 2x2", "k4", "k16", "px k4", "px k16"):
        values = [r[key] for r in result.values() if key in r]
        if values:
            out[key] = float(np.mean(values)) if np.ndim(values[0]) == 0 else tuple(float(x) for x in np.mean(values, 0))
    return out


def show(result):
    lines = [f"{'set':12} {'words':>6} {'2x2':>6}  {'k = 4':>13}  {'k = 16':>13}  {'pixels 4':>8} {'16':>6}"]
    for name, r in list(result.items()) + [("mean", means(result))]:
        pixel = f"  {r['px k4'][0]:8.3f} {r['px k16'][0]:6.3f}" if "px k4" in r else ""
        lines.append(f"{name:12} {r['words']:6.3f} {r['words 2x2']:6.3f}  {r['k4'][0]:.3f} ± {r['k4'][1]:.3f}  {r['k16'][0]:.3f} ± {r['k16'][1]:.3f}{pixel}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--real")
    parser.add_argument("--tiles")
    parser.add_argument("--side", type=int)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", help="a folder for decoded images")
    parser.add_argument("--log", help="a JSON line is added")
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config, state = grow.load(args.model)
    clip = Clip(config).eval()
    clip.load_state_dict(state)
    result = evaluate(clip, config, sets(args.real, args.tiles, args.limit), args.side, cache=args.cache)
    print(show(result))
    if args.log:
        with open(args.log, "a", encoding="utf-8") as f:
            f.write(json.dumps({"note": args.note, "model": args.model, "side": args.side, "mean": means(result), "sets": result}) + "\n")


if __name__ == "__main__":
    main()
