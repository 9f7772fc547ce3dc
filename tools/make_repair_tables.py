"""make_repair_tables.py - where does src/clip/repair_tables.inc come from?

    python3 -m venv DIR && DIR/bin/pip install ftfy
    DIR/bin/python tools/make_repair_tables.py > src/clip/repair_tables.inc

What ftfy knows of characters, as tables: which sequences look like a wrong decoding, code pages, ligatures and widths, entities in
capitals.  A regular expression becomes rules, each a short list of sets; characters that are in the same sets become one class, so that a
set is a row of bits over classes."""
import re
import re._parser as parser
import sys
from html.entities import html5

import ftfy
from ftfy import badness, chardata

from make_unicode_tables import put

OTHER, SPACE, WORD = range(3)  # classes of the characters that no expression names; WORD: letters and numbers


def sequences(pattern, inside=False):
    """A parsed expression -> list of (at the beginning?, [set of characters or category, ...]) in the order in which they are tried."""
    done = [(False, [])]
    for kind, value in pattern:
        kind = str(kind)
        if kind == "LITERAL":
            more = [(False, [("in", frozenset([value]))])]
        elif kind == "ANY":
            more = [(False, [("out", frozenset([10]))])]
        elif kind == "IN":
            more = [(False, [set_of(value)])]
        elif kind == "AT" and str(value) == "AT_BEGINNING":
            more = [(True, [])]
        elif kind == "BRANCH":
            more = [s for branch in value[1] for s in sequences(branch)]
        elif kind == "SUBPATTERN":
            more = sequences(value[3])
        elif kind == "MAX_REPEAT" and value[1] <= 3:
            one = sequences(value[2])
            more = [(False, one[0][1] * n) for n in range(value[1], value[0] - 1, -1)]
            assert len(one) == 1
        else:
            sys.exit(f"{kind} is not known here")
        done = [(a or b, x + y) for a, x in done for b, y in more]
    return done


def set_of(items):
    points, negative = set(), False
    for kind, value in items:
        kind = str(kind)
        if kind == "NEGATE":
            negative = True
        elif kind == "LITERAL":
            points.add(value)
        elif kind == "RANGE":
            points.update(range(value[0], value[1] + 1))
        elif kind == "CATEGORY":
            return (str(value), frozenset())
        else:
            sys.exit(f"{kind} is not known here")
    return ("out" if negative else "in", frozenset(points))


def contains(one, point):
    """point: a character's number, or None for the classes of the others, which `kind` tells apart."""
    kind, points = one
    if kind == "CATEGORY_SPACE":
        return chr(point).isspace()
    if kind == "CATEGORY_WORD":
        return chr(point).isalnum() or chr(point) == "_"
    return (point in points) != (kind == "out")


def others(one, kind):
    return {"in": False, "out": True, "CATEGORY_SPACE": kind == SPACE, "CATEGORY_WORD": kind == WORD}[one[0]]


def table(name, rules, extra=(), size=None):
    """Prints NAME_classes, NAME_sets, NAME_rules.  size 256: the expression is of bytes, and every one has a row."""
    sets = list(dict.fromkeys([s for _, sequence in rules for s in sequence] + list(extra)))
    named = sorted(set().union(*(points for _, points in sets))) if size is None else range(size)
    if size is None:
        named = sorted(set(named) | set(range(128)))
    classes = {tuple(others(s, kind) for s in sets): kind for kind in (OTHER, SPACE, WORD)}
    members = {kind: [i for i, s in enumerate(sets) if others(s, kind)] for kind in (OTHER, SPACE, WORD)}
    rows = []
    for point in named:
        key = tuple(contains(s, point) for s in sets)
        number = classes.setdefault(key, len(members))
        members.setdefault(number, [i for i, s in enumerate(sets) if contains(s, point)])
        if rows and rows[-1][1] == point - 1 and rows[-1][2] == number:
            rows[-1][1] = point
        else:
            rows.append([point, point, number])
    words = (len(members) + 63) // 64
    assert words <= 2 and len(sets) < 127
    print(f"\n/* {len(members)} classes; the first three are of characters that have no row: other, white space, letter or number. */", end="")
    put(name + "_classes", "struct class_range", (f"{{ 0x{a:x}, 0x{b:x}, {c} }}" for a, b, c in rows))
    bits = [sum(1 << c for c, inside in members.items() if i in inside) for i in range(len(sets))]
    put(name + "_sets", "uint64_t", (f"[{2 * i + h}] = {b >> 64 * h & (1 << 64) - 1:#x}" for i, b in enumerate(bits) for h in (0, 1)
                                     if b >> 64 * h & (1 << 64) - 1 or (i, h) == (len(bits) - 1, 1)))  # the last one gives the length
    put(name + "_rules", "struct rule", (f"{{ {int(a)}, {len(s)}, {{ {', '.join(str(sets.index(x)) for x in s)} }} }}" for a, s in rules))
    return sets


def parsed(expression):
    return parser.parse(expression.pattern, expression.flags & ~re.UNICODE if isinstance(expression.pattern, bytes) else expression.flags)


def points_of(text, n):
    return ", ".join(f"0x{p:x}" for p in ([ord(c) for c in text] + [0] * n)[:n])


def main():
    print(f"/* repair_tables.inc - made by tools/make_repair_tables.py from ftfy {ftfy.__version__} (Apache License 2.0). */")
    print("\n/* ---- Sequences that hardly any text has unless it was decoded wrongly ---- */", end="")
    table("bad", sequences(parsed(badness.BADNESS_RE)))
    print("\n/* ---- What UTF-8 looks like through a code page; its last set may not come before ---- */", end="")
    behind, repeated = parsed(chardata.UTF8_DETECTOR_RE)
    strict = set_of(behind[1][1][0][1]) if str(behind[1][1][0][0]) == "IN" else sys.exit("the look-behind is no set")
    sets = table("garbled", sequences(repeated[1][2]), [strict])
    print(f"\n#define GARBLED_BEFORE {sets.index(strict)}")
    print("\n/* ---- Of bytes: UTF-8 with a space in place of byte a0; with bytes lost ---- */", end="")
    table("spaced", sequences(parsed(chardata.ALTERED_UTF8_RE)), size=256)
    table("lossy", sequences(parsed(chardata.LOSSY_UTF8_RE)), size=256)
    print("\n/* Bytes 1a and 80 to ff of each code page, in the order in which they are tried. */")
    print(f"#define PAGES {len(chardata.CHARMAP_ENCODINGS)}")
    for i, name in enumerate(chardata.CHARMAP_ENCODINGS):
        print(f"#define PAGE_{name.replace('-', '_').upper()} {i}")
    pages = [bytes([0x1A, *range(0x80, 0x100)]).decode(name) for name in chardata.CHARMAP_ENCODINGS]
    assert all(len(page) == 129 and max(page) <= "\uffff" for page in pages)
    put("pages", "uint16_t", ("0x%x" % ord(c) for page in pages for c in page))
    print("\nstatic const bool page_is_sloppy[] = { " + ", ".join(str(int(n.startswith("sloppy"))) for n in chardata.CHARMAP_ENCODINGS) + " };")
    print("\n/* Ligatures and other widths: a character and the up to three it becomes. */", end="")
    longer = {**chardata.LIGATURES, **chardata.WIDTH_MAP}
    assert not set(chardata.LIGATURES) & set(chardata.WIDTH_MAP) and max(map(len, longer.values())) <= 3
    assert not any(ord(c) in longer for text in longer.values() for c in text)
    put("longer", "struct longer", (f"{{ 0x{p:x}, {{ {points_of(longer[p], 3)} }} }}" for p in sorted(longer)))
    print("\n/* Entities that ftfy knows in capitals too, sorted. */", end="")
    capitals = {name[1:]: text for name, text in chardata.HTML_ENTITIES.items() if name[1:] not in html5}
    assert max(map(len, capitals.values())) <= 3
    put("capitals", "struct capital", (f'{{ "{name}", {{ {points_of(capitals[name], 3)} }} }}' for name in sorted(capitals, key=str.encode)))


if __name__ == "__main__":
    main()
