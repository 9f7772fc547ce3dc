"""test_package.py - the package is whole: every example runs, every function of the headers is there, types and stable ABI hold."""

import doctest
import importlib
import inspect
import pathlib
import re
import shutil
import subprocess
import sys
import typing

import pytest

import rwda
from conftest import ROOT
from rwda import _choices, _detector
from rwda._library import text
from rwda._rwda import ffi, lib

PACKAGE = pathlib.Path(rwda.__file__).parent
MODULES = ["rwda"] + sorted(f"rwda.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name):
    if name == "rwda.sklearn":
        pytest.importorskip("sklearn")
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_every_public_class_and_function_has_an_example_or_says_why():
    """What stands in rwda.__all__ and is no exception has a docstring, and an example (Result, Evaluation: those that return them do)."""
    for name in rwda.__all__:
        value = getattr(rwda, name)
        if name in ("Image", "Images"):  # aliases, said in docs/python.md
            continue
        text = value.__doc__ or ""
        assert text, name
        if not (isinstance(value, type) and issubclass(value, rwda.Error)) and name not in ("Result", "Evaluation"):
            assert ">>> " in text, name


def test_docstrings_name_every_option():
    def left_out(names, of):
        return [name for name in names if not re.search(rf"\b{name}\b", of.__doc__)]

    for kind, of in (("rwda_memory_options", rwda.Memory), ("rwda_map_options", rwda.Scorer.map)):
        assert left_out({name for name, _ in ffi.typeof(kind).fields} - {"size", "orientation", "depth"}, of) == [], kind
    assert left_out(_detector._settings(), rwda.Detector.train) == []
    for of in (rwda.Model, rwda.Scorer, rwda.Calibration, rwda.evaluate):
        assert left_out(inspect.signature(of).parameters, of) == [], of


def public():
    """What a user may call, as (name, function or class)."""
    for module in [rwda, *([importlib.import_module("rwda.sklearn")] if importlib.util.find_spec("sklearn") else [])]:
        for name in getattr(module, "__all__", ["AnomalyDetector"]):
            value = getattr(module, name)
            if inspect.isfunction(value):
                yield name, value
            elif inspect.isclass(value):
                yield name, value
                for key, member in vars(value).items():
                    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                    if inspect.isfunction(function) and (key == "__init__" or key[0] != "_"):
                        yield f"{name}.{key}", function


def test_types_are_there_at_run_time():
    """What typing.get_type_hints finds: pydantic, dataclass tools and pages of documentation ask it."""
    names = dict(public())
    assert len(names) > 60 and "Scorer.stream" in names and "Calibration.info" in names
    for name, value in names.items():
        hints = typing.get_type_hints(value)
        if inspect.isfunction(value):
            assert set(inspect.signature(value).parameters) - {"self", "cls"} <= set(hints), name


def test_choices_are_those_of_the_library():
    """Each Literal has the names of its enumeration, or of the table that the library's sentence lists."""
    kinds = {name: value for name, value in vars(_choices).items() if typing.get_origin(value) is typing.Literal}
    for name in ("Layout", "Preset"):  # no enumeration of C
        names = typing.get_args(kinds.pop(name))
        if name == "Preset":
            assert [rwda.Detector.train(rwda.Model(), n, pairs=20, epochs=1).recipe["preset"] for n in names] == list(names)
        else:
            listed = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
            assert names[0] == "auto" and [n for n in names[1:] if f"`{n}`" not in listed] == []
    assert len(kinds) == 12
    for name, value in kinds.items():
        which = getattr(lib, "RWDA_ENUM_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper())
        assert typing.get_args(value) == tuple(text(lib.rwda_enum_name(which, i)) for i in range(lib.rwda_enum_count(which))), name


@pytest.mark.parametrize("name, least", [("README.md", 1), ("docs/python.md", 4)])
def test_examples_of_documents(tmp_path, name, least):
    """A document's blocks run as one program, in a folder with the images that they name."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= least
    good = sorted((ROOT / "samples" / "good").iterdir())
    (tmp_path / "normal").mkdir()
    (tmp_path / "new").mkdir()
    for path in good[:6]:
        shutil.copy(path, tmp_path / "normal")
    for path in [*good[6:], *(ROOT / "samples" / "defect").iterdir()]:
        shutil.copy(path, tmp_path / "new")
    shutil.copytree(ROOT / "samples", tmp_path / "data")
    shutil.copy(good[0], tmp_path / "a.jpg")
    shutil.copy(good[1], tmp_path / "b.jpg")
    shutil.copy(ROOT / "docs" / "maps.png", tmp_path / "a.png")
    program = tmp_path / "blocks.py"
    indented = "\n".join(blocks).replace("\n", "\n    ")
    program.write_text(f"if __name__ == '__main__':\n    {indented}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_module_has_every_function_of_the_headers():
    for header in ("rwda.h", "rwda_memory.h", "rwda_drift.h", "rwda_kinds.h", "rwda_eval.h"):
        names = re.findall(r"^RWDA_API [^;(]*?\b(rwda_\w+)\(", (ROOT / "include" / header).read_text(), re.MULTILINE)
        assert names and not [name for name in names if not hasattr(lib, name)], header


def test_no_path_of_the_build_is_in_the_module():
    (module,) = PACKAGE.glob("_rwda*.so")
    assert module.name == "_rwda.abi3.so"
    if (PACKAGE / "bin").exists():  # a wheel; a build tree has run paths
        for path in (module, PACKAGE / "bin" / "rwda"):
            assert str(ROOT).encode() not in path.read_bytes()


def test_stable_abi():
    if importlib.util.find_spec("abi3audit") is None:
        pytest.skip("abi3audit is not installed")
    (module,) = PACKAGE.glob("_rwda*.so")
    command = [sys.executable, "-m", "abi3audit", "--strict", "--assume-minimum-abi3", "3.9", str(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_types(tool):
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    extra = ["--pythonpath", sys.executable] if tool == "pyright" else []
    done = subprocess.run([sys.executable, "-m", tool, *extra], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_of_a_user(tmp_path):
    """A user's program is checked against the package as it is installed: a wrong argument is found, a right one is not."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    right = """import glob
import pathlib
from typing import Iterator
import numpy as np
import PIL.Image
import rwda

def camera() -> Iterator[rwda.Image]:
    yield np.zeros((2, 2, 3), np.uint8)

def both(images: rwda.Images, scorer: rwda.Scorer) -> None:
    scorer.score(images)

scorer = rwda.Scorer(pool="max", crops="2x2")
scores: np.ndarray = scorer.score(["a.png", b"", np.zeros((2, 2, 3), np.uint8), PIL.Image.new("RGB", (2, 2))])
for images in (glob.glob("*.png"), sorted(pathlib.Path().glob("*.png")), ("a.png",), {"a.png"}):
    scorer.score(images)
scorer.score(pathlib.Path().glob("*.png"))
scorer.score(camera())
scorer.score(np.zeros((3, 2, 2, 3), np.uint8))
both((path for path in glob.glob("*.png")), scorer)
name: str | None = next(scorer.stream(camera(), ahead=4, maps="patches")).path
"""
    wrong = """import io
import rwda
scorer = rwda.Scorer()
rwda.Scorer(crops=3)
rwda.Scorer(pool="median")
rwda.Scorer("models/demo")
scorer.score_image("a.png").shape
scorer.score_image(3)
scorer.score_image(None)
scorer.score_image(io.BytesIO())
scorer.score("a.jpg")
scorer.score(b"bytes")
scorer.stream(["a.jpg", None])
scorer.map("a.jpg", "magic")
"""
    for name, text, code in (("right.py", right, 0), ("wrong.py", wrong, 1)):
        (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), name]
        env = {"PATH": ""} if PACKAGE.parent.name == "site-packages" else {"MYPYPATH": str(PACKAGE.parent), "PATH": ""}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout
    lines = [int(line.split(":")[1]) for line in done.stdout.splitlines() if "error:" in line]
    assert sorted(set(lines)) == list(range(4, 15)), done.stdout
