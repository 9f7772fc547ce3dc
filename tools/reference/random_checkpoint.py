"""random_checkpoint.py - a published architecture at full size, with seeded random weights, as a checkpoint directory?

    python3 random_checkpoint.py --architecture ViT-B-16 --layout openclip|huggingface --dtype F32|F16|BF16 [--seed 1] -o DIR

Needs NumPy only.  The same seed gives the same values in both layouts.  The widths of the distributions keep activations and
attention in the range trained models have: attention is neither flat nor one-hot, and the classes of LayerNorm do not vanish."""
import argparse
import json
import math
import os
import struct

import numpy as np

# image side, patch, embedding, vision (width, layers, head width), text (width, heads, layers), QuickGELU
ARCHITECTURES = {
    "ViT-B-16-plus-240": (240, 16, 640, (896, 12, 64), (640, 10, 12), False),
    "ViT-B-16": (224, 16, 512, (768, 12, 64), (512, 8, 12), False),
    "ViT-B-32": (224, 32, 512, (768, 12, 64), (512, 8, 12), True),
    "ViT-L-14": (224, 14, 768, (1024, 24, 64), (768, 12, 12), False),
    "TinyCLIP-ViT-8M-16-Text-3M": (224, 16, 512, (256, 10, 64), (256, 4, 3), False),
    "tiny-640": (32, 8, 640, (32, 2, 16), (16, 2, 2), False),  # the same with the embeddings of ViT-B-16-plus-240: for timing the network
    "tiny": (32, 8, 24, (32, 2, 16), (16, 2, 2), False),  # for tests: a few hundred kilobytes but for the token table
}
QUICK_LAYERS = 4  # of a tower, where the quick comparisons do not need the whole one
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def config(architecture, vocabulary=49408, layers=None):
    """`layers`: no more than so many in either tower."""
    side, patch, embed, (width, vision_layers, head), (text_width, heads, text_layers), quick = ARCHITECTURES[architecture]
    vision_layers, text_layers = (n if layers is None else min(n, layers) for n in (vision_layers, text_layers))
    made = {"embed_dim": embed, "vision_cfg": {"image_size": side, "layers": vision_layers, "width": width, "head_width": head, "patch_size": patch},
            "text_cfg": {"context_length": 77, "vocab_size": vocabulary, "width": text_width, "heads": heads, "layers": text_layers}}
    if quick:
        made["quick_gelu"] = True
    return made


def tensors(model, seed):
    """Yields (OpenCLIP name, float32 array), each from a stream of its own, so that order does not matter."""
    v, t = model["vision_cfg"], model["text_cfg"]
    d, w, e, patch = v["width"], t["width"], model["embed_dim"], v["patch_size"]
    count = 0

    def normal(*shape, std, mean=0.0):
        nonlocal count
        count += 1
        x = np.random.default_rng([seed, count]).standard_normal(shape, dtype=np.float32)
        return x * np.float32(std) + np.float32(mean)

    def norm(name, width):
        yield name + ".weight", normal(width, std=0.2, mean=1.0)
        yield name + ".bias", normal(width, std=0.1)

    def blocks(prefix, width, layers):
        for i in range(layers):
            p = f"{prefix}.resblocks.{i}"
            yield from norm(p + ".ln_1", width)
            yield p + ".attn.in_proj_weight", normal(3 * width, width, std=1.4 * width ** -0.5)
            yield p + ".attn.in_proj_bias", normal(3 * width, std=0.1)
            yield p + ".attn.out_proj.weight", normal(width, width, std=width ** -0.5)
            yield p + ".attn.out_proj.bias", normal(width, std=0.1)
            yield from norm(p + ".ln_2", width)
            yield p + ".mlp.c_fc.weight", normal(4 * width, width, std=width ** -0.5)
            yield p + ".mlp.c_fc.bias", normal(4 * width, std=0.1)
            yield p + ".mlp.c_proj.weight", normal(width, 4 * width, std=(4 * width) ** -0.5)
            yield p + ".mlp.c_proj.bias", normal(width, std=0.1)

    yield "visual.class_embedding", normal(d, std=0.5)
    yield "visual.positional_embedding", normal(1 + (v["image_size"] // patch) ** 2, d, std=0.5)
    yield "visual.proj", normal(d, e, std=d ** -0.5)
    yield "visual.conv1.weight", normal(d, 3, patch, patch, std=(3 * patch * patch) ** -0.5)
    yield from norm("visual.ln_pre", d)
    yield from blocks("visual.transformer", d, v["layers"])
    yield from norm("visual.ln_post", d)
    yield "token_embedding.weight", normal(t["vocab_size"], w, std=0.5)
    yield "positional_embedding", normal(t["context_length"], w, std=0.3)
    yield from blocks("transformer", w, t["layers"])
    yield from norm("ln_final", w)
    yield "text_projection", normal(w, e, std=w ** -0.5)
    yield "logit_scale", np.array(math.log(100), np.float32)


RENAMED = {"visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
           "visual.class_embedding": "vision_model.embeddings.class_embedding",
           "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
           "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
           "positional_embedding": "text_model.embeddings.position_embedding.weight"}
PARTS = [("visual.ln_pre.", "vision_model.pre_layrnorm."), ("visual.ln_post.", "vision_model.post_layernorm."),
         ("ln_final.", "text_model.final_layer_norm."), ("visual.transformer.resblocks.", "vision_model.encoder.layers."),
         ("transformer.resblocks.", "text_model.encoder.layers."), (".ln_1.", ".layer_norm1."), (".ln_2.", ".layer_norm2."),
         (".attn.out_proj.", ".self_attn.out_proj."), (".mlp.c_fc.", ".mlp.fc1."), (".mlp.c_proj.", ".mlp.fc2.")]


def huggingface(named):
    for name, x in named:
        if name in RENAMED:
            yield RENAMED[name], x
            continue
        if name in ("visual.proj", "text_projection"):
            yield name.replace("visual.proj", "visual_projection") + ".weight", np.ascontiguousarray(x.T)
            continue
        for ours, theirs in PARTS:
            name = name.replace(ours, theirs)
        if ".attn.in_proj_" in name:
            for part, piece in zip("qkv", np.split(x, 3)):
                yield name.replace(".attn.in_proj_", f".self_attn.{part}_proj."), piece
        else:
            yield name, x


def as_bytes(x, dtype):
    if dtype == "F32":
        return x.astype("<f4").tobytes()
    if dtype == "F16":
        return x.astype("<f2").tobytes()
    bits = np.ascontiguousarray(x, "<f4").view("<u4")  # BF16, ties to even
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def write(folder, model, layout, dtype, seed):
    os.makedirs(folder, exist_ok=True)
    named = list(huggingface(tensors(model, seed)) if layout == "huggingface" else tensors(model, seed))
    item, header, offset = 4 if dtype == "F32" else 2, {"__metadata__": {"format": "pt"}}, 0
    for name, x in named:
        header[name] = {"dtype": dtype, "shape": list(x.shape), "data_offsets": [offset, offset + x.size * item]}
        offset += x.size * item
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors" if layout == "huggingface" else "open_clip_model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for _, x in named:
            f.write(as_bytes(x, dtype))
    v, t = model["vision_cfg"], model["text_cfg"]
    if layout == "openclip":
        put(folder, "open_clip_config.json", {"model_cfg": model, "preprocess_cfg": {
            "mean": MEAN, "std": STD, "interpolation": "bicubic", "resize_mode": "shortest"}})
        return
    act = "quick_gelu" if model.get("quick_gelu") else "gelu"
    put(folder, "config.json", {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": model["embed_dim"], "logit_scale_init_value": 2.6592,
        "text_config": {"hidden_size": t["width"], "intermediate_size": 4 * t["width"], "num_hidden_layers": t["layers"],
                        "num_attention_heads": t["heads"], "max_position_embeddings": t["context_length"],
                        "vocab_size": t["vocab_size"], "hidden_act": act, "layer_norm_eps": 1e-5, "model_type": "clip_text_model"},
        "vision_config": {"hidden_size": v["width"], "intermediate_size": 4 * v["width"], "num_hidden_layers": v["layers"],
                          "num_attention_heads": v["width"] // v["head_width"], "image_size": v["image_size"],
                          "patch_size": v["patch_size"], "hidden_act": act, "layer_norm_eps": 1e-5, "model_type": "clip_vision_model"}})
    put(folder, "preprocessor_config.json", {
        "do_resize": True, "size": v["image_size"], "do_center_crop": True, "crop_size": v["image_size"], "resample": 3,
        "do_normalize": True, "image_mean": MEAN, "image_std": STD, "feature_extractor_type": "CLIPFeatureExtractor"})


def put(folder, name, content):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(content, f, indent=1)
        f.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", required=True, choices=ARCHITECTURES)
    parser.add_argument("--layout", default="openclip", choices=["openclip", "huggingface"])
    parser.add_argument("--dtype", default="F32", choices=["F32", "F16", "BF16"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    write(args.output, config(args.architecture), args.layout, args.dtype, args.seed)


if __name__ == "__main__":
    main()
