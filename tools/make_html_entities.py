"""make_html_entities.py - where does src/clip/html_entities.inc come from?

    python3 tools/make_html_entities.py > src/clip/html_entities.inc

Named character references of the HTML standard (WHATWG, "Named character references"), taken from Python's html.entities.html5:
sorted by name, names with their semicolon where they have one; the value is one or two code points."""
from html.entities import html5

print("/* html_entities.inc - made by tools/make_html_entities.py from the HTML standard's named character references. */")
for name in sorted(html5, key=lambda n: n.encode()):
    points = [ord(c) for c in html5[name]]
    print('{ "%s", 0x%x, 0x%x },' % (name, points[0], points[1] if len(points) > 1 else 0))
