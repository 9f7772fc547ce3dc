#!/usr/bin/env python3
"""run.py PROGRAM documents|help|FILE - does every example work, and print what stands below it?

An example is a line of a block of commands, indented or fenced (sh, console), in README.md and docs/*.md, or of a verb's --help, which its manual
page repeats.  Each document has a folder of its own, in which its examples run one after the other; files that it takes as given are put
there when an example names them (GIVEN).  In a console block the lines below a command are what it must print: "..." stands for
anything, and numbers may differ by 2 in 1,000, for kernels differ.

An example that names something published (ELSEWHERE), or stands in a block after the comment <!-- needs: WHAT -->, is not run: its verbs and
options must exist.  So must those of every `rwda VERB ...` within a sentence.

A block of C or C++ is what stands in main(); it prints the score of an image by a detector, and must print the program's.
"""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

program = Path(sys.argv[1]).resolve()
root = Path(__file__).resolve().parents[2]
ELSEWHERE = re.compile(r"ViT-|mvtec_|VisA|Sewer-ML|models/siglip2|\bmodel pull\b|\bsbatch\b")
COMMANDS = ("rwda", "curl", "make", "echo", "cd", "find", "python3", "cc", "ls", "cat", "head", "tail", "mkdir", "cp", "for", "sh", "tr", "jq")
NEEDS = {"weights", "data", "network", "checkout"}
work = Path(tempfile.mkdtemp())
environment = {k: v for k, v in os.environ.items() if not k.startswith(("RWDA_", "HF_", "HUGGINGFACE_"))}
environment |= {"PATH": f"{program.parent}:{environment['PATH']}", "XDG_CACHE_HOME": str(work / "cache"), "LC_ALL": "C", "NO_COLOR": "1"}
MANY = "many normal images"  # what such a block takes as the folder normal/
serving = {}  # by folder: the command that its document last served with
faults, counts = [], {"run": 0, "compared": 0, "read": 0, "not compiled": 0}


# ---- What documents take as given --------------------------------------------------------------------------------------

def png(path, width, height, value):
    """A grey PNG: value(x, y)."""
    rows = b"".join(b"\0" + bytes(value(x, y) for x in range(width)) for y in range(height))
    chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0")
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pictures(*folders):
    def make(path):
        path.mkdir()
        for folder in folders:
            for image in (root / folder).iterdir():
                shutil.copy(image, path)
    return make


def many(path):  # normal images for a band of 5 %
    path.mkdir()
    for i in range(100):
        png(path / f"{i}.png", 48, 48, lambda x, y: (x * (i + 1) + y * y * i) % 256)


def both(path):  # images with a .png among them
    pictures("samples_wood/new")(path)
    png(path / "plain.png", 240, 200, lambda x, y: x)


def normal(path):
    pictures("samples_wood/normal")(path)
    for step, name in enumerate(("old.png", "new.png")):
        png(path / name, 100, 100, lambda x, y: (x * (step + 1) + y) % 200)


def maps_and_masks(here):
    for folder in ("maps", "ground_truth"):
        shutil.rmtree(here / folder, ignore_errors=True)
        (here / folder).mkdir()
    for name in ("one", "two"):
        png(here / "maps" / f"{name}.png", 16, 16, lambda x, y: 10 * x)
    png(here / "ground_truth" / "one_mask.png", 16, 16, lambda x, y: 255 * (x > 9))


def made(command):
    def make(path):
        done = subprocess.run(command.replace("OUT", shlex.quote(str(path))), shell=True, env=environment, cwd=work, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{command}: {done.stderr}")
    return make


def sample(name):
    return lambda path: shutil.copy(root / name, path)


QUICK = "--pairs 300 --epochs 3 --quiet"
GIVEN = {
    "samples": lambda path: path.symlink_to(root / "samples"), "samples_wood": lambda path: path.symlink_to(root / "samples_wood"),
    "images": both, "normal": normal, "many": many, "new": pictures("samples_wood/new"),
    "nut.png": sample("samples/good/hex_nut.jpg"), "part.png": sample("samples/good/hex_nut.jpg"), "image.jpg": sample("samples/good/wood.jpg"),
    "new.png": sample("samples_wood/new/board_2.jpg"), "sentences.txt": lambda path: path.write_text("a photo of a cat\na photo of a dog\n"),
    "token.txt": lambda path: path.write_text("a-token-of-some-length\n"),
    "scores.csv": lambda path: path.write_text("path,label,score\n" + "".join(f"{i}.png,{i % 2},{0.3 + 0.3 * (i % 2) + 0.02 * (i * 7 % 11)}\n" for i in range(20))),
    "detector.safetensors": made(f"rwda train {QUICK} -o OUT"), "memory.safetensors": made(f"rwda remember {root}/samples_wood/normal --quiet -o OUT"),
    "scores.jsonl": made(f"rwda train {QUICK} -o s.safetensors -f; rwda score -d s.safetensors $PWD/many --quiet -o OUT"),
    "thresholds.json": made(f"rwda train {QUICK} -o t.safetensors -f; rwda calibrate -d t.safetensors {root}/samples_wood/normal --quiet -o OUT"),
    "memory.json": made(f"rwda remember {root}/samples_wood/normal --quiet -o m.safetensors -f; rwda calibrate --memory m.safetensors --quiet -o OUT"),
    "parts": made(f"rwda score --method clip --shard 0/1 {root}/samples_wood --quiet -o OUT"),
    "results": made(f"rwda eval --data {root}/samples --pairs 300 --seeds 1 --quiet -o OUT"),
}


def provide(here, command, words):
    """Files that the command names, that are not there and that it does not make; what it makes is made anew."""
    outputs = {words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-o", "--output", "--map", "--contact-sheet", ">")}
    if "report" in words and "-o" not in words:
        (here / "report.html").unlink(missing_ok=True)
    if "--masks" in words:
        maps_and_masks(here)
    for word in words:
        name = word.lstrip("@<>").rstrip("/").split("=")[-1].split("/")[0].removeprefix("@")
        if word in outputs or (word.startswith(">") and name):
            target = here / name
            if target.is_dir() and not target.is_symlink():
                if "--shard" not in words:  # each adds its part
                    shutil.rmtree(target)
            elif target.exists():
                target.unlink()
    wanted = []
    for name in GIVEN:
        at = re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w.-])", command)
        made_here = re.search(rf"(?:-o|--output|--map|>) *{re.escape(name)}(?![\w.-])", command)
        if at and not (made_here and made_here.start() <= at.start()) and not (here / name).exists():
            wanted.append(name)
    provide_all(here, wanted)


def provide_all(here, names):
    for name in names:
        if not (work / "given" / name).exists() and name in GIVEN:
            if name == "scores.jsonl":
                many(work / "many")
            GIVEN[name](work / "given" / name)
        if (work / "given" / name).is_dir() and not (work / "given" / name).is_symlink():
            shutil.copytree(work / "given" / name, here / name)
        elif (work / "given" / name).is_symlink():
            (here / name).symlink_to(os.readlink(work / "given" / name))
        else:
            shutil.copy(work / "given" / name, here / name)


# ---- Options exist --------------------------------------------------------------------------------------------------------

tables = {}


def table(verb):
    if verb not in tables:
        text = subprocess.run([program, verb, "--help"], capture_output=True, text=True).stdout
        tables[verb] = set(re.findall(r"^  (?:-\S,|   ) (--\S+)", text, re.M)) | set(re.findall(r"^  (-\S), ", text, re.M))
    return tables[verb]


def check_options(where, command):
    for part in re.split(r"&&|\|(?=\s)|;", re.sub(r"(^|\s)# .*$", "", command)):
        words = re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: m[0][1:-1] if m[0][1:].startswith("rwda ") else "X", part).split()
        if "rwda" not in words or words.index("rwda") + 1 >= len(words):
            continue
        verb, rest = words[words.index("rwda") + 1], words[words.index("rwda") + 2:]
        if verb in ("VERB", "...", "--help", "--version", "--generate"):
            continue
        if not table(verb):
            faults.append(f"{where}: no verb '{verb}': {command}")
        for word in rest:
            option = word.split("=")[0].rstrip(",.;:)`")
            if re.fullmatch(r"-[a-z0-9]|--[a-z][a-z0-9-]*", option) and option not in table(verb):
                faults.append(f"{where}: '{verb}' has no option {option}: {command}")
    counts["read"] += 1


# ---- Running ------------------------------------------------------------------------------------------------------------------

NUMBER = r"-?\d+\.\d+(?:e-?\d+)?"


def alike_line(want, got):
    """"..." is anything, decimals may differ a little, spaces are spaces."""
    pieces = re.split(rf"({NUMBER}|\.\.\.|\s+)", want.strip())
    pattern = "".join(rf"({NUMBER}|-?\d+)" if re.fullmatch(NUMBER, p) else ".*?" if p == "..." else r"\s+" if p.isspace() else re.escape(p) for p in pieces)
    found = re.fullmatch(pattern, got.strip())
    wanted = [p for p in pieces if re.fullmatch(NUMBER, p)]
    return found is not None and all(abs(float(a) - float(b)) <= max(0.002 * abs(float(a)), 1.01 * 10.0 ** -len(re.sub(r".*\.|e.*", "", a)))
                                     for a, b in zip(wanted, found.groups()))


def alike(want, got):
    """Lists of lines; a line "..." is any lines."""
    if not want or not got:
        return not got if not want else want == ["..."]
    if want[0] == "...":
        return any(alike(want[1:], got[i:]) for i in range(len(got) + 1))
    return alike_line(want[0], got[0]) and alike(want[1:], got[1:])


SERVICE = "http://127.0.0.1:8080"


def serve(where, command, here, client=None, output=None):
    """Starts it on a free port, waits until it listens, asks it what the client does, ends it."""
    command = re.sub(r" --listen \S+", "", command.split(" # ")[0]).rstrip() + " --listen 127.0.0.1:0"
    with open(here / ".log", "w+") as log:
        process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=here, env=environment, stderr=log, stdin=subprocess.DEVNULL)
        for _ in range(600):
            if '"listening"' in (here / ".log").read_text() or process.poll() is not None:
                break
            time.sleep(0.1)
        if client:
            url = re.search(r'"listening","url":"([^"]*)"', (here / ".log").read_text())
            asked = client.replace("curl ", "curl -sSf ").replace(SERVICE, url[1] if url else SERVICE)
            done = subprocess.run(["bash", "-o", "pipefail", "-c", asked], cwd=here, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                faults.append(f"{where}: {client}: {done.stderr}")
            compare(where, client, output, done)
        process.send_signal(signal.SIGTERM)
        if process.wait(60) != 0:
            faults.append(f"{where}: {command}: exit {process.returncode}: {(here / '.log').read_text()[-500:]}")


def compare(where, command, output, done):
    if output is None:
        return
    counts["compared"] += 1
    got = done.stdout + (done.stderr if "rwda: " in output else "")
    if not alike(output.splitlines(), got.splitlines()):
        faults.append(f"{where}: {command} prints\n{done.stdout}{done.stderr}\nnot\n{output}")


def run(where, command, output, here, last=0, code_asked=False):
    """The exit code; only where it is asked for may it be another than 0."""
    check_options(where, command)
    if ELSEWHERE.search(command):
        return 0
    if "$URL" in command:  # tests/cli/cases/serve_docs.sh runs these, one service for all
        if not where.startswith("docs/service.md:"):
            faults.append(f"{where}: $URL is known in docs/service.md only: {command}")
        return 0
    try:
        words = shlex.split(command.replace("\\\n", " "), comments=True)
    except ValueError as error:
        faults.append(f"{where}: {error}: {command}")
        return 0
    if not words:
        return 0
    provide(here, command, words)
    counts["run"] += 1
    if words[:2] == ["rwda", "watch"] and "--once" not in words:  # tests/watch starts and ends it
        return 0
    if words[:2] == ["rwda", "serve"]:
        serving[here] = command
        serve(where, command, here)
        return 0
    if SERVICE in command:
        if here not in serving:
            provide(here, "detector.safetensors", [])
        serve(where, serving.get(here, "rwda serve -d detector.safetensors"), here, command, output)
        return 0
    done = subprocess.run(["bash", "-o", "pipefail", "-c", f"(exit {last}); {command}"], cwd=here, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0 and not code_asked:
        faults.append(f"{where}: {command}: exit {done.returncode}: {done.stderr[-600:]}")
    else:
        compare(where, command, output, done)
    return done.returncode


def joined(lines):
    """Lines that end in a backslash go on."""
    text = "\n".join(lines)
    return [line.replace("\\\n", " ") for line in re.split(r"(?<!\\)\n", text)]


def blocks(text):
    """(line number, kind, marker, lines): kind is a fence's language, or 'indented'."""
    lines, i, marker = text.split("\n"), 0, None
    while i < len(lines):
        begin, line = i, lines[i]
        found = re.match(r"<!-- needs: ([a-z ]+) -->$", line)
        fence = re.match(r"( *)```(\w*)", line)
        if found:
            marker = found[1]
            if marker not in NEEDS and marker != MANY:
                faults.append(f"line {i + 1}: needs '{marker}', which is none of {sorted(NEEDS)}")
        elif fence:
            while not lines[i + 1].strip().startswith("```"):
                i += 1
            yield begin + 1, fence[2], marker, [l[len(fence[1]):] for l in lines[begin + 1:i + 1]]
            i, marker = i + 1, None
        elif line.startswith("    ") and (begin == 0 or not lines[begin - 1].strip() or found):
            while i + 1 < len(lines) and (lines[i + 1].startswith("    ") or (not lines[i + 1].strip() and i + 2 < len(lines) and lines[i + 2].startswith("    "))):
                i += 1
            yield begin + 1, "indented", marker, [l[4:] for l in lines[begin:i + 1]]
            marker = None
        elif line.strip():
            marker = None
        i += 1


MAIN = {"c": ("cc", "#include <rwda.h>\n#include <stdio.h>\nint main(void) {\n"), "cpp": ("c++", "#include <rwda.hpp>\n#include <cstdio>\nint main() {\n")}


def compile_block(where, kind, lines, here):
    compiler, begin = MAIN[kind]
    if not shutil.which(compiler):
        counts["not compiled"] += 1
        return
    source, code = here / f"block.{kind}", "\n".join(lines)
    source.write_text(f"{begin}{code}\nreturn 0;\n}}\n")
    (here / "models").symlink_to(root / "models")
    image, = re.findall(r"[\w.]+\.png", code)
    provide_all(here, [name for name in (image, "detector.safetensors") if not (here / name).exists()])
    libraries = [f"-I{root / 'include'}", f"-L{program.parent}", f"-Wl,-rpath,{program.parent}", "-lrwda"]
    for command in ([compiler, "-Wall", "-Wextra", "-Werror", source.name, *libraries, "-o", "block"], ["./block"]):
        done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"{where}: {command}: exit {done.returncode}: {done.stderr[-600:]}")
            return
    record = subprocess.run(["rwda", "score", "--quiet", "-d", "detector.safetensors", image], cwd=here, env=environment, capture_output=True, text=True, check=True)
    counts["run"] += 1
    compare(where, f"the block of {kind}", f"{json.loads(record.stdout)['score']:.4f}", done)


def document(path):
    name, text = str(path.relative_to(root)), path.read_text()
    here = work / name.replace("/", "_")
    here.mkdir()
    for number, kind, marker, lines in blocks(text):
        where = f"{name}:{number}"
        first = next((l.split() for l in lines if l.strip() and not l.startswith("#")), [""])
        if kind in MAIN:
            compile_block(where, kind, lines, here)
        commands = kind in ("sh", "console") or (kind == "indented" and first[0] in COMMANDS)
        if not commands:
            if kind == "indented" and any(re.match(r"\s*\$? ?rwda [a-z]+ ", l) for l in lines):
                faults.append(f"{where}: a command in a block that is not read as one: {lines}")
            continue
        examples = []
        if kind == "console":
            for line in joined(lines):
                if line.startswith("$ "):
                    examples.append([line[2:], []])
                else:
                    examples[-1][1].append(line)
        else:
            examples = [[line, None] for line in joined(lines) if line.strip()]
        if marker == MANY:
            shutil.rmtree(here / "normal", ignore_errors=True)
            many(here / "normal")
        code = 0
        for i, (command, output) in enumerate(examples):
            if marker in NEEDS:
                check_options(where, command)
            else:
                asked = i + 1 < len(examples) and "$?" in examples[i + 1][0]
                code = run(where, command, "\n".join(output) if output else None, here, code, asked)
    for span in re.findall(r"`(rwda [a-z]+ [^`]*)`", re.sub(r"```.*?```", "", text, flags=re.S)):
        check_options(name, " ".join(span.split()))
    shutil.rmtree(here)


def help_examples():
    verbs = re.findall(r"^  (\w+) +\S", subprocess.run([program, "--help"], capture_output=True, text=True).stdout.split("Verbs:\n")[1].split("\n\n")[0], re.M)
    for arguments in [["--help"]] + [[verb, "--help"] for verb in verbs]:
        text = subprocess.run([program, *arguments], capture_output=True, text=True).stdout
        here = work / arguments[0]
        here.mkdir()
        for line in text.split("Examples:\n")[1].split("\nUsage:")[0].splitlines():
            if line.strip():
                run(f"rwda {' '.join(arguments)}", line.strip(), None, here)
        shutil.rmtree(here)


try:
    (work / "given").mkdir()
    if sys.argv[2] == "help":
        help_examples()
    elif sys.argv[2] == "documents":
        for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
            document(path)
    else:  # one document
        document(Path(sys.argv[2]).resolve())
finally:
    shutil.rmtree(work)
print("\n".join(faults) or f"{counts['run']} examples ran, {counts['compared']} printed what stands there; {counts['read']} have options that exist"
      + (f"; {counts['not compiled']} blocks have no compiler here" if counts["not compiled"] else ""))
sys.exit(bool(faults))
