"""debian_copyright.py - which licence does a package's debian/copyright name for a file?

https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/: paragraphs of "Files:" patterns, the last that fits counts.  They are
paths of the source; a package has its files elsewhere, so that a pattern is compared with the end of the installed path too."""
import fnmatch
import re


def _forms(pattern):
    """Regular expressions of a source pattern for an installed path, which begins with a slash."""
    yield "*/" + pattern
    folder, _, rest = pattern.partition("/")
    if folder != "debian" and re.search("[A-Za-z0-9]", rest):
        yield "*/" + rest
    name = pattern.rsplit("/", 1)[-1]
    if not re.search(r"[*?]", name):
        yield "*/" + name


class Licences:
    """of(path): the short name as the file has it; `otherwise` where it has no fields."""

    def __init__(self, text, otherwise="not stated"):
        self.rules, self.default = [], otherwise
        for paragraph in re.split(r"\n\s*\n", text):
            fields, name = {}, None
            for line in paragraph.splitlines():
                if line[:1].isspace():
                    if name:
                        fields[name] += "\n" + line
                elif ":" in line:
                    name, value = line.split(":", 1)
                    name = name.lower()
                    fields[name] = value
            if "files" not in fields or "license" not in fields:
                continue
            licence = fields["license"].strip().split("\n")[0].strip()
            patterns = fields["files"].split()
            if "*" in patterns:
                self.default = licence
            else:
                self.rules.append((re.compile("|".join(fnmatch.translate(f) for p in patterns for f in _forms(p))), licence))

    def of(self, path):
        for rule, licence in reversed(self.rules):
            if rule.match("/" + path):
                return licence
        return self.default
