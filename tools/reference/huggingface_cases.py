"""huggingface_cases.py - directories that transformers writes and people edit, with what CLIPProcessor and CLIPModel make of them?

    python3 huggingface_cases.py --vocabulary bpe_simple_vocab_16e6.txt.gz -o DIR [--only NAME...]

Needs transformers, of any version from 4 on, and NumPy, Pillow, safetensors; without a PyTorch that this transformers can use it writes
processors and pixels alone, beside weights that another version wrote (--weights DIR).  In DIR: a directory for each case, `<case>.npz`
with the reference's pixels, token ids and embeddings, and `cases.json`: what transformers itself refuses."""
import argparse
import contextlib
import gzip
import json
import os
import pathlib
import shutil
import traceback

import numpy as np
import transformers
from PIL import Image

SIDE = 48
TEXTS = ["a photo of a cat", "a photo of a anomalous qwzjkpv mbelra", "x", "It's 2023, 100% OK", "ein Riß im Gehäuse", "a photo of a damaged " + "random word " * 60]
TOWER = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_act": "quick_gelu"}


def images():
    made = []
    for i, (width, height) in enumerate([(48, 48), (97, 60), (61, 100), (300, 211), (49, 50), (200, 53)]):
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        rng = np.random.default_rng(i)
        field = np.stack([np.sin(x / rng.uniform(2, 30)) * np.cos(y / rng.uniform(2, 30)) for _ in range(3)], -1)
        made.append(np.clip(field * 100 + 128 + rng.normal(0, 20, field.shape), 0, 255).astype(np.uint8))
    return made


def vocabulary(path, folder):
    """CLIP's merges as vocab.json and merges.txt."""
    merges = gzip.open(path).read().decode().split("\n")[1:49152 - 256 - 2 + 1]
    shown = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters = [chr(b) for b in shown] + [chr(256 + n) for n in range(256 - len(shown))]
    words = letters + [c + "</w>" for c in letters] + [m.replace(" ", "") for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
        json.dump({w: i for i, w in enumerate(words)}, f, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n" + "\n".join(merges) + "\n")
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as f:
        json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}, f)


def edit(path, change):
    with open(path, encoding="utf-8") as f:
        content = json.load(f)
    change(content)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(content, f, indent=2)


# name -> (what save_pretrained() is asked for, edits of the config, of the image processor's keys); None removes a key
def setting(**keys):
    return {"pixels": keys}


def config(**keys):
    return {"config": keys}


CASES = {
    "plain": {},
    "gelu": {"towers": {"hidden_act": "gelu"}},
    "act left out": {"config": {"vision_config.hidden_act": None, "text_config.hidden_act": None}},
    "act of one tower": {"towers": {}, "config": {"text_config.hidden_act": "gelu"}},
    "vision_config_dict": {"config": {"vision_config_dict": "copy", "vision_config.num_attention_heads": 2, "vision_config.hidden_act": "gelu"}},
    "text_config_dict": {"config": {"text_config_dict": "copy", "text_config.num_attention_heads": 2, "text_config.hidden_act": "gelu"}},
    "dicts null": {"config": {"text_config_dict": "null", "vision_config_dict": "null"}},
    "eps": {"config": {"vision_config.layer_norm_eps": 1e-6}},
    "end token 2": {"config": {"text_config.eos_token_id": 2}},
    "end token 5": {"config": {"text_config.eos_token_id": 5}},
    "no projection_dim": {"config": {"projection_dim": None}},
    "parts": {"save": {"max_shard_size": "1MB"}},
    "fp16 in the name": {"save": {"variant": "fp16"}},
    "half": {"half": True},
    "edge 64": setting(size={"shortest_edge": 64}),
    "edge 55": setting(size={"shortest_edge": 55}),
    "edge 40": setting(size={"shortest_edge": 40}),
    "edge and longest": setting(size={"shortest_edge": 48, "longest_edge": 60}),
    "squash": setting(size={"height": SIDE, "width": SIDE}),
    "squash 64": setting(size={"height": 64, "width": 64}),
    "not square": setting(size={"height": SIDE, "width": 64}),
    "size a number": setting(size=SIDE, crop_size=SIDE),
    "size a list": setting(size=[SIDE, SIDE]),
    "size left out": setting(size=None),
    "crop left out": setting(crop_size=None),
    "crop 40": setting(crop_size={"height": 40, "width": 40}),
    "no resize": setting(do_resize=False),
    "no crop": setting(do_center_crop=False),
    "no crop, squash": setting(do_center_crop=False, size={"height": SIDE, "width": SIDE}),
    "no rescale": setting(do_rescale=False),
    "factor": setting(rescale_factor=1 / 127.5),
    "no normalize": setting(do_normalize=False),
    "levels as they are": setting(do_rescale=False, do_normalize=False),
    "bilinear": setting(resample=2),
    "nearest": setting(resample=0),
    "lanczos": setting(resample=1),
    "mean a number": setting(image_mean=0.5, image_std=0.25),
    "mean a list": setting(image_mean=[0.1, 0.2, 0.3], image_std=[0.5, 1.0, 2.0]),
    "mean null": setting(image_mean="null", image_std="null"),
    "normalize null": setting(do_normalize="null"),
    "not to RGB": setting(do_convert_rgb=False),
    "square size": setting(use_square_size=True),
    "padded": setting(do_pad=True, pad_size={"height": 60, "width": 60}),
    "of 2021": {"old": True},
    "another processor": setting(image_processor_type="ViTImageProcessor"),
    "both files": {"both": {}},
    "both files, other mean": {"both": {"image_mean": [0.5, 0.5, 0.5]}},
    "images alone": {"alone": "CLIPVision", "class": "CLIPVisionModelWithProjection"},
    "images alone, half": {"alone": "CLIPVision", "class": "CLIPVisionModelWithProjection", "half": True},
    "texts alone": {"alone": "CLIPText", "class": "CLIPTextModelWithProjection"},
    "texts alone, half": {"alone": "CLIPText", "class": "CLIPTextModelWithProjection", "half": True},
    "SigLIP, images alone": {"alone": "SiglipVision", "class": "SiglipVisionModel"},
    "SigLIP, texts alone": {"alone": "SiglipText", "class": "SiglipTextModel"},
    "SigLIP, no head": {"alone": "SiglipVision", "class": "SiglipVisionModel", "config": {"vision_use_head": False}},
    "MetaCLIP 2, images alone": {"alone": "MetaClip2Vision", "class": "MetaClip2VisionModelWithProjection"},
    "MetaCLIP 2, texts alone": {"alone": "MetaClip2Text", "class": "MetaClip2TextModelWithProjection"},
}
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"


def change(content, keys):
    for key, value in keys.items():
        *above, last = key.split(".")
        at = content
        for name in above:
            at = at[name]
        if value is None:
            at.pop(last, None)
        else:
            at[last] = None if isinstance(value, str) and value == "null" else value


def write(folder, case, tokens, weights):
    """The directory as this version of transformers saves it, then edited."""
    os.makedirs(folder)
    towers = {**TOWER, **case.get("towers", {})}
    made = transformers.CLIPConfig(projection_dim=24, text_config={**towers, "hidden_size": 32, "intermediate_size": 80, "projection_dim": 24},
                                   vision_config={**towers, "hidden_size": 40, "intermediate_size": 96, "image_size": SIDE, "patch_size": 8, "projection_dim": 24})
    if transformers.is_torch_available():
        import torch
        torch.manual_seed(3)
        model = transformers.CLIPModel(made).eval()
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p + torch.randn(p.shape) * 0.15 if p.ndim else p)
        (model.half() if case.get("half") else model).save_pretrained(folder, **case.get("save", {}))
    else:
        made.save_pretrained(folder)
        for name in os.listdir(weights):
            if ".safetensors" in name:
                shutil.copy(os.path.join(weights, name), folder)
    pictures = image_processor()(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    transformers.CLIPProcessor(image_processor=pictures, tokenizer=transformers.CLIPTokenizer.from_pretrained(tokens)).save_pretrained(folder)
    content = json.load(open(os.path.join(folder, "config.json"), encoding="utf-8"))
    keys = dict(case.get("config", {}))
    for name in ("vision_config_dict", "text_config_dict"):
        if keys.get(name) == "copy":
            keys[name] = dict(content[name[:-5]])
    change(content, keys)
    json.dump(content, open(os.path.join(folder, "config.json"), "w", encoding="utf-8"), indent=2)
    nested, flat = os.path.join(folder, "processor_config.json"), os.path.join(folder, "preprocessor_config.json")
    if "both" in case:  # what transformers 4 and 5 leave behind in one directory
        if not os.path.exists(flat):
            json.dump(json.load(open(nested, encoding="utf-8"))["image_processor"], open(flat, "w", encoding="utf-8"))
        else:
            json.dump({"processor_class": "CLIPProcessor", "image_processor": json.load(open(flat, encoding="utf-8"))}, open(nested, "w", encoding="utf-8"))
        edit(flat, lambda c: change(c, case["both"]))
    elif case.get("old"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(nested)
        with open(flat, "w", encoding="utf-8") as f:
            json.dump({"crop_size": SIDE, "do_center_crop": True, "do_normalize": True, "do_resize": True, "feature_extractor_type": "CLIPFeatureExtractor",
                       "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": SIDE}, f)
    elif case.get("pixels"):
        if os.path.exists(flat):
            edit(flat, lambda c: change(c, case["pixels"]))
        else:
            edit(nested, lambda c: change(c["image_processor"], case["pixels"]))


def write_alone(folder, case, tokens):
    """One tower, as this version of transformers saves it."""
    import torch
    images, siglip = "Vision" in case["alone"], "Siglip" in case["alone"]
    own = not siglip and "MetaClip2" not in case["alone"]  # CLIP's tokenizer
    keys = {**TOWER, "hidden_size": 40, "intermediate_size": 96, **({} if siglip else {"projection_dim": 24}),
            **({"image_size": SIDE, "patch_size": 8} if images else {} if own else {"vocab_size": 162, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2})}
    torch.manual_seed(4)
    model = getattr(transformers, case["class"])(getattr(transformers, case["alone"] + "Config")(**keys, **case.get("config", {}))).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p + torch.randn(p.shape) * 0.15)
    (model.half() if case.get("half") else model).save_pretrained(folder)
    if images:
        image_processor("Siglip" if siglip else "CLIP")(**({"size": {"height": SIDE, "width": SIDE}} if siglip else
                                                           {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}})).save_pretrained(folder)
    elif own:
        transformers.CLIPTokenizer.from_pretrained(tokens).save_pretrained(folder)
    else:
        transformers.PreTrainedTokenizerFast(tokenizer_file=str(GOLDEN / "tokenizers" / "unigram.json"), pad_token="<pad>", eos_token="</s>").save_pretrained(folder)


def unit(out):
    x = next(out[k] for k in ("image_embeds", "text_embeds", "pooler_output") if k in out)
    return (x / x.norm(dim=-1, keepdim=True)).numpy()


def reference_alone(folder, case):
    import torch
    model = getattr(transformers, case["class"]).from_pretrained(folder, torch_dtype=torch.float32).eval()
    siglip = "Siglip" in case["alone"]
    with torch.no_grad():
        if "Vision" in case["alone"]:
            pictures = image_processor("Siglip" if siglip else "CLIP").from_pretrained(folder)
            pixels = [np.asarray(pictures(images=Image.fromarray(i), return_tensors="np")["pixel_values"][0], np.float32) for i in images()]
            return {**{f"pixels{i}": p for i, p in enumerate(pixels)}, "images": unit(model(pixel_values=torch.from_numpy(np.stack(pixels))))}
        tokens = (transformers.CLIPTokenizer if case["alone"] == "CLIPText" else transformers.PreTrainedTokenizerFast).from_pretrained(folder)
        ids = tokens(TEXTS, padding="max_length", truncation=True, max_length=64 if siglip else 77, return_tensors="pt")["input_ids"]
        return {"texts": unit(model(input_ids=ids))}


def image_processor(family="CLIP"):
    """The one that resizes with Pillow; torchvision's differs by a level here and there."""
    return getattr(transformers, family + "ImageProcessorPil", None) or getattr(transformers, family + "ImageProcessor")


def reference(folder, case):
    pictures = image_processor().from_pretrained(folder)
    pixels = [np.asarray(pictures(images=Image.fromarray(i), return_tensors="np")["pixel_values"][0], np.float32) for i in images()]
    result = {f"pixels{i}": p for i, p in enumerate(pixels)}
    if transformers.is_torch_available():
        import torch
        model = transformers.CLIPModel.from_pretrained(folder, torch_dtype=torch.float32, **({"variant": case["save"]["variant"]} if "variant" in case.get("save", {}) else {})).eval()
        tokens = transformers.CLIPTokenizer.from_pretrained(folder)(TEXTS, padding=True, truncation=True, max_length=77, return_tensors="pt")
        with torch.no_grad():
            out = model(pixel_values=torch.from_numpy(np.stack(pixels)), **tokens)
        result.update(images=out.image_embeds.numpy(), texts=out.text_embeds.numpy(), ids=tokens["input_ids"].numpy(), mask=tokens["attention_mask"].numpy())
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", required=True)
    parser.add_argument("--weights", help="directory of weights for a transformers without PyTorch")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    shutil.rmtree(args.output, ignore_errors=True)
    os.makedirs(args.output)
    tokens = os.path.join(args.output, "tokenizer")
    vocabulary(args.vocabulary, tokens)
    refused = {}
    for name, case in CASES.items():
        folder = os.path.join(args.output, name.replace(" ", "-").replace(",", ""))
        if args.only and name not in args.only:
            continue
        if not transformers.is_torch_available() and any(k in case for k in ("towers", "config", "save", "half", "alone")):
            continue
        if "alone" in case and not hasattr(transformers, case["class"]):  # MetaCLIP 2 before transformers 5
            continue
        if "alone" in case:
            write_alone(folder, case, tokens)
        else:
            write(folder, case, tokens, args.weights)
        try:
            np.savez(folder + ".npz", **(reference_alone if "alone" in case else reference)(folder, case))
        except Exception as error:  # whatever it says, it is no number
            refused[os.path.basename(folder)] = " ".join(traceback.format_exception_only(type(error), error)).split("\n")[0][:200]
    for i, image in enumerate(images()):
        Image.fromarray(image).save(os.path.join(args.output, f"{i}.png"))
    with open(os.path.join(args.output, "cases.json"), "w", encoding="utf-8") as f:
        json.dump({"version": "transformers " + transformers.__version__, "texts": TEXTS, "refused": refused}, f, indent=1)


if __name__ == "__main__":
    main()
