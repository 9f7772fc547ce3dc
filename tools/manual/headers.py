#!/usr/bin/env python3
"""headers.py mdoc|markdown NAME HEADER... - a manual page, or a page of the site, from the comments of public headers.

The headers are laid out to be read from top to bottom, so a page keeps their order: a comment becomes text, the declarations that it stands
above stay code, with what stands beside their lines.  Doxygen would tie a comment to the one declaration that follows it.
"""
import re
import sys
from pathlib import Path

DATE = "November 28, 2026"  # of the text, for mdoc's .Dd
FUNCTION = re.compile(r"\b(rwda_\w+)\(")
SECTION = re.compile(r"^/\* -{4} (?:\d+\. )?(.*?) -+ \*/$")
NOISE = re.compile(r'^(#ifdef __cplusplus|#endif|extern "C" \{|\}|#if .*|#else|#define RWDA_API.*|#include .*|#ifndef RWDA_\w*H|'
                   r'#define RWDA_\w*H|/\* clang-format.*)$')


def comment_end(lines, i):
    while "*/" not in lines[i]:
        i += 1
    return i


def unwrapped(lines):
    """The text of a comment: without stars, indent kept."""
    text = "\n".join(lines).strip()[2:-2]
    return [re.sub(r"^ ?\* ?", "", line).rstrip() if i else line.strip() for i, line in enumerate(text.split("\n"))]


def read(path):
    """-> (intro, [(section, [(comment, code)])])"""
    lines = path.read_text().split("\n")
    end = comment_end(lines, 0)
    intro, sections, i = unwrapped(lines[:end + 1]), [("", [])], end + 1
    comment, code, exported = [], [], False

    def flush():
        nonlocal comment, code
        if comment or code:
            sections[-1][1].append((comment, code))
        comment, code = [], []

    while i < len(lines):
        line = lines[i]
        if SECTION.match(line):
            flush()
            sections.append((SECTION.match(line).group(1), []))
        elif line.startswith("/*") and not NOISE.match(line):
            flush()
            end = comment_end(lines, i)
            comment, i = unwrapped(lines[i:end + 1]), end
        elif line == "":
            if code:
                flush()
        elif not NOISE.match(line):
            goes_on = code and line.startswith(" " * 9) and code[-1].endswith(",")
            code.append(line[9:] if goes_on and exported else line.replace("RWDA_API ", ""))
            exported = line.startswith("RWDA_API") or (goes_on and exported)
        elif line.startswith("}"):
            code.append(line)
        i += 1
    flush()
    return intro, [s for s in sections if s[1]]


def pieces(lines):
    """Text -> ("text", words) | ("term", name, words) | ("lines", [line])"""
    found = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        term = re.match(r"^ {2,3}(\S+(?: \S+){0,2}) {2,}(\S.*)$", line)
        last = found[-1] if found else None
        if not line:
            found.append(("gap",))
        elif term and not re.search(r" {3,}", term[2]):
            found.append(("term", term[1], [term[2]]))
        elif indent > 4 and last and last[0] == "term" and "  =" not in line:
            last[2].append(line.strip())
        elif indent and indent <= 3 and last and last[0] in ("term", "text") and line.lstrip()[0].isalpha() and "  =" not in line:
            if last[0] == "text": # a rule without a name goes on
                last[1].append(line.strip())
            else:
                found.append(("text", [line.strip()]))
        elif indent:
            if last and last[0] == "lines":
                last[1].append(line)
            else:
                found.append(("lines", [line]))
        elif last and last[0] == "text":
            last[1].append(line)
        else:
            found.append(("text", [line]))
    return [f for f in found if f[0] != "gap"]


def title_of(intro):
    """A header's first line, without its name: a sentence."""
    title = intro[0].split(" - ", 1)[1]
    return title[0].upper() + title[1:]


def names(code):
    text = "\n".join(code)
    functions = [f for line in code if not line.startswith("#") for f in FUNCTION.findall(re.sub(r"/\*.*", "", line))]
    types = re.findall(r"^(?:typedef .*?|\} )(rwda_\w+);", text, re.M)
    return list(dict.fromkeys(types + functions))


# ---- Markdown --------------------------------------------------------------------------------------------------------

# What is not only words: code within a sentence, a document, a name.
MARKED = re.compile(r"`[^`]+`|\bdocs/\w+\.md\b|\brwda_\w+(?:\(\))?(?!\.h|[*<\w])")


def prose(text, known):
    out, end = [], 0
    for m in MARKED.finditer(text):
        mark = m[0] if m[0][0] == "`" else f"[{m[0]}](../{m[0]})" if m[0].startswith("docs/") else linked(m[0], known)
        out += [plain(text[end:m.start()]), mark]
        end = m.end()
    return "".join(out) + plain(text[end:])


def plain(text):
    """Words with nothing in them that Markdown or HTML would take as a mark, at the start of a line either."""
    return re.sub(r"[^\w\s.,:;()/'\"-]|_|^[-:]|(?<=^\d)\.", lambda m: f"&#{ord(m[0])};", text)


def linked(name, known):
    bare = name.removesuffix("()")
    return f"[`{name}`](#{bare})" if bare in known else f"`{name}`"


def markdown_text(lines, known):
    out = []
    for piece in pieces(lines):
        if piece[0] == "text":
            out.append(prose(" ".join(piece[1]), known))
        elif piece[0] == "term":
            out.append(f"- **{prose(piece[1], known)}** {prose(' '.join(piece[2]), known)}")
        else:
            out.append("\n".join(["```text", *piece[1], "```"]))  # an indented block would go on with the list above it
    return "\n\n".join(out) + "\n"


def markdown(name, headers):
    pages = [(path, *read(path)) for path in headers]
    known = {n for _, _, sections in pages for _, items in sections for _, code in items for n in names(code)}
    printed = set()
    print(f"# {name}\n")
    for path, intro, sections in pages:
        print(f"## {path.name}\n\n```c\n#include <{path.name}>\n```\n\n{markdown_text([title_of(intro), ''] + intro[1:], known)}")
        for title, items in sections:
            if title:
                print(f"### {plain(title)}\n")
            for comment, code in items:
                own = [n for n in names(code) if n not in printed]
                printed |= set(own)
                if own:
                    print(f"#### {', '.join(own[:3])}{', ...' if own[3:] else ''} {{ #{own[0]} }}\n")
                    print("".join(f'<a id="{n}"></a>' for n in own[1:]) + "\n")
                print(markdown_text(comment, known))
                if code:
                    print("```c\n" + "\n".join(code) + "\n```\n")


# ---- mdoc ------------------------------------------------------------------------------------------------------------

def escaped(text):
    text = text.replace("\\", "\\e").replace("()", "\\&()")  # mandoc asks for a macro where it sees a function
    text = re.sub(r"(^|[ (/\"'-])-", r"\1\\-", text)
    return re.sub(r"^([.'])", r"\\&\1", text)


def filled(text):
    """Sentences begin lines; none is long."""
    for sentence in re.split(r"(?<=[.:?!])(?<!e\.g\.)(?<! [A-Z]\.) +(?=\S)", text):
        line = ""
        for word in sentence.split():
            if line and len(line) + 1 + len(word) > 74:
                print(escaped(line))
                line = word
            else:
                line = f"{line} {word}" if line else word
        print(escaped(line))


def literal(lines):
    print(".Bd -literal")
    for line in lines:
        print(escaped(line))
    print(".Ed")


def mdoc_text(lines, begun):
    """begun: something stands above in the same section."""
    listing = False
    for n, piece in enumerate(pieces(lines)):
        if listing and piece[0] != "term":
            print(".El")
            listing = False
        if piece[0] == "text":
            if n or begun:
                print(".Pp")
            filled(" ".join(piece[1]))
        elif piece[0] == "term":
            if not listing:
                print(".Bl -tag -width Ds")
            listing = True
            print(f".It {escaped(piece[1])}")
            filled(" ".join(piece[2]))
        else:
            literal(piece[1])
    if listing:
        print(".El")


def mdoc(name, headers):
    pages = [(path, *read(path)) for path in headers]
    print(f'.\\" Made by tools/manual/headers.py from {", ".join(p.name for p in headers)}.\n.Dd {DATE}\n.Dt {name.upper()} 3\n.Os\n'
          f".Sh NAME\n.Nm {name}\n.Nd {pages[0][1][0].split(' - ', 1)[1].rstrip('.')}\n.Sh SYNOPSIS")
    for path in headers:
        print(f".In {path.name}")
    print(f".Pp\ncc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs {name.removeprefix('lib')})\n.Sh DESCRIPTION")
    for path, intro, sections in pages:
        print(f".Ss {path.name}")
        mdoc_text([title_of(intro), ""] + intro[1:], False)
        for title, items in sections:
            if title:
                print(f".Ss {title}")
            for i, (comment, code) in enumerate(items):
                mdoc_text(comment, i or not title)
                if code:
                    literal(code)
    other = "librwda" if name.endswith("eval") else "librwda-eval"
    print(f".Sh SEE ALSO\n.Xr rwda 1 ,\n.Xr {other} 3")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("mdoc", "markdown"):
        sys.exit(__doc__)
    {"mdoc": mdoc, "markdown": markdown}[sys.argv[1]](sys.argv[2], [Path(p) for p in sys.argv[3:]])
