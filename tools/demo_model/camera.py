"""camera.py - how does a real camera take a picture of a scene?  One random set-up for all images of a product, and what varies from one
image to the next: a little light, the grain, what the light does on a shiny surface."""
import io

import numpy as np
from PIL import Image
from scipy import ndimage

from textures import noise
from world import LIGHTS


def _grid(size):
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - .5
    return x, y


def _disc(picture, radius):
    """Defocus: a disc, as two passes of a box and one small Gaussian (nearly round, and fast)."""
    n = max(1, int(round(radius * 1.4)))
    return ndimage.gaussian_filter(ndimage.uniform_filter(picture, (n, n, 0)), (radius * .4, radius * .4, 0))


class Camera:
    """shoot(picture [S, S, 3] float, instance) -> uint8; both twins of an instance get the same light and grain."""

    def __init__(self, rng, size):
        self.size, u = size, rng.uniform
        self.light = str(rng.choice(LIGHTS, p=[.25, .5, .25]))
        self.gain = {"dark": u(.3, .6), "even": u(.8, 1.1), "bright": u(1.15, 1.5)}[self.light]
        self.quality = str(rng.choice(["sharp", "blurry", "noisy", "grey"], p=[.45, .15, .15, .25]))
        self.gamma = u(.75, 1.3)
        self.balance = np.float32([u(.8, 1.2), 1, u(.8, 1.2)]) if rng.random() < .5 else np.ones(3, np.float32)
        self.vignette = u(.2, .8) if rng.random() < .3 else 0
        self.key = u(.55, .9) if self.light == "dark" and rng.random() < .4 else 0  # low key: all but a pool of light is black
        self.specular = u(.15, .7) if rng.random() < .25 else 0
        self.defocus = (u(1.0, 2.2) if self.quality == "blurry" else u(0, .5)) * size / 160
        self.motion = int(u(2, 5) * size / 160) if self.quality == "blurry" and rng.random() < .3 else 0
        self.noise = u(.025, .07) if self.quality == "noisy" else u(0, .015)
        self.coarse = rng.random() < .3  # the grain of a sensor whose image was enlarged
        self.jpeg = int(rng.integers(45, 98)) if rng.random() < .5 else 0
        self.slope = rng.uniform(-.35, .35, 2)

    def instance(self, rng):
        """What is so of one image and its twin."""
        x, y = _grid(self.size)
        slope = self.slope + rng.normal(0, .05, 2)
        field = self.gain * rng.uniform(.93, 1.07) * (1 + slope[0] * x + slope[1] * y)
        cx, cy = rng.normal(0, .12, 2)
        if self.vignette:
            field = field * (1 - self.vignette * ((x * x + y * y) / .5))
        if self.key:
            field = field * (1 - self.key + self.key * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / .12) * 1.6)
        if rng.random() < .15:
            field = field * (1 - rng.uniform(.2, .5) * noise(self.size, rng, rng.uniform(1, 3), 2))
        shine = None
        if self.specular:
            width, angle = rng.uniform(.02, .12), rng.uniform(0, np.pi)
            across = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
            along = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
            shine = self.specular * np.exp(-(across / width) ** 2 - (along / rng.uniform(.1, .6)) ** 2).astype(np.float32)
        grain = rng.standard_normal((self.size, self.size, 3), np.float32)
        if self.coarse:
            grain = ndimage.gaussian_filter(grain, (.8, .8, 0)) * 2.2
        return np.maximum(field, 0)[..., None].astype(np.float32), shine, grain

    def shoot(self, picture, instance):
        field, shine, grain = instance
        out = picture * field * self.balance
        if shine is not None:  # brighter things shine more
            out = out + shine[..., None] * (.4 + .6 * picture.mean(-1, keepdims=True))
        out = np.clip(out, 0, 1) ** self.gamma
        if self.quality == "grey":
            out, grain = out.mean(-1, keepdims=True).repeat(3, -1), grain[..., :1]
        if self.defocus > .25:
            out = _disc(out, self.defocus)
        if self.motion > 1:
            out = ndimage.uniform_filter1d(out, self.motion, axis=1)
        out = out + self.noise * (.5 + out) * grain
        out = (np.clip(out, 0, 1) * 255 + .5).astype(np.uint8)
        if self.jpeg:
            buffer = io.BytesIO()
            Image.fromarray(out).save(buffer, "JPEG", quality=self.jpeg)
            out = np.asarray(Image.open(io.BytesIO(buffer.getvalue())))
        return out
