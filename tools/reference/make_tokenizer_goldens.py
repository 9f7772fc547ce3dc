"""make_tokenizer_goldens.py - where do tests/golden/tokenizers/*.json and ids.txt come from?

    DIR/venv/bin/python make_tokenizer_goldens.py --work DIR      (the environment of run_parity.sh)

Small tokenizers of the kinds of tokenizer_kinds.py, trained with `tokenizers`, and the ids that it gives to strings: a line has the file's name,
the text's bytes in hexadecimal and the ids.  The charsmap is a small one of rules of our own, compiled by sentencepiece."""
import argparse
import importlib.metadata
import os
import pathlib

import sentencepiece
import tokenizer_kinds
import tokenizers
from tokenizers import AddedToken, Regex, normalizers, pre_tokenizers, processors

GOLDEN = pathlib.Path(__file__).parents[2] / "tests/golden/tokenizers"
RULES = ["FB01\t66 69", "2122\t74 6D", "FF21\t41", "A0\t20", "200B\t", "7\t", "65 301\tE9", "3000\t20", "1100 1161\tAC00"]  # code points
STRINGS = ["", " ", "a photo of the normal metal nut", "A  Photo\tof\u00a0the\u3000 nut ", "don't WE'LL 12345 3.14", "ﬁ™Ａe\u0301 é\u200b\u0007", "привет Ωμέγα 漢字かな 한국어 हिन्दी עברית", "😀👩‍🔬🇩🇪", "<mask> a  <mask>  b</s>",
           "x<unk>☃☃y", "▁▁ a▁b", "İstanbul ΣΑΣ ß", "\n\n a\r\nb", "a" * 70, "the the, the. the! (the)", "\u0301\u0301a", "\ufffd\u0000z", "Photo photo Photos"]
RAW = [b"\xff\xfea", b"a\xc3", b"\xe2\x96b\xf0\x9f\x98", b"\xed\xa0\x80"]


def small_charsmap(work):
    path = os.path.join(work, "golden_rules")
    with open(path + ".tsv", "w", encoding="utf-8") as f:
        f.write("\n".join(RULES) + "\n")
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c d e f"] * 9), model_prefix=path, vocab_size=16, normalization_rule_tsv=path + ".tsv", minloglevel=3,
                                             hard_vocab_limit=False)
    with open(path + ".model", "rb") as f:
        return dict(tokenizer_kinds.fields(dict(tokenizer_kinds.fields(f.read()))[3]))[2]


def make(work):
    N, P, K = normalizers, pre_tokenizers, tokenizer_kinds
    K.ALPHABETS = ["abcdefghijklmnopqrstuvwxyz", "абвгдежзи", "漢字一二三"]
    rules = N.Precompiled(small_charsmap(work))
    t = K.unigram(160, 1, N.Sequence([rules, N.Replace(Regex(" {2,}"), " ")]), P.Metaspace(replacement="▁", prepend_scheme="first"), ["<s>", "<pad>", "</s>", "<unk>"], "<unk>")
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.add_tokens([AddedToken("Photo", single_word=True)])
    K.template(t, "<s> $A </s>", "<s>", "</s>")
    yield "unigram", t
    t = K.bpe(180, 2, N.Sequence([N.Lowercase(), N.Replace(" ", "▁")]), P.Split(" ", "merged_with_previous"), ["<pad>", "</s>", "<s>", "<unk>", "<mask>"], unk_token="<unk>", fuse_unk=True,
              byte_fallback=True)
    K.template(t, "$A </s>", "</s>")
    t.enable_truncation(16)
    t.enable_padding(length=16, pad_id=0, pad_token="<pad>")
    yield "byte_fallback", t
    pattern = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    t = K.bpe(360, 3, N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]), P.Sequence([P.Split(Regex(pattern), "removed", invert=True), P.ByteLevel(add_prefix_space=False)]),
              ["<s>", "</s>"], unk_token="</s>", end_of_word_suffix="</w>")
    t.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    yield "byte_level", t


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    GOLDEN.mkdir(exist_ok=True)
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("tokenizers", "sentencepiece"))
    lines = [f"# ids.txt - made by tools/reference/make_tokenizer_goldens.py with {versions}: file, text in hexadecimal, ids."]
    for name, tokenizer in make(args.work):
        tokenizer.save(str(GOLDEN / f"{name}.json"), pretty=False)
        tokenizer = tokenizers.Tokenizer.from_file(str(GOLDEN / f"{name}.json"))
        for raw in [s.encode() for s in STRINGS] + RAW:
            lines.append(f"{name} {raw.hex() or '-'} " + " ".join(map(str, tokenizer.encode(raw.decode("utf-8", "replace")).ids)))
    (GOLDEN / "ids.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
