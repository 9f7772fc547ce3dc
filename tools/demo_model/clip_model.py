"""clip_model.py - what is trained: CLIP in OpenCLIP's ViT form, its parameters under OpenCLIP's names?"""
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {"embed_dim": 128,
          "vision_cfg": {"image_size": 128, "layers": 8, "width": 192, "head_width": 64, "patch_size": 16},
          "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 4}}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width ** -0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, causal):
        b, t, d = x.shape
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if x.device.type == "cpu" and torch.is_grad_enabled():  # the fused form's gradient took half of a step on the CPU
            scores = (q @ k.transpose(-1, -2)) * (d // self.heads) ** -0.5
            if causal:
                scores = scores + torch.full((t, t), -math.inf, dtype=scores.dtype).triu(1)
            y = scores.softmax(-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(y.transpose(1, 2).reshape(b, t, d))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.mlp = nn.Sequential()
        self.mlp.add_module("c_fc", nn.Linear(width, 4 * width))
        self.mlp.add_module("gelu", nn.GELU())
        self.mlp.add_module("c_proj", nn.Linear(4 * width, width))

    def forward(self, x, causal=False):
        x = x + self.attn(self.ln_1(x), causal)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, x, causal=False, kept=None):
        """kept: block numbers (1 is the first) -> their outputs are put in."""
        for i, block in enumerate(self.resblocks, 1):
            x = block(x, causal)
            if kept is not None and i in kept:
                kept[i] = x
        return x


class Vision(nn.Module):
    def __init__(self, image_size, layers, width, head_width, patch_size, embed_dim):
        super().__init__()
        grid = image_size // patch_size
        self.conv1 = nn.Conv2d(3, width, patch_size, patch_size, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width) * 0.2)
        self.positional_embedding = nn.Parameter(_sin_cos(grid, width) * 0.3)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, width // head_width)
        self.proj = nn.Parameter(torch.randn(width, embed_dim) * width ** -0.5)
        with torch.no_grad():
            self.conv1.weight.copy_(_dct_filters(width, patch_size))
            for block in self.transformer.resblocks:
                _mimetic(block.attn, width, width // head_width)

    def forward(self, pixels, kept=None, hidden=None):
        """[B, 3, S, S] -> embeddings [B, D] (not yet unit), class token after ln_post [B, d], patch tokens [B, P, d].
        kept: {block number: None}, filled with the blocks' outputs [B, 1 + P, d]; hidden: (bool [B, P], token [d]), patches that are
        replaced by the token."""
        x = self.conv1(pixels).flatten(2).transpose(1, 2)
        if hidden is not None:
            x = torch.where(hidden[0][..., None], hidden[1].to(x.dtype), x)
        x = torch.cat([self.class_embedding.to(x.dtype).expand(len(x), 1, -1), x], 1) + self.positional_embedding.to(x.dtype)
        x = self.transformer(self.ln_pre(x), kept=kept)
        top = self.ln_post(x[:, 0])
        return top @ self.proj, top, x[:, 1:]


class Clip(nn.Module):
    def __init__(self, config=CONFIG):
        super().__init__()
        t = config["text_cfg"]
        self.visual = Vision(**config["vision_cfg"], embed_dim=config["embed_dim"])
        self.token_embedding = nn.Embedding(t["vocab_size"], t["width"], sparse=True)
        self.positional_embedding = nn.Parameter(torch.randn(t["context_length"], t["width"]) * 0.01)
        self.transformer = Transformer(t["width"], t["layers"], t["heads"])
        self.ln_final = nn.LayerNorm(t["width"])
        self.text_projection = nn.Parameter(torch.randn(t["width"], config["embed_dim"]) * t["width"] ** -0.5)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def encode_text(self, ids):
        """ids [B, T], padded with 0 after the end token -> [B, D] (not yet unit)."""
        x = self.token_embedding(ids) + self.positional_embedding[:ids.shape[1]]
        x = self.ln_final(self.transformer(x, causal=True))
        return x[torch.arange(len(ids)), ids.argmax(-1)] @ self.text_projection


class Heads(nn.Module):
    """Thrown away after training: they tell the image tower what to look at."""

    def __init__(self, width, kinds, categories, colours):
        super().__init__()
        self.state, self.kind = nn.Linear(width, 1), nn.Linear(width, kinds)
        self.category, self.colour = nn.Linear(width, categories), nn.Linear(width, colours)
        self.norm, self.patch = nn.LayerNorm(width), nn.Linear(width, 1)

    def forward(self, top, patches):
        return self.state(top)[:, 0], self.kind(top), self.category(top), self.colour(top), self.patch(self.norm(patches))[..., 0]


def _sin_cos(grid, width):
    frequencies = 1.0 / 100 ** (torch.arange(width // 4) / (width / 4))
    y, x = torch.meshgrid(torch.arange(grid).float(), torch.arange(grid).float(), indexing="ij")
    table = torch.cat([f(p.reshape(-1, 1) * frequencies * 3) for p in (x, y) for f in (torch.sin, torch.cos)], 1)
    return torch.cat([torch.zeros(1, width), table])


def _dct_filters(width, p):
    """Patch filters to start from: cosine patterns of rising frequency, 60 % luminance, 40 % colour opponent."""
    n = np.arange(p)
    pairs = sorted(((u + v, u, v) for u in range(p) for v in range(p)))[:width]
    opponents = [np.array([1, 1, 1]) / 3 ** .5, np.array([1, -1, 0]) / 2 ** .5, np.array([1, 1, -2]) / 6 ** .5]
    filters, counts = [], [0, 0, 0]
    for i in range(width):
        channel = 0 if i % 5 < 3 else 1 if i % 5 == 3 else 2
        _, u, v = pairs[counts[channel]]
        counts[channel] += 1
        wave = np.outer(np.cos(np.pi * (n + .5) * u / p), np.cos(np.pi * (n + .5) * v / p))
        wave *= (1 + .15 * (u + v)) / np.linalg.norm(wave)
        filters.append(opponents[channel][:, None, None] * wave * 0.25)
    return torch.tensor(np.array(filters), dtype=torch.float32)


def _mimetic(attention, width, heads):
    """Mimetic start (Trockman and Kolter, 2023): query and key agree with themselves, value and output oppose."""
    hd = width // heads

    def factors(a, b):
        u, s, v = torch.linalg.svd(a * torch.randn(width, width) * width ** -0.5 + b * torch.eye(width))
        return u, s, v

    for h in range(heads):
        rows = slice(h * hd, (h + 1) * hd)
        u, s, v = factors(0.7, 0.7)
        attention.in_proj_weight[:width][rows] = (u[:, :hd] * s[:hd].sqrt()).T
        attention.in_proj_weight[width:2 * width][rows] = s[:hd].sqrt()[:, None] * v[:hd]
    u, s, v = factors(0.4, -0.4)
    attention.in_proj_weight[2 * width:] = s.sqrt()[:, None] * v
    attention.out_proj.weight.copy_(u * s.sqrt())
