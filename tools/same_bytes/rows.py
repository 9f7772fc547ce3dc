"""rows.py - what commands does commands.txt name?"""
import collections
import hashlib
import re
import shlex

Row = collections.namedtuple("Row", "name text arguments stdin")


def expand(text):
    """Every row that a row with {a | b} stands for; braces without a bar are left alone."""
    found = re.search(r"\{((?:[^{}]|\{\w+\})* \| (?:[^{}]|\{\w+\})*)\}", text)
    if found is None:
        return [text]
    return [row for choice in found[1].split(" | ") for row in expand(text[:found.start()] + choice + text[found.end():])]


def read(path):
    rows, names = [], set()
    with open(path, encoding="utf-8") as lines:
        written = [line.rstrip("\n") for line in lines if line.strip() and not line.startswith("#")]
    for text in (row for line in written for row in expand(line)):
        name, command = re.fullmatch(r"(?:([\w-]+) = )?(.*)", text).groups()
        command, _, stdin = command.partition(" < ")
        name = name or (re.match(r"\w*", command)[0] or "rwda") + "-" + hashlib.sha256(text.encode()).hexdigest()[:8]
        if name in names:
            raise SystemExit(f"{path}: two rows are called {name}: {text}")
        names.add(name)
        rows.append(Row(name, text, [part.replace("$O", f"out/{name}") for part in shlex.split(command)], stdin.strip() or None))
    return rows
