#!/usr/bin/env python3
"""check.py PROGRAM MANUAL - do help, manual pages and completions say the same?

MANUAL is the folder that the build fills.  All are made from one table, so this holds the writers to it: each is read back by what its reader
would read.  The words of completions are held to those that the program names when it refuses another.
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program, manual = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
root = Path(__file__).resolve().parents[2]
faults = []

# What a verb needs before it looks at its options' values.
NEEDED = {
    "train": ["-o", "x"], "score": ["--map", "x", "--threshold", "0.5", "x.png"], "calibrate": ["x.png"], "report": ["x.png"],
    "map": ["-o", "x", "x.png"], "eval": ["--data", str(root / "samples")], "experiment": ["cost", "--data", str(root / "samples"), "-o", "y"], "embed": ["-o", "x", "x.png"],
    "preprocess": ["-o", "x", "x.png"], "remember": ["-o", "x", "x.png"], "metrics": ["--maps", "x", "--masks", "y"], "data": ["ls", "x"],
    "model": ["info"], "watch": ["x"],
}


def same(what, a, b):
    if a != b:
        faults.append(f"{what}:\n    {a}\n    {b}")


def run(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True)


def unquoted(text, quote):
    return text.replace(quote, "'").replace("\\\\", "\\")


def of_help(verb):
    """{name: (letter, value, text)}"""
    text = run(verb, "--help").stdout
    rows = re.findall(r"^  (?:-(.), |    )--(\S+)(?: ([^ \n]+))? +(\S.*)$", text.split("\nOptions:\n")[1], re.M)
    examples = text.split("Examples:\n")[1].split("\nUsage:")[0]
    return {name: (letter, value, help) for letter, name, value, help in rows}, [line.strip() for line in examples.splitlines()]


def of_page(verb):
    text = (manual / f"rwda-{verb}.1").read_text().replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")
    rows = re.findall(r"^\.It (?:Fl (.) , )?Fl -(\S+)(?: Ar (\S+))?\n((?:[^.\n].*\n)+|\..*\n)", text, re.M)
    examples = text.split(".Sh EXAMPLES\n.Bd -literal -offset indent\n")[1].split("\n.Ed")[0]
    return {name: (letter, value, " ".join(help.split())) for letter, name, value, help in rows}, examples.splitlines()


def of_fish(text, verb):
    rows = re.findall(rf"^complete -c rwda -n '__rwda_verb {verb}'(?: -s (.))? -l (\S+)(.*?) -d '(.*)'$", text, re.M)
    return {name: (letter, bool(value), unquoted(help, "\\'")) for letter, name, value, help in rows}


def of_zsh(text, verb):
    block = re.search(rf"^    {verb}\)\n(.*?) ;;$", text, re.M | re.S)[1]
    rows = re.findall(r"^ +'(?:\*'\{-(.)\+?,|\(-(.) --[^ ]+\)'\{-.\+?,|\*?)--([a-z0-9-]+)(=?)\}?'?\[(.*?)\](?::((?:\\:|[^:])*):.*)?'(?: \\)?$", block, re.M)
    return {name: (a or b, value.replace("\\", ""), unquoted(help, "'\\''")) for a, b, name, _, help, value in rows}


def of_bash(text, verb):
    options = re.search(rf"^    {verb}\)\n        options='([^']*)'", text, re.M)[1].split()
    valued = re.findall(rf"^    '{verb} --(\S+)'(?: \| '{verb} -(.)')?\) kind=(\w+)(?: words='([^']*)')?", text, re.M)
    return options, {name: (letter, kind, words) for name, letter, kind, words in valued}


def squeezed(options):  # sentences have two spaces between them in help, and lines in pages
    return {name: (letter, value, " ".join(text.split())) for name, (letter, value, text) in options.items()}


bash, zsh, fish = ((manual / name).read_text() for name in ("rwda.bash", "_rwda", "rwda.fish"))
verbs = re.findall(r"^  (\w+) +\S", run("--help").stdout.split("Verbs:\n")[1].split("\n\n")[0], re.M)
made = run("--generate").stdout.split()
same("files of --generate, of the build", sorted(made), sorted(p.name for p in manual.iterdir() if p.suffix != ".3"))
for name in made:
    same(f"{name}: of --generate, of the build", run("--generate", name).stdout, (manual / name).read_text())
same("pages, verbs", sorted(n for n in made if n.endswith(".1")), sorted(["rwda.1"] + [f"rwda-{v}.1" for v in verbs]))
same("verbs in rwda.1", re.findall(r"^\.It Xr rwda-(\w+) 1$", (manual / "rwda.1").read_text(), re.M), verbs)
same("verbs in bash", re.search(r"words='--help --version ([^']*)'", bash)[1].split(), verbs)
same("verbs in zsh", re.findall(r"^        '(\w+):", zsh, re.M), verbs)
same("verbs in fish", re.findall(r"__rwda_no_verb -a (\w+) ", fish), verbs)
documents = (root / "README.md").read_text() + "".join(p.read_text() for p in (root / "docs").glob("*.md"))
for verb in verbs:
    if not re.search(rf"\brwda {verb}\b", documents):
        faults.append(f"rwda {verb}: in no document")

n_options = n_words = 0
for verb in verbs:
    options, examples = of_help(verb)
    page, page_examples = of_page(verb)
    n_options += len(options)
    page["help"] = options["help"]  # "this text" in the one
    same(f"{verb}: help, page", squeezed(options), page)
    same(f"{verb}: examples in help, in page", examples, page_examples)
    own = {name: row for name, row in options.items() if name not in ("help", "quiet")}
    same(f"{verb}: help, fish", {n: (l, bool(v), t) for n, (l, v, t) in own.items()}, of_fish(fish, verb))
    same(f"{verb}: help, zsh", {n: (l, v, t.replace("[", "(").replace("]", ")")) for n, (l, v, t) in own.items()}, of_zsh(zsh, verb))
    listed, valued = of_bash(bash, verb)
    same(f"{verb}: help, bash", sorted(f"--{name}" for name in options), sorted(listed))
    same(f"{verb}: help, bash, values", {n: l for n, (l, v, _) in own.items() if v},
         {n: l for n, (l, _, _) in valued.items() if n in own})
    for name, (_, kind, words) in valued.items():
        if not words:
            continue
        n_words += 1
        for shell, text in (("zsh", f"--{name}="), ("fish", f"-l {name} ")):
            if name in own and not any(words in line for line in {"zsh": zsh, "fish": fish}[shell].splitlines() if text in line):
                faults.append(f"{verb} --{name}: the words are not in {shell}")
        with tempfile.TemporaryDirectory() as here:
            said = subprocess.run([program, verb, *NEEDED.get(verb, []), f"--{name}", "no-such-word"], capture_output=True, text=True, cwd=here).stderr
        refused = re.search(r"\"no-such-word\" is none of (.*)", said)
        if words in ("auto", "squares"):  # beside numbers
            if "not a whole number" not in said and "auto" not in said:
                faults.append(f"{verb} --{name} no-such-word: {said}")
        elif name == "preset":
            same(f"{verb} --{name}: the message has the words", all(word in said for word in words.split()), True)
        else:
            same(f"{verb} --{name}: words, refusal", words, refused[1].strip() if refused else said)
for verb, said in (("experiment", r"there are (.*)"), ("model", None), ("data", None)):
    first = re.search(rf"^    {verb}\)\n.* first='([^']*)'", bash, re.M)[1]
    if said:
        same(f"{verb}: first words", first, re.search(said, run(verb, "no-such-word", "--data", "x", "-o", "y").stderr)[1])
    else:
        same(f"{verb}: first words", first.replace(" ", "|"), re.search(rf"Usage: rwda {verb} ([a-z|]+)", run(verb, "--help").stdout)[1])

if shutil.which("mandoc"):
    pages = [p.name for p in sorted(manual.glob("*.[13]"))]
    lint = subprocess.run(["mandoc", "-Tlint", *pages], cwd=manual, capture_output=True, text=True)  # Xr: pages beside this one
    if lint.returncode or lint.stdout:
        faults.append(lint.stdout)
else:
    print("mandoc is not here: the pages were not checked by it (tools/install_packages.sh manual)")
headers = "".join(p.read_text() for p in (root / "include").glob("*.h") if p.name != "rwda_compat.h")
pages = "".join(p.read_text() for p in manual.glob("*.3"))
for name in sorted(set(re.findall(r"^RWDA_API [^(]*?\b(rwda_\w+)\(", headers, re.M))):
    if f"{name}(" not in pages:
        faults.append(f"{name}: in no page of section 3")
print("\n".join(faults) or f"{len(verbs)} verbs, {n_options} options, {n_words} lists of words: the same everywhere")
sys.exit(bool(faults))
