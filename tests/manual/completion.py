#!/usr/bin/env python3
"""completion.py bash|zsh|fish PROGRAM MANUAL - what does a person get who presses Tab?

The shell runs in a pseudo-terminal, with the completion that the build made and none of the user's settings.
"""
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

try:
    import pexpect
except ImportError:
    print("python3-pexpect is not here: no shell was asked (tools/install_packages.sh manual)")
    sys.exit(77)
shell, program, manual = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
if not shutil.which(shell):
    print(f"{shell} is not here: its completion was not tested (tools/install_packages.sh manual)")
    sys.exit(77)

# What is typed before Tab, and what must stand on the line after it.  MENU: several words, all of which must be shown.
ONE = [
    ("rwda sco", "rwda score"),
    ("rwda score --meth", "rwda score --method"),
    ("rwda score --method pai", "rwda score --method paired"),
    ("rwda score --method=pai", "rwda score --method=paired"),
    ("rwda train --word-pos bef", "rwda train --word-pos before"),
    ("rwda eval --method fnn,clip-", "rwda eval --method fnn,clip-ac"),
    ("rwda eval --layout vis", "rwda eval --layout visa"),
    ("rwda score --detector det", "rwda score --detector detector.safetensors"),
    ("rwda score -d det", "rwda score -d detector.safetensors"),
    ("rwda score -d detector.safetensors bol", "rwda score -d detector.safetensors bolts/"),
    ("rwda score bolts/one", "rwda score bolts/one.png"),
    ("rwda map -o bol", "rwda map -o bolts/"),
    ("rwda status bol", "rwda status bolts/"),
    ("rwda model ver", "rwda model verify"),
    ("rwda data l", "rwda data ls"),
    ("rwda experiment rob", "rwda experiment robustness"),
    ("rwda score --model ViT-B-16-pl", "rwda score --model ViT-B-16-plus-240"),
    ("rwda score --model bol", "rwda score --model bolts/"),
    ("rwda model info dem", "rwda model info demo"),
]
MENU = [
    ("rwda score --method ", ["fnn", "clip", "both", "lda", "paired", "winclip"]),
    ("rwda map --write npy,", ["png", "overlay", "mask", "regions"]),
    ("rwda model ", ["ls", "pull", "path", "info", "verify", "rm"]),
    ("rwda remember --s", ["--storage", "--share", "--scores"]),
]

START = {
    "bash": ("bash --norc --noprofile -i", ["PS1='READY> '", f"source '{manual}/rwda.bash'"]),
    "zsh": ("zsh -f -i", ["PS1='READY> '", f"fpath=('{manual}' $fpath)", "autoload -U compinit", "compinit -u -D", "zstyle ':completion:*' list-prompt ''",
                          "LISTMAX=1000", "unsetopt auto_remove_slash"]),
    "fish": ("fish --no-config", ["function fish_prompt; echo -n 'READY> '; end", f"source '{manual}/rwda.fish'"]),
}
CONTROL = re.compile(r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])|[\x00\x07\r]")


def screen(text):
    """What is to be seen: control sequences out, a backspace takes a letter back."""
    out = []
    for letter in CONTROL.sub("", text):
        if letter == "\b":
            out = out[:-1]
        else:
            out.append(letter)
    return "".join(out)


class Terminal:
    def __init__(self, here):
        command, settings = START[shell]
        environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "TERM": "vt100" if shell != "fish" else "xterm", "HOME": here, "LC_ALL": "C.UTF-8",
                       "XDG_CONFIG_HOME": here, "XDG_DATA_HOME": here, "XDG_CACHE_HOME": here}
        self.child = pexpect.spawn(command, env=environment, cwd=here, encoding="utf-8", dimensions=(60, 200), timeout=20)
        for line in settings:
            self.child.sendline(line)
        self.child.sendline("echo LOADED")
        self.child.expect("LOADED\r?\n")
        self.quiet()

    def read(self, done, most=20.0):
        """What comes, until done(it) or for too long."""
        text, end = "", time.time() + most
        while time.time() < end and not done(screen(text)):
            try:
                text += self.child.read_nonblocking(4096, 0.1)
            except pexpect.TIMEOUT:
                pass
        return screen(text)

    def quiet(self):
        """Lets everything come until nothing has come for a while."""
        while True:
            try:
                self.child.read_nonblocking(4096, 0.2)
            except pexpect.TIMEOUT:
                return

    def tab(self, typed, done, times=1, most=20.0):
        self.child.send(typed)
        self.quiet()
        self.child.send("\t" * times)
        text = self.read(done, most)
        self.child.send("\x15")  # the whole line away; an interrupt could overtake what comes next
        self.quiet()
        return text


faults = []
with tempfile.TemporaryDirectory() as here:
    (Path(here) / "bolts").mkdir()
    for name in ("detector.safetensors", "bolts/one.png"):
        (Path(here) / name).touch()
    terminal = Terminal(here)
    for typed, want in ONE:
        added = want[len(typed):]
        seen = terminal.tab(typed, lambda text: added in text.replace("\n", ""))
        if added not in seen.replace("\n", ""):
            faults.append(f"{typed!r} gives {seen!r}, not {want!r}")
    for typed, words in MENU:
        seen = terminal.tab(typed, lambda text: all(w in text for w in words), 2 if shell == "bash" else 1)
        missing = [w for w in words if w not in seen]
        if missing:
            faults.append(f"{typed!r} shows {seen!r}, without {missing}")
    seen = terminal.tab("rwda train --pairs det", lambda text: "ector" in text, most=2.0)
    if "ector" in seen:
        faults.append(f"a number is completed by a file's name: {seen!r}")
    terminal.child.close(force=True)
print("\n".join(faults) or f"{shell}: {len(ONE) + len(MENU) + 1} times Tab")
sys.exit(bool(faults))
