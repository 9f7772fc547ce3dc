"""comparison.py - where do two recordings differ?"""
import collections
import fnmatch
import json
import os
import re

import varying

Rename = collections.namedtuple("Rename", "old new where")


class Renames:
    """What is called otherwise on purpose: `old<TAB>new[<TAB>WHERE]`, and `!WHERE<TAB>reason` for what differs on purpose.
    WHERE is a shell pattern of ROW/FILE; old is a regular expression over bytes, new may name its groups (\\1)."""

    def __init__(self, path):
        self.renames, self.expected = [], {}
        lines = open(path, "rb").read().splitlines() if path else []
        for number, line in enumerate(lines, 1):
            fields = line.split(b"\t")
            if not line.strip() or line.startswith(b"#"):
                continue
            if len(fields) not in (2, 3):
                raise SystemExit(f"{path}:{number}: old, a tab, new, or !where, a tab, a reason")
            if line.startswith(b"!"):
                self.expected[os.fsdecode(fields[0][1:])] = False  # not met yet
            else:
                self.renames.append(Rename(re.compile(fields[0]), fields[1], os.fsdecode(fields[2]) if len(fields) == 3 else "*"))

    def apply(self, where, content):
        for rename in self.renames:
            if fnmatch.fnmatchcase(where, rename.where):
                content = rename.old.sub(rename.new, content)
        return content

    def expects(self, where):
        met = [pattern for pattern in self.expected if fnmatch.fnmatchcase(where, pattern)]
        self.expected.update((pattern, True) for pattern in met)
        return bool(met)


class Recording:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "facts.json"), encoding="utf-8") as facts:
            self.patterns = varying.compiled(json.load(facts))
        self.rows = {name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))}

    def text(self, row):
        with open(os.path.join(self.folder, row, "row"), encoding="utf-8") as text:
            return text.read().strip()

    def files(self, row, renames):
        """File -> its bytes without what varies; names and text (what has no NUL byte) with the new words."""
        found, top = {}, os.path.join(self.folder, row)
        for at, _, names in os.walk(top):
            for name in names:
                path = os.path.join(at, name)
                file = os.path.relpath(path, top)
                if any(fnmatch.fnmatchcase(file, pattern) for pattern, _ in varying.LEFT_OUT):
                    continue
                with open(path, "rb") as content:
                    content = content.read()
                if file != "row":
                    where = f"{row}/{file}"
                    if b"\0" not in content:
                        content = varying.normalised(self.patterns, row, file, renames.apply(where, content) if renames else content)
                    file = os.fsdecode(renames.apply(where, os.fsencode(file))) if renames and file.startswith("files/") else file
                found[file] = content
        return found


def shown(line):
    text = line.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 300 else text[:300] + "...")


def first_difference(a, b):
    if b"\0" in a or b"\0" in b:
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        return [f"    bytes differ from {at} on; {len(a)} and {len(b)} of them"]
    lines_a, lines_b = a.split(b"\n"), b.split(b"\n")
    at = next((i for i, (x, y) in enumerate(zip(lines_a, lines_b)) if x != y), min(len(lines_a), len(lines_b)))
    pair = [lines[at] if at < len(lines) else b"" for lines in (lines_a, lines_b)]
    begin = max(0, len(os.path.commonprefix(pair)) - 100) if max(map(len, pair)) > 300 else 0  # where a long line differs
    return [f"    line {at + 1}:", "    A " + shown(pair[0][begin:]), "    B " + shown(pair[1][begin:])]


def compare(folder_a, folder_b, renames_path=None):
    renames, a, b = Renames(renames_path), Recording(folder_a), Recording(folder_b)
    differing = expected = 0
    for row in sorted(a.rows | b.rows):
        if row not in a.rows or row not in b.rows:
            print(f"{row}: only in {folder_a if row in a.rows else folder_b}: {(a if row in a.rows else b).text(row)}")
            differing += 1
            continue
        of_a, of_b = a.files(row, renames), b.files(row, None)
        for file in sorted(set(of_a) | set(of_b)):
            if of_a.get(file) == of_b.get(file):
                continue
            if renames.expects(f"{row}/{file}"):
                expected += 1
                continue
            differing += 1
            print(f"{row}/{file}: {a.text(row)}".encode(errors="backslashreplace").decode())
            if file in of_a and file in of_b:
                print("\n".join(first_difference(of_a[file], of_b[file])))
            else:
                print(f"    only in {folder_a if file in of_a else folder_b}")
    for pattern in (pattern for pattern, met in renames.expected.items() if not met):
        print(f"{renames_path}: nothing differs where {pattern} says so")
        differing += 1
    print(f"{len(a.rows | b.rows)} rows, {differing} differences, {expected} expected ones")
    return 1 if differing else 0
