#!/usr/bin/env python3
"""build.py MANUAL - the site in build/site, from the documents as they lie in the tree.

build/site-pages mirrors the part of the tree that pages link to, so that their links hold as they stand; beside it the manual pages in MANUAL
(mandoc makes them Markdown) and the public headers become pages.  mkdocs is strict: a warning ends the build.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
pages = root / "build/site-pages"
manual = Path(sys.argv[1])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
NOT_PAGES = ("docs/studies", "tests/", "tools/", ".github/", "bindings/", "packaging/", "debian/")  # only what is linked of them


def gather():
    """Documents, and every file of the tree that one of them links to."""
    wanted = [p for p in subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=root, capture_output=True, text=True,
                                        check=True).stdout.split() if not p.startswith(NOT_PAGES)]
    seen = set()
    while wanted:
        path = wanted.pop()
        if path in seen or not (root / path).is_file():
            continue
        seen.add(path)
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, pages / path)
        if path.endswith(".md"):
            for target in LINK.findall((root / path).read_text()):
                full = ((root / path).parent / target).resolve()
                if full.is_relative_to(root):
                    wanted.append(str(full.relative_to(root)))


def command_page(path):
    """A manual page as a page of the site."""
    name = path.stem.replace("-", " ", 1)
    text = subprocess.run(["mandoc", "-T", "markdown", path.name], cwd=path.parent, capture_output=True, text=True, check=True).stdout
    text = "\n".join(text.split("\n")[1:-2])  # without the lines at head and foot
    text = re.sub(r"^# (.*)", lambda m: f"## {m[1].capitalize()}", text, flags=re.M)
    text = re.sub(r"^## Name\n\n\*\*.*?\*\* - ", "", text, flags=re.M)
    text = re.sub(r"\n\n> (.*(?:\n> .*)*)", lambda m: "\n:   " + m[1].replace("\n> ", "\n    "), text)
    text = re.sub(r"\brwda(-\w+)?\(1\)", lambda m: f"[{m[0]}](rwda{m[1] or ''}.md)", text)
    text = re.sub(r"\b(librwda(?:-eval)?)\(3\)", r"[\1(3)](\1.md)", text)
    (pages / "reference" / f"{path.stem}.md").write_text(f"# {name}\n\n{text}\n")
    return f"          - {name}: reference/{path.stem}.md\n"


def python_page():
    """The Python package's page, which mkdocstrings fills, and the link to it: in the tree the package's own help is the reference."""
    text = (root / "tools/site/python.md").read_text()
    exported = re.findall(r'^    "(\w+)",$', (root / "bindings/python/rwda/__init__.py").read_text(), re.M)
    missing = [name for name in exported if f"::: rwda.{name}\n" not in text]
    if missing or not exported:
        sys.exit(f"tools/site/python.md: without {', '.join(missing) or 'any name'}")
    (pages / "reference/python.md").write_text(text)
    page = pages / "docs/python.md"
    linked = page.read_text().replace("`help(rwda)` has the rest", "[The reference](../reference/python.md) has the rest")
    if "reference/python.md" not in linked:
        sys.exit("docs/python.md: its link to the reference has no place")
    page.write_text(linked)


def main():
    shutil.rmtree(pages, ignore_errors=True)
    (pages / "reference").mkdir(parents=True)
    gather()
    shutil.copy(root / "tools/site/site.css", pages)
    shutil.copy(root / "build/site-npm/node_modules/iframe-worker/shim/index.js", pages / "iframe-worker.js")
    commands = "".join(command_page(p) for p in sorted(manual.glob("rwda*.1"), key=lambda p: p.stem))
    for name, headers in (("librwda", "rwda rwda_memory rwda_drift rwda_kinds rwda_winclip_plus"), ("librwda-eval", "rwda_eval")):
        with open(pages / "reference" / f"{name}.md", "w") as out:
            subprocess.run([sys.executable, root / "tools/manual/headers.py", "markdown", name, *[root / f"include/{h}.h" for h in headers.split()]], stdout=out,
                           check=True)
    python_page()
    config = pages.parent / "site.yml"
    settings = (root / "tools/site/mkdocs.yml").read_text().replace("../../build/", "").replace("../../", "../")
    config.write_text(settings.replace(" # made of the manual pages\n", "\n" + commands))
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    # Its --quiet would drop the warnings before --strict counts them.
    done = subprocess.run([Path(sys.executable).parent / "mkdocs", "build", "--strict", "--clean", "-f", config], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


main()
