"""test_training.py - do the parts of the training keep their promises?  Needs PyTorch, NumPy, SciPy, Pillow: python3 test_training.py"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image

import captions
import grow
import learn
import packs
import real_eval
import real_scenes
import surfaces_archive
import teacher
import views
import world
from clip_model import CONFIG, Clip
from test_surfaces import save, wave
from tokens import Tokens

import json

SMALL = {"embed_dim": 32, "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 64, "patch_size": 16},
         "text_cfg": CONFIG["text_cfg"]}
HERE = os.path.dirname(os.path.abspath(__file__))


def make_index(root):
    """A tiny collection: two surfaces, a photograph, a stamp, a drawing, and a wooden one that must not be used."""
    rows = []
    for name, role, words, alpha in (("stone", "texture", ["stone", "wall"], 1), ("rust", "texture", ["rust"], 1), ("sea", "photo", ["sea"], 1),
                                     ("hill", "wallpaper", ["hill"], 1), ("horse", "stamp", ["horse"], .5), ("cup", "clipart", ["cup"], .5),
                                     ("woodfloor", "texture", ["wood", "floor"], 1)):
        pixels = wave(160, 3 + len(rows))
        if alpha < 1:
            mask = np.zeros((160, 160, 1), np.uint8)
            mask[20:140, 30:130] = 255
            pixels = np.dstack([pixels, mask])
        save(root, f"p/{name}.png", pixels)
        rows.append(dict(path=f"p/{name}.png", package="p", licence="CC0", role=role, words=words, title=" ".join(words), width=160, height=160,
                         tileable=role == "texture", alpha=alpha, colour=[.4, .4, .3], contrast=.2))
    path = os.path.join(root, "index.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(r) + "\n" for r in rows)
    return path


def test_tokens():
    # ids of OpenAI's tokenizer
    assert Tokens().texts(["a photo of a cat", "qzvkwp"])[0] == [49406, 320, 1125, 539, 320, 2368, 49407]
    row = Tokens().texts(["a photo of an anomalous object", "a"])[1]
    assert row[:3] == [49406, 320, 49407] and set(row[3:]) == {0}
    words = Tokens().whole_words()
    assert "flower" in words and all(5 <= len(w) <= 10 for w in words) and len(words) > 10000


def test_held_out():
    for words in ("wood", "wooden door", "leather", "mosaic floor", "wire grid", "hex nut", "circuit board", "zipper", "cookies", "gold star"):
        assert real_scenes.BANNED.search(words), words
    for words in ("stone wall", "starfish rock", "pillar", "peanut", "metal", "chinese logo", "brown horse"):
        assert not real_scenes.BANNED.search(words), words
    for name in world.HELD_OUT + world.VALIDATION:
        assert real_scenes.BANNED.search(name), name


def test_groups(index):
    real = real_scenes.Real(index)
    assert real.left_out == 1 and all("wood" not in r["path"] for r in real.rows)
    rng = np.random.default_rng(3)
    for scene, _ in real_scenes.SCENES:
        made = None
        while made is None:
            made = scene(real, rng, 96)
        assert len(made[0]) == 2 and made[0][0].picture.shape == (96, 96, 3) and made[0][0].allowed.any()
    made = [real_scenes.group(real, rng, 96) for _ in range(6)] + [real_scenes.rendered_group(rng, 96) for _ in range(3)]
    made = [m for m in made if m is not None]
    assert len(made) >= 6
    for pictures, masks, table, names in made:
        assert pictures.shape == (4, 96, 96, 3) and pictures.dtype == np.uint8 and masks.shape == (2, 96, 96)
        assert list(table[::2, 2]) == [0, 0] and (table[1::2, 2] > 0).all()
        for a, b, mask in ((0, 1, 0), (2, 3, 1)):
            far = np.abs(pictures[a].astype(int) - pictures[b]).max(-1)
            assert far[masks[mask]].mean() > 4 * far[~masks[mask]].mean(), "a twin differs where its mask says"
        assert not any(real_scenes.BANNED.search(n) for n in names if n in ("wood", "floor"))
    assert any(not np.array_equal(m[0][0], m[0][2]) for m in made)
    first, second = (real_scenes.group(real, np.random.default_rng(11), 96) for _ in range(2))
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[2], second[2])
    return made


def test_packs(root, groups):
    path = os.path.join(root, "pack0000.npz")
    packs.write(path, groups)
    pack = packs.Pack(path)
    assert len(pack) == len(groups)
    pictures, masks, table, names = pack.group(2)
    assert np.array_equal(masks[1], groups[2][1][0]) and np.array_equal(masks[3], groups[2][1][1]) and not masks[0].any()
    assert np.array_equal(table, groups[2][2]) and names == groups[2][3]
    assert np.abs(pictures[3].astype(int) - groups[2][0][3]).mean() < 6
    assert packs.names(root) == sorted({n for g in groups for n in g[3]})
    shown = [learn.augment(*pack.group(i)[:3], 64, np.random.default_rng(i))[1][1::2].any((1, 2)) for i in range(len(pack))]
    assert np.mean(shown) > .6, "defects come through"


def test_augment():
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, (96, 96, 3)).astype(np.uint8)
    mask = np.zeros((96, 96), bool)
    mask[60:80, 10:30] = True
    none = np.zeros_like(mask)
    bad = picture.copy()
    bad[mask] = 255
    table = np.array([[0, 0, 0, 0, 0, 2, 1, 2, 0, 0], [0, 0, 3, 1, 3, 2, 1, 2, 0, 0]] * 2, np.uint8)
    lost = kept = 0
    for _ in range(200):
        x, m, bits = learn.augment([picture, bad, picture, bad], [none, mask, none, mask], table, 64, rng)
        assert x.shape == (4, 64, 64, 3) and (bits[::2, 2] == 1).all() and not m[::2].any()
        for i in (1, 3):
            if bits[i, 2] == 1:
                assert not m[i].any() and bits[i, 4] == 1
                lost += 1
            else:
                assert bits[i, 2] == 8
                ys, xs = np.nonzero(m[i])
                vertical, side = ("top", "bottom")[int(ys.mean() >= 31.5)], ("left", "right")[int(xs.mean() >= 31.5)]
                place = world.PLACES[int(bits[i, 4]).bit_length() - 1]
                assert place == "centre" or place == f"{vertical} {side}"
                kept += 1
    assert kept > 200 and lost > 0, (kept, lost)


def test_names():
    drawn = captions.NamedCaptions(Tokens().encode, ["number"], 1, ["rust", "wall", "stone"])
    bits = np.left_shift(np.int64(1), np.array([60, 1, 0, 0, 0, 2, 1, 2, 0, 0], np.int64))
    said = [drawn.draw_named(bits, ["stone", "wall"]) for _ in range(200)]
    columns = {tuple(sorted(c)) for _, _, c in said}
    assert columns == {(), (1,), (2,), (1, 2)}, columns
    masks = np.array([m for _, m, _ in said])
    spoken = learn._hot([c for _, _, c in said], 3)
    assert captions.named_truth(np.stack([bits]), masks, learn._hot([[1, 2]], 3), spoken).all()
    only_wall = captions.named_truth(np.stack([bits]), masks, learn._hot([[1]], 3), spoken)[0]
    assert [bool(t) for t in only_wall] == [2 not in c for _, _, c in said]


def test_memory_loss():
    torch.manual_seed(1)
    normal, odd = torch.randn(8), torch.randn(8)
    x = normal + .05 * torch.randn(8, 9, 8)
    counts = torch.zeros(8, 9, dtype=torch.int32)
    counts[[1, 3, 5, 7], 4] = 9
    x[[1, 3, 5, 7], 4] = odd
    good = learn.memory_loss([x], counts)
    wrong = x.clone()
    wrong[[1, 3, 5, 7], 4] = normal
    wrong[0, 0], wrong[4, 0] = odd, odd  # a normal image that looks odd
    assert good < .1 < learn.memory_loss([wrong], counts)
    y = wrong.clone().requires_grad_()
    learn.memory_loss([y], counts).backward()
    assert torch.isfinite(y.grad).all() and y.grad.abs().sum() > 0
    assert float(learn.memory_loss([x], counts * 0)) == 0


class Colours(teacher.Teacher):
    """Stands for the network, which is not fetched for a test: mean colours and slopes to the right."""

    def __init__(self, blocks):
        self.taken, self.widths = list(range(blocks)), [3] * blocks

    def _features(self, pixels, grid):
        x = pixels.float().view(len(pixels), grid, pixels.shape[1] // grid, grid, -1, 3)
        return [x.mean((2, 4)), x.diff(dim=4).abs().mean((2, 4))][:len(self.taken)]


def test_teacher():
    torch.manual_seed(4)
    pixels = torch.randint(0, 255, (2, 64, 64, 3), dtype=torch.uint8)
    seen, turned = Colours(2).look(pixels, 4), Colours(2).look(torch.rot90(pixels, 1, (1, 2)), 4)
    for a, b in zip(seen, turned):
        assert torch.allclose(a.norm(dim=-1), torch.ones(2, 16)) and not torch.allclose(a, b, atol=1e-3)
        assert torch.allclose(torch.rot90(a.view(2, 4, 4, 3), 1, (1, 2)).flatten(1, 2), b, atol=1e-5), "a turned image's patches look the same"
    both = torch.from_numpy(np.concatenate([teacher.as_bytes(y) for y in seen], -1))
    wanted = teacher.target(both, [3, 3], (3, 1))
    cosine = (wanted[0, 0] * wanted[1, 5]).sum()
    assert abs(cosine - (.75 * (seen[0][0, 0] @ seen[0][1, 5]) + .25 * (seen[1][0, 0] @ seen[1][1, 5]))) < .01
    wanted = torch.nn.functional.normalize(torch.randn(8, 9, 6), dim=-1)
    rotation, head = torch.linalg.qr(torch.randn(6, 6))[0], torch.nn.Linear(6, 6, bias=False)
    head.weight.data = rotation.T.clone()
    same, other = (teacher.losses([x], wanted, [head]) for x in (5 * wanted @ rotation.T, torch.randn(8, 9, 6)))
    assert same["relation"] < 1e-4 and same["local"] < 1e-3, "the same cosines: nothing is wanted but them"
    assert all(same[n] < other[n] for n in teacher.WEIGHTS)
    x = torch.randn(8, 9, 6, requires_grad=True)
    for _ in range(300):
        loss = teacher.losses([x], wanted, [head])["near"]
        grad, = torch.autograd.grad(loss, x)
        x.data -= 20 * grad
    assert loss < same["near"] + .05 < other["near"], (loss, same["near"])


def test_views(root, index):
    """Views of a pack, read again as batches of what is told and what is not."""
    folder = os.path.join(root, "views")
    os.makedirs(folder)
    rng, real = np.random.default_rng(6), real_scenes.Real(index)
    groups = views.make([packs.Pack(os.path.join(root, "pack0000.npz"))], real, Colours(len(teacher.SHARES)), 64, 16, rng)
    views.write(os.path.join(folder, "view0000.npz"), groups, [3])
    shard = views.Shard(views.paths(folder)[0])
    assert views.widths(folder) == [3] and len(shard.names) == views.GROUPS and all(shard.groups.values())
    for i in range(len(groups)):
        images, counts, bits, local = shard.group(i)
        assert np.abs(images.astype(int) - groups[i][0]).mean() < 8 and np.array_equal(local, groups[i][4])
        assert np.array_equal(counts, groups[i][1]) and np.array_equal(bits, groups[i][2]) and shard.names[i] == groups[i][3]
        assert i in shard.groups[groups[i][3] is not None] and (groups[i][3] is not None or not bits.any())
    for fresh, seen in ((0, 12), (2, 4)):  # groups of the packs come first, of which the teacher says nothing
        data = learn.Views(folder, fresh, root, 64, 16, 3, (1, 0), packs.names(root))
        images, counts, bits, ids, true, local = next(iter(data))
        assert images.shape == (12, 64, 64, 3) and counts.shape == (12, 16) and local.shape == (seen, 16, 3)
        assert bits.shape == (8, 10) and len(ids) == 16 and true.shape == (8, 16) and true.any(1).all() and bits[:, 2].all()


def test_grow():
    torch.manual_seed(2)
    clip = Clip(SMALL)
    with torch.no_grad():
        for n, p in clip.named_parameters():
            p.add_(.02 * torch.randn_like(p)) if "token" not in n else None
    x = torch.randn(2, 3, 64, 64)
    deeper = json.loads(json.dumps(SMALL))
    deeper["vision_cfg"]["layers"] = 3
    with torch.no_grad():
        a, b = clip.visual(x)[0], grow.fit(SMALL, clip.state_dict(), deeper).visual(x)[0]
        assert torch.allclose(a, b, atol=1e-5)
        wider = json.loads(json.dumps(SMALL))
        wider["vision_cfg"] |= {"width": 128, "image_size": 96}
        grown = grow.fit(SMALL, clip.state_dict(), wider)
        same = grow.fit(SMALL, clip.state_dict(), dict(wider, vision_cfg=dict(wider["vision_cfg"], image_size=64)))
        assert torch.nn.functional.cosine_similarity(a, same.visual(x)[0]).min() > .98
        assert grown.visual(torch.randn(2, 3, 96, 96))[0].shape == (2, 32)
    table = torch.randn(17, 5)
    assert torch.equal(grow.positions(table, 4), table) and grow.positions(table, 6).shape == (37, 5)


def test_eval(root):
    rng = np.random.default_rng(4)
    good, bad = rng.integers(0, 9, 40), rng.integers(2, 12, 30)
    brute = np.mean([(b > g) + .5 * (b == g) for g in good for b in bad])
    assert abs(real_eval.auroc(good, bad) - brute) < 1e-12
    for n in range(20):
        picture = rng.integers(100, 130, (64, 64, 3)).astype(np.uint8)
        save(root, f"real/thing/test/good/{n}.png", picture)
        picture[20:40, 20:40] = 250
        mask = np.zeros((64, 64), np.uint8)
        mask[20:40, 20:40] = 255
        if n < 12:
            save(root, f"real/thing/test/spot/{n}.png", picture)
            save(root, f"real/thing/ground_truth/spot/{n}_mask.png", mask)
    found = real_eval.sets(os.path.join(root, "real"), None, 60)
    assert [(f[0], len(f[1]), len(f[2]), len(f[3])) for f in found] == [("thing", 20, 12, 0)] and all(found[0][4])
    torch.manual_seed(3)
    row = real_eval.evaluate(Clip(SMALL).eval(), SMALL, found)["thing"]
    assert row["k4"][0] > .9 and row["px k16"][0] > .8, row
    assert "mean" in real_eval.show({"thing": row})


def test_learning(root, index):
    """Twelve steps, a break, twelve more from the state; then from the light state."""
    folder = os.path.join(root, "packs")
    os.makedirs(folder)
    rng, real = np.random.default_rng(5), real_scenes.Real(index)
    groups = [g for g in (real_scenes.group(real, rng, 96) for _ in range(8)) if g]
    packs.write(os.path.join(folder, "pack0000.npz"), groups)
    work = os.path.join(root, "work")
    command = [sys.executable, os.path.join(HERE, "learn.py"), "--packs", folder, "--work", work, "--side", "64", "--width", "64", "--layers", "2",
               "--groups", "2", "--workers", "0", "--objective", "memory,masked", "--every", "1", "--device", "cpu", "--light"]
    taught = ["--objective", "teacher", "--views", os.path.join(root, "views"), "--groups", "3", "--processes", "2"]

    def run(plan, *options):
        os.makedirs(work, exist_ok=True)
        with open(os.path.join(work, "plan"), "w", encoding="utf-8") as f:
            f.write(plan)
        return subprocess.run(command + list(options), check=True, stdout=subprocess.PIPE, text=True).stdout

    assert "start at step 0" in run("0 96") and os.path.exists(os.path.join(work, "final.pt"))
    state = torch.load(os.path.join(work, "last.pt"), weights_only=False)
    assert state["images"] == 96 and not os.path.exists(os.path.join(work, "pid"))
    assert "going on from step 12" in run("96 192")
    os.remove(os.path.join(work, "last.pt"))
    assert "going on from step 24" in run("192 200")
    assert torch.load(os.path.join(work, "last.pt"), weights_only=False)["images"] == 200
    open(os.path.join(work, "STOP"), "w").close()
    assert "stopped at step 26" in run("400 800")
    os.remove(os.path.join(work, "STOP"))
    for name in ("last.pt", *(n for n in os.listdir(work) if n.startswith("light-"))):
        os.remove(os.path.join(work, name))
    said = run("0 96", *taught)  # two processes of three groups, a step is of 24 images
    assert "start at step 0" in said and "final at 96 images" in said, said
    assert "going on from step 4" in run("96 144", *taught)
    config, weights = grow.load(os.path.join(work, "final.pt"))
    clip = Clip(config)
    clip.load_state_dict(weights)
    old = os.path.join(root, "old")
    subprocess.run([sys.executable, os.path.join(HERE, "export.py"), "--state", os.path.join(work, "final.pt"), "--out", old], check=True, stdout=subprocess.DEVNULL)
    taught[1] += ",like"
    said = run("144 192", *taught, "--like", old, "--fresh", "1")
    assert "going on from step 6" in said and "final at 192 images" in said, said
    texts = {n: t for n, t in grow.load(old)[1].items() if not n.startswith("visual.")}
    now = grow.load(os.path.join(work, "final.pt"))[1]
    assert all(torch.equal(now[n], t) for n, t in texts.items()) and not torch.equal(now["visual.proj"], weights["visual.proj"])


def test_archive(root, index):
    path, folder = os.path.join(root, "surfaces.tar"), os.path.join(root, "unpacked")
    assert surfaces_archive.pack(index, path, 96, 1e6) == 6
    surfaces_archive.unpack(path, folder)
    real = real_scenes.Real(os.path.join(folder, "index.jsonl"))
    assert len(real.rows) == 6 and max(real.image(real.rows[0]).shape) == 96
    assert real_scenes.group(real, np.random.default_rng(1), 96) is not None


def main():
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as root:
        index = make_index(root)
        test_tokens()
        test_held_out()
        test_packs(root, test_groups(index))
        test_augment()
        test_names()
        test_memory_loss()
        test_teacher()
        test_views(root, index)
        test_grow()
        test_eval(root)
        test_archive(root, index)
        test_learning(root, index)
    print("training: all as it should be")


if __name__ == "__main__":
    main()
