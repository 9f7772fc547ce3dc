"""conftest.py - what the tests share: a model, a scorer, the samples, the program to compare with."""

import os
import pathlib
import subprocess

import pytest

import rwda

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "samples").glob("*/*.jpg"))


def run_program(*arguments):
    """Standard output of the program that was built beside the package."""
    command = [os.environ["RWDA_PROGRAM"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, (command, done.stderr.decode())
    return done.stdout


@pytest.fixture(scope="session")
def samples():
    assert len(SAMPLES) == 18
    return SAMPLES


@pytest.fixture(scope="session")
def arrays(samples):
    return [rwda.decode(path) for path in samples]


@pytest.fixture(scope="session")
def model():
    return rwda.Model()


@pytest.fixture(scope="session")
def scorer(model):
    return rwda.Scorer(model)


@pytest.fixture
def program():
    return run_program
