"""objects.py - what does each object look like?  An object is a list of parts: a signed distance field, a relief, a tone."""
import numpy as np


def _circle(x, y, r):
    return np.hypot(x, y) - r


def _box(x, y, w, h, round_=0.03):
    dx, dy = np.abs(x) - w + round_, np.abs(y) - h + round_
    return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0) - round_


def _polygon(x, y, n, r, depth=0.0):
    a = np.arctan2(y, x)
    k = 2 * np.pi / n
    a = np.abs((a % k) - k / 2)
    return np.hypot(x, y) * (np.cos(a) + depth * (a / (k / 2) - 0.5)) - r * np.cos(k / 2)


def _gear(x, y, n, r, tooth):
    return np.hypot(x, y) - r - tooth * np.clip(3 * np.cos(n * np.arctan2(y, x)), -1, 1)


def _pill(x, y, w, r):
    return np.hypot(np.maximum(np.abs(x) - w, 0), y) - r


def _ring(d, t):
    return np.abs(d) - t


def _text(x, y, rng, n=4):
    """Marks that look like print: a union of short bars on a line."""
    d = np.full_like(x, 9)
    for i in range(n):
        cx = (i - (n - 1) / 2) * 0.075
        for bar in rng.choice(5, 3, replace=False):
            if bar < 3:
                d = np.minimum(d, _box(x - cx, y - (bar - 1) * 0.04, 0.025, 0.009, 0.0))
            else:
                d = np.minimum(d, _box(x - cx - (bar - 3.5) * 0.05, y, 0.009, 0.045, 0.0))
    return d


def parts(name, x, y, rng):
    """[(distance [S, S], relief, tone)], from back to front: distance < 0 inside; unit: image side before scaling."""
    u = rng.uniform
    if name == "washer":
        return [(_ring(_circle(x, y, 0.27), u(0.07, 0.13)), 1, 1)]
    if name == "gear":
        n = int(rng.integers(8, 16))
        return [(np.maximum(_gear(x, y, n, 0.33, 0.035), -_circle(x, y, u(0.07, 0.12))), 1, 1), (_ring(_circle(x, y, 0.2), 0.015), 0, .7)]
    if name == "plate":
        return [(_circle(x, y, 0.42), 1, 1), (_ring(_circle(x, y, 0.28), 0.012), 0, .75)]
    if name == "button":
        holes = np.minimum.reduce([_circle(x - a, y - b, 0.045) for a in (-.09, .09) for b in (-.09, .09)])
        return [(np.maximum(_circle(x, y, 0.36), -holes), 1, 1), (_ring(_circle(x, y, 0.28), 0.015), 0, .8)]
    if name == "coin":
        return [(_circle(x, y, 0.38), 1, 1), (_ring(_circle(x, y, 0.33), 0.012), 0, .7), (_text(x, y, rng, 4), 0, .55),
                (_polygon(x, y - .17, 5, .07, .5), 0, .6)]
    if name == "tablet":
        return [(_circle(x, y, u(.28, .36)), 1, 1), (_box(x, y, .3, .012, 0), 0, .65)]
    if name == "bearing":
        a = np.arctan2(y, x)
        n = int(rng.integers(8, 12))
        k = 2 * np.pi / n
        a = (a % k) - k / 2
        r = np.hypot(x, y)
        return [(_ring(_circle(x, y, .36), .05), 1, 1), (_ring(_circle(x, y, .16), .05), 1, .9),
                (np.hypot(r * np.cos(a) - .26, r * np.sin(a)) - .055, 1, 1.15)]
    if name == "ruler":
        ticks = np.where((np.abs(((x * 20) % 1) - .5) < .12) & (y > .03), -.01, .5)
        return [(_box(x, y, .46, .13, .02), .5, 1), (np.maximum(ticks, _box(x, y, .44, .11, 0)), 0, .4)]
    if name == "dice":
        n = int(rng.integers(2, 7))
        spots = {2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)], 4: [(-1, -1), (1, 1), (-1, 1), (1, -1)],
                 5: [(-1, -1), (1, 1), (-1, 1), (1, -1), (0, 0)], 6: [(-1, -1), (1, 1), (-1, 1), (1, -1), (-1, 0), (1, 0)]}[n]
        return [(_box(x, y, .32, .32, .08), 1, 1), (np.minimum.reduce([_circle(x - .17 * a, y - .17 * b, .05) for a, b in spots]), 0, .25)]
    if name == "label":
        return [(_box(x, y, .42, .28, .03), .3, 1)] + [(_text(x - u(-.05, .05), y - .13 * i, rng, 8), 0, .3) for i in (-1, 0, 1)]
    if name == "screw":
        thread = _box(x, y - .12, .075 + .014 * np.sign(np.sin(y * 110)), .28, .0)
        return [(thread, .8, .9), (_box(x, y + .25, .2, .09, .05), 1, 1)]
    if name == "chip":
        legs = np.where(np.abs(((x * 12) % 1) - .5) < .22, _box(x, y, .34, .3, 0), .5)
        return [(legs, .5, 2.2), (_box(x, y, .38, .2, .02), .7, 1), (_circle(x + .3, y + .1, .03), 0, .6), (_text(x, y, rng, 6), 0, 1.8)]
    if name == "bracket":
        d = np.minimum(_box(x + .22, y, .13, .4, .03), _box(x, y - .28, .36, .13, .03))
        holes = np.minimum.reduce([_circle(x + .22, y + .26, .05), _circle(x + .22, y, .05), _circle(x - .22, y - .28, .05)])
        return [(np.maximum(d, -holes), .7, 1)]
    if name == "lid":
        return [(_gear(x, y, 40, .38, .008), 1, 1), (_circle(x, y, .3), .7, 1.1), (_text(x, y, rng, 5), 0, .6)]
    if name == "battery":
        return [(_box(x, y, .4, .15, .03), 1, 1), (_box(x - .43, y, .03, .06, .01), .5, 1.2), (_box(x + .22, y, .12, .15, .03), 1, .5)]
    if name == "lens":
        return [(_ring(_circle(x, y, .36), .04), 1, .6), (_circle(x, y, .33), 1.4, 1.2), (_circle(x + .1, y + .12, .05), 0, 1.6)]
    if name == "key":
        teeth = np.minimum.reduce([_box(x - .18 - .09 * i, y - .06, .022, u(.05, .1), 0) for i in range(3)])
        return [(np.minimum.reduce([_ring(_circle(x + .26, y, .13), .045), _box(x - .12, y, .28, .035, .01), teeth]), .7, 1)]
    if name == "cross":
        w = u(.09, .14)
        return [(np.minimum(_box(x, y, .4, w, .02), _box(x, y, w, .4, .02)), .8, 1), (_circle(x, y, .05), 0, .4)]
    if name == "flower":
        n = int(rng.integers(5, 9))
        return [(_gear(x, y, n, .3, .08), .8, 1), (_circle(x, y, .1), .7, .6)]
    if name == "cup":
        return [(_ring(_circle(x - .36, y, .1), .03), .7, 1), (_circle(x, y, .33), 1, 1), (_circle(x, y, .27), -1, .55)]
    if name == "star":
        return [(_polygon(x, y, 5, .4, 1.1), .8, 1), (_circle(x, y, .06), 0, .5)]
    if name == "flange":
        n = int(rng.integers(4, 7))
        holes = np.minimum.reduce([_circle(x - .28 * np.cos(t), y - .28 * np.sin(t), .05) for t in np.arange(n) * 2 * np.pi / n])
        return [(np.maximum(np.maximum(_circle(x, y, .4), -holes), -_circle(x, y, .13)), 1, 1), (_ring(_circle(x, y, .19), .015), 0, .7)]
    if name == "hex nut":
        return [(np.maximum(_polygon(x, y, 6, .4), -_circle(x, y, u(.16, .22))), 1, 1)]
    if name == "capsule":
        return [(_pill(x, y, .24, .15), 1.2, 1), (np.maximum(_pill(x, y, .24, .155), -x), 1.2, .6), (_text(x + .18, y, rng, 3), 0, .5)]
    if name == "zipper":
        left = np.where(((y * 16) % 1) < .5, _box(x + .04, y, .07, .48, 0), .5)
        right = np.where(((y * 16 + .5) % 1) < .5, _box(x - .04, y, .07, .48, 0), .5)
        return [(_box(x, y, .3, .5, 0), .2, .5), (left, .6, 1.3), (right, .6, 1.3)]
    if name == "circuit board":
        out = [(_box(x, y, .44, .38, .02), .3, 1)]
        for _ in range(7):
            out.append((_box(x - u(-.34, .34), y - u(-.28, .28), u(.02, .1), u(.02, .07), .005), .4, rng.choice([.3, 1.7, .6])))
        out += [(_box(x - u(-.3, .3), y, .006, .34, 0), 0, 1.4) for _ in range(4)]
        return out
    if name == "cookie":
        chips = np.minimum.reduce([_circle(x - u(-.24, .24), y - u(-.24, .24), u(.02, .045)) for _ in range(9)])
        return [(_gear(x, y, int(rng.integers(9, 17)), .36, .012), 1, 1), (np.maximum(chips, _circle(x, y, .33)), .4, .4)]
    out = []  # "figure": random parts, mirrored, so that the network meets objects that have no name
    n = int(rng.integers(2, 6))
    for _ in range(n):
        cx, cy, kind = u(0, .25), u(-.25, .25), rng.integers(4)
        ax = np.abs(x) - cx if rng.random() < .7 else x
        d = [_circle(ax, y - cy, u(.05, .2)), _box(ax, y - cy, u(.04, .25), u(.04, .25), .02), _ring(_circle(ax, y - cy, u(.1, .25)), u(.02, .05)),
             _polygon(ax, y - cy, int(rng.integers(3, 8)), u(.1, .25))][kind]
        out.append((d, u(.3, 1.2), u(.5, 1.4)))
    out.sort(key=lambda p: -float((p[0] < 0).sum()))
    if rng.random() < .4:
        out.append((_text(x, y - u(-.1, .1), rng, 5), 0, rng.choice([.4, 1.6])))
    if rng.random() < .4:
        hole = _circle(x - u(-.1, .1), y - u(-.1, .1), u(.04, .12))
        out = [(np.maximum(d, -hole), r, t) for d, r, t in out]
    return out
