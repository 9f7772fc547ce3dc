"""test_leaks.py - resident memory stays flat over 100,000 calls."""

import ctypes
import gc
import os
import time

import numpy as np
import pytest

import rwda


def resident():
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(ctypes.c_size_t(0))  # what is free goes back to the system: it is not leaked
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def growth(call, n):
    """Bytes gained by n calls after as many calls as settle the allocators."""
    for i in range(n // 4):
        call(i)
    gc.collect()
    before = resident()
    for i in range(n):
        call(i)
    gc.collect()
    return resident() - before


def test_small_calls(scorer, samples):
    calibration = rwda.Calibration(scorer, np.linspace(0, 1, 200))
    drift = rwda.Drift(calibration)
    heat = np.random.default_rng(1).random((16, 16), np.float32)
    x = scorer.model.embed_images(samples[:1])
    data = open(samples[0], "rb").read()[:200]

    def call(i):
        calibration.label(0.3)
        calibration.p_value(0.3)
        drift.add(0.2, x[0])
        scorer.score_embeddings(x)
        scorer.detector.logits(x)
        rwda.regions(heat, 0.9)
        rwda.metrics([0.1, 0.2, 0.3], [0, 1, 1])
        try:
            rwda.decode(data)
        except rwda.FormatError:
            pass

    begun = time.monotonic()
    gained = growth(call, 12500)  # eight calls each: 100,000
    print(f"{gained} bytes in 100,000 small calls, {time.monotonic() - begun:.1f} s")
    assert gained < 1 << 20


@pytest.mark.parametrize("what, n", [("score", 2000), ("map", 200), ("decode", 2000)])
def test_scoring(scorer, samples, arrays, what, n):
    small = arrays[0][:48, :48]

    def call(i):
        if what == "score":
            scorer.score_image(small)
        elif what == "map":
            scorer.map(small)
        else:
            rwda.decode(samples[i % len(samples)])

    gained = growth(call, n)
    print(f"{gained} bytes in {n} calls of {what}")
    assert gained < 2 << 20


def test_objects(model, scorer, samples):
    text, data = rwda.Calibration(scorer, [0.1, 0.2]).to_text(), scorer.detector.to_bytes()
    memory = rwda.Memory(model, samples[:1], words=False).to_bytes()

    def call(i):
        rwda.Calibration.from_text(text)
        rwda.Scorer(model, rwda.Detector(data))
        rwda.Memory.from_bytes(model, memory)
        model.embed_text("a nut")

    gained = growth(call, 400)
    print(f"{gained} bytes in 400 rounds of objects")
    assert gained < 2 << 20


def test_models(samples):
    def call(i):
        rwda.Model(threads=1).embed_images(samples[:1])

    gained = growth(call, 60)
    print(f"{gained} bytes in 60 models of 15 MB")
    assert gained < 1 << 20
