"""real_scenes.py - what scenes do real surfaces, things and photographs make, and how does one become two images of a product and
their twins with a defect?

    python3 real_scenes.py --index DIR/index.jsonl --sheet sheet.png        examples to look at

A product is seen twice, as two images of a series are: the same surface elsewhere, the same thing a little turned, the same camera.
Surfaces whose names or folders speak of held-out or validation categories are not used at all, nor are those words."""
import argparse
import os
import re

import numpy as np
from PIL import Image
from scipy import ndimage

import objects
import real_defects
import render
import textures
import world
from camera import Camera
from surfaces import Surfaces, open_image

# Leather, wood, grid, mosaic, hex nut, capsule, zipper, circuit board, cookie; plaster, linen, star, flange; and what looks like them.
BANNED = re.compile(r"leather|wood|plank|timber|parquet|bark|board|log(?![a-z])|logs|crate|trunk|pallet|bamboo|wicker|"
                    r"grid|grill|grat(e|ing)|mesh|fence|lattice|chain|wire|mosaic|cobble|(?<![a-z])nuts?(?![a-z])|hex|bolt|capsule|pill(?![a-z])|"
                    r"zip|circuit|chip|tech|cookie|biscuit|cracker|cake|plaster|stucco|linen|canvas|burlap|(?<![a-z])stars?(?![a-z])|flange|pipe", re.I)
REAL_TEXTURE, REAL_THING = 60, 61  # categories of the attribute table beyond those that world.py names
UNTOLD = 255
LONGEST = 512  # pixels of a side that are kept of a surface
VISIBLE = .05  # a pixel belongs to the defect when a channel changed by more
LEAST = 12 / 224 ** 2  # of the image that a defect must change
_LISTS = {"kind": world.KINDS, "severity": world.SEVERITIES, "place": world.PLACES, "background": world.BACKGROUNDS, "light": world.LIGHTS,
          "size": world.SIZES, "quality": world.QUALITIES, "count": world.COUNTS}


def allowed_row(row):
    return not BANNED.search(row["path"].split("/", 1)[1]) and not BANNED.search(" ".join(row["words"]) + " " + row["title"])


class Real(Surfaces):
    """The surfaces that training may use."""

    def __init__(self, index):
        super().__init__(index)
        self.left_out = sum(not allowed_row(r) for r in self.rows)
        self.rows = [r for r in self.rows if allowed_row(r)]
        self.roles = {role: [r for r in self.rows if r["role"] == role] for role in ("texture", "photo", "stamp", "clipart", "wallpaper")}
        self.roles["texture"] = [r for r in self.roles["texture"] if .04 < np.mean(r["colour"]) and r["contrast"] > .02]

    def image(self, row):
        """As Surfaces.image, at most 512 pixels and all kept: half of a render's time was decoding."""
        if row["path"] not in self.images:
            image, _ = open_image(os.path.join(self.root, row["path"]))
            if max(image.size) > LONGEST:
                image.thumbnail((LONGEST, LONGEST), Image.Resampling.BICUBIC, reducing_gap=2)
            self.images[row["path"]] = np.asarray(image)
        return self.images[row["path"]]

    def pick(self, rng, role):
        rows = self.roles[role]
        return rows[int(rng.integers(len(rows)))]

    def crops(self, rng, row, size, n, near=None):
        """n crops of one surface at one scale and turn, [size, size, 3] float32 in 0..1.  near: at most so far apart (of a side)."""
        pixels = self.image(row)[..., :3]
        least = min(pixels.shape[:2])
        span = int(np.exp(rng.uniform(np.log(max(min(size, least) * .6, 40)), np.log(least * (1.5 if row["tileable"] else .95)))))
        span = max(min(span, least if not row["tileable"] else 3 * least), 32)
        turn = int(rng.integers(4)) if row["role"] == "texture" else 0
        flip = rng.random() < .5
        start = None
        out = []
        for _ in range(n):
            limit = [pixels.shape[a] if row["tileable"] else max(pixels.shape[a] - span, 0) + 1 for a in (0, 1)]
            if near is None or start is None:
                at = [int(rng.integers(m)) for m in limit]
            else:
                at = [int(np.clip(s + rng.normal(0, near) * span, 0, m - 1)) for s, m in zip(start, limit)]
            start = start or at
            if row["tileable"]:
                piece = pixels.take(range(at[0], at[0] + span), 0, mode="wrap").take(range(at[1], at[1] + span), 1, mode="wrap")
            else:
                piece = pixels[at[0]:at[0] + span, at[1]:at[1] + span]
            piece = np.rot90(piece[:, ::-1] if flip else piece, turn)
            image = Image.fromarray(np.ascontiguousarray(piece)).resize((size, size), Image.Resampling.BICUBIC)
            out.append(np.asarray(image, np.float32) / 255)
        return out

    def cut_out(self, rng, row, side, angle):
        """[h, w, 4] float32, turned, weighted by alpha where it was enlarged or turned."""
        pixels = self.image(row)
        if pixels.shape[2] == 3:
            pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        scale = side / max(pixels.shape[:2])
        image = Image.fromarray(pixels).convert("RGBa").resize([max(3, round(s * scale)) for s in (pixels.shape[1], pixels.shape[0])],
                                                               Image.Resampling.BICUBIC)
        bands = [b.rotate(angle, Image.Resampling.BICUBIC, expand=True) for b in image.split()]
        out = np.stack([np.asarray(b, np.float32) for b in bands], -1) / 255
        out[..., :3] /= np.maximum(out[..., 3:], 1e-3)
        return np.clip(out, 0, 1)


class View:
    """One image of a product before the camera: picture, where a defect may be, what lies behind, and how parts of it can be wrong."""

    def __init__(self, picture, allowed, behind=None, wrong=None):
        self.picture, self.allowed, self.behind, self.wrong = picture, allowed, behind, wrong or {}


def _plain(rng, size):
    base = render._colour(rng)[1] * rng.uniform(.3, 1.3)
    return np.clip(base * (1 + rng.uniform(0, .08) * (textures.noise(size, rng, 4, 2) - .5))[..., None], 0, 1).astype(np.float32)


def _backgrounds(real, rng, size, n):
    """n pictures of what things lie on, in a station of its own."""
    if rng.random() < .35:
        return [_plain(rng, size)] * n, "plain"
    row = real.pick(rng, "texture")
    tone = rng.uniform(.4, 1.2)
    return [np.clip(p * tone, 0, 1) for p in real.crops(rng, row, size, n, None if rng.random() < .5 else .02)], "textured"


def _put(picture, thing, y, x, shade=.35):
    """A cut-out on a picture with its shadow, its middle at (y, x) -> picture, alpha."""
    size = picture.shape[0]
    h, w = thing.shape[:2]
    y0, x0 = int(round(y - h / 2)), int(round(x - w / 2))
    alpha = np.zeros((size, size), np.float32)
    body = np.zeros((size, size, 3), np.float32)
    a, b, c, d = max(y0, 0), min(y0 + h, size), max(x0, 0), min(x0 + w, size)
    if a < b and c < d:
        alpha[a:b, c:d] = thing[a - y0:b - y0, c - x0:d - x0, 3]
        body[a:b, c:d] = thing[a - y0:b - y0, c - x0:d - x0, :3]
    shadow = np.roll(ndimage.uniform_filter(alpha, 7), (3, 3), (0, 1)) * shade
    return picture * (1 - shadow * (1 - alpha))[..., None] * (1 - alpha[..., None]) + alpha[..., None] * body, alpha


def surface(real, rng, size):
    row = real.pick(rng, "texture")
    pair = real.crops(rng, row, size, 2)
    whole = np.ones((size, size), bool)
    return [View(p, whole) for p in pair], names_of(row), dict(category=REAL_TEXTURE, background="none", size="large", count="uncounted")


def photograph(real, rng, size):
    row = real.pick(rng, "photo" if rng.random() < .6 else "wallpaper")
    pair = real.crops(rng, row, size, 2, .04)
    whole = np.ones((size, size), bool)
    return [View(p, whole) for p in pair], names_of(row), dict(category=REAL_TEXTURE, background="none", size="large", count="uncounted")


def thing(real, rng, size):
    row = real.pick(rng, "stamp" if rng.random() < .6 else "clipart")
    behind, background = _backgrounds(real, rng, size, 2)
    count = int(rng.choice([1, 1, 1, 2, 3]))
    side = rng.uniform(.45, .95) * size * (1 if count == 1 else .55)
    angle, loose = rng.uniform(0, 360) if rng.random() < .4 else rng.normal(0, 5), rng.random() < .2
    places = [(0, 0)] if count == 1 else render._places(count, rng)[0]
    tint = np.clip(rng.normal(1, .15, 3), .6, 1.3).astype(np.float32) if rng.random() < .4 else np.ones(3, np.float32)
    views, share = [], 0
    for b in behind:
        picture, allowed = b, np.zeros((size, size), bool)
        shift, turn = rng.normal(0, .02, 2), rng.uniform(0, 360) if loose else angle + rng.normal(0, 3)
        cut = real.cut_out(rng, row, side * rng.uniform(.97, 1.03), turn)
        cut[..., :3] = np.clip(cut[..., :3] * tint, 0, 1)
        for y, x in places:
            picture, alpha = _put(picture, cut, size * (.5 + y + shift[0]), size * (.5 + x + shift[1]))
            allowed = allowed | (alpha > .5)
        views.append(View(picture, allowed, b))
        share = allowed.mean()
    if share < .03:
        return None
    extent = "small" if share < .13 else "medium" if share < .28 else "large"
    return views, names_of(row), dict(category=REAL_THING, background=background, size=extent, count=world.COUNTS[count])


def shaped(real, rng, size):
    """A shape that world.py names, or a figure without a name, of a real material on a real background."""
    category = str(rng.choice(world.OBJECTS + ["figure"] * 8))
    material, seed = real.pick(rng, "texture"), int(rng.integers(2 ** 32))
    count = int(rng.choice([1, 1, 1, 1, 2, 3, 4])) if category != "figure" else 1
    tint = render._colour(rng)[1] if rng.random() < .4 else None
    behind, background = _backgrounds(real, rng, size, 2)
    views = []
    scale, angle, light = rng.uniform(.75, 1.25), rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    for b, cloth in zip(behind, real.crops(rng, material, size, 2, .1)):
        if tint is not None:
            cloth = cloth.mean(-1, keepdims=True) / max(cloth.mean(), .05) * tint
        cloth = cloth * np.clip(.45 / max(cloth.mean(), .03), .6, 2.5)
        if np.abs(cloth.mean((0, 1)) - b.mean((0, 1))).max() < .15:  # what cannot be told from its background is no image of it
            b = np.clip(b * .3 if cloth.mean() > .4 else b * .5 + .5, 0, 1)
        a = angle + rng.normal(0, .05)
        y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - .5
        s = scale * (1 if count == 1 else .8)
        shift = rng.normal(0, .02, 2)
        u = ((np.cos(a) * x - np.sin(a) * y - shift[0]) / s).astype(np.float32)
        v = ((np.sin(a) * x + np.cos(a) * y - shift[1]) / s).astype(np.float32)
        if count == 1:
            drawn = objects.parts(category, u, v, np.random.default_rng(seed))
        else:
            places, small = render._places(count, np.random.default_rng(seed + 1))
            s *= small
            each = [objects.parts(category, (u - p) / small, (v - q) / small, np.random.default_rng(seed)) for p, q in places]
            drawn = [(np.minimum.reduce([np.asarray(p[0]) for p in layer]), *layer[0][1:]) for layer in zip(*each)]
        picture, allowed = b * (1 - .35 * np.clip(.5 - np.roll(drawn[0][0], (3, 3), (0, 1)) / .05, 0, 1))[..., None], np.zeros((size, size), bool)
        for d, relief, tone in drawn:
            d = np.asarray(d, np.float32)
            alpha = np.clip(.5 - d * size * s / 1.2, 0, 1)
            gy, gx = np.gradient(np.clip(-d / .06, 0, 1))
            shade = tone + relief * 3 * (gx * np.cos(light) + gy * np.sin(light))
            picture = picture * (1 - alpha[..., None]) + alpha[..., None] * np.clip(cloth * shade[..., None], 0, 1.15)
            allowed |= alpha > .5
        views.append(View(picture.astype(np.float32), allowed, b))
    share = views[0].allowed.mean()
    if share < .02:
        return None
    extent = "small" if share < .13 else "medium" if share < .28 else "large"
    names = names_of_category(category) + names_of(material)
    return views, names, dict(category=world.CATEGORIES.index(category), background=background, size=extent, count=world.COUNTS[count])


def assembly(real, rng, size):
    """A panel with parts at their places: one can be missing, elsewhere, or too many."""
    row = real.pick(rng, "texture")
    ground = real.crops(rng, row, size, 2, .03)
    n = int(rng.integers(2, 8))
    pieces = []
    for _ in range(n):
        kind = rng.random()
        part = real.pick(rng, "stamp" if kind < .35 else "clipart" if kind < .5 else "texture")
        side = int(size * np.exp(rng.uniform(np.log(.07), np.log(.3))))
        if part["role"] == "texture":
            cut = np.dstack([real.crops(rng, part, side, 1)[0] * rng.uniform(.5, 1.3), np.ones((side, side), np.float32)])
            if rng.random() < .5:
                y, x = np.mgrid[-1:1:side * 1j, -1:1:side * 1j]
                cut[..., 3] = np.clip((1 - np.hypot(y, x)) * side / 3, 0, 1)
            elif rng.random() < .6:
                cut = cut[:max(4, int(side * rng.uniform(.3, .9)))]
        else:
            cut = real.cut_out(rng, part, side, rng.uniform(0, 360))
        same = int(rng.integers(1, 4)) if rng.random() < .4 else 1  # several of a kind, as screws are
        pieces += [(np.clip(cut, 0, 1), rng.uniform(.1, .9, 2)) for _ in range(same)]
    pieces = pieces[:9]
    views = []
    for g in ground:
        shift = rng.normal(0, .015, 2)
        jitter = rng.normal(0, .004, (len(pieces), 2))

        def draw(skip=-1, other=None, extra=None, g=g, shift=shift, jitter=jitter):
            picture = g
            for i, (cut, at) in enumerate(pieces):
                if i != skip:
                    p = at + shift + jitter[i] if other is None or i != other[0] else other[1]
                    picture, _ = _put(picture, cut, p[0] * size, p[1] * size, .5)
            return picture if extra is None else _put(picture, extra, *(rng.uniform(.1, .9, 2) * size), .5)[0]

        wrong = {"missing part": lambda r, draw=draw: draw(skip=int(r.integers(len(pieces)))),
                 "misprint": lambda r, draw=draw: draw(other=(int(r.integers(len(pieces))), r.uniform(.1, .9, 2))),
                 "extra part": lambda r, draw=draw: draw(extra=pieces[int(r.integers(len(pieces)))][0])}
        views.append(View(draw(), np.ones((size, size), bool), None, wrong))
    return views, names_of(row), dict(category=REAL_THING, background="none", size="large", count="uncounted")


def names_of(row):
    """What captions may call it: its words and its title."""
    words = [w for w in row["words"] if not BANNED.search(w) and w.isascii() and w.isalpha()]
    title = " ".join(row["title"].split()[:4])
    return list(dict.fromkeys(words + ([title] if title and not BANNED.search(title) else [])))


def names_of_category(category):
    if category in world.ABSTRACT:
        return []
    return list(dict.fromkeys(world.SYNONYMS.get(category, [category]) + [g for g, m in world.GROUPS.items() if category in m]))


SCENES = [(surface, .36), (thing, .22), (shaped, .16), (assembly, .18), (photograph, .08)]


def _colour_of(view):
    mean = view.picture[view.allowed].mean(0)
    far = {n: np.abs(np.array(c) / 255 - mean).max() for n, c in world.COLOURS.items()}
    best = min(far, key=far.get)
    return list(world.COLOURS).index(best) if far[best] < .13 else UNTOLD


def place_of(mask):
    return world.PLACES.index(render.place_of(mask))


def group(real, rng, size):
    """-> pictures [4, S, S, 3] uint8 (normal, its twin, another normal, its twin), masks [2, S, S], attributes [4, 10] uint8, names."""
    made = None
    while made is None:
        scene = SCENES[int(rng.choice(len(SCENES), p=[p for _, p in SCENES]))][0]
        made = scene(real, rng, size)
    views, names, what = made
    camera = Camera(rng, size)

    def foreign():
        return real.crops(rng, real.pick(rng, "texture"), size, 1)[0]

    def stamp(side):
        cut = real.cut_out(rng, real.pick(rng, "stamp" if rng.random() < .6 else "clipart"), side - 1, 0)[:side, :side]
        return (np.pad(cut, ((0, side - cut.shape[0]), (0, side - cut.shape[1]), (0, 0))) * 255).astype(np.uint8)

    pictures, masks, attributes = [], [], []
    for view in views:
        instance = camera.instance(rng)
        normal = camera.shoot(view.picture, instance)
        for attempt in range(10):
            kind = str(rng.choice(world.KINDS[1:]))
            if view.wrong and rng.random() < .5:
                kind = str(rng.choice(list(view.wrong)))
                changed = view.wrong[kind](rng)
            else:
                changed = real_defects.apply(kind, view.picture, view.allowed, rng, foreign, view.behind, stamp)
            changed = np.clip(changed, 0, 1.2).astype(np.float32)
            meant = ndimage.binary_dilation(np.abs(changed - view.picture).max(-1) > .03, iterations=2)
            bad = camera.shoot(changed, instance)
            mask = (np.abs(bad.astype(np.int16) - normal).max(-1) > 255 * VISIBLE) & meant
            mask = mask & (ndimage.uniform_filter(mask.astype(np.float32), 3) > .3)
            if LEAST * size * size <= mask.sum() <= .4 * size * size:
                break
        else:
            return None
        table = [what["category"], _colour_of(view)]
        rest = dict(background=what["background"], light=camera.light, size=what["size"], quality=camera.quality, count=what["count"])
        severity = render.severity_of(mask)
        for k, s, p in (("normal", "none", 0), (kind, severity, place_of(mask))):
            values = dict(rest, kind=k, severity=s)
            attributes.append(table + [p if a == "place" else _LISTS[a].index(values[a]) for a in world.ATTRIBUTES[2:]])
        pictures += [normal, bad]
        masks.append(mask)
    return np.stack(pictures), np.stack(masks), np.array(attributes, np.uint8), names


class _Fork:
    """A generator of which the first calls are pose, from one stream, and all others the product, from another."""

    def __init__(self, pose, product, first):
        self.pose, self.product, self.left = pose, product, first

    def __getattr__(self, name):
        if self.left > 0:
            self.left -= 1
            return getattr(self.pose, name)
        return getattr(self.product, name)


def rendered_group(rng, size):
    """The same of a rendered training category, seen by the cameras of real scenes."""
    weights = np.array([4.0 if c in world.ABSTRACT else 1.0 for c in world.TRAIN])
    category = str(rng.choice(world.TRAIN, p=weights / weights.sum()))
    colour, base = render._colour(rng)
    camera = Camera(rng, size)
    seed = int(rng.integers(2 ** 32))
    if render.is_texture(category):
        large = int(size * 1.3)
        picture, allowed = render._surface(category, large, rng, base, framed=True)
        views = []
        for y, x in rng.integers(0, large - size + 1, (2, 2)):
            views.append(View(picture[y:y + size, x:x + size], allowed[y:y + size, x:x + size]))
        background, extent, count = "none", "large", "uncounted"
    else:
        n = int(rng.integers(2, 5)) if category in world.OBJECTS and rng.random() < .3 else 1
        background, count = str(rng.choice(world.BACKGROUNDS[:2])), world.COUNTS[n]
        turn = rng.uniform(0, 2 * np.pi)
        views = []
        scale = rng.uniform(.75, 1.25)
        for _ in range(2):
            pose = _Pose(rng, scale, turn)
            picture, allowed = render._object(category, size, _Fork(pose, np.random.default_rng(seed), 3), base, background, n)
            views.append(View(picture.astype(np.float32), allowed))
        share = views[0].allowed.mean()
        extent = "small" if share < .13 else "medium" if share < .28 else "large"
    if min(v.allowed.mean() for v in views) < .02:
        return None
    pictures, masks, attributes = [], [], []
    from defects import apply
    for view in views:
        instance = camera.instance(rng)
        normal = camera.shoot(np.clip(view.picture, 0, 1.2), instance)
        for attempt in range(8):
            kind = str(rng.choice(world.KINDS[1:]))
            changed = np.clip(apply(kind, view.picture.astype(np.float32), view.allowed, rng, rng.uniform(.5, 1.5) * (1 + .1 * attempt)), 0, 1.2)
            bad = camera.shoot(changed, instance)
            mask = np.abs(bad.astype(np.int16) - normal).max(-1) > 255 * render.VISIBLE
            mask = ndimage.binary_opening(mask) | (ndimage.uniform_filter(mask.astype(np.float32), 3) > .55)
            if mask.sum() >= 30 * (size / 128) ** 2:
                break
        else:
            return None
        severity = render.severity_of(mask)
        table = [world.CATEGORIES.index(category), list(world.COLOURS).index(colour)]
        rest = dict(background=background, light=camera.light, size=extent, quality=camera.quality, count=count)
        for k, s, p in (("normal", "none", 0), (kind, severity, place_of(mask))):
            values = dict(rest, kind=k, severity=s)
            attributes.append(table + [p if a == "place" else _LISTS[a].index(values[a]) for a in world.ATTRIBUTES[2:]])
        pictures += [normal, bad]
        masks.append(mask)
    return np.stack(pictures), np.stack(masks), np.array(attributes, np.uint8), names_of_category(category)


class _Pose:
    """Answers render._object's first three calls: scale, turn, shift; nearly the same for both images of a product."""

    def __init__(self, rng, scale, turn):
        self.answers = [scale * rng.uniform(.97, 1.03), turn + rng.normal(0, .06), rng.normal(0, .02, 2)]

    def uniform(self, *_):
        return self.answers.pop(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--sheet", required=True)
    parser.add_argument("--groups", type=int, default=24)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    real, rng = Real(args.index), np.random.default_rng(args.seed)
    columns = 3
    sheet = Image.new("RGB", (columns * 4 * (args.size + 2), -(-args.groups // columns) * (args.size + 2)))
    for n in range(args.groups):
        made = None
        while made is None:
            made = group(real, rng, args.size) if n % 4 else rendered_group(rng, args.size)
        for j, picture in enumerate(made[0]):
            sheet.paste(Image.fromarray(picture), ((n % columns * 4 + j) * (args.size + 2), n // columns * (args.size + 2)))
        print(n, made[3][:3], [world.KINDS[k] for k in made[2][1::2, 2]], [int(m.sum()) for m in made[1]])
    sheet.save(args.sheet)


if __name__ == "__main__":
    main()
