#!/usr/bin/env python3
"""check_links.py SITE - does every link of the built site lead somewhere, and does no page load anything from elsewhere?"""
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

site = Path(sys.argv[1]).resolve()


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        for name in ("href", "src"):
            if attrs.get(name) is not None:
                (self.links if tag == "a" else self.loads).append(attrs[name])


pages = {path: Page(path) for path in site.rglob("*.html")}
faults, n = [], 0
for path, page in pages.items():
    for link in page.links + page.loads:
        n += 1
        parts = urlsplit(link)
        where = path.relative_to(site)
        if parts.scheme in ("http", "https", "mailto", "data") or link.startswith("//"):
            if link in page.loads and parts.scheme != "data":
                faults.append(f"{where}: is loaded from elsewhere: {link}")
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if parts.path.startswith("/") or not target.is_relative_to(site) or not target.exists():
            if path.name != "404.html":  # whose links begin at the server's root
                faults.append(f"{where}: no such file: {link}")
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids and parts.fragment != "__skip":
            faults.append(f"{where}: no such place: {link}")
for path in site.rglob("*.css"):
    faults += [f"{path.relative_to(site)}: is loaded from elsewhere: {u}" for u in re.findall(r"url\([\"']?(https?:[^)]*)\)", path.read_text())]
print("\n".join(faults) or f"{len(pages)} pages, {n} links: all lead somewhere, nothing comes from elsewhere")
sys.exit(bool(faults))
