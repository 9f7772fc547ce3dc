"""varying.py - what may differ between two recordings of one program, and why?

Each pattern is applied to both recordings before they are compared: (rows, files, pattern, what stands there instead, reason).
Rows and files are shell patterns of names; numbers that are results and all other bytes are compared as they are."""
import fnmatch
import re

N = rb"-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?"
ALWAYS = [
    ("*", "*", rb'("(?:decode|encode|total)":)' + N, rb"\1N", "milliseconds of a score record"),
    ("*", "*", rb'("ms_(?:decode|encode|total)":)' + N, rb"\1N", "the same, as columns of an Arrow stream that is read again"),
    ("*", "*", rb'("seconds":)' + N, rb"\1N", "seconds of a training"),
    ("*", "stderr", rb"made in [0-9.]+ s", b"made in N s", "seconds of a training"),
    ("*", "stderr", rb"[0-9.]+ (\w+/s)", rb"N \1", "images each second"),
    ("*", "stderr", rb"(?m)^(rwda: (?:study [\w-]+ took )?)[0-9.]+ s$", rb"\1N s", "seconds of a run"),
    ("*", "*", rb"(Release|Debug|RelWithDebInfo) build, compiler [0-9.]+", b"BUILD", "how the program was built"),
    ("*", "*", rb"script-src 'sha256-[^']*'", b"script-src HASH", "of the page's script, which is compared itself"),
    ("model-*", "stdout", rb'[^\s"]*/models/demo\b', b"SHIPPED", "the program's checkout or prefix, where its model lies"),
    ("bench-*", "stdout", b" *" + N, b" N", "times and memory, and the columns they fill"),
]
WATCH = [
    ("watch-*", "*", rb'("id":)"[^"]*"', rb"\1I", "ids begin with a random number"),
    ("watch-*", "*", rb'("time":)"[^"]*"', rb"\1T", "the time of the record"),
]
COST = [  # the study of cost: milliseconds, memory and seconds of each method
    ("*", "*/cost.csv", rb'(?m)^((?:"[^"]*",)+)' + N + b"(,.*?)" + rb"(?:," + N + rb"){3}$", rb"\1N\2,N,N,N", "times and memory"),
    ("*", "*/cost.md", rb"(?m)(?:\| " + N + rb" ){3}\|$", b"| N | N | N |", "times and memory"),
    ("*", "*.html", rb'(<td class="text">(?:one|2x2|3x3)</td>(?:<td style[^>]*>(?:[^<]|</?s[^>]*>)*</td>){3})(?:<td>' + N + rb"</td>){3}</tr>", rb"\1<td>N</td></tr>", "times and memory"),
    ("*", "*", rb"The best, [^<\n]* takes " + N + rb" ms for AUROC [^<\n]* ms for [0-9.]+", b"", "absent when the best is the cheapest too"),
    ("*", "*/cost.svg", rb"(?s)<svg.*</svg>", b"SVG", "times are its axis"),
    ("*", "*.html", rb'(?s)<svg[^>]*aria-label="Cost".*?</svg>', b"SVG", "times are its axis"),
]
SERVICE = [
    ("service*", "headers", rb"(?m)^(Date: ).*$", rb"\1D", "the time of the answer"),
    ("service*", "headers", rb"(?m)^(Content-Length: ).*$", rb"\1N", "times and request ids in the body are of different length"),
    ("service*", "*", rb"\b[0-9a-f]{16}-[0-9]+\b", b"ID", "request ids begin with a random number"),
    ("service*", "stderr", rb'("time":)"[^"]*"', rb"\1T", "the time of the event"),
    ("service*", "stderr", rb'("(?:ms|pid|bytes_out)":)' + N, rb"\1N", "durations, the process, lengths of answers with durations in them"),
    ("service*", "stderr", rb"127\.0\.0\.1:[0-9]+", b"127.0.0.1:PORT", "the port is any free one"),
    ("service*", "stderr", rb'(?m)^.*"path":"/v1/trainings/t[0-9]+".*\n', b"", "asked until the training ends"),
    ("service*", "body", rb'(?m)^(rwda_http_request\w+\{.*route="/v1/trainings/\{id\}".*\}) .*$', rb"\1 N", "asked until the training ends"),
    ("service*", "body", rb"(?m)^((?:process_\w+|rwda_encode_seconds_total|rwda_connections) ).*$", rb"\1N", "times, memory, connections that end"),
    ("service*", "body", rb"(?m)^(rwda_http_request_duration_seconds_(?:bucket|sum)\{.*\}) .*$", rb"\1 N", "durations"),
    ("service*", "body", rb"(?m)^(rwda_batch_pictures_\w+(?:\{.*\})?) .*$", rb"\1 N", "which images meet is a matter of time"),
]
PATTERNS = ALWAYS + WATCH + COST + SERVICE
SORTED = [("service*", "stderr", "a request's line may come after the next one's")]
LEFT_OUT = [
    ("*.packed", "packed weights carry the checkpoint's inode and times"),
    ("*/timed.arrows", "milliseconds are among its numbers"),
    ("*/ledger*", "a database with times, inodes and random ids"),
    ("*/cost-*.npy", "the study of cost: times and memory"),
    ("files/service*.log", "the service's stderr, which is recorded"),
]


def compiled(facts):
    """The table, and before it the paths of a recording."""
    paths = [("*", "*", re.escape(facts[key].encode()), key.upper().encode(), "where this recording was made") for key in ("work", "program", "root")]
    return [(rows, files, re.compile(pattern), instead) for rows, files, pattern, instead, _ in paths + PATTERNS]


def normalised(patterns, row, file, content):
    for rows, files, pattern, instead in patterns:
        if fnmatch.fnmatchcase(row, rows) and fnmatch.fnmatchcase(file, files):
            content = pattern.sub(instead, content)
    if any(fnmatch.fnmatchcase(row, rows) and fnmatch.fnmatchcase(file, files) for rows, files, _ in SORTED):
        content = b"\n".join(sorted(content.split(b"\n")))
    return content
