"""python -m rwda: the program itself."""

from __future__ import annotations

import os
import sys

from ._model import program


def main() -> None:
    """Becomes the program, with this process's arguments."""
    found = program()
    if found is None:
        sys.exit("rwda: this package has no program in it, and there is none on the PATH")
    os.execv(found, ["rwda", *sys.argv[1:]])


if __name__ == "__main__":
    main()
