"""clip_torch.py - what does CLIP compute, written a second time?

A plain PyTorch forward pass over a dictionary of tensors under OpenCLIP's names, independent of rwda's C code and of open_clip.
Float64 or float32 by the type of the tensors.  Text is padded to the context length and the tower runs over all of it, so that
rwda's short cuts (ragged texts, last layer for one row only) are checked against the long way."""
import math

import torch
from torch.nn import functional as F


def layer_norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-5)


def tower(w, prefix, layers, heads, x, mask, quick_gelu):
    for i in range(layers):
        p = f"{prefix}.resblocks.{i}"
        y = layer_norm(w, p + ".ln_1", x)
        q, k, v = (y @ w[p + ".attn.in_proj_weight"].T + w[p + ".attn.in_proj_bias"]).chunk(3, -1)
        b, t, d = q.shape
        q, k, v = (z.view(b, t, heads, d // heads).transpose(1, 2) for z in (q, k, v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // heads)
        if mask is not None:
            scores = scores + mask
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)
        x = x + y @ w[p + ".attn.out_proj.weight"].T + w[p + ".attn.out_proj.bias"]
        y = layer_norm(w, p + ".ln_2", x) @ w[p + ".mlp.c_fc.weight"].T + w[p + ".mlp.c_fc.bias"]
        y = y * torch.sigmoid(1.702 * y) if quick_gelu else F.gelu(y)
        x = x + y @ w[p + ".mlp.c_proj.weight"].T + w[p + ".mlp.c_proj.bias"]
    return x


def positions(table, grid):
    """[1 + g*g, d] -> [1 + grid*grid, d]: OpenCLIP's resize_pos_embed."""
    g = math.isqrt(len(table) - 1)
    if g == grid:
        return table
    square = table[1:].T.reshape(1, -1, g, g)
    square = F.interpolate(square.float(), size=(grid, grid), mode="bicubic", antialias=True, align_corners=False).to(table.dtype)
    return torch.cat([table[:1], square.flatten(2)[0].T])


def tokens(w, config, pixels):
    """pixels [n, 3, S, S], normalised -> [n, 1 + grid*grid, d]: what the first block is given."""
    x = F.conv2d(pixels, w["visual.conv1.weight"], stride=config["vision_cfg"]["patch_size"])
    grid = x.shape[-1]
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([w["visual.class_embedding"].expand(len(x), 1, -1), x], 1) + positions(w["visual.positional_embedding"], grid)
    return layer_norm(w, "visual.ln_pre", x)


def vision_tower(w, config, x):
    v = config["vision_cfg"]
    return tower(w, "visual.transformer", v["layers"], v["width"] // v.get("head_width", 64), x, None, config.get("quick_gelu", False))


def vision_end(w, x):
    return F.normalize(layer_norm(w, "visual.ln_post", x) @ w["visual.proj"], dim=-1)


def images(w, config, pixels):
    """pixels [n, 3, S, S], normalised -> unit embeddings [n, D]."""
    return vision_end(w, vision_tower(w, config, tokens(w, config, pixels))[:, 0])


def texts(w, config, ids):
    """ids: lists of tokens, start and end included -> unit embeddings [n, D]."""
    t = config["text_cfg"]
    table = torch.zeros(len(ids), t["context_length"], dtype=torch.long)
    for row, i in zip(table, ids):
        row[:len(i)] = torch.tensor(i)
    x = w["token_embedding.weight"][table] + w["positional_embedding"]
    mask = torch.full((t["context_length"],) * 2, -math.inf, dtype=x.dtype).triu(1)
    x = layer_norm(w, "ln_final", tower(w, "transformer", t["layers"], t["heads"], x, mask, config.get("quick_gelu", False)))
    return F.normalize(x[torch.arange(len(ids)), table.argmax(-1)] @ w["text_projection"], dim=-1)
