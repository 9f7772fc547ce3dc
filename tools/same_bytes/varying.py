"""varying.py - what may differ between two recordings of one program, and why?

Each pattern is applied to both recordings before they are compared: (rows, files, pattern, what stands there instead, reason).
Rows and files are shell patterns of names; numbers that are results and all other bytes are compared as they are."""
import fnmatch
import re

N = rb"-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?"

PATTERNS = [
    ("*", "*", rb'("(?:decode|encode|total)":)' + N, rb"\1N", "milliseconds of a score record"),
    ("*", "*", rb'("seconds":)' + N, rb"\1N", "seconds of a training"),
    ("*", "stderr", rb"made in [0-9.]+ s", b"made in N s", "seconds of a training"),
    ("*", "stderr", rb"[0-9.]+ (\w+/s)", rb"N \1", "images each second"),
    ("*", "stderr", rb"(?m)^(rwda: )[0-9.]+ s$", rb"\1N s", "seconds of a run"),
    ("bench-*", "stdout", N, b"N", "times and memory"),
]

LEFT_OUT = [("files/*.packed", "packed weights carry the checkpoint's inode and times")]


def compiled(facts):
    """The table with the paths of a recording before it."""
    paths = [("*", "*", re.escape(facts[key].encode()), key.upper().encode(), "where this recording was made") for key in ("work", "program", "root")]
    return [(rows, files, re.compile(pattern), instead) for rows, files, pattern, instead, _ in paths + PATTERNS]


def normalised(patterns, row, file, content):
    for rows, files, pattern, instead in patterns:
        if fnmatch.fnmatchcase(row, rows) and fnmatch.fnmatchcase(file, files):
            content = pattern.sub(instead, content)
    return content
