"""textures.py - what does each surface look like?  Every function returns [S, S] heights or shades in 0..1 as float32."""
import numpy as np
from scipy import ndimage


def coordinates(size, rng, turn=True):
    """Pixel coordinates in -0.5..0.5, turned and shifted at random."""
    angle = rng.uniform(0, 2 * np.pi) if turn else rng.normal(0, 0.05)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - 0.5
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * x - s * y, s * x + c * y


def noise(size, rng, cells, octaves=3, stretch=1.0):
    """Smooth noise: random grids of growing fineness, enlarged and added."""
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        n = int(cells * 2 ** octave) + 2
        m = max(int(n / stretch) + 2, 3)
        grid = rng.random((min(n, size), min(m, size))).astype(np.float32)
        total += ndimage.zoom(grid, (size / grid.shape[0], size / grid.shape[1]), order=1, mode="nearest")[:size, :size] / 2 ** octave
    total -= total.min()
    return total / max(total.max(), 1e-6)


def cells(size, rng, count):
    """Voronoi: distance to the nearest and second nearest of random points, and the nearest's number."""
    points = rng.uniform(-0.05, 1.05, (count, 2)).astype(np.float32) * size
    from scipy.spatial import cKDTree
    y, x = np.mgrid[0:size, 0:size]
    d, i = cKDTree(points).query(np.stack([y.ravel(), x.ravel()], 1), k=2)
    return d[:, 0].reshape(size, size), d[:, 1].reshape(size, size), i[:, 0].reshape(size, size)


def _wave(t, period):
    return 0.5 + 0.5 * np.cos(2 * np.pi * t / period)


def _frac(t):
    return t - np.floor(t)


def _brick(size, rng, aspect=2.2, offset=0.5):
    x, y = coordinates(size, rng, turn=rng.random() < 0.3)
    rows = rng.uniform(4, 9)
    v = y * rows + 10
    u = x * rows / aspect + offset * np.floor(v) + 10
    gap = rng.uniform(0.06, 0.14)
    joint = np.minimum(np.minimum(_frac(u), 1 - _frac(u)) * aspect, np.minimum(_frac(v), 1 - _frac(v))) < gap
    tone = _hash(np.floor(u), np.floor(v), rng)
    return np.where(joint, rng.choice([0.15, 0.9]), 0.45 + 0.25 * tone)


def _hash(a, b, rng):
    k = rng.uniform(10, 90)
    return _frac(np.sin(a * 12.9898 + b * 78.233 + k) * 43758.547)


def _terrazzo(size, rng):
    d, e, i = cells(size, rng, int(rng.integers(60, 160)))
    return np.where(e - d > rng.uniform(2, 4), rng.random(400).astype(np.float32)[i], 0.5)


def _perforated(size, rng):
    x, y = coordinates(size, rng, turn=rng.random() < 0.5)
    n = rng.uniform(5, 10)
    u, v = _frac(x * n) - 0.5, _frac(y * n) - 0.5
    return np.where(u * u + v * v < rng.uniform(0.04, 0.09), 0.1, 0.75)


def _fabric(size, rng):
    x, y = coordinates(size, rng, turn=rng.random() < 0.4)
    n = rng.uniform(14, 26)
    over = (np.floor(x * n) + np.floor(y * n)) % 2 == 0
    return 0.35 + 0.4 * np.where(over, np.sin(np.pi * _frac(x * n)), np.sin(np.pi * _frac(y * n)))


def _pattern(size, rng):
    """Abstract: a random mixture of waves, cells and noise, so that the network meets surfaces that have no name."""
    pick = rng.integers(8)
    x, y = coordinates(size, rng)
    if pick == 4:  # streaks of two widths, mottled
        return 0.5 * noise(size, rng, rng.uniform(20, 60), 2, rng.uniform(8, 30)) + 0.5 * noise(size, rng, rng.uniform(2, 6), 3)
    if pick == 5:  # waves bent by noise
        return _wave(x + rng.uniform(0.05, 0.2) * noise(size, rng, rng.uniform(2, 6), 2), rng.uniform(0.04, 0.25))
    if pick == 6:  # grains
        d, e, i = cells(size, rng, int(rng.integers(30, 600)))
        tone = rng.random(700).astype(np.float32)[i]
        return 0.3 + 0.5 * tone if rng.random() < .5 else np.exp(-d / rng.uniform(2, 6) * 128 / size)
    if pick == 7:  # two of the above, one seen through the other
        a, b = _pattern(size, rng), _pattern(size, rng)
        return a + (b - a) * (noise(size, rng, rng.uniform(1, 3), 2) > .5) if rng.random() < .3 else 0.5 * (a + b)
    if pick == 0:
        return _wave(x + 0.03 * rng.random() * np.sin(20 * y), rng.uniform(0.05, 0.2)) * _wave(y, rng.uniform(0.05, 0.3))
    if pick == 1:
        d, e, i = cells(size, rng, int(rng.integers(20, 200)))
        return (e - d) / (e - d).max()
    if pick == 2:
        return noise(size, rng, rng.uniform(3, 30), 3, rng.uniform(0.3, 6))
    return _wave(np.hypot(x + rng.uniform(-.5, .5), y + rng.uniform(-.5, .5)), rng.uniform(0.05, 0.2))


def height(name, size, rng):
    """[S, S] float32 in about 0..1."""
    x, y = coordinates(size, rng, turn=name not in ("brick", "grid", "mosaic"))
    fine = rng.random((size, size)).astype(np.float32)
    if name == "brick":
        h = _brick(size, rng)
    elif name == "concrete":
        h = 0.5 + 0.25 * noise(size, rng, 5, 4) + 0.15 * fine
    elif name == "fabric":
        h = _fabric(size, rng)
    elif name == "brushed metal":
        h = ndimage.rotate(np.repeat(rng.random((1, 2 * size)), 2 * size, 0).T, rng.uniform(0, 180), reshape=False, order=1)[
            size // 2:size // 2 + size, size // 2:size // 2 + size] * 0.35 + 0.4
    elif name == "marble":
        h = 0.5 + 0.45 * np.sin(12 * x + 7 * noise(size, rng, 3, 4))
    elif name == "carpet":
        h = ndimage.gaussian_filter(fine, 0.8) * 2.2 - 0.6
    elif name == "paper":
        h = 0.75 + 0.06 * noise(size, rng, 20, 2) + 0.03 * fine
    elif name == "rubber":
        n = rng.uniform(6, 11)
        h = np.clip(1 - 3.2 * np.hypot(_frac(x * n) - 0.5, _frac(y * n) - 0.5), 0, 1) * 0.6 + 0.2
    elif name == "corrugated sheet":
        h = _wave(x, rng.uniform(0.07, 0.2))
    elif name == "checkered tile":
        n = rng.uniform(4, 8)
        h = np.where((np.floor(x * n) + np.floor(y * n)) % 2 == 0, 0.25, 0.8)
    elif name == "foam":
        d, e, i = cells(size, rng, int(rng.integers(120, 350)))
        h = np.clip((e - d) / 5, 0, 1)
    elif name == "terrazzo":
        h = _terrazzo(size, rng)
    elif name == "perforated plate":
        h = _perforated(size, rng)
    elif name == "cork":
        d, e, i = cells(size, rng, 500)
        h = 0.4 + 0.4 * rng.random(600).astype(np.float32)[i] * (0.6 + 0.4 * fine)
    elif name == "ground steel":
        lines = np.repeat(rng.random((size, 1)), size, 1) if rng.random() < 0.5 else np.repeat(rng.random((1, size)), size, 0)
        h = 0.45 + rng.uniform(0.03, 0.2) * lines + rng.uniform(0.05, 0.2) * noise(size, rng, 4, 4) + 0.1 * fine
    elif name == "rolled steel":
        across = noise(size, rng, rng.uniform(30, 90), 2, rng.uniform(20, 60))
        across = across if rng.random() < .5 else across.T
        h = 0.3 + rng.uniform(.1, .4) * across + rng.uniform(.05, .3) * noise(size, rng, 3, 3) + 0.06 * fine
    elif name == "cast iron":
        h = 0.3 + 0.3 * noise(size, rng, rng.uniform(15, 60), 3) + 0.2 * noise(size, rng, 3, 2) + 0.08 * fine
    elif name == "felt":
        h = noise(size, rng, 30, 3, 3) * 0.5 + 0.3
    elif name == "plaster":
        h = 0.6 + 0.3 * noise(size, rng, 12, 3)
    elif name == "linen":
        h = 0.5 + 0.25 * noise(size, rng, 40, 1, 8) + 0.25 * noise(size, rng, 40, 1, 0.125)
    elif name == "leather":
        d, e, i = cells(size, rng, int(rng.integers(350, 700)))
        h = 0.3 + 0.5 * np.clip((e - d) / 3, 0, 1)
    elif name == "wood":
        h = 0.5 + 0.3 * np.sin(rng.uniform(30, 60) * (x + 0.12 * noise(size, rng, 2, 2, 4))) + 0.15 * noise(size, rng, 40, 1, 12)
    elif name == "grid":
        n = rng.uniform(6, 10)
        h = np.where(np.minimum(np.abs(_frac(x * n) - 0.5), np.abs(_frac(y * n) - 0.5)) < 0.12, 0.8, 0.12)
    elif name == "mosaic":
        h = _brick(size, rng, aspect=1.0, offset=0.0)
    else:
        h = _pattern(size, rng)
    if rng.random() < .35:  # real surfaces are worn unevenly
        h = h * (1 - rng.uniform(.1, .45) * noise(size, rng, rng.uniform(1.5, 6), 3))
    return np.asarray(h, np.float32)
