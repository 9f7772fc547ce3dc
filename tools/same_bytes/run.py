#!/usr/bin/env python3
"""run.py - do two builds of rwda give the same bytes, whatever they are asked?

    run.py record PROGRAM DIR [--data DIR]            every command and request of this folder, outputs into DIR
    run.py compare DIR_A DIR_B [--renames FILE]       every difference; exit code 1 if there is one
    run.py check PROGRAM_A PROGRAM_B [--renames FILE] [--data DIR]

--data: real sets (magnetic-tile/, real/cookie/), of which a few images are taken (../shared/data beside the checkout).
--renames: what is called otherwise in B on purpose (renames.example.tsv).  Both programs must be recorded on one kind of machine."""
import argparse
import os
import sys
import tempfile
import time

import comparison
import recorder


def recorded(program, into, data):
    begun = time.monotonic()
    recorder.record(program, into, data)
    print(f"{program}: recorded in {time.monotonic() - begun:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    calls = parser.add_subparsers(dest="call", required=True)
    for call, names in (("record", ("program", "dir")), ("compare", ("a", "b")), ("check", ("a", "b"))):
        sub = calls.add_parser(call)
        for name in names:
            sub.add_argument(name)
        if call != "record":
            sub.add_argument("--renames")
        if call != "compare":
            sub.add_argument("--data", default=os.path.join(recorder.ROOT, "..", "shared", "data"))
    args = parser.parse_args()
    if args.call == "record":
        recorded(args.program, args.dir, os.path.abspath(args.data))
        return 0
    if args.call == "compare":
        return comparison.compare(args.a, args.b, args.renames)
    with tempfile.TemporaryDirectory(prefix="rwda-recordings-") as folder:
        a, b = os.path.join(folder, "a"), os.path.join(folder, "b")
        recorded(args.a, a, os.path.abspath(args.data))
        recorded(args.b, b, os.path.abspath(args.data))
        return comparison.compare(a, b, args.renames)


if __name__ == "__main__":
    sys.exit(main())
