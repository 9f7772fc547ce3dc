"""open_clip_configs.py - which model configs does the open_clip package have?

    python3 tools/reference/open_clip_configs.py        writes tests/golden/open_clip_configs.txt

A line for each: its name and its JSON, as open_clip_config.json has it under "model_cfg".  tests/unit/test_open_clip_configs.c reads them all and
compares what is read and what is refused with docs/models.md.  Needs the files of the open-clip-torch package from PyPI (MIT licence), nothing
that they need."""
import datetime
import importlib.metadata
import json
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def main():
    package = importlib.metadata.distribution("open_clip_torch")
    folder = package.locate_file("open_clip/model_configs")
    with open(os.path.join(ROOT, "tests/golden/open_clip_configs.txt"), "w", encoding="utf-8") as out:
        out.write(f"# python3 tools/reference/open_clip_configs.py; open_clip_torch {package.version}, {datetime.date.today()}\n")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                out.write(f"{os.path.splitext(name)[0]} {json.dumps(json.load(f), separators=(',', ':'))}\n")


if __name__ == "__main__":
    main()
