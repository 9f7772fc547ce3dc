"""render.py - how does a scene become a pair of images: normal, and the same with a defect?

    python3 render.py --sheet sheet.png        a contact sheet of all categories, to look at"""
import argparse
import io

import numpy as np
from PIL import Image
from scipy import ndimage

import defects
import objects
import textures
from world import BACKGROUNDS, COLOURS, COUNTS, KINDS, LIGHTS, PLACES, QUALITIES, SEVERITIES, SIZES, TEXTURES, CATEGORIES

_FLAT = set(TEXTURES) | {"pattern", "plaster", "linen", "leather", "wood", "grid", "mosaic"}
VISIBLE = 0.06  # a pixel belongs to the defect when a channel changed by more


def is_texture(category):
    return category in _FLAT


def _colour(rng):
    name = str(rng.choice(list(COLOURS)))
    return name, np.clip(np.array(COLOURS[name], np.float32) / 255 + rng.normal(0, .03, 3), 0.03, 1).astype(np.float32)


def _surface(category, size, rng, base, framed=False):
    h = textures.height(category, size, rng)
    shade = 0.35 + 1.1 * h
    if rng.random() < .5:  # light from one side: relief
        g = np.gradient(ndimage.gaussian_filter(h, .7))
        shade = shade + rng.uniform(-1.2, 1.2) * g[0] + rng.uniform(-1.2, 1.2) * g[1]
    picture, allowed = np.clip(base * shade[..., None], 0, 1.2), np.ones((size, size), bool)
    if framed and rng.random() < .25:  # the piece ends inside the image: margins, slightly askew and curved
        x, y = np.mgrid[0:1:size * 1j, 0:1:size * 1j]
        margin = np.clip(_colour(rng)[1] * rng.choice([.1, .3, 1]), 0, 1)
        for side in rng.choice(4, int(rng.integers(1, 4)), replace=False):
            u, v = (x, y) if side < 2 else (y, x)
            u = u if side % 2 else 1 - u
            edge = rng.uniform(.01, .12) + rng.uniform(-.05, .05) * v + rng.uniform(-.1, .1) * v * (1 - v)
            alpha = np.clip((edge - u) * size / 1.5, 0, 1)[..., None]
            picture = picture * (1 - alpha) + alpha * margin
            allowed &= alpha[..., 0] < .5
    return picture, allowed


def _places(count, rng):
    """Where `count` things of the same kind lie: the middle and the scale of each, jittered, the whole turned at random."""
    grid = {2: [(-.25, 0), (.25, 0)], 3: [(-.25, -.22), (.25, -.22), (0, .24)], 4: [(-.25, -.25), (.25, -.25), (-.25, .25), (.25, .25)]}[count]
    angle = rng.uniform(0, 2 * np.pi)
    c, s = (np.cos(angle), np.sin(angle)) if count < 4 else (1, 0)
    return [(c * a - s * b + rng.uniform(-.03, .03), s * a + c * b + rng.uniform(-.03, .03)) for a, b in grid], rng.uniform(.4, .52)


def _object(category, size, rng, base, background, count=1):
    scale = rng.uniform(.75, 1.25) * (1 if count == 1 else .8)  # several must fit into the image
    x, y = textures.coordinates(size, rng)
    shift = rng.uniform(-.06, .06, 2)
    x, y = ((x - shift[0]) / scale).astype(np.float32), ((y - shift[1]) / scale).astype(np.float32)
    if background == "plain":
        picture = np.ones((size, size, 1), np.float32) * np.clip(_colour(rng)[1] * rng.uniform(.4, 1.2), 0, 1)
    else:
        picture, _ = _surface(str(rng.choice(TEXTURES)), size, rng, _colour(rng)[1] * rng.uniform(.5, 1))
    if np.abs(picture.mean((0, 1)) - base).max() < .22:  # an object that cannot be told from what it lies on is no image of it
        picture = np.clip(picture * .3 if base.mean() > .4 else picture * .5 + .5, 0, 1)
    light = rng.uniform(0, 2 * np.pi)
    grain = 1 + rng.uniform(0, .12) * (textures.noise(size, rng, rng.uniform(4, 40), 2) - .5)
    allowed = np.zeros((size, size), bool)
    if count == 1:
        drawn = objects.parts(category, x, y, rng)
    else:  # each is drawn from the same random numbers: they are of one kind
        places, small = _places(count, rng)
        scale, seed = scale * small, int(rng.integers(2 ** 32))
        each = [objects.parts(category, (x - a) / small, (y - b) / small, np.random.default_rng(seed)) for a, b in places]
        drawn = [(np.minimum.reduce([np.asarray(p[0]) for p in layer]), *layer[0][1:]) for layer in zip(*each)]
    shadow = np.clip(.5 - np.roll(drawn[0][0], (3, 3), (0, 1)) / .05, 0, 1)
    picture = picture * (1 - .35 * shadow[..., None])
    for d, relief, tone in drawn:
        d = np.asarray(d, np.float32)
        alpha = np.clip(.5 - d * size * scale / 1.2, 0, 1)
        bevel = np.clip(-d / .06, 0, 1)
        gy, gx = np.gradient(bevel)
        shade = (tone + relief * 3.0 * (gx * np.cos(light) + gy * np.sin(light))) * grain
        picture = picture * (1 - alpha[..., None]) + alpha[..., None] * np.clip(base * shade[..., None], 0, 1.15)
        allowed |= alpha > .5
    return picture, allowed


def _camera(rng, size):
    """One random camera for both twins: light, gamma, blur, noise, grey, JPEG."""
    light = str(rng.choice(LIGHTS, p=[.25, .5, .25]))
    gain = {"dark": rng.uniform(.35, .6), "even": rng.uniform(.8, 1.1), "bright": rng.uniform(1.2, 1.5)}[light]
    x, y = textures.coordinates(size, rng)
    field = gain * (1 + rng.uniform(0, .5) * x)
    if rng.random() < .35:  # uneven light: a band across, or clouds of shade
        if rng.random() < .5:
            field = field * (1 - rng.uniform(.2, .6) * np.clip(np.abs(y - rng.uniform(-.3, .3)) / rng.uniform(.2, .6), 0, 1))
        else:
            field = field * (1 - rng.uniform(.2, .6) * textures.noise(size, rng, rng.uniform(1, 3), 2))
    field = field[..., None].astype(np.float32)
    quality = str(rng.choice(QUALITIES, p=[.45, .15, .15, .25]))
    blur = (rng.uniform(.8, 1.4) if quality == "blurry" else rng.uniform(0, .5)) * size / 128
    sigma = rng.uniform(.03, .06) if quality == "noisy" else rng.uniform(0, .012)
    gamma, jpeg = rng.uniform(.8, 1.25), int(rng.integers(60, 98)) if rng.random() < .5 else 0
    grain = rng.normal(0, 1, (size, size, 3)).astype(np.float32)

    def shoot(picture):
        picture = np.clip(picture * field, 0, 1) ** gamma
        if quality == "grey":
            picture = picture.mean(-1, keepdims=True).repeat(3, -1)
        if blur > .2:
            picture = ndimage.gaussian_filter(picture, (blur, blur, 0))
        g = grain.mean(-1, keepdims=True) if quality == "grey" else grain
        out = (np.clip(picture + sigma * g, 0, 1) * 255 + .5).astype(np.uint8)
        if jpeg:
            buffer = io.BytesIO()
            Image.fromarray(out).save(buffer, "JPEG", quality=jpeg)
            out = np.asarray(Image.open(io.BytesIO(buffer.getvalue())))
        return out

    return shoot, light, quality


def place_of(mask):
    y, x = np.array(np.nonzero(mask)).mean(1) / mask.shape[0] - .5
    if abs(x) < .13 and abs(y) < .13:
        return "centre"
    return ("top " if y < 0 else "bottom ") + ("left" if x < 0 else "right")


def severity_of(mask):
    share = mask.mean()
    return "minor" if share < .012 else "clear" if share < .035 else "severe"


def twin(category, kind, rng, size=128, count=1):
    """-> normal [S,S,3] uint8, defective or None, mask or None, attributes of the normal one, of the defective one.
    count: of an object, 1..4; a surface ignores it."""
    colour, base = _colour(rng)
    if is_texture(category):
        background, extent = "none", "large"
        picture, allowed = _surface(category, size, rng, base, framed=True)
    else:
        background = str(rng.choice(BACKGROUNDS[:2]))
        picture, allowed = _object(category, size, rng, base, background, count)
        share = allowed.mean()
        extent = "small" if share < .13 else "medium" if share < .28 else "large"
    shoot, light, quality = _camera(rng, size)
    attributes = dict(category=category, colour=colour, kind="normal", severity="none", place="nowhere", background=background,
                      light=light, size=extent, quality=quality, count=COUNTS[0 if is_texture(category) else count])
    normal = shoot(picture)
    if kind == "normal":
        return normal, None, None, attributes, None
    for attempt in range(8):
        scale = rng.uniform(.6, 1.5) * (1 + .1 * attempt)
        changed = shoot(np.clip(defects.apply(kind, picture.astype(np.float32), allowed, rng, scale), 0, 1.2))
        mask = (np.abs(changed.astype(int) - normal).max(-1) > 255 * VISIBLE)
        mask = ndimage.binary_opening(mask) | (ndimage.uniform_filter(mask.astype(np.float32), 3) > .55)
        if mask.sum() >= 45 * (size / 128) ** 2:
            return normal, changed, mask, attributes, dict(attributes, kind=kind, severity=severity_of(mask), place=place_of(mask))
    return normal, None, None, attributes, None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", required=True)
    parser.add_argument("--size", type=int, default=128)
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    kinds = KINDS[1:] + ["dent", "thread", "colour patch", "bent"]
    columns, rows = 14, -(-len(CATEGORIES) * 2 // 14)
    sheet = Image.new("RGB", (columns * args.size, rows * args.size))
    for i, category in enumerate(CATEGORIES):
        normal, bad, _, _, _ = twin(category, kinds[i % len(kinds)], rng, args.size)
        for j, picture in enumerate((normal, bad if bad is not None else normal)):
            k = 2 * i + j
            sheet.paste(Image.fromarray(picture), ((k % columns) * args.size, k // columns * args.size))
    sheet.save(args.sheet)


if __name__ == "__main__":
    main()
