"""open_clip_cases.py - directories as open_clip's own saver writes them, with what its transform and its model make of them?

    python3 open_clip_cases.py -o DIR

The same as huggingface_cases.py, for compare_huggingface.py; needs open-clip-torch with timm and torchvision.  Models are small, with seeded
random weights; architecture, activation, mean, std and resize mode vary."""
import argparse
import copy
import json
import os
import shutil

import numpy as np
import open_clip
import torch
from open_clip.push_to_hf_hub import save_for_hf
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from huggingface_cases import SIDE, TEXTS, images

PLAIN = {"embed_dim": 24, "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 40, "head_width": 10, "patch_size": 8},
         "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 4, "layers": 2}}
CASES = {
    "plain": ({}, {}),
    "quick_gelu": ({"quick_gelu": True}, {}),
    "squash": ({}, {"resize_mode": "squash"}),
    "mean": ({}, {"mean": (0.1, 0.2, 0.3), "std": (0.5, 1.0, 2.0)}),
    "mlp_ratio": ({"vision_cfg": {"mlp_ratio": 2.5}, "text_cfg": {"mlp_ratio": 3.0}}, {}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    shutil.rmtree(args.output, ignore_errors=True)
    os.makedirs(args.output)
    for name, (changes, pixels) in CASES.items():
        folder, config = os.path.join(args.output, name), copy.deepcopy(PLAIN)
        for key, value in changes.items():
            config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
        torch.manual_seed(4)
        model = open_clip.model.CLIP(**config).eval()
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p + torch.randn(p.shape) * 0.15 if p.ndim else p)
        wanted = PreprocessCfg(size=SIDE, **pixels)
        open_clip.model.set_model_preprocess_cfg(model, {**{k: getattr(wanted, k) for k in ("mean", "std", "interpolation", "resize_mode")}, "size": SIDE})
        tokenizer = open_clip.tokenizer.SimpleTokenizer()
        tokenizer.save_pretrained = lambda folder: None  # what CLIP's own tokenizer lacks
        save_for_hf(model, tokenizer, config, folder, safe_serialization=True)
        transform = image_transform_v2(wanted, is_train=False)
        made = torch.stack([transform(Image.fromarray(i)) for i in images()])
        ids = tokenizer(TEXTS)
        with torch.no_grad():
            np.savez(folder + ".npz", **{f"pixels{i}": p.numpy() for i, p in enumerate(made)}, images=model.encode_image(made, normalize=True).numpy(),
                     texts=model.encode_text(ids, normalize=True).numpy(), ids=ids.numpy(), mask=(ids > 0).numpy())
    for i, image in enumerate(images()):
        Image.fromarray(image).save(os.path.join(args.output, f"{i}.png"))
    with open(os.path.join(args.output, "cases.json"), "w", encoding="utf-8") as f:
        json.dump({"version": "open_clip " + open_clip.__version__, "texts": TEXTS, "refused": {}}, f)


if __name__ == "__main__":
    main()
