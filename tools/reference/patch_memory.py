"""patch_memory.py - how far are an image's patches from those of normal images, written a second time?

Float64 over clip_torch.py, without rwda's short cuts: whole distance matrices, one image at a time.  The formulas are those of
docs/evidence.md, from K. Roth et al., arXiv:2106.08265 (memory, greedy coreset), X. Li et al., arXiv:2401.16753 (mutual scores) and
J. Jeong et al., arXiv:2303.14814 (WinCLIP+, as `windows_association()`).  Pixels come from `rwda preprocess`, everything else from here."""
import dataclasses
import hashlib
import math
import os

import torch
from PIL import Image
from torch.nn import functional as F

import clip_torch
import winclip_torch

SMALLEST = 1e-7
TURNS = (None, Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)


@dataclasses.dataclass(frozen=True)
class Recipe:
    layers: tuple
    image_size: int
    tiles: int = 1
    neighbourhood: int = 1
    rotations: bool = False
    share: float = 0.05
    robust: float = 0.0
    class_weight: float = 0.0

    def options(self):
        """As the program is told."""
        out = ["--layers", ",".join(map(str, self.layers)), "--image-size", self.image_size, "--tiles", self.tiles,
               "--neighbourhood", self.neighbourhood, "--share", self.share, "--robust", self.robust, "--class-weight", self.class_weight]
        return out + ["--rotations"] * self.rotations


def count(share, n):
    """ceil(share * n) of a share that was a decimal number, not of its float32, which may lie a little above."""
    return max(1, math.ceil(share * n * (1 - 1e-6)))


def content_hash(image):
    """Of a picture's pixels; memories are in its order."""
    return hashlib.sha256(f"{image.width} {image.height}\n".encode() + image.tobytes()).hexdigest()


def half_distances(x, memory):
    """x [p, d], memory [m, d], unit rows -> half the cosine distance of each to each [p, m]."""
    return (1 - x @ memory.T) / 2


def quantised(x):
    """x [p, d] as rwda's 8-bit products see it: 0..255, in steps and from a zero of each row's own (docs/precision.md)."""
    low, high = x.float().amin(1).clamp(max=0), x.float().amax(1).clamp(min=0)
    step = (high - low) / 255
    zero = torch.round(-low / step)
    return ((torch.round(x / step[:, None]) + zero[:, None]).clamp(0, 255) - zero[:, None]) * step[:, None].double()


def lowest(distances, robust):
    """distances [..., images] -> the smallest, or the mean over the share `robust` of them that is smallest."""
    return distances.sort(-1).values[..., :count(robust, distances.shape[-1]) if robust else 1].mean(-1)


def highest(values, share):
    """Mean over the share that is highest."""
    return values.flatten().sort(descending=True).values[:count(share, values.numel())].mean()


def coreset(x, keep, chosen=None, near=0.0):
    """Greedy k-centre over unit rows x [n, d]: row 0, then always the one farthest from all taken, the first of equals -> list of rows.

    chosen: a set of rows that another program took.  Where several rows are farthest but for `near`, one of those that it took is
    taken; what rounding decides must not part the two for good."""
    taken, distance = [0], half_distances(x, x[:1])[:, 0]
    while len(taken) < count(keep, len(x)):
        distance[taken[-1]] = -1
        best = int(distance.argmax())
        if chosen is not None and best not in chosen:
            best = next((i for i in (distance >= distance[best] - near).nonzero()[:, 0].tolist() if i in chosen), best)
        taken.append(best)
        distance = torch.minimum(distance, half_distances(x, x[best:best + 1])[:, 0])
    return taken


class Reference(winclip_torch.Reference):
    """Adds to WinCLIP's reference what is computed from images alone."""

    def seen(self, image, side):
        path = os.path.join(self.program.work, "seen.png")
        image.save(path)
        return torch.from_numpy(self.program.pixels(self.folder, path, resize="squash", image_size=side)).double()

    def blocks(self, pixels, layers):
        """pixels [1, 3, S, S] -> {l: output of block l, patches alone [g, g, d]}"""
        v = self.config["vision_cfg"]
        x, out = clip_torch.tokens(self.w, self.config, pixels), {}
        for i in range(v["layers"]):
            x = self.block(i, x)
            if i + 1 in layers:
                grid = math.isqrt(x.shape[1] - 1)
                out[i + 1] = x[0, 1:].view(grid, grid, -1)
        return out

    def tokens(self, image, recipe):
        """A PIL image -> {l: unit tokens [n*g, n*g, d]}, n tiles along a side of g patches each."""
        n, (width, height), out = recipe.tiles, image.size, {}
        for i in range(n):
            row = [self.blocks(self.seen(image.crop((j * width // n, i * height // n, (j + 1) * width // n, (i + 1) * height // n)),
                                         recipe.image_size), recipe.layers) for j in range(n)]
            for layer in recipe.layers:
                out.setdefault(layer, []).append(torch.cat([around(tile[layer], recipe.neighbourhood) for tile in row], 1))
        return {layer: F.normalize(torch.cat(rows, 0), dim=-1) for layer, rows in out.items()}

    def embedding(self, image):
        """Of the whole image at the model's own side [D]."""
        return clip_torch.images(self.w, self.config, self.seen(image, self.config["vision_cfg"]["image_size"]))[0]


def around(x, r):
    """[g, g, d] -> the mean over the tokens of the r x r square around each, those inside the grid."""
    out = torch.empty_like(x)
    for i in range(len(x)):
        for j in range(len(x)):
            out[i, j] = x[max(0, i - r // 2):i + r // 2 + 1, max(0, j - r // 2):j + r // 2 + 1].mean((0, 1))
    return out


class Memory:
    """Tokens of normal images in the order of the images' hashes, and which of them are `kept`.  8 bits: products are of 8-bit numbers."""

    def __init__(self, reference, recipe, images, int8=False):
        self.reference, self.recipe, self.int8 = reference, recipe, int8
        self.images = sorted(images, key=content_hash)
        self.tokens, self.owners = {layer: [] for layer in recipe.layers}, []
        for number, image in enumerate(self.images):
            for turn in TURNS if recipe.rotations else TURNS[:1]:
                x = reference.tokens(image if turn is None else image.transpose(turn), recipe)
                for layer in recipe.layers:
                    self.tokens[layer].append(x[layer].flatten(0, 1))
                self.owners += [number] * len(self.tokens[recipe.layers[0]][-1])
        self.tokens = {layer: torch.cat(x) for layer, x in self.tokens.items()}  # [n, d]
        self.owners = torch.tensor(self.owners)
        self.kept = {layer: torch.arange(len(self.owners)) for layer in recipe.layers}
        self.embeddings = torch.stack([reference.embedding(image) for image in self.images]) if recipe.class_weight else None

    def own_minima(self, x, layer, without):
        """x [p, d] -> distance to the nearest token of each image [p, images], of those that have one."""
        rows = self.kept[layer]
        distances, owners = half_distances(quantised(x) if self.int8 else x, self.tokens[layer][rows]), self.owners[rows]
        return torch.stack([distances[:, owners == image].amin(1) for image in owners.unique().tolist() if image != without], -1)

    def map(self, image, without=None):
        """A PIL image -> distances [n*g, n*g]; `without` one of the memory's images, by its number."""
        x, total = self.reference.tokens(image, self.recipe), 0
        for layer in self.recipe.layers:
            near = lowest(self.own_minima(x[layer].flatten(0, 1), layer, without), self.recipe.robust)
            total = total + near.clamp(min=SMALLEST).view(x[layer].shape[:2]) / len(self.recipe.layers)
        return total

    def score_of_map(self, cells, image, without=None):
        score = highest(cells, self.recipe.share)
        if self.recipe.class_weight:
            others = torch.tensor([i for i in range(len(self.images)) if i != without])
            whole = lowest(half_distances(self.reference.embedding(image)[None], self.embeddings[others]), self.recipe.robust)[0]
            score = (1 - self.recipe.class_weight) * score + self.recipe.class_weight * whole
        return score

    def score(self, image, without=None):
        return self.score_of_map(self.map(image, without), image, without)


def mutual(reference, recipe, images):
    """Each image of a batch against all others -> [(score, cells)], in the order given."""
    memory = Memory(reference, recipe, images)
    out = []
    for image in images:
        number = next(i for i, other in enumerate(memory.images) if other is image)
        cells = memory.map(image, number)
        out.append((memory.score_of_map(cells, image, number), cells))
    return out


class FewShots:
    """WinCLIP+: association of windows and patches with those of normal pictures of the same scale."""

    def __init__(self, reference, pictures):
        self.reference = reference
        self.normal = [self.views(picture) for picture in pictures]

    def views(self, picture):
        """-> unit embeddings of the windows by side, and (side 1) of the patches: the last block's output, not projected."""
        reference = self.reference
        last = reference.config["vision_cfg"]["layers"]
        out = {1: F.normalize(reference.blocks(reference.pixels(picture), (last,))[last].flatten(0, 1), dim=-1)}
        out.update({side: reference.embed_windows(picture, side) for side in winclip_torch.SIDES})
        return out

    def cells(self, picture):
        """The few-shot map on the grid."""
        grid, views = self.reference.grid, self.views(picture)
        near = {side: torch.stack([half_distances(x, normal[side]).amin(1) for normal in self.normal]).amin(0) for side, x in views.items()}
        spread = [winclip_torch.harmonic(near[side], side, grid) for side in winclip_torch.SIDES]
        return torch.nan_to_num((near[1].view(grid, grid) + sum(spread)) / (1 + len(spread)), posinf=0)

    def score(self, picture):
        return (self.reference.whole(picture) + self.cells(picture).max()) / 2

    def map(self, picture):
        return (self.reference.windows(picture) + self.reference.enlarge(self.cells(picture), picture)) / 2
