"""test_package.py - the package is whole: every example runs, every function of the headers is there, types and stable ABI hold."""

import doctest
import importlib
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import rwda
from conftest import ROOT
from rwda._rwda import lib

PACKAGE = pathlib.Path(rwda.__file__).parent
MODULES = sorted(f"rwda.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "__main__"))


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
        text = value.__doc__ or ""
        assert text, name
        if not (isinstance(value, type) and issubclass(value, rwda.Error)) and name not in ("Result", "Evaluation"):
            assert ">>> " in text, name


def test_examples_of_documents(tmp_path):
    """Blocks of docs/python.md run as one program, in a folder with the images that they name."""
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 4
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
    right = "import numpy as np\nimport rwda\nscores: np.ndarray = rwda.Scorer().score(['a.png', b'', np.zeros((2, 2, 3), np.uint8)])\n"
    wrong = "import rwda\nrwda.Scorer(crops=3)\nrwda.Scorer().score_image('a.png').shape\n"
    for name, text, code in (("right.py", right, 0), ("wrong.py", wrong, 1)):
        (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), name]
        env = {"PATH": ""} if PACKAGE.parent.name == "site-packages" else {"MYPYPATH": str(PACKAGE.parent), "PATH": ""}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout
    assert done.stdout.count("error:") == 2
