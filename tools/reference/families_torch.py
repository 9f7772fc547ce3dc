"""families_torch.py - does rwda compute what open_clip and transformers compute for SigLIP, SigLIP 2, PE-Core and MetaCLIP 2?

    python3 families_torch.py --program build/release/rwda --embed-ids build/release/tests/embed_ids --work DIR [--only NAME...]

Models with seeded random weights are made and saved by the packages themselves: open_clip's save_for_hf(), transformers'
save_pretrained().  rwda's embeddings of images and of token ids are compared with the package's in float32 and in float64, and with its own
for 1 and 3 threads, and batches of 1 (bytes must be equal), for every kernel set and for precisions.  Pixels are compared with the package's
own preprocessing; strings go through a tokenizer.json that is trained here and lies beside the model, and through the package's own
tokenizer with it.  Exit code 1 if a bound is missed.

--quick takes one model of each family and layout, with 2,000 tokens and towers cut in layers, but for timm's, which are whole.
Needs open_clip_torch, timm, transformers, sentencepiece, with the PyTorch that these ask for.  The quick form runs with PyTorch 1.13 and
transformers 4.44 too, which do not have every model: what is missing is said."""
import argparse
import contextlib
import copy
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import time
import warnings

import numpy as np
import torch
from PIL import Image

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import open_clip  # noqa: E402
import open_clip.factory  # noqa: E402
from open_clip.push_to_hf_hub import save_for_hf  # noqa: E402
from open_clip.transform import PreprocessCfg, image_transform_v2  # noqa: E402
import transformers  # noqa: E402

import compare_tokenizers  # noqa: E402
import parity  # noqa: E402
import tokenizer_kinds  # noqa: E402

B = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
SO400M = dict(hidden_size=1152, intermediate_size=4304, num_hidden_layers=27, num_attention_heads=16)
L14 = dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16)
S16 = dict(hidden_size=384, intermediate_size=1536, num_hidden_layers=12, num_attention_heads=6)
L14_TEXT = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)


def siglip(tower, side, patch, vocab):
    return dict(vision_config=dict(tower, image_size=side, patch_size=patch), text_config=dict(tower, vocab_size=vocab, projection_size=tower["hidden_size"]))


def metaclip(dim, vision, patch, text, vocab, eos):
    return dict(projection_dim=dim, vision_config=dict(vision, image_size=224, patch_size=patch, hidden_act="gelu"),
                text_config=dict(text, vocab_size=vocab, hidden_act="gelu", eos_token_id=eos, pad_token_id=0))


# Of tokenizer_kinds.py, with the pad and the end token.
T5 = ("SigLIP of OpenCLIP (T5)", "</s>", "</s>")
SIGLIP = ("SigLIP of Hugging Face", "</s>", "</s>")
SIGLIP2 = ("SigLIP 2", "<pad>", "<eos>")
MT5 = ("SigLIP i18n (mT5)", "<pad>", "</s>")
XLM_V = ("MetaCLIP 2 (XLM-R)", "<pad>", "</s>")

# name: OpenCLIP's config, or (transformers' type, its config); tokenizer, None: CLIP's own; layers of the vision and of the text tower in
# the quick form, ALL: timm's towers have no fewer; None: not in it
ALL = 0
MODELS = {
    "PE-Core-T-16-384": (None, None, (ALL, 2)),
    "PE-Core-S-16-384": (None, None, None),
    "PE-Core-B-16": (None, None, None),
    "PE-Core-L-14-336": (None, None, None),
    "ViT-B-16-SigLIP": (None, T5, None),
    "ViT-B-16-SigLIP-256": (None, T5, None),
    "ViT-B-16-SigLIP-384": (None, T5, None),
    "ViT-B-16-SigLIP-i18n-256": (None, MT5, None),
    "ViT-SO400M-14-SigLIP-384": (None, T5, None),
    "ViT-SO400M-16-SigLIP-i18n-256": (None, MT5, None),
    "ViT-B-32-SigLIP2-256": (None, SIGLIP2, (ALL, 1)),
    "ViT-B-16-SigLIP2": (None, SIGLIP2, None),
    "ViT-SO400M-16-SigLIP2-256": (None, SIGLIP2, None),
    "ViT-L-14-worldwide": (None, MT5, None),
    "ViT-H-14-worldwide": (None, XLM_V, (2, 1)),
    "siglip-base-patch16-224": (("siglip", siglip(B, 224, 16, 32000)), SIGLIP, (3, 2)),
    "siglip-base-patch16-256": (("siglip", siglip(B, 256, 16, 32000)), SIGLIP, None),
    "siglip-base-patch16-384": (("siglip", siglip(B, 384, 16, 32000)), SIGLIP, None),
    "siglip-base-patch16-256-multilingual": (("siglip", siglip(B, 256, 16, 250000)), SIGLIP, None),
    "siglip-so400m-patch14-384": (("siglip", siglip(SO400M, 384, 14, 32000)), SIGLIP, None),
    "siglip2-base-patch32-256": (("siglip", siglip(B, 256, 32, 256000)), SIGLIP2, (2, 1)),
    "siglip2-base-patch16-224": (("siglip", siglip(B, 224, 16, 256000)), SIGLIP2, None),
    "siglip2-so400m-patch16-256": (("siglip", siglip(SO400M, 256, 16, 256000)), SIGLIP2, None),
    "metaclip-2-worldwide-l14": (("metaclip_2", metaclip(768, L14, 14, L14_TEXT, 250100, 1)), MT5, None),
    "metaclip-2, of ViT-S-16": (("metaclip_2", metaclip(384, S16, 16, S16, 250100, 1)), MT5, (12, 3)),
}
QUICK_VOCAB = 2000
# Without the slow kernel set and other precisions: SigLIP has them, and CLIP's own towers in parity.py.
QUICK_SHORT = {"ViT-B-32-SigLIP2-256", "siglip2-base-patch32-256", "ViT-H-14-worldwide"}


@contextlib.contextmanager
def no_initial_values():
    """Models are made without them: they take longer than randomise(), which gives every parameter another."""
    kept = {name: getattr(torch.Tensor, name) for name in ("normal_", "uniform_", "erfinv_")}
    for name in kept:
        setattr(torch.Tensor, name, lambda tensor, *args, **kwargs: tensor)
    yield
    for name, function in kept.items():
        setattr(torch.Tensor, name, function)


def randomise(model, seed):
    """Every parameter from its own stream: the packages' initial biases are 0 and gains 1, which would hide a swapped one."""
    for number, (name, p) in enumerate(model.named_parameters()):
        g = torch.Generator().manual_seed(seed * 100003 + number)
        leaf = name.rsplit(".", 1)[-1]
        with torch.no_grad():
            if name == "logit_scale":
                p.fill_(4.7)
            elif name == "logit_bias":
                p.fill_(-12.5)
            elif p.ndim == 1 and leaf == "weight":
                p.copy_(1 + 0.2 * torch.randn(p.shape, generator=g))
            elif p.ndim == 1:
                p.copy_(0.1 * torch.randn(p.shape, generator=g))
            elif "embed" in name and p.ndim == 2 or leaf in ("pos_embed", "cls_token", "latent", "probe", "positional_embedding"):
                p.copy_(0.5 * torch.randn(p.shape, generator=g))
            else:
                p.copy_(torch.randn(p.shape, generator=g) * p[0].numel() ** -0.5)


class NoTokenizer:
    def save_pretrained(self, folder):
        pass


def trained(work, kind, pad, end):
    """The folder of such a tokenizer, with fewer tokens than QUICK_VOCAB: some kinds add to what they are asked for."""
    folder = os.path.join(work, "family_tokenizers", "".join(c for c in kind if c.isalnum()))
    if not os.path.isdir(folder):
        os.makedirs(folder)
        made = tokenizer_kinds.every_kind(os.path.dirname(folder), QUICK_VOCAB - 300)[kind]()
        transformers.PreTrainedTokenizerFast(tokenizer_object=made, pad_token=pad, eos_token=end).save_pretrained(folder)
    return folder


def strings(count):
    """Lines of text: many scripts, nothing, over 64 tokens, capitals, punctuation."""
    made = (t.decode("utf-8", "replace") for t in compare_tokenizers.strings(2 * count, 5))
    return [t for t in made if not {"\n", "\r", "\0"} & set(t)][:count]


class OpenClip:
    """One of open_clip's configs, as published but for random weights (and a smaller text tower)."""

    def __init__(self, name, work, tokenizer, layers, quick):
        config = copy.deepcopy(open_clip.get_model_config(name))
        if quick:
            config["text_cfg"].update(layers=layers[1])
            if tokenizer:
                config["text_cfg"].update(vocab_size=QUICK_VOCAB)
            if layers[0] != ALL:
                config["vision_cfg"].update(layers=layers[0])
        tags = open_clip.list_pretrained_tags_by_model(name)
        look = open_clip.get_pretrained_cfg(name, tags[0]) if tags else {}
        look = {k: look[k] for k in ("mean", "std", "interpolation", "resize_mode") if look.get(k) is not None}
        known = open_clip.factory._MODEL_CONFIGS[name]
        open_clip.factory._MODEL_CONFIGS[name] = config
        self.model = open_clip.create_model(name, force_preprocess_cfg=look, load_weights=False).eval()
        open_clip.factory._MODEL_CONFIGS[name] = known
        self.config, self.text = config, config["text_cfg"]
        self.own_tokenizer = tokenizer is None
        self.causal, self.context, self.vocab = not self.text.get("no_causal_mask"), self.text["context_length"], self.text["vocab_size"]
        self.end = 49407 if self.own_tokenizer else self.text.get("eos_id", 1)
        self.tokens = open_clip.get_tokenizer(name) if self.own_tokenizer else open_clip.tokenizer.HFTokenizer(
            trained(work, *tokenizer), context_length=self.context, **self.text.get("tokenizer_kwargs", {}))

    def save(self, folder):
        save_for_hf(self.model, NoTokenizer() if self.own_tokenizer else self.tokens, self.config, folder, safe_serialization=True)

    def images(self, pixels):
        return self.model.encode_image(pixels, normalize=True)

    def texts(self, ids):
        return self.model.encode_text(ids, normalize=True)

    def look(self, path):
        transform = image_transform_v2(PreprocessCfg(**self.model.visual.preprocess_cfg), is_train=False)
        return transform(Image.open(path).convert("RGB"))[None].numpy()


def huggingface_classes(kind):
    """Config, model, image processor with Pillow (the other backend resizes tensors); None where this transformers does not have the model."""
    name, processor = {"siglip": ("Siglip", "SiglipImageProcessor"), "metaclip_2": ("MetaClip2", "CLIPImageProcessor")}[kind]
    if not hasattr(transformers, name + "Model"):
        return None
    return (getattr(transformers, name + "Config"), getattr(transformers, name + "Model"),
            getattr(transformers, processor + "Pil", None) or getattr(transformers, processor))


class HuggingFace:
    def __init__(self, kind, config, work, tokenizer, layers, quick):
        config = copy.deepcopy(config)
        if quick:
            config["vision_config"].update(num_hidden_layers=layers[0])
            config["text_config"].update(num_hidden_layers=layers[1], vocab_size=QUICK_VOCAB)
        text = config["text_config"]
        text.setdefault("eos_token_id", 1)
        text.setdefault("bos_token_id", 2)
        config_class, model_class, processor = huggingface_classes(kind)
        self.model = model_class(config_class(**config)).eval()
        side = config["vision_config"]["image_size"]
        self.processor = processor(size={"height": side, "width": side}, resample=3) if kind == "siglip" else processor(size={"shortest_edge": side}, crop_size=side)
        self.own_tokenizer, self.causal = False, kind != "siglip"
        self.context, self.vocab, self.end = self.model.config.text_config.max_position_embeddings, text["vocab_size"], text["eos_token_id"]
        self.tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(trained(work, *tokenizer))

    def save(self, folder):
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def tokens(self, texts):
        return self.tokenizer(texts, padding="max_length", truncation=True, max_length=self.context, return_tensors="pt")["input_ids"]

    def images(self, pixels):
        return unit(self.model.get_image_features(pixel_values=pixels))

    def texts(self, ids):
        return unit(self.model.get_text_features(input_ids=ids))

    def look(self, path):
        return np.asarray(self.processor(images=[Image.open(path).convert("RGB")], return_tensors="np")["pixel_values"])


def unit(x):
    x = x if torch.is_tensor(x) else x.pooler_output
    return x / x.norm(dim=-1, keepdim=True)


def random_ids(model, count):
    """-> lists for rwda (whole contexts where texts are not causal), and a padded matrix for the package."""
    rng = np.random.default_rng(7)
    rows, padded = [], np.zeros((count, model.context), np.int64)
    for i in range(count):
        length = int(rng.integers(2, model.context + 1))
        ids = rng.integers(5, model.vocab if not model.own_tokenizer else 49406, length)
        ids[0] = ids[0] if i % 2 else 9  # half of them share a beginning
        ids[-1] = model.end
        padded[i, :length] = ids
        rows.append(ids.tolist() if model.causal else padded[i].tolist())
    return rows, torch.from_numpy(padded)


def embed_ids(args, folder, rows, precision="f32", threads=2, together=64):
    out = os.path.join(args.work, "ids.f32")
    done = subprocess.run([args.embed_ids, folder, out, precision, str(threads), str(together)], capture_output=True,
                          input="".join(" ".join(map(str, r)) + "\n" for r in rows).encode())
    if done.returncode:
        sys.exit(f"embed_ids {folder}: {done.stderr.decode()}")
    return np.fromfile(out, "<f4").reshape(len(rows), -1)


def compare(report, program, args, name, model, folder, pictures, n_texts, lines):
    pixels = np.concatenate([program.pixels(folder, p) for p in pictures])
    looked = np.concatenate([model.look(p) for p in pictures])
    off = float(np.abs(pixels - looked).max())
    report.row(name, f"pixels ({len(pictures)}): the package's preprocessing", "same bytes" if pixels.tobytes() == looked.tobytes() else f"{off:.1e}", "", off <= 1e-6)
    rows, padded = random_ids(model, n_texts)
    image, text = program.embed(folder, pictures=pictures), embed_ids(args, folder, rows)
    pixels = torch.from_numpy(pixels)
    with torch.no_grad():
        report.difference(name, f"images ({len(image)}): the package, float32", image, model.images(pixels))
        report.difference(name, f"texts ({len(text)}): the package, float32", text, model.texts(padded))
        report.difference(name, f"strings ({len(lines)}): its tokenizer, float32", program.embed(folder, texts=lines), model.texts(model.tokens(lines)))
        model.model.double()
        report.difference(name, f"images ({len(image)}): the package, float64", image, model.images(pixels.double()))
        report.difference(name, f"texts ({len(text)}): the package, float64", text, model.texts(padded))
    report.same(name, "images: threads 1, batch 1", program.embed(folder, pictures=pictures, threads=1, batch=1), image)
    report.same(name, "images: threads 3", program.embed(folder, pictures=pictures, threads=3), image)
    report.same(name, "texts: threads 1, one by one", embed_ids(args, folder, rows, threads=1, together=1), text)
    report.same(name, "texts: threads 3, five by five", embed_ids(args, folder, rows, threads=3, together=5), text)
    short = args.quick and name.split(",")[0] in QUICK_SHORT
    for table in args.tables[1 if short else 0:]:
        report.difference(name, f"images (1): kernel set {table}", program.embed(folder, pictures=pictures[:1], cpu=table), image[:1])
    for precision, least in () if short else (("f16", 0.9999), ("bf16", 0.999), ("int8", 0.99)):
        ours = np.concatenate([program.embed(folder, pictures=pictures, precision=precision), embed_ids(args, folder, rows, precision)])
        cosine = float((ours * np.concatenate([image, text])).sum(1).min())
        report.row(name, f"images and texts in {precision}: least cosine to f32", f"{cosine:.6f}", "", cosine >= least)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--embed-ids", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--quick", action="store_true", help="one model of each family and layout, with fewer layers")
    parser.add_argument("--report", help="Markdown table")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    program, report = parity.Program(args.program, args.work), parity.Report()
    flags = open("/proc/cpuinfo").read()
    args.tables = ["ref"] + [t for t in ("avx2", "avx512") if t.replace("avx512", "avx512bw") in flags]
    pictures = parity.write_pictures(os.path.join(args.work, "pictures"), 2)
    print(f"open_clip {open_clip.__version__}, transformers {transformers.__version__}, PyTorch {torch.__version__}")
    started = time.time()
    shutil.rmtree(os.path.join(args.work, "family_tokenizers"), ignore_errors=True)
    lines = strings(200 if args.quick else 30)
    for seed, (name, (source, tokenizer, layers)) in enumerate(MODELS.items()):
        if name not in args.only if args.only else args.quick and layers is None:
            continue
        if source and huggingface_classes(source[0]) is None:
            print(f"{name}: transformers {transformers.__version__} does not have it")
            continue
        folder = os.path.join(args.work, "family")
        shutil.rmtree(folder, ignore_errors=True)
        how = args.work, tokenizer, layers, args.quick
        with no_initial_values():
            model = OpenClip(name, *how) if source is None else HuggingFace(*source, *how)
        randomise(model.model, seed + 1)
        model.save(folder)
        compare(report, program, args, name + (", Hugging Face" if source else ", OpenCLIP"), model, folder, pictures, 12, lines)
        shutil.rmtree(folder)
        if args.report: # as far as it got
            pathlib.Path(args.report).write_text(report.markdown(), encoding="utf-8")
    print(f"parity of the families: {len(report.rows)} comparisons, {sum(r[-1] == 'NO' for r in report.rows)} missed, {time.time() - started:.0f} s")
    sys.exit(report.failed)


if __name__ == "__main__":
    main()
