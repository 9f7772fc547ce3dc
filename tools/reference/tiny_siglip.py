"""tiny_siglip.py - writes tests/golden/siglip: a SigLIP of 90 KB and its tokenizer, as transformers saves them, and its texts' embeddings.

    python3 tiny_siglip.py [DIR]

texts.txt has strings, one a line, texts.f32 their unit embeddings [n, 16] by AutoTokenizer and the model in float64.
Made with transformers 4.44.2 and tokenizers 0.19.1; needs PyTorch."""
import os
import pathlib
import sys

import numpy as np
import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "tests" / "golden"
TEXTS = ["a photo of the normal metal nut", "a photo of the damaged metal nut", "a photo", "", "Photo, of a NUT_1!", "  spaces \t here ", "二三字 漢", "</s> in it",
         "a photo of the normal metal nut with far too many scratches to fit into the context of sixty-four tokens"]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else GOLDEN / "siglip")
    folder.mkdir(parents=True, exist_ok=True)
    tower = dict(hidden_size=16, intermediate_size=40, num_attention_heads=2)
    config = transformers.SiglipConfig(
        text_config=dict(tower, num_hidden_layers=1, vocab_size=162, bos_token_id=0, pad_token_id=1, eos_token_id=2),
        vision_config=dict(tower, num_hidden_layers=2, image_size=32, patch_size=8))
    model = transformers.SiglipModel(config).eval()
    for number, (name, p) in enumerate(model.named_parameters()):
        g = torch.Generator().manual_seed(1000 + number)
        gain = p.ndim == 1 and name.endswith("norm.weight")
        with torch.no_grad():
            p.copy_(torch.randn(p.shape, generator=g) * (0.2 if p.ndim == 1 else 0.3) + (1.0 if gain else 0.0))
            if name.startswith("logit"):
                p.fill_(4.7 if name == "logit_scale" else -12.5)
    model.save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(tokenizer_file=str(GOLDEN / "tokenizers" / "unigram.json"), model_max_length=64, pad_token="<pad>",
                                         eos_token="</s>").save_pretrained(folder)
    ids = transformers.AutoTokenizer.from_pretrained(folder)(TEXTS, padding="max_length", truncation=True, max_length=64, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        x = model.double().get_text_features(input_ids=ids)
    (x / x.norm(dim=-1, keepdim=True)).float().numpy().astype("<f4").tofile(folder / "texts.f32")
    (folder / "texts.txt").write_text("".join(t + "\n" for t in TEXTS), encoding="utf-8")
    for name in ("special_tokens_map.json", "generation_config.json"):
        if os.path.exists(folder / name):
            os.remove(folder / name)
    print(np.array(ids)[0], sorted(os.listdir(folder)))


if __name__ == "__main__":
    main()
