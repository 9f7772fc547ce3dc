"""make_unicode_tables.py - where does src/clip/unicode_tables.inc come from?

    python3 -m venv DIR && DIR/bin/pip install regex unicodedata2
    DIR/bin/python tools/make_unicode_tables.py > src/clip/unicode_tables.inc

From PyPI's regex (categories, which OpenCLIP's pattern asks it for) and unicodedata2 (normalisation), both of the newest Unicode; lower
case from Python itself, and for letters newer than the interpreter from what regex holds equal when case is ignored."""
import sys
import unicodedata

import regex
import unicodedata2

FLAGS = [r"\p{L}", r"\p{N}", r"\p{Nd}", r"\p{Cased}", r"\p{Case_Ignorable}"]  # RW_LETTER, ... of unicode.h
POINTS = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]


def runs(rows):
    """(point, value), ascending -> [first, last, value], values of neighbours joined."""
    out = []
    for point, value in rows:
        if out and out[-1][1] == point - 1 and out[-1][2] == value:
            out[-1][1] = point
        else:
            out.append([point, point, value])
    return out


def put(name, kind, rows):
    """Rows of text, as many as fit on a line."""
    print(f"\nstatic const {kind} {name}[] = {{")
    line = "   "
    for row in rows:
        if len(line) + len(row) > 124:
            print(line)
            line = "   "
        line += " " + row + ","
    print(line + "\n};")


def lower_of(c):
    if c == "\u0130":
        return c  # i and a combining dot: the one that becomes two
    if unicodedata.category(c) != "Cn" or not regex.match(r"\p{Lu}", c):
        return c.lower()
    same = [x for x in regex.findall(r"(?i)" + c, NEW_LOWER) if x != c]
    if len(same) > 1:
        sys.exit(f"U+{ord(c):04X} has {len(same)} letters in lower case")
    return same[0] if same else c


def main():
    global NEW_LOWER
    NEW_LOWER = "".join(c for c in POINTS if regex.match(r"\p{Ll}", c))
    patterns = [regex.compile(pattern) for pattern in FLAGS]
    bits = []
    for c in POINTS:
        flags = sum(1 << i for i, pattern in enumerate(patterns) if pattern.match(c))
        if flags or unicodedata2.combining(c):
            bits.append((ord(c), (flags, unicodedata2.combining(c))))
    lower = runs((ord(c), ord(l) - ord(c)) for c in POINTS for l in [lower_of(c)] if l != c)
    steps = []  # of neighbours two apart, as in Latin Extended
    for first, last, delta in lower:
        if steps and first == last and steps[-1][2] == delta and steps[-1][1] == first - 2 and steps[-1][3] != 1:
            steps[-1][1], steps[-1][3] = first, 2
        else:
            steps.append([first, last, delta, 0 if first == last else 1])
    pieces, pairs = [], []
    for c in POINTS:
        parts = unicodedata2.decomposition(c)
        if parts and parts[0] != "<" and not 0xAC00 <= ord(c) <= 0xD7A3:
            first, second = ([int(p, 16) for p in parts.split()] + [0])[:2]
            pieces.append((ord(c), first, second))
            if second and unicodedata2.normalize("NFC", chr(first) + chr(second)) == c:
                pairs.append((first, second, ord(c)))
    print(f"/* unicode_tables.inc - made by tools/make_unicode_tables.py from Unicode {unicodedata2.unidata_version}. */")
    print("\n/* First and last code point, flags, canonical combining class. */", end="")
    put("classes", "struct range", (f"{{ 0x{a:x}, 0x{b:x}, {f}, {k} }}" for a, b, (f, k) in runs(bits)))
    print("\n/* First and last code point, what is added for lower case, distance of those that have one. */", end="")
    put("lowers", "struct lower", (f"{{ 0x{a:x}, 0x{b:x}, {d}, {s or 1} }}" for a, b, d, s in steps))
    print("\n/* A code point and its canonical decomposition of one or two. */", end="")
    put("pieces", "struct piece", (f"{{ 0x{c:x}, 0x{a:x}, 0x{b:x} }}" for c, a, b in pieces))
    print("\n/* Two code points and what they compose to. */", end="")
    put("pairs", "struct pair", (f"{{ 0x{a:x}, 0x{b:x}, 0x{c:x} }}" for a, b, c in sorted(pairs)))


if __name__ == "__main__":
    main()
