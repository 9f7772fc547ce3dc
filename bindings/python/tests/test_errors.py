"""test_errors.py - what fails is an exception that Python's users expect, with code, place and sentence; what runs long can be stopped."""

import io
import os
import pickle
import signal
import subprocess
import threading
import time
import traceback

import numpy as np
import pytest

import rwda


def _memory(scorer):
    return rwda.Memory(scorer.model, ["samples/good/grid.jpg"], image_size=64)


@pytest.mark.parametrize(
    "make, kinds, code, words",
    [
        (lambda s: s.score_image("no/such.png"), (FileNotFoundError, rwda.NotFoundError), "RWDA_ENOTFOUND", "no/such.png"),
        (lambda s: s.score_image(b"not an image"), (ValueError, rwda.FormatError), "RWDA_EFORMAT", "format"),
        (lambda s: s.score_image(b""), (ValueError, rwda.FormatError), "RWDA_EFORMAT", "empty"),
        (lambda s: s.score_image(np.zeros((4, 4, 3))), (ValueError, rwda.InvalidError), "RWDA_EINVAL", "float64: uint8 is expected"),
        (lambda s: s.score_image(np.zeros((4, 4, 2), np.uint8)), (ValueError,), "RWDA_EINVAL", "[4, 4, 2]: [h, w, 3] is expected"),
        (lambda s: s.score_image(np.zeros((0, 4, 3), np.uint8)), (ValueError,), "RWDA_EINVAL", "no pixels"),
        (lambda s: s.score("samples/good/grid.jpg"), (ValueError,), "RWDA_EINVAL", "a list of them"),
        (lambda s: s.score(np.zeros((4, 4, 3), np.uint8)), (ValueError,), "RWDA_EINVAL", "a list of them"),
        (lambda s: rwda.Model("no/such/model"), (FileNotFoundError,), "RWDA_ENOTFOUND", "no/such/model"),
        (lambda s: rwda.Model("no-such-name"), (FileNotFoundError,), "RWDA_ENOTFOUND", "no-such-name"),
        (lambda s: rwda.Model("ViT-B-16-plus-240"), (FileNotFoundError,), "RWDA_ENOTFOUND", "ViT-B-16-plus-240: is not on this machine; '"),
        (lambda s: rwda.Model("no-one/no-model"), (FileNotFoundError,), "RWDA_ENOTFOUND", "nor in the hub's cache"),
        (lambda s: rwda.Model(""), (FileNotFoundError,), "RWDA_ENOTFOUND", "model ''"),
        (lambda s: rwda.Model("--help"), (FileNotFoundError,), "RWDA_ENOTFOUND", "--help: neither a directory nor a name"),
        (lambda s: rwda.Model("no-such-\udc80"), (FileNotFoundError,), "RWDA_ENOTFOUND", "no-such-"),
        (lambda s: rwda.Model(b"no-such-name"), (FileNotFoundError,), "RWDA_ENOTFOUND", "no-such-name"),
        (lambda s: rwda.Model(threads=-1), (ValueError,), "RWDA_EINVAL", "threads"),
        (lambda s: rwda.Model(precision="f8"), (ValueError,), "RWDA_EINVAL", "f16"),
        (lambda s: rwda.Scorer(s.model, method="magic"), (ValueError,), "RWDA_EINVAL", "winclip"),
        (lambda s: rwda.Detector(b"12345678"), (ValueError, rwda.FormatError), "RWDA_EFORMAT", ""),
        (lambda s: rwda.Detector.train(s.model, pairs=0), (ValueError,), "RWDA_EINVAL", "pairs"),
        (lambda s: rwda.Detector.train(s.model, pair=3), (TypeError,), None, "Detector.train has no setting 'pair': did you mean pairs?"),
        (lambda s: rwda.Detector.train(s.model, epochs="3"), (TypeError,), None, "epochs: a number is expected, not '3'"),
        (lambda s: rwda.Detector.train(s.model, epochs=1.5), (ValueError,), "RWDA_EINVAL", "epochs"),
        (lambda s: rwda.Detector.train(s.model, normal_words=3), (TypeError,), None, "normal_words: a str is expected, not 3"),
        (lambda s: rwda.Detector.train(s.model, words=[1, 5]), (TypeError,), None, "words: a number or a range ('1:5') is expected"),
        (lambda s: rwda.Detector.train(s.model, "foo"), (rwda.InvalidError,), "RWDA_EINVAL", "'foo' is none of paper, best"),
        (lambda s: s.detector.save("LICENSE"), (FileExistsError, rwda.ExistsError), "RWDA_EEXIST", "LICENSE"),
        (lambda s: s.detector.save("LICENSE"), (rwda.ExistsError,), "RWDA_EEXIST", "overwrite=True replaces it"),
        (lambda s: rwda.Calibration(s, [0.1]).save("LICENSE"), (rwda.ExistsError,), "RWDA_EEXIST", "overwrite=True replaces it"),
        (lambda s: _memory(s).save("LICENSE"), (rwda.ExistsError,), "RWDA_EEXIST", "LICENSE: exists already; overwrite=True replaces it"),
        (lambda s: s.detector.save("no/such/folder/d"), (FileNotFoundError,), "RWDA_ENOTFOUND", "no/such/folder"),
        (lambda s: s.detector.logits(np.zeros((1, 3), np.float32)), (ValueError, rwda.MismatchError), "RWDA_EMISMATCH", "3"),
        (lambda s: s.score_embeddings(np.zeros((1, 3), np.float32)), (ValueError,), "RWDA_EINVAL", "3"),
        (lambda s: rwda.Calibration(s, [0.1, 0.2], [0]), (ValueError,), "RWDA_EINVAL", "1 labels for 2 scores"),
        (lambda s: rwda.Calibration(s, []), (ValueError,), "RWDA_EINVAL", ""),
        (lambda s: rwda.Calibration.from_text("{}"), (rwda.FormatError,), "RWDA_EFORMAT", ""),
        (lambda s: rwda.Memory(s.model, []), (ValueError,), "RWDA_EINVAL", ""),
        (lambda s: rwda.Memory(s.model, [], max_bites=3), (TypeError,), None, "rwda.Memory has no option 'max_bites': did you mean max_bytes?"),
        (lambda s: rwda.Memory(s.model, [], share="a"), (TypeError,), None, "share: a number is expected, not str"),
        (lambda s: rwda.Memory(s.model, [], storage="f8"), (ValueError,), "RWDA_EINVAL", "storage: 'f8' is none of f32, f16, int8"),
        (lambda s: rwda.Memory(s.model, [], storage="bf16"), (ValueError,), "RWDA_EINVAL", "storage: 'bf16' is none of f32, f16, int8"),
        (lambda s: rwda.Memory(s.model, [], layers="6,8"), (TypeError,), None, "layers: a list of numbers is expected, not '6,8'"),
        (lambda s: rwda.Memory(s.model, [], layers=6), (TypeError,), None, "layers: a list of numbers is expected, not 6"),
        (lambda s: rwda.Memory(s.model, [], layers=[*range(1, 10)]), (ValueError,), "RWDA_EINVAL", "layers: [1, 2, 3"),
        (lambda s: rwda.Memory(s.model, [], layers=[6.5]), (ValueError,), "RWDA_EINVAL", "layers: [6.5] is not taken"),
        (lambda s: rwda.Scorer(memory=_memory(s), fuse=2), (ValueError,), "RWDA_EINVAL", "fuse 2 is not in 0..1"),
        (lambda s: rwda.Scorer(memory=_memory(s), fuse=-0.1), (ValueError,), "RWDA_EINVAL", "fuse -0.1 is not in 0..1"),
        (lambda s: rwda.Scorer(memory=_memory(s), fuse=float("nan")), (ValueError,), "RWDA_EINVAL", "fuse nan is not in 0..1"),
        (lambda s: s.map("samples/good/grid.jpg", smoth=3), (TypeError,), None, "Scorer.map has no option 'smoth': did you mean smooth?"),
        (lambda s: rwda.evaluate("samples", methods=["magic"]), (rwda.InvalidError,), "RWDA_EINVAL", "clip"),
        (lambda s: rwda.evaluate("samples", methods="clip"), (TypeError,), None, "['clip']"),
        (lambda s: rwda.evaluate("samples", layout="magic"), (rwda.InvalidError,), "RWDA_EINVAL", "mvtec"),
        (lambda s: rwda.evaluate("nodata"), (rwda.NotFoundError,), "RWDA_ENOTFOUND", "nodata: no such"),
        (lambda s: rwda.evaluate("samples", "models/demo"), (TypeError,), None, "model: rwda.Model is expected, not str"),
        # What is of another type, and where the right one comes from.
        (lambda s: rwda.Scorer("models/demo"), (TypeError,), None, "model: rwda.Model is expected, not str (rwda.Model('path or name'))"),
        (lambda s: rwda.Scorer(s.model, "d.safetensors"), (TypeError,), None, "detector: rwda.Detector is expected, not str"),
        (lambda s: rwda.Scorer(memory="m.safetensors"), (TypeError,), None, "memory: rwda.Memory is expected, not str"),
        (lambda s: rwda.Scorer(s.model, crops=2), (TypeError,), None, "crops: a name is expected, not int"),
        (lambda s: rwda.Memory("models/demo", []), (TypeError,), None, "model: rwda.Model is expected"),
        (lambda s: rwda.Memory.load("m.safetensors", s.model), (TypeError,), None, "the model comes first"),
        (lambda s: rwda.Detector("d.safetensors"), (TypeError,), None, "rwda.Detector.load"),
        (lambda s: rwda.Detector.load(None), (TypeError,), None, "a path is expected, not NoneType"),
        (lambda s: rwda.Detector.train("models/demo"), (TypeError,), None, "model: rwda.Model is expected"),
        (lambda s: rwda.Calibration("s", [0.1]), (TypeError,), None, "scorer: rwda.Scorer is expected, not str"),
        (lambda s: rwda.Calibration.from_images([], s), (TypeError,), None, "scorer: rwda.Scorer is expected, not list"),
        (lambda s: rwda.Drift(s), (TypeError,), None, "calibration: rwda.Calibration is expected, not Scorer"),
        (lambda s: s.predict([], calibration="c.json"), (TypeError,), None, "calibration: rwda.Calibration is expected, not str"),
        (lambda s: rwda.Model(3), (TypeError,), None, "a directory or a name of a model is expected, not int"),
        (lambda s: rwda.Model(precision=16), (TypeError,), None, "precision: a name is expected, not int"),
        (lambda s: s.score_image(None), (rwda.InvalidError,), "RWDA_EINVAL", "None is no image: a path"),
        (lambda s: s.score_image(3), (rwda.InvalidError,), "RWDA_EINVAL", "an object of type int is no image: a path"),
        (lambda s: s.score_image(io.BytesIO(b"x")), (rwda.InvalidError,), "RWDA_EINVAL", "an open file (BytesIO) is no image: its bytes are"),
        (lambda s: s.score([None]), (rwda.InvalidError,), "RWDA_EINVAL", "None is no image"),
        (lambda s: s.score(None), (rwda.InvalidError,), "RWDA_EINVAL", "many images are expected, not NoneType"),
        (lambda s: s.score(io.BytesIO(b"x")), (rwda.InvalidError,), "RWDA_EINVAL", "many images are expected, not one BytesIO"),
        (lambda s: s.stream("samples/good/grid.jpg"), (rwda.InvalidError,), "RWDA_EINVAL", "many images are expected, not one str"),
        (lambda s: s.stream([], ahead=0), (rwda.InvalidError,), "RWDA_EINVAL", "ahead: 0"),
        (lambda s: s.score_image(np.zeros((4, 4), np.uint16)), (rwda.InvalidError,), "RWDA_EINVAL", "16 bits: (image >> 8).astype('uint8')"),
        (
            lambda s: rwda.Calibration.from_images(rwda.Scorer(memory=rwda.Memory(s.model, ["samples/good/grid.jpg"]))),
            (rwda.InvalidError,), "RWDA_EINVAL", "the memory has 1 image: a calibration from its own images",
        ),
        (lambda s: rwda.evaluate("include"), (rwda.MismatchError,), "RWDA_EMISMATCH", "include"),
        (lambda s: rwda.evaluate("samples", object="maybe"), (ValueError,), "RWDA_EINVAL", "maybe"),
        (lambda s: rwda.metrics([0, 1], [0.1, 0.9]), (ValueError,), "RWDA_EINVAL", "a label is 0.1: 0 (normal) or 1"),
        (lambda s: rwda.metrics([0.1, 0.2], [1, -1]), (ValueError,), "RWDA_EINVAL", "a label is -1"),
        (lambda s: rwda.metrics([0.1, 0.2], [1, 1]), (ValueError,), "RWDA_EINVAL", ""),
        (lambda s: rwda.regions(np.zeros(3, np.float32), 0.5), (ValueError,), "RWDA_EINVAL", "[3]"),
        (lambda s: s.member_scores(), (ValueError,), "RWDA_EINVAL", "no memory"),
        (lambda s: rwda.Memory(s.model, ["samples/good/grid.jpg"] * 2, ["a"]), (ValueError,), "RWDA_EINVAL", "1 names for 2 images"),
        (lambda s: rwda.Memory(s.model, ["samples/good/grid.jpg"], ["a", "b"]), (ValueError,), "RWDA_EINVAL", "2 names for 1 images"),
        (lambda s: rwda.pixel_metrics([[[0.1, 0.2]]] * 3, [[[0, 1]]] * 2), (ValueError,), "RWDA_EINVAL", "more maps than masks"),
        (lambda s: rwda.pixel_metrics([[[0.1, 0.2]]] * 2, iter([[[0, 1]]] * 3)), (ValueError,), "RWDA_EINVAL", "more masks than maps"),
        (lambda s: s.score_each("samples/good/grid.jpg"), (ValueError,), "RWDA_EINVAL", "a list of them"),
        (lambda s: s.score_each(np.zeros((2, 4, 3), np.uint8)), (ValueError,), "RWDA_EINVAL", "a list of them"),
        (lambda s: s.model.embed_texts("a nut"), (ValueError,), "RWDA_EINVAL", "many texts"),
        (lambda s: rwda.Detector.train(s.model, normal_words=["normal", "good"]), (TypeError,), None, "normal_words"),
        (lambda s: rwda.Calibration(s, [0.1, 0.2]).label(float("nan")), (ValueError,), "RWDA_EINVAL", "NaN"),
        (lambda s: s.score_embeddings(np.zeros((1, s.model.dim, 7), np.float32)), (ValueError,), "RWDA_EINVAL", "[n, D]"),
        (lambda s: s.detector.logits(np.zeros((1, s.model.dim, 7), np.float32)), (ValueError,), "RWDA_EINVAL", "[n, D]"),
        (lambda s: rwda.Calibration(s, [0.1], embeddings=np.zeros((1, 1, 7), np.float32)), (ValueError,), "RWDA_EINVAL", "[n, D]"),
        (lambda s: s.detector.logits(np.full((1, s.model.dim), np.nan, np.float32)), (ValueError,), "RWDA_EINVAL", "not finite"),
        (lambda s: s.predict(["samples/good/grid.jpg"], mask_threshold=0.5), (ValueError,), "RWDA_EINVAL", "mask_threshold belongs to a map"),
        (lambda s: s.predict(["samples/good/grid.jpg"], smooth=3), (ValueError,), "RWDA_EINVAL", "smooth belongs to a map"),
        # Without maps too an option that does not exist is one that does not exist.
        (lambda s: s.predict([], mask_treshold=0.1), (TypeError,), None, "Scorer.predict has no option 'mask_treshold': did you mean mask_threshold?"),
        (lambda s: s.predict_image("a.jpg", map=True), (TypeError,), None, "Scorer.predict has no option 'map': did you mean maps?"),
        (lambda s: s.stream([], calibrations=1), (TypeError,), None, "Scorer.stream has no option 'calibrations': did you mean calibration?"),
        (lambda s: s.stream([], maps=True, smoth=1), (TypeError,), None, "Scorer.stream has no option 'smoth': did you mean smooth?"),
        (lambda s: s.predict([], ahead=3), (TypeError,), None, "Scorer.predict has no option 'ahead'"),
        # A null character ends a text of C: "grid.jpg\0.png" would be grid.jpg.
        (lambda s: s.score_image("samples/good/grid.jpg\0.png"), (ValueError,), "RWDA_EINVAL", "null character at byte 21"),
        (lambda s: rwda.Model("models/demo\0x"), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: rwda.Scorer(s.model, object="nut\0bolt"), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: rwda.Scorer(s.model, crops="one\0x"), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: rwda.Detector.train(s.model, normal_words="good\0,whole"), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: s.detector.save("no\0such"), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: rwda.Memory(s.model, ["samples/good/grid.jpg"], ["a\0b"]), (ValueError,), "RWDA_EINVAL", "null character"),
        (lambda s: rwda.evaluate("samples", methods=["clip\0x"]), (ValueError,), "RWDA_EINVAL", "null character"),
    ],
)  # fmt: skip
def test_failures(scorer, make, kinds, code, words):
    with pytest.raises(kinds) as caught:
        make(scorer)
    assert all(isinstance(caught.value, kind) for kind in kinds) and words in str(caught.value)
    if code is not None:
        again = pickle.loads(pickle.dumps(caught.value))  # as a process pool sends it
        for error in (caught.value, again):
            assert (error.code, error.message) == (code, str(caught.value)) and isinstance(error, rwda.Error)


def test_a_model_that_is_not_here(monkeypatch):
    """The advice is what the program beside this package can do: one without network code names huggingface_hub's command."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")  # nobody is there
    said = subprocess.run([os.environ["RWDA_PROGRAM"], "model", "pull", "ViT-B-16-plus-240"], capture_output=True, text=True, check=False).stderr
    without = "built without network code" in said
    command = "hf download timm/vit_base_patch16_plus_clip_240.laion400m_e31" if without else "rwda model pull ViT-B-16-plus-240"
    with pytest.raises(rwda.NotFoundError, match=f"'{command}' fetches it"):
        rwda.Model("ViT-B-16-plus-240")


def test_tracebacks_name_what_users_import():
    for name in rwda.__all__:
        kind = getattr(rwda, name)
        if isinstance(kind, type) and issubclass(kind, (rwda.Error, rwda.RwdaWarning)):
            assert (kind.__module__, pickle.loads(pickle.dumps(kind)) is kind) == ("rwda", True)
    with pytest.raises(rwda.NotFoundError) as caught:
        rwda.decode("no/such.png")
    assert traceback.format_exception_only(caught.type, caught.value)[-1].startswith("rwda.NotFoundError: no/such.png")


def test_the_place_of_damage(tmp_path):
    data = bytearray(open("models/demo/detector.safetensors", "rb").read())
    data[8:12] = b"\xff\xff\xff\xff"
    with pytest.raises(rwda.FormatError) as caught:
        rwda.Detector(bytes(data))
    assert caught.value.offset is not None and caught.value.offset >= 8


def test_progress_is_told(model, scorer, samples):
    seen = []
    scorer.score(samples * 8, progress=lambda *told: seen.append(told))
    done = [step[1] for step in seen]
    assert done == sorted(set(done)) and done[-1] == 144 and len(done) >= 3 and all((step[0], step[2]) == ("images", 144) for step in seen)
    stages = []
    rwda.Detector.train(model, pairs=400, seed=99, progress=lambda stage, done, total: stages.append(stage))
    assert "text embeddings" in stages and any(stage.startswith("network") for stage in stages)


def test_progress_bars(model, capsys):
    rwda.Detector.train(model, pairs=300, seed=3, progress=True)
    assert "text embeddings" in capsys.readouterr().err


def test_a_progress_function_that_raises_stops_the_work(model):
    class Enough(Exception):
        pass

    def stop(stage, done, total):
        raise Enough

    begun = time.monotonic()
    with pytest.raises(Enough):
        rwda.Detector.train(model, pairs=20000, seed=12345, progress=stop)
    with pytest.raises(Enough):
        rwda.Memory(model, ["samples/good/grid.jpg"], progress=stop)
    with pytest.raises(Enough):
        rwda.evaluate("samples", progress=stop)
    assert time.monotonic() - begun < 30
    assert len(rwda.Scorer(model).score(["samples/good/grid.jpg"])) == 1  # its sessions work on


@pytest.mark.parametrize("long", ["train", "score"])
def test_an_interrupt_stops_long_calls(model, scorer, samples, long):
    def endless():
        while True:
            yield samples[0]

    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        if long == "train":
            rwda.Detector.train(model, pairs=20000, epochs=500, seed=777)
        else:
            scorer.score(endless())
    assert 0.3 < time.monotonic() - begun < 30


def test_some_images_cannot_be_read(scorer):
    """A batch with bad images has the scores of the good ones, to the bit, and says of each bad one what reading it alone says."""
    good = ["samples/good/grid.jpg", "samples/defect/grid_stain.jpg", "samples/good/wood.jpg"]
    scores, errors = scorer.score_each(good)
    assert errors == [None, None, None] and scores.tobytes() == scorer.score(good).tobytes()
    scores, errors = scorer.score_each([b"", good[0], "no/such.png", good[1], good[2], b"not an image"])
    assert [error is None for error in errors] == [False, True, False, True, True, False]
    assert scores[[1, 3, 4]].tobytes() == scorer.score(good).tobytes() and np.isnan(scores[[0, 2, 5]]).all()
    with pytest.raises(rwda.NotFoundError) as missing:
        scorer.score(["no/such.png"])
    assert errors[2] == missing.value.message
    scores, errors = scorer.score_each([])
    assert scores.shape == (0,) and errors == []
