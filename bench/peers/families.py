"""families.py - models of other families than CLIP for the rows of rows.py: a checkpoint, its towers as ONNX, and the towers in PyTorch?

    families.py NAME DIR      a configuration of open_clip with seeded random weights, as open_clip saves it; image.onnx, text.onnx

Model, export and the towers that PyTorch runs are the packages' own (open_clip, timm).  Needs the packages of tools/reference/families_torch.py, and onnxscript."""
import json
import os
import sys

import torch
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")


class Tower(torch.nn.Module):
    def __init__(self, model, kind):
        super().__init__()
        self.model, self.kind = model, kind

    def forward(self, x):
        return self.model.encode_image(x, normalize=True) if self.kind == "image" else self.model.encode_text(x, normalize=True)


def tower(folder, kind):
    import open_clip
    model = open_clip.create_model("local-dir:" + folder)
    whole = model.text._embeds

    def embeds(ids):  # open_clip's mask is one for whole contexts: texts may be shorter
        x, mask = whole(ids)
        return x, mask if mask is None else mask[:ids.shape[1], :ids.shape[1]]
    model.text._embeds = embeds
    setattr(model, "text" if kind == "image" else "visual", None)
    return Tower(model, kind).eval().requires_grad_(False)


def write(name, folder):
    sys.path.insert(0, os.path.join(ROOT, "tools", "reference"))
    from families_torch import MODELS, OpenClip, no_initial_values, randomise
    _, tokenizer, layers = MODELS[name]
    with no_initial_values():
        made = OpenClip(name, os.path.dirname(folder), tokenizer, layers, quick=False)
    randomise(made.model, 1)
    made.save(folder)  # the configuration last


def export(folder, kind, path):
    with open(os.path.join(folder, "open_clip_config.json"), encoding="utf-8") as f:
        config = json.load(f)["model_cfg"]
    side, context = config["vision_cfg"]["image_size"], config["text_cfg"]["context_length"]
    causal = not config["text_cfg"].get("no_causal_mask")
    n = torch.export.Dim("n", min=1, max=4096)
    shapes = {0: n, 1: torch.export.Dim("tokens", min=2, max=context)} if kind == "text" and causal else {0: n}
    x = torch.randn(3, 3, side, side) if kind == "image" else torch.randint(1, 9, (3, context - 1 if causal else context))
    torch.onnx.export(tower(folder, kind), (x,), path + ".part", input_names=["x"], output_names=["y"], opset_version=20, dynamo=True,
                      dynamic_shapes=(shapes,), external_data=False, verbose=False)
    os.replace(path + ".part", path)


def main():
    name, folder = sys.argv[1:]
    if not os.path.exists(os.path.join(folder, "open_clip_config.json")):
        write(name, folder)
    for kind in ("image", "text"):
        if not os.path.exists(os.path.join(folder, kind + ".onnx")):
            export(folder, kind, os.path.join(folder, kind + ".onnx"))


if __name__ == "__main__":
    main()
