"""real_defects.py - how is a defect drawn into a real surface so that it belongs there?

Every function takes and gives [S, S, 3] float32 in 0..1.  Kinds are those of world.py that are seen in training; what the held-out kinds
look like (dents, threads, local tints, smooth bending) is drawn nowhere here."""
import numpy as np
from scipy import ndimage

import defects
from textures import noise

SMALLEST, LARGEST = .012, .32  # of the side, a defect's diameter


def diameter(rng):
    """Log-uniform over all sizes, the middle a little more often."""
    a, b = np.log(SMALLEST), np.log(LARGEST)
    return float(np.exp(a + (b - a) * rng.beta(1.6, 1.2)))


def _at(allowed, rng):
    ys, xs = np.nonzero(allowed)
    i = rng.integers(len(ys))
    return int(ys[i]), int(xs[i])


def _window(size, at, radius):
    """Slices around a place, cut at the border, and distance to it over the radius inside them."""
    r = int(np.ceil(radius))
    y0, x0 = (min(max(c - r, 0), size) for c in at)
    y1, x1 = (max(min(c + r + 1, size), start) for c, start in zip(at, (y0, x0)))
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    return (slice(y0, y1), slice(x0, x1)), y - at[0], x - at[1]


def spot(size, at, radius, rng, ragged=.5):
    """[S, S] alpha of an irregular spot: a turned ellipse whose edge noise moves (Perlin-like; radius in pixels)."""
    out = np.zeros((size, size), np.float32)
    where, y, x = _window(size, at, radius * 2 + 2)
    if not x.size:
        return out
    a, stretch = rng.uniform(0, np.pi), np.exp(rng.normal(0, .35))
    u, v = (x * np.cos(a) + y * np.sin(a)) * stretch, (y * np.cos(a) - x * np.sin(a)) / stretch
    side = max(x.shape)
    edge = noise(side, rng, rng.uniform(2, 7), 3)[:x.shape[0], :x.shape[1]] if side > 6 else np.float32(.5)
    d = np.hypot(u, v) / max(radius, .6) - (1 - ragged * (edge - .5) * 2)
    out[where] = np.clip(.5 - d * max(radius, .6) / rng.uniform(.8, 1.6), 0, 1)
    return out


def perlin(size, at, radius, rng):
    """[S, S] alpha: where noise is high, near a place; several separate pieces (DRAEM's masks, kept local)."""
    n = noise(size, rng, rng.uniform(3, 14), 3)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    near = np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * (radius * 1.1) ** 2))
    field = n * near
    level = np.quantile(field, 1 - np.clip(np.pi * radius ** 2 / size ** 2, 2e-4, .3))
    return np.clip((field - level) / rng.uniform(.02, .06) + .5, 0, 1).astype(np.float32)


def _blend(picture, alpha, other):
    a = alpha[..., None]
    return picture * (1 - a) + a * other


def _rim(alpha, rng, width=1.2):
    """Light on one edge of a thing, shade on the other: [S, S] in about -1..1."""
    soft = ndimage.gaussian_filter(alpha, width)
    a = rng.uniform(0, 2 * np.pi)
    gy, gx = np.gradient(soft)
    return (gx * np.cos(a) + gy * np.sin(a)) * 2 * width


def grain_direction(picture):
    """The direction along which a surface changes least (structure tensor), and how clear it is (0..1)."""
    grey = ndimage.gaussian_filter(picture.mean(-1), 1)
    gy, gx = np.gradient(grey)
    a, b, c = (gx * gx).mean(), (gx * gy).mean(), (gy * gy).mean()
    return .5 * np.arctan2(2 * b, a - c) + np.pi / 2, float(np.hypot(a - c, 2 * b) / (a + c + 1e-9))


def line(size, at, length, width, rng, angle, wander):
    """[S, S] alpha of a thin wandering line that starts and ends thin."""
    out = np.zeros((size, size), np.float32)
    steps = max(int(length / 1.5), 2)
    angles = angle + np.cumsum(rng.normal(0, wander, steps))
    py, px = at[0] + np.cumsum(1.5 * np.sin(angles)), at[1] + np.cumsum(1.5 * np.cos(angles))
    t = np.linspace(0, 1, steps)
    w = width * np.clip(np.minimum(t, 1 - t) * 5, .35, 1) * (1 + .3 * rng.normal(0, 1, steps))
    for y, x, r in zip(py, px, np.maximum(w, .35)):
        where, dy, dx = _window(size, (int(round(y)), int(round(x))), r + 2)
        if out[where].size:
            d = np.hypot(dy + round(y) - y, dx + round(x) - x)
            out[where] = np.maximum(out[where], np.clip(r + .5 - d, 0, 1))
    return out


def fill(picture, alpha, rng, source=None):
    """What would be there without the thing: smooth from around, or a piece of the same surface."""
    if source is None:
        hole = alpha > .02
        keep = (~hole).astype(np.float32)
        total, weight = np.zeros_like(picture), np.zeros(alpha.shape, np.float32)
        for sigma in (2, 6, 18):
            w = ndimage.gaussian_filter(keep, sigma)
            take = (weight < .02) & (w > .02)
            if take.any():
                smooth = ndimage.gaussian_filter(picture * keep[..., None], (sigma, sigma, 0)) / np.maximum(w, 1e-4)[..., None]
                total[take], weight[take] = smooth[take], w[take]
        total[weight == 0] = picture.mean((0, 1))
        return total * (1 + rng.normal(0, .02, picture.shape[:2])[..., None])
    return source


def moved(picture, rng, reach=.4):
    """The same picture moved, turned by quarters or mirrored: pieces of it are cut from there."""
    size = picture.shape[0]
    out = np.roll(picture, [int(rng.integers(int(size * .08) + 2, int(size * reach) + 3)) * int(rng.choice([-1, 1])) for _ in range(2)], (0, 1))
    if rng.random() < .5:
        out = np.rot90(out, int(rng.integers(1, 4)))
    return out[:, ::-1] if rng.random() < .3 else out


def apply(kind, picture, allowed, rng, foreign, behind=None, stamp=None):
    """foreign(): another real surface [S, S, 3]; behind: what lies under the object, None where a surface fills the image;
    stamp(side): a small thing with alpha [side, side, 4].  -> changed picture."""
    size = picture.shape[0]
    if rng.random() < .25:
        return defects.apply(kind, picture, allowed, rng, rng.uniform(.45, 1.4))
    radius = .5 * diameter(rng) * size
    at = _at(allowed, rng)
    inside = allowed.astype(np.float32)
    near = picture[max(at[0] - 9, 0):at[0] + 10, max(at[1] - 9, 0):at[1] + 10].reshape(-1, 3).mean(0)
    bright = near.mean()
    if kind == "crack":
        direction, clear = grain_direction(picture)
        angle = direction + rng.normal(0, .2) if clear > .25 and rng.random() < .8 else rng.uniform(0, 2 * np.pi)
        length, width = max(radius * 4, 8), np.clip(radius * rng.uniform(.03, .12), .4, 3.5)
        alpha = line(size, at, length, width, rng, angle, rng.uniform(.08, .3))
        for _ in range(int(rng.integers(0, 3))):
            ys, xs = np.nonzero(alpha > .5)
            if len(ys):
                i = rng.integers(len(ys))
                alpha = np.maximum(alpha, line(size, (ys[i], xs[i]), length * rng.uniform(.2, .6), width * .8, rng, angle + rng.normal(0, .9), .3))
        alpha = alpha * inside
        return _blend(picture * (1 + .6 * _rim(alpha, rng)[..., None]), alpha * rng.uniform(.6, 1), near * rng.uniform(.05, .4))
    if kind == "scratch":
        direction, clear = grain_direction(picture)
        angle = direction + rng.normal(np.pi / 2, .5) if clear > .3 and rng.random() < .6 else rng.uniform(0, 2 * np.pi)
        alpha = np.zeros((size, size), np.float32)
        for _ in range(int(rng.integers(1, 5))):
            start = at[0] + rng.normal(0, radius * .3), at[1] + rng.normal(0, radius * .3)
            alpha = np.maximum(alpha, rng.uniform(.4, 1) * line(size, start, max(radius * rng.uniform(1.5, 5), 8), rng.uniform(.4, 1.3), rng,
                                                                 angle + rng.normal(0, .06), .015))
        alpha = alpha * inside
        shade = near * rng.uniform(1.5, 2.2) + .12 if bright < .55 and rng.random() < .75 else near * rng.uniform(.1, .5)
        return _blend(picture, alpha * rng.uniform(.5, 1), shade)
    if kind == "hole":
        alpha = spot(size, at, radius, rng, .25) * inside
        deep = behind * rng.uniform(.2, 1) if behind is not None and rng.random() < .5 else fill(picture, alpha, rng) * rng.uniform(.02, .3)
        wall = np.clip(ndimage.gaussian_filter(alpha, 1.5) * 1.6, 0, 1) * inside
        return _blend(picture * (1 - .3 * wall[..., None] + 1.2 * _rim(alpha, rng)[..., None]), alpha, deep)
    if kind in ("stain", "burn"):
        alpha = (spot(size, at, radius * 1.2, rng, .9) if rng.random() < .5 else perlin(size, at, radius, rng)) * inside
        alpha = ndimage.gaussian_filter(alpha, rng.uniform(.3, .25 * radius + .4)) * inside
        if kind == "burn":
            return picture * (1 - alpha[..., None] * rng.uniform(.6, .97) * np.float32([.75, .9, 1]))
        if rng.random() < .5:
            return _blend(picture, alpha * rng.uniform(.35, .9), foreign())
        wet = picture * rng.uniform(.3, .75) if rng.random() < .6 else picture * .5 + rng.random(3) * .5
        return _blend(picture, alpha, wet)
    if kind == "specks":
        out, other = picture, foreign()
        shade = near * .15 if bright > .4 else near * 2 + .25
        for _ in range(int(rng.integers(3, 16))):
            alpha = spot(size, (int(at[0] + rng.normal(0, radius)), int(at[1] + rng.normal(0, radius))), rng.uniform(.8, 2.6) * size / 192, rng) * inside
            out = _blend(out, alpha, shade if rng.random() < .7 else other)
        return out
    if kind == "glue":
        alpha = spot(size, at, radius, rng, .6) * inside
        body = _blend(picture, np.full((size, size), rng.uniform(.3, .8), np.float32), np.float32([.9, .88, .8]) * rng.uniform(.6, 1.05))
        return _blend(picture, alpha, body) + (1.5 * np.maximum(_rim(alpha, rng, 2), 0) * inside)[..., None]
    if kind == "extra part":
        if stamp is not None and rng.random() < .6:
            side = int(np.clip(radius * 2.4, 7, size * .45))
            thing = stamp(side).astype(np.float32) / 255
            thing = np.rot90(thing, int(rng.integers(4)))
            y, x = int(np.clip(at[0] - side // 2, 0, size - side)), int(np.clip(at[1] - side // 2, 0, size - side))
            alpha, other = np.zeros((size, size), np.float32), picture.copy()
            alpha[y:y + side, x:x + side] = thing[..., 3]
            other[y:y + side, x:x + side] = thing[..., :3] * rng.uniform(.5, 1.1)
        else:
            alpha, other = spot(size, at, radius, rng, .4), foreign() * rng.uniform(.6, 1.3)
        shadow = np.clip(ndimage.gaussian_filter(np.roll(alpha, (2, 2), (0, 1)), 2), 0, 1) * .4
        return _blend(picture * (1 - shadow[..., None]), alpha, other)
    if kind == "misprint":  # a piece of the same picture where it does not belong
        mask = perlin(size, at, radius, rng) if rng.random() < .3 else spot(size, at, radius * 1.2, rng, .3)
        if rng.random() < .5:
            mask = ndimage.gaussian_filter(mask, 1.2)
        return _blend(picture, mask * inside, moved(picture, rng))
    if kind in ("missing part", "broken edge", "cut"):
        if kind == "broken edge" or behind is not None and rng.random() < .5:
            border = allowed & ~ndimage.binary_erosion(allowed, iterations=2, border_value=1)
            if border.sum() > 20:
                at = _at(border, rng)
        if kind == "cut":
            alpha = line(size, at, max(radius * 4, 9), np.clip(radius * .12, .8, 5), rng, rng.uniform(0, 2 * np.pi), .01)
        else:
            alpha = spot(size, at, radius * 1.3, rng, rng.uniform(.2, .9))
        alpha = alpha * inside
        if behind is not None:
            gone = behind
        elif kind == "missing part":
            gone = fill(picture, alpha, rng)
        else:
            gone = near * rng.uniform(.05, .5) if rng.random() < .6 else foreign() * .6
        return _blend(picture * (1 + .8 * _rim(alpha, rng)[..., None]), alpha, gone)
    raise ValueError(kind)
