"""encoders.py - the same two towers in PyTorch, as a user would write them for speed, and as ONNX?

Weights come from a checkpoint directory in OpenCLIP's layout.  One product makes queries, keys and values; attention is PyTorch's fused
one from 2.0 on; written out before, which in 1.13 is faster than nn.MultiheadAttention and which ONNX Runtime recognises."""
import json
import os
import struct

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FUSED = hasattr(F, "scaled_dot_product_attention")


def checkpoint(folder):
    """-> model configuration, {name: float32 tensor}"""
    config = json.load(open(os.path.join(folder, "open_clip_config.json")))["model_cfg"]
    data = np.memmap(os.path.join(folder, "open_clip_model.safetensors"), np.uint8, "r")
    size, = struct.unpack("<Q", data[:8].tobytes())
    header = json.loads(data[8:8 + size].tobytes())
    header.pop("__metadata__", None)
    weights = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        weights[name] = torch.from_numpy(np.frombuffer(data[8 + size + begin:8 + size + end].tobytes(), "<f4").reshape(entry["shape"]).copy())
    return config, weights


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc, self.proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        n, t, d = x.shape
        q, k, v = self.qkv(self.ln_1(x)).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        if FUSED:
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            a = q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5
            a = (a if mask is None else a + mask).softmax(-1) @ v
        x = x + self.out(a.transpose(1, 2).reshape(n, t, d))
        return x + self.proj(F.gelu(self.fc(self.ln_2(x))))


def blocks(weights, prefix, width, heads, layers):
    made = nn.ModuleList(Block(width, heads) for _ in range(layers))
    for i, block in enumerate(made):
        p = f"{prefix}.resblocks.{i}."
        for ours, theirs in (("ln_1", "ln_1"), ("ln_2", "ln_2"), ("out", "attn.out_proj"), ("fc", "mlp.c_fc"), ("proj", "mlp.c_proj")):
            for kind in ("weight", "bias"):
                getattr(getattr(block, ours), kind).data = weights[p + theirs + "." + kind]
        block.qkv.weight.data, block.qkv.bias.data = weights[p + "attn.in_proj_weight"], weights[p + "attn.in_proj_bias"]
    return made


def norm(weights, name):
    made = nn.LayerNorm(len(weights[name + ".weight"]))
    made.weight.data, made.bias.data = weights[name + ".weight"], weights[name + ".bias"]
    return made


class Images(nn.Module):
    bare = False  # True: from patches [n, patches, 3 * side * side] to embeddings of any length, for a runtime without 2-D convolution and norms

    def __init__(self, config, weights):
        super().__init__()
        v = config["vision_cfg"]
        self.conv = nn.Conv2d(3, v["width"], v["patch_size"], v["patch_size"], bias=False)
        self.conv.weight.data = weights["visual.conv1.weight"]
        self.cls, self.positions = nn.Parameter(weights["visual.class_embedding"]), nn.Parameter(weights["visual.positional_embedding"])
        self.pre, self.post = norm(weights, "visual.ln_pre"), norm(weights, "visual.ln_post")
        self.blocks = blocks(weights, "visual.transformer", v["width"], v["width"] // v.get("head_width", 64), v["layers"])
        self.proj = nn.Parameter(weights["visual.proj"])

    def forward(self, x):
        if self.bare:
            x = F.linear(x, self.conv.weight.flatten(1))
        else:
            x = self.conv(x).flatten(2).transpose(1, 2)
        x = self.pre(torch.cat([self.cls.expand(x.shape[0], 1, -1), x], 1) + self.positions)
        for block in self.blocks:
            x = block(x, None)
        x = self.post(x[:, 0]) @ self.proj
        return x if self.bare else F.normalize(x, dim=-1)


class Texts(nn.Module):
    def __init__(self, config, weights):
        super().__init__()
        t = config["text_cfg"]
        self.tokens = nn.Embedding.from_pretrained(weights["token_embedding.weight"])
        self.positions = nn.Parameter(weights["positional_embedding"])
        self.blocks = blocks(weights, "transformer", t["width"], t["heads"], t["layers"])
        self.final = norm(weights, "ln_final")
        self.proj = nn.Parameter(weights["text_projection"])
        self.register_buffer("mask", torch.full((t["context_length"],) * 2, float("-inf")).triu(1))

    def forward(self, ids):
        n = ids.shape[1]
        x = self.tokens(ids) + self.positions[:n]
        for block in self.blocks:
            x = block(x, self.mask[:n, :n])
        return F.normalize(self.final(x)[torch.arange(ids.shape[0]), ids.argmax(-1)] @ self.proj, dim=-1)


def tower(folder, kind):
    config, weights = checkpoint(folder)
    return (Images if kind == "image" else Texts)(config, weights).eval().requires_grad_(False)


def export(folder, kind, path, bare=False):
    config, weights = checkpoint(folder)
    module = (Images if kind == "image" else Texts)(config, weights).eval()
    module.bare = bare
    side, patch = (config["vision_cfg"][name] for name in ("image_size", "patch_size"))
    x = torch.randint(1, 9, (2, 11)) if kind == "text" else torch.randn(2, (side // patch) ** 2, 3 * patch ** 2) if bare else torch.randn(2, 3, side, side)
    axes = {"x": {0: "n"} if kind == "image" else {0: "n", 1: "tokens"}, "y": {0: "n"}}
    with torch.no_grad():
        torch.onnx.export(module, x, path + ".part", input_names=["x"], output_names=["y"], opset_version=17, dynamic_axes=axes)
    os.replace(path + ".part", path)


def quantise(path, out):
    """8-bit weights, a scale for each column, and activations made 8-bit as they come: what ONNX Runtime's users do.  Only matrix products,
    which is faster and nearer to float32 than also the patch convolution and the token table.  7 bits where the CPU has no VNNI: AVX2's own sums
    of 8-bit products saturate."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        vnni = "vnni" in f.read()
    quantize_dynamic(path, out + ".part", op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, reduce_range=not vnni, weight_type=QuantType.QInt8)
    os.replace(out + ".part", out)
