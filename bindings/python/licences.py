"""licences.py - the licences of the libraries that a repaired wheel carries, into the wheel.

    python3 licences.py REPAIRED.whl OUT_DIR

Each library's Debian package is looked up, its copyright file goes into the wheel's licenses/, and one line a library into its
BUNDLED.txt, which is printed too.  A library that no package is known for ends the run, and so does one of those that must stay out.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

OURS = {"libjbig"}  # jbig_none.c
STAY_OUT = {"libx265", "libheif", "libde265", "libcurl"}


def package_of(library):
    """The Debian package whose file the linker finds under this name."""
    base, version = re.fullmatch(r"(.+?)(?:-[0-9a-f]{8})?\.so((?:\.\d+)*)", library).groups()
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for line in cache.splitlines():
        name, _, path = line.strip().partition(" => ")
        name = name.split(" ")[0]
        real = pathlib.Path(path).resolve()
        if path and base in (name.split(".so")[0], real.name.split(".so")[0]) and real.name.endswith(version):
            for spelling in (str(real), path, path.removeprefix("/usr")):
                owner = subprocess.run(["dpkg", "-S", spelling], capture_output=True, text=True, check=False).stdout
                if owner:
                    return owner.split(":")[0]
    return None


def names_of(copyright_file):
    text = copyright_file.read_text(encoding="utf-8", errors="replace")
    return sorted({name.strip() for name in re.findall(r"^License: *(\S.*)$", text, re.MULTILINE)})


def main(wheel, out):
    with tempfile.TemporaryDirectory() as work:
        with_licences(wheel, out, pathlib.Path(work))


def with_licences(wheel, out, work):
    subprocess.run([sys.executable, "-m", "wheel", "unpack", "-d", work, wheel], check=True, stdout=subprocess.DEVNULL)
    (root,) = work.iterdir()
    licenses = next(root.glob("*.dist-info")) / "licenses"
    lines, bad = [], []
    for library in sorted(path.name for path in root.glob("*.libs/*")):
        base = re.split(r"(?:-[0-9a-f]{8})?\.so", library)[0]
        if base in OURS:
            lines.append(f"{library}: of rwda itself, says no (jbig_none.c)")
            continue
        package = package_of(library)
        if package is None or base in STAY_OUT:
            bad.append(library)
            continue
        source = pathlib.Path("/usr/share/doc") / package / "copyright"
        shutil.copyfile(source, licenses / f"{package}.txt")
        lines.append(f"{library}: Debian's {package}, licences named in its copyright file: {', '.join(names_of(source)) or 'see there'}")
    if bad:
        sys.exit(f"licences.py: {', '.join(bad)}: must not be in a wheel, or no package is known")
    (licenses / "BUNDLED.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    subprocess.run([sys.executable, "-m", "wheel", "pack", "-d", out, root], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(*sys.argv[1:])
