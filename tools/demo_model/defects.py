"""defects.py - how does each defect change an image?  (image, where, rng) -> changed image, all [S, S, 3] float32 0..1."""
import numpy as np
from scipy import ndimage

from textures import noise


def _spot(allowed, rng):
    """A random place on the object or surface, not too near the border."""
    inner = ndimage.binary_erosion(allowed, iterations=4, border_value=0)
    ys, xs = np.nonzero(inner if inner.sum() > 30 else allowed)
    i = rng.integers(len(ys))
    return ys[i], xs[i]


def _path(size, start, rng, length, wander, width):
    """Distance of every pixel to a wandering line; negative inside its width."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    angle, (py, px) = rng.uniform(0, 2 * np.pi), start
    d = np.full((size, size), 1e3, np.float32)
    steps = max(int(length / 3), 2)
    for i in range(steps):
        d = np.minimum(d, np.hypot(y - py, x - px) - width * (1 - 0.5 * i / steps))
        angle += rng.normal(0, wander)
        py, px = py + 3 * np.sin(angle), px + 3 * np.cos(angle)
    return d


def _blob(size, centre, radius, rng, rough=0.35):
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return np.hypot((y - centre[0]) * rng.uniform(.7, 1.4), x - centre[1]) - radius * (1 - rough / 2 + rough * noise(size, rng, 6, 2))


def _mix(picture, alpha, colour):
    alpha = np.clip(alpha, 0, 1)[..., None]
    return picture * (1 - alpha) + alpha * np.asarray(colour, np.float32)


def _soft(d, edge=1.0):
    return np.clip(0.5 - d / edge, 0, 1)


def apply(kind, picture, allowed, rng, scale):
    """allowed [S, S] bool: where the object is; scale 0.5..1.6: how large.  Misprint and parts are drawn here too."""
    size = picture.shape[0]
    s = size / 128 * scale
    at = _spot(allowed, rng)
    inside = allowed.astype(np.float32)
    mean = picture[allowed].mean(0)
    far = np.where(mean.mean() > .45, rng.uniform(0, .25), rng.uniform(.75, 1)) * np.ones(3, np.float32)
    if kind == "scratch":
        d = _path(size, at, rng, rng.uniform(35, 80) * s, .06, rng.uniform(.8, 1.6) * s)
        return _mix(picture, _soft(d) * inside * rng.uniform(.6, 1), far)
    if kind == "crack":
        d = np.minimum(_path(size, at, rng, rng.uniform(30, 60) * s, .5, 1.6 * s), _path(size, at, rng, rng.uniform(20, 50) * s, .5, 1.5 * s))
        return _mix(picture, _soft(d) * inside * rng.uniform(.7, 1), mean * .15)
    if kind == "hole":
        d = _blob(size, at, rng.uniform(5, 10) * s, rng, .2)
        return _mix(_mix(picture, _soft(d - 1.5, 3) * inside * .5, mean * 1.3), _soft(d) * inside, np.full(3, rng.uniform(0, .12)))
    if kind == "stain":
        d = _blob(size, at, rng.uniform(9, 20) * s, rng, .8)
        return _mix(picture, _soft(d, rng.uniform(2, 8)) * inside * rng.uniform(.35, .8), rng.random(3) * .6)
    if kind == "specks":
        out = picture
        for _ in range(int(rng.integers(5, 14))):
            d = _blob(size, (at[0] + rng.normal(0, 13 * s), at[1] + rng.normal(0, 13 * s)), rng.uniform(1, 2.6) * s, rng)
            out = _mix(out, _soft(d) * inside, far)
        return out
    if kind in ("broken edge", "cut"):
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        border = allowed & ~ndimage.binary_erosion(allowed, iterations=2, border_value=1)
        ys, xs = np.nonzero(border if border.sum() > 20 else allowed)
        i = rng.integers(len(ys))
        if kind == "broken edge" and border.sum() > 20:
            d = _blob(size, (ys[i], xs[i]), rng.uniform(8, 15) * s, rng, .9)
            away = picture[~allowed].mean(0) if (~allowed).sum() > 50 else mean * .2
            return _mix(picture, _soft(d) * inside, away)
        if kind == "broken edge":
            d = _blob(size, at, rng.uniform(7, 13) * s, rng, 1.2)
            return _mix(picture, _soft(d) * inside * .85, mean * rng.choice([.45, 1.5]))
        d = _path(size, at, rng, rng.uniform(25, 55) * s, .02, rng.uniform(2, 3.5) * s)
        return _mix(_mix(picture, _soft(d - 2) * inside * .5, mean * 1.35), _soft(d) * inside, mean * .12)
    if kind == "glue":
        d = _blob(size, at, rng.uniform(7, 14) * s, rng, .6)
        shine = ndimage.gaussian_filter(_soft(d + 3, 3), 2) - ndimage.shift(ndimage.gaussian_filter(_soft(d + 3, 3), 2), (2, 2))
        out = _mix(picture, _soft(d, 2) * inside * rng.uniform(.45, .75), np.array([.9, .88, .78]) * rng.uniform(.7, 1.05))
        return out + 2.0 * shine[..., None] * inside[..., None]
    if kind == "extra part":
        h, w = rng.uniform(4, 12, 2) * s
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        a = rng.uniform(0, np.pi)
        u, v = (x - at[1]) * np.cos(a) + (y - at[0]) * np.sin(a), (y - at[0]) * np.cos(a) - (x - at[1]) * np.sin(a)
        d = np.hypot(u, v) - h if rng.random() < .4 else np.maximum(np.abs(u) - w, np.abs(v) - h)
        shade = 1 + .25 * np.clip((u + v) / (w + h), -1, 1)
        body = rng.random(3)[None, None] * shade[..., None]
        alpha = (_soft(d))[..., None]
        shadow = _mix(picture, _soft(np.roll(d, (2, 2), (0, 1)), 3) * .5, np.zeros(3))
        return shadow * (1 - alpha) + alpha * body
    if kind in ("misprint", "missing part"):
        r = int(rng.uniform(9, 17) * s)
        y0, x0 = int(np.clip(at[0] - r, 0, size - 2 * r - 1)), int(np.clip(at[1] - r, 0, size - 2 * r - 1))
        out = picture.copy()
        patch = picture[y0:y0 + 2 * r, x0:x0 + 2 * r]
        window = np.clip(1.3 - np.hypot(*np.mgrid[-1:1:2 * r * 1j, -1:1:2 * r * 1j]), 0, .15)[..., None] / .15
        if kind == "misprint":
            other = np.rot90(patch, int(rng.integers(1, 4))) if rng.random() < .5 else np.roll(patch, (int(r * .7), int(r * .5)), (0, 1))
        else:
            other = ndimage.gaussian_filter(patch, (6, 6, 0)) * .25 + .75 * np.median(patch.reshape(-1, 3), 0) * rng.uniform(.6, 1.1)
        out[y0:y0 + 2 * r, x0:x0 + 2 * r] = patch * (1 - window) + other * window
        return out
    if kind == "burn":
        d = _blob(size, at, rng.uniform(9, 18) * s, rng, .5)
        dark = np.clip(.5 - d / (10 * s), 0, 1) * inside
        return picture * (1 - .9 * dark[..., None] * np.array([.75, .9, 1.0]))
    if kind == "dent":
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        r = rng.uniform(8, 15) * s
        u, v = (x - at[1]) / r, (y - at[0]) / r
        bowl = np.exp(-(u * u + v * v) * 1.5) * inside
        return picture * (1 + 1.1 * (bowl * (u + v))[..., None]) * (1 - .25 * bowl[..., None])
    if kind == "thread":
        d = _path(size, at, rng, rng.uniform(50, 100) * s, .25, rng.uniform(.9, 1.5) * s)
        return _mix(_mix(picture, _soft(np.roll(d, (1, 1), (0, 1)), 2) * .4, np.zeros(3)), _soft(d), rng.random(3))
    if kind == "colour patch":
        d = _blob(size, at, rng.uniform(9, 18) * s, rng, .4)
        tint = rng.random(3).astype(np.float32) * 1.4 + .2
        return picture * (1 - _soft(d, 2)[..., None] * inside[..., None]) + np.clip(picture * tint, 0, 1) * (_soft(d, 2) * inside)[..., None]
    if kind == "bent":
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        r = rng.uniform(16, 28) * s
        pull = np.exp(-((x - at[1]) ** 2 + (y - at[0]) ** 2) / (r * r)) * rng.uniform(5, 10) * s * rng.choice([-1, 1])
        a = rng.uniform(0, 2 * np.pi)
        return np.stack([ndimage.map_coordinates(picture[..., c], [y + pull * np.sin(a), x + pull * np.cos(a)], order=1, mode="nearest")
                         for c in range(3)], -1)
    raise ValueError(kind)
