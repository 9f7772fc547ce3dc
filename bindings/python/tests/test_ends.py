"""test_ends.py - objects in cycles, threads after the main one, exit, interrupts at the end of a call, users without a home."""

import gc
import os
import pwd
import subprocess
import sys

import numpy as np
import pytest

import rwda
from rwda import _library

START = """
import atexit, copy, gc, threading, time
import rwda

GRID = "samples/good/grid.jpg"

class Line:
    "Of a user: in a cycle with what it scores with, and scoring a last time."
    def __init__(self, **kept):
        self.__dict__.update(kept, me=self)
    def __del__(self):
        print(*self.scorer.score([GRID, GRID]), flush=True)
"""


def run(program):
    """What a program prints, which ends as it should."""
    done = subprocess.run([sys.executable, "-c", START + program], capture_output=True, text=True, check=False, timeout=200)
    assert (done.returncode, done.stderr) == (0, ""), (done.returncode, done.stderr)
    return done.stdout.split()


@pytest.fixture(scope="module")
def grid(scorer):
    return [str(value) for value in scorer.score(["samples/good/grid.jpg"] * 2)]


@pytest.mark.parametrize(
    "program",
    [
        "line = Line(scorer=rwda.Scorer(rwda.Model(threads=1)))\ndel line\ngc.collect()",
        "line = Line(scorer=rwda.Scorer())\natexit.register(lambda: globals().pop('line') and None)\natexit.register(gc.collect)",
        # Another class's objects in the cycle, the memory by a name that the user gave it.
        """
class Named(rwda.Memory):
    pass
memory = Named(rwda.Model(threads=2), [GRID, "samples/good/wood.jpg"])
words = rwda.Scorer(memory.model)
calibration = rwda.Calibration(words, [i / 1000 for i in range(200)], rate=0.05)
line = Line(memory=memory, calibration=calibration, drift=rwda.Drift(calibration), both=rwda.Scorer(memory=memory, fuse=0.5), scorer=words)
memory.owner = line
del memory, words, calibration, line
gc.collect()
""",
        # __del__ that keeps its object: it works on, and is freed later.
        """
again = []
class Kept(Line):
    def __del__(self):
        again.append(self)
line = Kept(scorer=rwda.Scorer())
del line
gc.collect()
Line.__del__(again[0])
again.clear()
gc.collect()
""",
        # A collection in one thread while others score and free.
        """
scorer = rwda.Scorer(rwda.Model(threads=1))
def work():
    for _ in range(5):
        mine = rwda.Scorer(scorer.model, rwda.Detector(scorer.detector.to_bytes()))
        mine.me = mine
        mine.score([GRID, GRID])
        gc.collect()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
line = Line(scorer=scorer)
del line, scorer
gc.collect()
""",
        # An exception whose frames hold a builder and a session.
        """
def stop(*told):
    raise ValueError
def fail():
    try:
        rwda.Memory(rwda.Model(threads=1), [GRID], progress=stop)
    except ValueError as error:
        kept = error
for _ in range(3):
    fail()
line = Line(scorer=rwda.Scorer())
del line
gc.collect()
""",
    ],
)
def test_cycles(program, grid):
    assert run(program) == grid


def test_objects_that_go_as_the_interpreter_ends(grid):
    """Python may refuse imports by then, and says so; nothing is used after it was freed."""
    for program in ("", "import builtins\nbuiltins.line = line", "line.drift = rwda.Drift(rwda.Calibration(line.scorer, [0.1, 0.2]))"):
        program = f"{START}line = Line(scorer=rwda.Scorer(rwda.Model(threads=2)))\nprint('made', flush=True)\n{program}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0 and done.stdout.split() in (["made"], ["made", *grid]), (done.returncode, done.stderr)
        assert "in ended\n" not in done.stderr, done.stderr


def test_what_is_in_a_cycle_is_freed():
    def make():
        model = rwda.Model(threads=1)
        memory = rwda.Memory(model, ["samples/good/grid.jpg", "samples/good/wood.jpg"])
        memory.scorer = rwda.Scorer(memory=memory)
        memory.scorer.owner = model.user = memory

    gc.collect()
    before = len(_library._owned)
    make()
    assert len(_library._owned) > before
    gc.collect()
    assert len(_library._owned) == before


def test_a_failed_call_is_not_in_a_cycle(model):
    def stop(*_):
        raise KeyError

    gc.collect()
    gc.disable()
    try:
        with pytest.raises(KeyError):
            rwda.Detector.train(model, pairs=2000, seed=8, progress=stop)
        before = len(_library._owned)
        for _ in range(3):
            try:
                rwda.Detector.train(rwda.Model(threads=1), pairs=2000, seed=8, progress=stop)
            except KeyError as error:
                assert error.__context__ is None  # not "while handling CancelledError"
        assert len(_library._owned) == before
    finally:
        gc.enable()


FAILING = {
    "score": "scorer.score([made(GRID), made(), made(GRID)])",
    "score_each": "scorer.score_each([made(GRID), made(), made(GRID)])",
    "stream": "list(scorer.stream([made(GRID), made()]))",
    "predict": "scorer.predict([made()])",
    "embed_images": "scorer.model.embed_images([made(GRID), made()])",
    "Memory": "rwda.Memory(scorer.model, [made()])",
    "from_images": "rwda.Calibration.from_images(scorer, [made(GRID), made()])",
    "Detector": "rwda.Detector(made())",
    "from_bytes": "rwda.Memory.from_bytes(scorer.model, made())",
    "empty": "scorer.score([memoryview(bytearray())])",
    "empty_bytes": "rwda.Memory.from_bytes(scorer.model, memoryview(bytearray()))",
    "progress": "scorer.score([made(GRID)], progress=stop)",
}


@pytest.mark.parametrize("call", FAILING.values(), ids=FAILING)
def test_a_memoryview_in_a_cycle(call):
    """The collector clears a memoryview that is still in use, and the process ends (CPython before 3.13)."""
    program = f"""
scorer = rwda.Scorer()
def made(path=None):
    return memoryview(open(path, "rb").read() if path else b"no image")
def stop(*told):
    raise ValueError
for _ in range(5):
    try:
        {call}
    except Exception as error:
        error.me = error
    gc.collect()
print("fine")
"""
    assert run(program) == ["fine"]


def test_images_are_not_kept_by_a_failed_call(scorer, samples):
    gc.collect()
    gc.disable()
    try:
        before = len(_library._owned)
        for call in (scorer.score, scorer.score_each, scorer.model.embed_images, lambda images: list(scorer.stream(images))):
            try:
                call([*samples[:5], b"no image"])
            except rwda.Error:
                pass
            del call
        assert len(_library._owned) == before
    finally:
        gc.enable()


def test_files_in_threads_that_the_main_one_does_not_wait_for(grid):
    program = """
scorer = rwda.Scorer(rwda.Model(threads=2))
def work():
    threading.main_thread().join()
    time.sleep(0.2)
    print(*scorer.score(iter([GRID, GRID])))
threading.Thread(target=work).start()
"""
    assert run(program) == grid
    assert run("scorer = rwda.Scorer(rwda.Model(threads=2))\natexit.register(lambda: print(*scorer.score([GRID, GRID])))") == grid
    missing = """
scorer = rwda.Scorer(rwda.Model(threads=2))
def work():
    try:
        scorer.score([GRID, "no/such.png"])
    except rwda.NotFoundError as error:
        print(error.code)
atexit.register(work)
"""
    assert run(missing) == ["RWDA_ENOTFOUND"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ZeroDivisionError])
def test_what_the_last_call_of_a_progress_function_raises(model, kind):
    for _ in range(2):  # the second time with what the first has kept
        calls = []
        rwda.Detector.train(model, pairs=200, epochs=1, progress=lambda *told: calls.append(told))
    left = len(calls)

    def progress(*_):
        nonlocal left
        left -= 1
        if left == 0:
            raise kind

    with pytest.raises(kind):
        rwda.Detector.train(model, pairs=200, epochs=1, progress=progress)
    assert left == 0


@pytest.mark.parametrize("what", ["note", "warn"])
def test_an_interrupt_in_a_note_or_a_warning(what):
    class Interrupted(list):
        def append(self, _):
            raise KeyboardInterrupt

    events = _library.Events(lambda *told: told)
    events.notes = events.warnings = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        with events as (progress, user):
            getattr(_library.lib, f"rwda_python_{what}")(user, _library.ffi.new("char[]", b"said"))
            assert progress(user, _library.ffi.new("char[]", b"stage"), 1, 2) == 1  # the work is to stop
    with events:
        pass  # it is told once


def test_without_a_cache(monkeypatch, samples, scorer):
    expected = scorer.score(samples[:2]).tobytes()
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    model = rwda.Model()
    assert model.cache is None and rwda.Scorer(model).score(samples[:2]).tobytes() == expected
    with pytest.raises(rwda.Error):
        rwda.Model("no-such-name")


def test_without_a_home(monkeypatch, samples, scorer):
    def nobody(_):
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises((RuntimeError, KeyError)):
        os.fspath(__import__("pathlib").Path.home())
    model = rwda.Model()
    assert model.cache is None
    assert np.array_equal(rwda.Scorer(model).score(samples[:2]), scorer.score(samples[:2]))
    with pytest.raises(rwda.NotFoundError):
        rwda.Model("no-such-name")


def test_bars_without_standard_error(monkeypatch, scorer, samples):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(scorer.score(samples[:3], progress=True)) == 3
