"""test_processes.py - objects in process pools, and a model after fork, as docs/python.md says."""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import rwda
from rwda import _model


@pytest.fixture(autouse=True)
def _ends():
    """A child that waits for ever is a failure, not a hung run."""
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("a process did not end"))
    signal.alarm(240)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_process_pools(scorer, samples, method):
    expected = [scorer.score([path]).tobytes() for path in samples[:4]]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(scorer.score, [[path] for path in samples[:4]]))
    assert [scores.tobytes() for scores in found] == expected


def test_pickles(model, scorer, samples):
    memory = rwda.Memory(model, samples[:2])
    fused = rwda.Scorer(model, memory=memory, fuse=0.2, crops="one")
    calibration = rwda.Calibration(scorer, [0.1, 0.2, 0.3], rate=0.3)
    for kind in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again, words, copied, old = pickle.loads(pickle.dumps((fused, scorer.detector, memory, calibration), kind))
        assert again.scoring == fused.scoring and again.score(samples[:2]).tobytes() == fused.score(samples[:2]).tobytes()
        assert words.sha256 == scorer.detector.sha256 and copied.sha256 == memory.sha256 and old.to_text() == calibration.to_text()
        assert again.model is copied.model  # opened once
    assert len(pickle.dumps(model)) < 1000  # its path, not its weights


def test_a_relative_path_is_pickled_for_every_folder(tmp_path, monkeypatch):
    data = pickle.dumps(rwda.Model("models/demo"))
    _model._reopen.cache_clear()
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(data).dim > 0


def test_a_model_that_changed_on_disk_is_refused(model):
    reopen, (path, sha256, options) = model.__reduce__()
    with pytest.raises(rwda.MismatchError, match="SHA-256"):
        reopen(path, "0" * 64, options)


def in_child(work):
    """What work() returns in a forked child, which ends as a process of multiprocessing does."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(60)
            with os.fdopen(write, "wb") as out:
                pickle.dump(work(), out)
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        found = pickle.load(answer)
    assert os.waitpid(child, 0)[1] == 0
    return found


def test_after_fork_a_child_opens_its_own_sessions(scorer, samples):
    expected = scorer.score(samples).tobytes()
    sessions = scorer.model._resting[1]

    def work():
        found = scorer.score(samples).tobytes()
        return found, scorer.model._resting[1] is sessions

    assert in_child(work) == (expected, False)
    assert scorer.score(samples).tobytes() == expected  # the parent goes on


def test_fork_while_other_threads_score(scorer, samples, arrays):
    """The worst moment: sessions in use, whose threads the child does not have.  It scores, and drops all objects, without waiting."""
    expected = scorer.score(arrays).tobytes()
    done, batch = threading.Event(), np.stack(arrays * 4)

    def busy():
        while not done.is_set():
            scorer.score(batch)

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()

    def work():
        import gc

        mine = rwda.Scorer(rwda.Model())
        found = scorer.score(arrays).tobytes(), mine.score(arrays).tobytes()
        scorer.model._resting[1].clear()
        del mine
        gc.collect()
        return found

    try:
        for _ in range(3):
            assert in_child(work) == (expected, expected)
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_a_process_keeps_the_last_model_that_was_unpickled(model):
    _model._reopen.cache_clear()
    data = pickle.dumps(model)
    assert pickle.loads(data) is pickle.loads(data) and _model._reopen.cache_info().misses == 1
