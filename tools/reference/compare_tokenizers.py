"""compare_tokenizers.py - does every kind of tokenizer.json give the ids of Hugging Face's `tokenizers`?

    python3 compare_tokenizers.py --program build/tests/tokenize_strings --work DIR [--strings 100000] [--only NAME] [--quick]

Needs tokenizers, sentencepiece, open-clip-torch (its text cleaning), ftfy, regex.  tokenizer_kinds.py makes the tokenizers; each gets the same strings: many
scripts, emoji, controls, every white space, long words, texts of the corpus, its added tokens, bytes that are no UTF-8 (which the
reference gets as Python's U+FFFD).  Code points that this Python's Unicode does not know are left out.  --quick: 3,000 strings each."""
import argparse
import os
import random
import struct
import subprocess
import sys
import unicodedata

import open_clip_package
import tokenizer_kinds
import tokenizers

SPACES = [chr(c) for c in (9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF, 0x180E)]
EMOJI = "😀 👩‍🔬 👨‍👩‍👧‍👦 🇩🇪 🇺🇸🇫 👍🏽 ❤️ ☃ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ © ™ ½ ㎏ ﬁ Ⅷ ① ㈱ ｶﾞ Ａｂ１ ﷺ …".split(" ")
ODD = ["İstanbul", "ΟΔΟΣ", "ǅ", "ß", "ẞ", "e\u0301", "\u1100\u1161\u11a8", "각", "क्षि", "น้ำ", "a\u0308\u0323", "\u0344", "ﷲ", "\u200d", "\u200c", "\u0000", "\ufffd", "▁", "▁▁", "''", "</s>", "<s>", "<unk>",
       "<pad>", "<mask>", "<eos>", "<0x0A>", "<extra_id_1>", "<|endoftext|>", "<|begin|>", "[CLS]", "[UNK]", "Photo", "photo", "NOT", "ab", "abc", "é", "the", "  ", "\n\n", "<table>"]
KNOWN = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Co", "Cs")]


def strings(count, seed):
    """Bytes."""
    rng = random.Random(seed)
    lines = list(tokenizer_kinds.corpus(seed + 1, lines=2000))
    fixed = ["", " ", "  ", "\n", "\t \r\n", "a" * 3000, "ab " * 700, "é" * 1000, "漢" * 1500, " " * 500, "☃" * 300, "\u0301" * 200, "." * 999, "▁" * 77, "a\u0301" * 400, "👩‍🔬" * 100]
    for text in fixed:
        yield text.encode()
    for number in range(count - len(fixed)):
        kind = number % 8
        if kind == 0:
            text = rng.choice(lines)[:rng.randint(1, 120)]
        elif kind == 1:
            text = "".join(rng.choice(KNOWN) for _ in range(rng.randint(1, 12)))
        elif kind == 2:
            text = "a" + KNOWN[number // 8 * 7 % len(KNOWN)] + rng.choice(["b", "", " b", "\u0301", "\u3099"])
        elif kind == 3:
            text = "".join(rng.choice((rng.choice(ODD), rng.choice(EMOJI), rng.choice(SPACES), rng.choice(lines)[:rng.randint(1, 9)])) for _ in range(rng.randint(1, 9)))
        elif kind == 4:
            text = "".join(chr(rng.randint(0, 255)) for _ in range(rng.randint(1, 20)))
        elif kind == 5:
            alphabet = rng.choice(tokenizer_kinds.ALPHABETS)
            text = "".join(rng.choice(alphabet) if rng.random() < 0.8 else rng.choice(tokenizer_kinds.PUNCTUATION + "".join(SPACES)) for _ in range(rng.randint(1, 60)))
            text = text.upper() if rng.random() < 0.2 else text
        elif kind == 6:
            yield bytes(rng.choice((rng.randint(0, 255), rng.choice(b"ab e\xc3\xa9\xe2\x96\x81\xf0\x9f"))) for _ in range(rng.randint(1, 16)))
            continue
        else:
            text = " ".join(rng.choice(lines).strip()[:rng.randint(2, 30)] + rng.choice(["", "don't", "WE'LL", "ſ'ſ", "12345", "3.14", "½²"]) for _ in range(rng.randint(1, 4)))
        yield text.encode("utf-8", "replace")


def ours(program, path, texts, *rules):
    fed = b"".join(struct.pack("<I", len(t)) + t for t in texts)
    out = subprocess.run([program, path, *rules], input=fed, capture_output=True)
    if out.returncode != 0:
        sys.exit(f"{path}: {out.stderr.decode()}")
    return out.stdout.decode().split("\n")[:-1]


def compare(name, got, texts, expected):
    wrong = 0
    for line, text, want in zip(got, texts, expected, strict=True):
        if line != " ".join(map(str, want)):
            wrong += 1
            if wrong <= 10:
                print("differs:", name, ascii(text.decode("utf-8", "replace"))[:110], "ours", line[:70], "theirs", str(want)[:70])
    print(f"tokenizer.json, {name}: {len(texts)} strings, {sum(map(len, expected))} ids, {wrong} differ", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--strings", type=int, default=100000)
    parser.add_argument("--size", type=int, default=4000, help="of a trained vocabulary")
    parser.add_argument("--only", help="kinds whose name has this in it")
    parser.add_argument("--trained", action="store_true", help="take the tokenizers of the run before")
    parser.add_argument("--quick", action="store_true", help="3,000 strings each, vocabularies of 1,500")
    args = parser.parse_args()
    folder = os.path.join(args.work, "tokenizers")
    os.makedirs(folder, exist_ok=True)
    count, size = (3000, 1500) if args.quick else (args.strings, args.size)
    texts = list(strings(count, 7))
    decoded = [t.decode("utf-8", "replace") for t in texts]
    cleaning = open_clip_package.module("tokenizer")
    wrong = 0
    for number, (name, make) in enumerate(tokenizer_kinds.every_kind(folder, size).items()):
        if args.only and args.only not in name:
            continue
        path = os.path.join(folder, f"{number}.json")
        if not args.trained or not os.path.exists(path):
            make().save(path, pretty=number % 2 == 1)
        tokenizer = tokenizers.Tokenizer.from_file(path)
        expected = [tokenizer.encode(t).ids for t in decoded]
        wrong += compare(name, ours(args.program, path, texts), texts, expected)
        if number == 0:  # as OpenCLIP uses it: cleaned, cut and padded to 64
            for kind, clean in ((1, cleaning._clean_whitespace), (2, cleaning._clean_lower), (3, cleaning._clean_canonicalize)):
                some = texts[: count // 4]
                cleaned = [clean(t) for t in decoded[: count // 4]]
                tokenizer.no_padding()
                wrong += compare(f"{name}, {clean.__name__}", ours(args.program, path, some, "64", str(kind)), some, [tokenizer.encode(t).ids for t in cleaned])
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
