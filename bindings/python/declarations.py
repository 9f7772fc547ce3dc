"""declarations.py - the public headers as cffi reads them, and the C source of the module that calls them.

    python3 declarations.py OUT.c INCLUDE_DIR

Nothing is written by hand but the four callbacks: a function, field or value that a header gains is in the module after the next build.
"""

import pathlib
import re
import sys

from cffi import FFI

HEADERS = ("rwda.h", "rwda_memory.h", "rwda_drift.h", "rwda_kinds.h", "rwda_eval.h")

# What C calls back; the functions are in rwda/_library.py.
CALLBACKS = """
extern "Python" int rwda_python_progress(void *user, const char *stage, size_t done, size_t total);
extern "Python" void rwda_python_note(void *user, const char *message);
extern "Python" void rwda_python_warn(void *user, const char *message);
"""


def declarations(text):
    """The declarations of a header: no comments, no directives but plain whole numbers."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = text.replace("\\\n", " ")
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.DOTALL)
    lines = []
    for line in text.splitlines():
        if re.fullmatch(r"#define RWDA_\w+\s+\d+\s*", line):
            lines.append(line)
        elif not line.lstrip().startswith("#"):
            lines.append(re.sub(r"\bRWDA_API\b\s*", "", line))
    return "\n".join(lines)


def main(out, include):
    ffi = FFI()
    for name in HEADERS:
        ffi.cdef(declarations((pathlib.Path(include) / name).read_text(encoding="utf-8")))
    ffi.cdef(CALLBACKS)
    ffi.set_source("rwda._rwda", "".join(f"#include <{name}>\n" for name in HEADERS))
    ffi.emit_c_code(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
