"""compare_tokenizer.py - does `rwda tokenize` give OpenCLIP's ids, ftfy's repair included, on everything there is to write?

    python3 compare_tokenizer.py --program build/release/rwda [--english FILE...] [--quick]

Needs open-clip-torch, ftfy, regex, unicodedata2 (ftfy normalises by Python's Unicode; it is given the one that regex has).  Every assigned
code point alone and between letters, prompts, random words, entities, English text, and 100,000 strings of what people and programs
leave behind: text decoded with the wrong code page, once or twice, cut or with characters lost; decomposed accents; control characters and
terminal escapes; full and half width, ligatures, curly quotes; entities in capitals.  --quick: all code points between letters, an eighth
of the rest."""
import argparse
import glob
import html
import html.entities
import itertools
import json
import random
import subprocess
import sys
import unicodedata

import ftfy
import ftfy.bad_codecs  # the sloppy code pages
import unicodedata2

import open_clip_package

reference = open_clip_package.module("tokenizer")
ftfy.unicodedata = unicodedata2
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ACCENTED = "áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßšžčřěąęłńśźżőűğışΑΒΓαβγδεζΩЖжяЯбвг“”‘’–—…•€™©®°±²³½¿¡«»"
GARBLED = "ÂÃÎÐØÙâãåæçðñŠš€œ™¢£°·»«–—´Ÿžĺ¼½¾ à áéíó \u00a0\u00adВГвЂβ√∂‚Ä≈α‡†°©®ªº²³¹§¶¬¯¨¸"
PAGES = ["latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso-8859-2", "mac_roman", "cp437", "sloppy-windows-1252",
         "sloppy-windows-1251", "sloppy-windows-1250"]


def code_points():
    for point in range(0x110000):
        if 0xD800 <= point <= 0xDFFF or unicodedata2.category(chr(point)) in ("Cn", "Co") or chr(point) in "\n\r\0":
            continue
        yield chr(point)


def garble(rng, text):
    """UTF-8 read as another code page."""
    for _ in range(rng.choice([1, 1, 1, 2])):
        try:
            text = text.encode().decode(rng.choice(PAGES), errors=rng.choice(["strict", "replace"]))
        except UnicodeDecodeError:
            pass
    return text


def messy(count):
    rng, points, names = random.Random(2), list(code_points()), list(html.entities.html5)
    word = lambda a=2, b=9: "".join(rng.choices(LETTERS, k=rng.randint(a, b)))
    phrase = lambda: " ".join(word() if rng.random() < .7 else "".join(rng.choices(ACCENTED + LETTERS, k=rng.randint(1, 6))) for _ in range(rng.randint(1, 6)))
    within = lambda ranges, most: "".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, most)))
    entity = lambda: "&" + (rng.choice(names) if rng.random() < .6 else rng.choice(names).upper()) + rng.choice(["", ";"])
    sorts = [
        phrase,
        lambda: garble(rng, phrase()),
        lambda: garble(rng, phrase()) + " " + phrase(),
        lambda: garble(rng, phrase()).replace("\u00a0", " "),
        lambda: garble(rng, phrase())[:rng.randint(1, 30)] + rng.choice(["\ufffd", "?", "\x1a", ""]) + garble(rng, phrase()),
        lambda: "".join(rng.choices(GARBLED, k=rng.randint(2, 14))),
        lambda: "".join(rng.choices(points, k=rng.randint(1, 12))),
        lambda: unicodedata2.normalize(rng.choice(["NFD", "NFKD"]), phrase() + "".join(rng.choices(points, k=3))),
        lambda: "".join(rng.choice([entity(), f"&#{rng.randint(0, 70000)};", f"&#x{rng.randint(0, 0x3000):x};", f"&#{rng.randint(0, 400)}", word(1, 4), " ", "<", "&", "&amp;"])
                        for _ in range(rng.randint(1, 7))),
        lambda: within([(1, 0x9f), (0x20, 0x7e)], 20),
        lambda: within([(0xa0, 0x17f), (0x61, 0x7a)], 20),
        lambda: within([(0xff00, 0xffef), (0xfb00, 0xfb4f), (0x300, 0x36f), (0x41, 0x7a), (0x2000, 0x206f), (0x1100, 0x11ff), (0xac00, 0xd7a3)], 15),
        lambda: "“" + phrase() + "” it’s ﬁne ﬂow " + rng.choice(["\x1b[31mred\x1b[0m", "\ufeff", "\u200b", "\x07", "Ａｂｃ", "ｶﾞ", "Ǆ", "ŉ"]),
        lambda: phrase().upper() + rng.choice(["ΣΑΣ", "İI", "ß", "ſ"]),
    ]
    while count > 0:
        text = rng.choice(sorts)()
        if not set(text) & set("\n\0"):
            count -= 1
            yield text


def strings(english, every):
    """One in `every` of each sort, but for code points between letters."""
    rng = random.Random(1)
    word = lambda a=5, b=10: "".join(rng.choice(LETTERS) for _ in range(rng.randint(a, b)))
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
    yield from messy(100000 // every)
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
    bpe = reference.SimpleTokenizer()
    wrong = newer = repaired = 0
    for text, ids in zip(texts, ours):
        want = [bpe.sot_token_id] + bpe.encode(text) + [bpe.eot_token_id]
        repaired += ftfy.fix_text(text) != text
        if ids != want and any(unicodedata.category(c) == "Cn" for c in html.unescape(html.unescape(text))):
            newer += 1
        elif ids != want:
            wrong += 1
            if wrong <= 25:
                print("differs:", ascii(text)[:80], [hex(ord(c)) for c in text[:6]], "ours", ids[:12], "theirs", want[:12])
    print(f"tokenizer: {len(texts)} strings, {wrong} differ, but for {newer} with letters newer than this Python's Unicode "
          f"{unicodedata.unidata_version}, of which it knows no lower case; ftfy changes {repaired}")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
