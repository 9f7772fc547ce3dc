"""export.py - how does a trained state become the shipped model?

    python3 export.py --state DIR/final.pt --out models/demo

Of a state of learn.py its average over time is taken.  Writes open_clip_model.safetensors (float16) and open_clip_config.json under OpenCLIP's names."""
import argparse
import json
import os
import struct

import numpy as np
import torch

from clip_model import CONFIG

PREPROCESS = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711],
              "interpolation": "bicubic", "resize_mode": "squash"}


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name in sorted(tensors):
        size = tensors[name].nbytes
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            f.write(np.ascontiguousarray(tensors[name]).tobytes())
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    state = torch.load(args.state, map_location="cpu", weights_only=False)
    tensors = {name: value.detach().float().numpy().astype(np.float16)
               for name, value in state.get("average", state["clip"]).items()}
    os.makedirs(args.out, exist_ok=True)
    write_safetensors(os.path.join(args.out, "open_clip_model.safetensors"), tensors, {"format": "pt", "step": str(state["step"])})
    with open(os.path.join(args.out, "open_clip_config.json"), "w") as f:
        json.dump({"model_cfg": state.get("config", CONFIG), "preprocess_cfg": PREPROCESS}, f, indent=2)
        f.write("\n")
    print(sum(t.size for t in tensors.values()), "parameters, step", state["step"])


if __name__ == "__main__":
    main()
