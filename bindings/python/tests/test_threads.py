"""test_threads.py - many threads at once: the same bytes, at the same time, without the GIL."""

import pathlib
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import rwda
from rwda import _scorer


class Watched:
    """The library with the CPU time of its calls, and how many run at once."""

    def __init__(self, lib):
        self._lib, self._lock = lib, threading.Lock()
        self.seconds, self.now, self.most = 0.0, 0, 0

    def __getattr__(self, name):
        function = getattr(self._lib, name)
        if not name.startswith("rwda_scorer_score"):
            return function

        def watched(*arguments):
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            begun = time.thread_time()
            try:
                return function(*arguments)
            finally:
                with self._lock:
                    self.seconds += time.thread_time() - begun
                    self.now -= 1

        return watched


def test_eight_threads(arrays, monkeypatch):
    """Each call of the module gives up the GIL (cffi's generated code, checked below); what is left is the time outside of calls."""
    scorer = rwda.Scorer(rwda.Model(threads=1))
    expected = scorer.score(arrays).tobytes()
    batch = np.stack(arrays * 8)
    lib = Watched(_scorer.lib)
    monkeypatch.setattr(_scorer, "lib", lib)
    barrier = threading.Barrier(8)

    def work(_):
        barrier.wait()
        begun = time.thread_time()
        scores = [scorer.score(batch).tobytes() for _ in range(2)]
        return time.thread_time() - begun, scores

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert all(scores == [expected * 8] * 2 for _, scores in results)
    total = sum(seconds for seconds, _ in results)
    held = 1 - lib.seconds / total
    print(f"GIL held {100 * held:.3f} % of {total:.1f} CPU seconds, {lib.most} calls at once")
    assert lib.most == 8
    assert 0 <= held < 0.02


def test_others_run_while_a_call_runs(scorer, arrays):
    """Another Python thread goes on during one long call: it would stand still if the call kept the GIL."""
    batch, ticks, done = np.stack(arrays * 3), [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.002)

    thread = threading.Thread(target=tick)
    begun = time.monotonic()
    thread.start()
    x = scorer.model.embed_images(batch, crops="3x3")  # 540 crops, one call
    ended = time.monotonic()
    done.set()
    thread.join()
    assert len(x) == 540
    gaps = np.diff([begun, *[t for t in ticks if t < ended], ended])
    assert gaps.max() < (ended - begun) / 4, (gaps.max(), ended - begun)


def test_one_object_in_many_threads_at_once(model, samples):
    """Making, using and dropping objects in eight threads: no crash, the same bytes."""
    expected = rwda.Memory(model, samples[:3]).to_bytes()

    def work(i):
        memory = rwda.Memory(model, samples[:3])
        detector = rwda.Detector.train(model, pairs=50, epochs=1, seed=i % 2 + 1)
        return memory.to_bytes() == expected, detector.sha256, rwda.Scorer(memory=memory).score(samples[:4]).tobytes()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(16)))
    assert len(set(results)) == 2 and all(same for same, _, _ in results)


def test_generated_calls_give_up_the_gil():
    source = pathlib.Path(rwda.__file__).parent.parent / "_rwda.c"
    if not source.exists():
        pytest.skip("an installed package has no generated source")
    functions = re.findall(r"^_cffi_f_rwda_\w+\(.*?^}", source.read_text(), re.MULTILINE | re.DOTALL)
    assert len(functions) > 100
    assert all("Py_BEGIN_ALLOW_THREADS" in function for function in functions)
