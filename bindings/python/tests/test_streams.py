"""test_streams.py - images that come one by one: results at once, what fails after them, interrupts within a second."""

import os
import pathlib
import signal
import threading
import time

import numpy as np
import pytest

import rwda
from rwda._library import Pace


class Camera:
    """An endless source that counts what it was asked for."""

    def __init__(self, images):
        self.images, self.taken = images, 0

    def __iter__(self):
        while True:
            self.taken += 1
            yield self.images[(self.taken - 1) % len(self.images)]


@pytest.mark.parametrize("ahead", [1, 2, 3, 8])
@pytest.mark.parametrize("files", [True, False])
def test_results_come_as_soon_as_they_can(scorer, samples, arrays, ahead, files):
    camera = Camera(samples if files else arrays)
    results = scorer.stream(camera, ahead=ahead)
    assert camera.taken == 0
    for i in range(4):
        result = next(results)
        assert result.index == i and i < camera.taken <= i + ahead
        assert result.path == (samples[i] if files else None)
        if ahead == 1:
            assert camera.taken == i + 1
    results.close()


def test_the_same_bytes_however_many_are_taken(scorer, samples, monkeypatch):
    samples = samples[:7]
    expected = [r.pred_score for r in scorer.predict(samples, maps=True)]
    for ahead in (1, 2, 5, 1000):
        results = list(scorer.stream(iter(samples), maps=True, ahead=ahead))
        assert [r.pred_score for r in results] == expected and [r.index for r in results] == list(range(len(samples)))
    x = scorer.model.embed_images(samples, crops="2x2").tobytes()
    for seconds in (0, 1e9):
        monkeypatch.setattr(Pace, "SECONDS", seconds)
        assert scorer.score(samples).tobytes() == np.array(expected, np.float32).tobytes()
        assert scorer.model.embed_images(samples, crops="2x2").tobytes() == x


@pytest.mark.parametrize("ahead", [1, 2, 8, 128])
def test_what_fails_comes_after_the_results_before_it(scorer, samples, arrays, ahead):
    def stops():
        yield from arrays[:3]
        raise RuntimeError("the camera is gone")

    for images, kind in (([*samples[:3], "no/such.png", samples[4]], rwda.NotFoundError), (stops(), RuntimeError), ([*arrays[:3], None], ValueError)):
        results, found = scorer.stream(images, ahead=ahead), []
        with pytest.raises(kind):
            for result in results:
                found.append(result.pred_score)
        assert found == [float(score) for score in scorer.score(samples[:3])]
        assert list(results) == []  # it has ended


def test_a_generator_goes_on_with_a_new_stream(scorer, samples):
    images, found = iter([samples[0], "no/such.png", samples[1]]), []
    for _ in range(2):
        try:
            for result in scorer.stream(images):
                found.append(result.path)
        except rwda.Error as error:
            found.append(type(error))
    assert found == [samples[0], rwda.NotFoundError, samples[1]]


def test_an_image_that_is_read_and_cannot_be_scored(scorer, arrays, monkeypatch):
    """The library refuses a batch: the images before the one that it means have their results."""
    whole = rwda.Scorer._score

    def score(self, images, out):
        if any(image.shape[0] == 7 for image in images):
            raise rwda.LimitError("seven rows")
        whole(self, images, out)

    monkeypatch.setattr(rwda.Scorer, "_score", score)
    found = []
    with pytest.raises(rwda.LimitError):
        for result in scorer.stream([*arrays[:6], arrays[6][:7], arrays[7]], ahead=128):
            found.append(result.index)
    assert found == list(range(6))


def test_results_know_their_images(scorer, samples):
    paths = [pathlib.Path(path) for path in samples[:3]]
    for path, result in zip(paths, scorer.stream(paths)):
        assert result.path == str(path)
    assert scorer.predict_image(paths[1]).path == samples[1]


@pytest.mark.parametrize("what", ["score", "stream", "embed", "calibrate"])
def test_an_interrupt_is_acted_on_within_a_second(model, samples, what):
    """Images that take long (ten crops each): 64 of them in one call would take many seconds."""
    scorer = rwda.Scorer(model, crops="3x3")
    images = Camera(samples)
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        timer.start()
        begun = time.monotonic()
        if what == "score":
            scorer.score(images)
        elif what == "stream":
            for _ in scorer.stream(images, ahead=128):
                pass
        elif what == "embed":
            model.embed_images(images, crops="3x3")
        else:
            rwda.Calibration.from_images(scorer, images)
    waited = time.monotonic() - begun - 1.5
    print(f"{waited:.2f} s after the interrupt")
    assert -0.1 < waited < 5  # on a machine that does nothing else, below one
