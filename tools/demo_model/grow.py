"""grow.py - how does a trained model become the start of a larger one?

Positions are interpolated for another grid; new blocks, heads, hidden units and width begin with nothing to say (what they write is 0),
so that the larger model begins as the smaller one did (exactly so in depth and grid size without a new grid; in width as far as the
residual stream has mean 0)."""
import json
import os
import struct

import numpy as np
import torch
from torch.nn import functional as F

from clip_model import Clip


def read_safetensors(path):
    with open(path, "rb") as f:
        length = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(length))
        data = f.read()
    types = {"F16": np.float16, "F32": np.float32}
    return {n: torch.from_numpy(np.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], types[t["dtype"]]).astype(np.float32)
                                .reshape(t["shape"])) for n, t in header.items() if n != "__metadata__"}


def load(path):
    """A folder as export.py writes it, or a state of learn.py (its average) -> config, {name: float32 tensor}."""
    if os.path.isdir(path):
        with open(os.path.join(path, "open_clip_config.json"), encoding="utf-8") as f:
            return json.load(f)["model_cfg"], read_safetensors(os.path.join(path, "open_clip_model.safetensors"))
    state = torch.load(path, map_location="cpu", weights_only=False)
    return state["config"], {n: t.float() for n, t in state["average"].items()}


def positions(table, grid):
    """[1 + g*g, d] -> [1 + grid*grid, d]: bicubic, the class token's stays."""
    old = round((len(table) - 1) ** .5)
    if old == grid:
        return table
    square = table[1:].T.reshape(1, -1, old, old)
    square = F.interpolate(square, (grid, grid), mode="bicubic", align_corners=False)
    return torch.cat([table[:1], square.reshape(table.shape[1], -1).T])


def fit(config, state, wanted):
    """State of a model of `config` -> a start for a model of `wanted` (vision may have more pixels, layers, width; text stays)."""
    torch.manual_seed(1)
    model = Clip(wanted)
    new = model.state_dict()
    v, w = config["vision_cfg"], wanted["vision_cfg"]
    d, e = v["width"], w["width"]
    assert config["text_cfg"] == wanted["text_cfg"] and v["patch_size"] == w["patch_size"] and v["head_width"] == w["head_width"]
    assert e >= d and w["layers"] >= v["layers"] and wanted["embed_dim"] == config["embed_dim"]
    out = {n: t.clone() for n, t in state.items() if not n.startswith("visual.")}
    vis = {n[7:]: t for n, t in state.items() if n.startswith("visual.")}
    vis["positional_embedding"] = positions(vis["positional_embedding"], w["image_size"] // w["patch_size"])
    vis = _deeper(vis, v["layers"], w["layers"])
    if e > d:
        vis = _wider(vis, {n[7:]: t for n, t in new.items() if n.startswith("visual.")}, d, e)
    out |= {"visual." + n: t for n, t in vis.items()}
    model.load_state_dict(out)
    return model


def _deeper(vis, old, new):
    """New blocks between the old ones, evenly, each a copy of the one before it that writes nothing."""
    after = [i * old // (new - old) for i in range(1, new - old + 1)] if new > old else []  # the new ones come behind these
    out = {n: t for n, t in vis.items() if not n.startswith("transformer.")}
    k = 0
    for i in range(old):
        block = {n.split(".", 3)[3]: t for n, t in vis.items() if n.startswith(f"transformer.resblocks.{i}.")}
        for copy in range(1 + after.count(i + 1)):
            for n, t in block.items():
                silent = copy and n.split(".")[-2] in ("out_proj", "c_proj")
                out[f"transformer.resblocks.{k}.{n}"] = t * 0 if silent else t.clone()
            k += 1
    return out


def _wider(vis, fresh, d, e):
    """Width d -> e.  LayerNorm divides by the root of the mean square over e channels now, of which e - d are 0."""
    out, shrink = {}, (d / e) ** .5
    for name, table in fresh.items():
        old, leaf = vis[name], name.split(".")[-2] + "." + name.split(".")[-1] if "." in name else name
        t = torch.zeros_like(table)
        if leaf in ("ln_1.weight", "ln_2.weight", "ln_post.weight"):
            t[:] = shrink
            t[:d] = old * shrink
        elif leaf == "ln_pre.weight":
            t[:d] = old * shrink
            t[d:] = .1  # what the new rows of conv1 will bring
        elif leaf == "attn.in_proj_weight":
            for part in range(3):
                rows = slice(part * e, part * e + d)
                t[part * e:(part + 1) * e] = table[part * e:(part + 1) * e] * (.5 if part < 2 else 1)
                t[rows, :d] = old[part * d:(part + 1) * d]
        elif leaf == "attn.in_proj_bias":
            for part in range(3):
                t[part * e:part * e + d] = old[part * d:(part + 1) * d]
        elif leaf == "c_fc.weight":
            t[:] = table
            t[:len(old), :d] = old
        elif leaf == "c_proj.weight" or leaf == "out_proj.weight":
            t[:d, :old.shape[1]] = old
        elif leaf == "proj":
            t[:] = 0
            t[:d] = old
        else:  # conv1.weight, embeddings, biases
            t[tuple(slice(0, n) for n in ((d,) + old.shape[1:] if old.ndim in (1, 4) and len(old) == d else old.shape))] = old
        out[name] = t
    return out
