"""make_char_class_tables.py - where does src/clip/char_class_tables.inc come from?

    python3 -m venv DIR && DIR/bin/pip install tokenizers unicodedata2
    DIR/bin/python tools/make_char_class_tables.py > src/clip/char_class_tables.inc

`tokenizers` normalizes by Unicode 9 and knows punctuation and marks of Unicode 8; ids must be the same, so its own answers are asked for, code point by
code point, and not the system's library."""
import importlib.metadata

import unicodedata2
from tokenizers import normalizers, pre_tokenizers

POINTS = [p for p in range(0x110000) if unicodedata2.category(chr(p)) not in ("Cn", "Co", "Cs")]
NARROW = [p for p in POINTS if unicodedata2.category(chr(p)) != "Lo" or p < 0x3400]  # some letters were marks once


def put(name, what, points):
    runs = []
    for p in sorted(points):
        if runs and runs[-1][1] == p - 1:
            runs[-1][1] = p
        else:
            runs.append([p, p])
    print(f"\n/* {what} */\nstatic const struct range {name}[] = {{")
    line = "   "
    for a, b in runs:
        row = f" {{ 0x{a:x}, 0x{b:x} }},"
        if len(line) + len(row) > 124:
            print(line)
            line = "   "
        line += row
    print(line + "\n};")


def inert():
    """Code points with a decomposition or a class that the reference does not know, and what their compositions are made of."""
    nfkd, found = normalizers.NFKD(), set()
    for p in POINTS:
        c, k = chr(p), unicodedata2.combining(chr(p))
        parts = unicodedata2.decomposition(c)
        if parts and not 0xAC00 <= p <= 0xD7A3 and nfkd.normalize_str(c) == c != unicodedata2.normalize("NFKD", c):
            found.add(p)
            if parts[0] != "<":
                found.update(int(x, 16) for x in parts.split() if nfkd.normalize_str(chr(int(x, 16))) == chr(int(x, 16)) and int(x, 16) > 0x3000)
        elif k and not parts:
            order = sorted([(232, "\u0315"), (k, c), (1, "\u0334")], key=lambda x: x[0])
            if nfkd.normalize_str("a\u0315" + c + "\u0334") != "a" + "".join(x for _, x in order):
                found.add(p)
    return found


def main():
    accents, clean, bert = normalizers.StripAccents(), normalizers.BertNormalizer(True, False, False, False), normalizers.BertNormalizer(False, False, True, False)
    cut = pre_tokenizers.Punctuation()
    print(f"/* char_class_tables.inc - made by tools/make_char_class_tables.py from tokenizers {importlib.metadata.version('tokenizers')}, "
          f"Unicode {unicodedata2.unidata_version}. */")
    put("inert", "Newer than the reference's normalization: they neither decompose, nor move, nor compose.", inert())
    put("marks", "What StripAccents drops.", [p for p in NARROW if accents.normalize_str(chr(p)) == ""])
    put("nonspacing", "What BertNormalizer's strip_accents drops.", [p for p in NARROW if bert.normalize_str(chr(p)) == "" and unicodedata2.category(chr(p)) in ("Mn", "Mc", "Me")])
    put("dropped", "What BertNormalizer's clean_text drops, but for U+0000 and U+FFFD.", [p for p in NARROW if p not in (0, 0xFFFD) and clean.normalize_str(chr(p)) == ""])
    put("punctuation", "Punctuation, beyond ASCII.", [p for p in NARROW if p > 127 and len(cut.pre_tokenize_str("a" + chr(p))) == 2])


if __name__ == "__main__":
    main()
