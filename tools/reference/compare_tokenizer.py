"""compare_tokenizer.py - does `rwda tokenize` give OpenCLIP's ids on everything there is to write?

    python3 compare_tokenizer.py --program build/release/rwda [--english FILE...] [--quick]

Needs open-clip-torch, ftfy, regex.  Every assigned code point alone and between letters, prompts, random words, entities, English
text.  ftfy, which rwda leaves out, is switched off in OpenCLIP for the comparison; how many of the strings it would change is
counted beside.  --quick: all code points between letters, an eighth of the rest."""
import argparse
import glob
import html
import itertools
import json
import random
import subprocess
import sys
import unicodedata

import ftfy
import open_clip_package

reference = open_clip_package.module("tokenizer")


def code_points():
    for point in range(0x110000):
        if 0xD800 <= point <= 0xDFFF or unicodedata.category(chr(point)) in ("Cn", "Co") or chr(point) in "\n\r\0":
            continue
        yield chr(point)


def strings(english, every):
    """One in `every` of each sort, but for code points between letters."""
    rng = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    word = lambda a=5, b=10: "".join(rng.choice(letters) for _ in range(rng.randint(a, b)))
    for number, c in enumerate(code_points()):
        if number % every == 0:
            yield c
        yield f"a{c}b"
    for _ in range(20000 // every):
        yield f"a photo of a {rng.choice(['normal', 'anomalous', 'damaged', 'flawless'])} " + " ".join(word() for _ in range(rng.randint(1, 5)))
    for _ in range(10000 // every):
        yield "".join(rng.choice("aAbB0 9.,'\"&;#xl<>tTsS-_\t$%") for _ in range(rng.randint(1, 40)))
    names = ["amp", "lt", "gt", "quot", "eacute", "copy", "notin", "not", "hellip", "NotEqualTilde", "fjlig", "nbsp", "zwj"]
    for _ in range(5000 // every):
        parts = [rng.choice(["&" + rng.choice(names) + rng.choice([";", "", " "]), f"&#{rng.randint(0, 70000)};", f"&#x{rng.randint(0, 0x110000):x}",
                             "&amp;lt;", word(1, 4), " "]) for _ in range(rng.randint(1, 6))]
        yield "".join(parts)
    special = "ΑΣ ΟΔΟΣ ΣΑΣ. İstanbul IİŞ ǅungla ß ﬁ K ſ 'ſ '\u017F don't WE'LL I'VE 漢字 かな 한국어 עברית العربية हिन्दी 👩‍🔬 🇩🇪 e\u0301 ½ ² Ⅷ ①"
    pieces = special.split(" ")
    for _ in range(5000 // every):
        yield " ".join(rng.choice(pieces) for _ in range(rng.randint(1, 5)))
        yield "".join(rng.choice(special) for _ in range(rng.randint(1, 12)))
    for path in english:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in itertools.islice(f, 0, None, every):
                if line.strip() and "\0" not in line:
                    yield line.rstrip("\n").replace("\r", " ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--english", nargs="*", default=sorted(glob.glob("/usr/share/common-licenses/*") + glob.glob("/usr/share/perl/5*/pod/*.pod"))[:40])
    parser.add_argument("--quick", action="store_true", help="an eighth of what is not a code point between letters")
    args = parser.parse_args()
    texts = [t for t in strings(args.english, 8 if args.quick else 1) if "\n" not in t]
    out = subprocess.run([args.program, "tokenize", "--context", "65536", "-"], input="\n".join(texts).encode() + b"\n", capture_output=True, check=True)
    ours = [json.loads(line) for line in out.stdout.decode().split("\n")[:-1]]
    if len(ours) != len(texts):
        sys.exit(f"{len(texts)} texts went in, {len(ours)} lines came out")
    fix = ftfy.fix_text
    repaired = sum(fix(t) != t for t in texts)
    reference.ftfy.fix_text = lambda text: text
    bpe = reference.SimpleTokenizer()
    wrong = newer = 0
    for text, ids in zip(texts, ours):
        want = [bpe.sot_token_id] + bpe.encode(text) + [bpe.eot_token_id]
        if ids != want and any(unicodedata.category(c) == "Cn" for c in html.unescape(html.unescape(text))):
            newer += 1
        elif ids != want:
            wrong += 1
            if wrong <= 25:
                print("differs:", ascii(text)[:80], [hex(ord(c)) for c in text[:6]], "ours", ids[:12], "theirs", want[:12])
    print(f"tokenizer: {len(texts)} strings, {wrong} differ, but for {newer} that name code points not assigned in Unicode "
          f"{unicodedata.unidata_version}; ftfy, left out on both sides, would change {repaired}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
