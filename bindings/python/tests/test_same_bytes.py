"""test_same_bytes.py - what Python returns is what the program writes, to the bit."""

import csv
import io
import json
import os
import subprocess
import warnings

import numpy as np
import PIL.Image
import pytest

import rwda
from conftest import ROOT


def scores_of(program, *arguments):
    rows = csv.DictReader(io.StringIO(program("score", "--quiet", "--no-drift", "--format", "csv", *arguments).decode()))
    return np.array([row["score"] for row in rows], np.float32)  # 9 digits: every float32


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype == np.float32 and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_images_of_every_form(program, scorer, samples, arrays):
    expected = scores_of(program, *samples)
    assert len(np.unique(expected)) == len(samples)
    assert same(scorer.score(samples), expected)
    assert same(scorer.score(arrays), expected)
    assert same(scorer.score(np.stack(arrays)), expected)  # one array [n, h, w, 3]
    assert same(scorer.score(open(path, "rb").read() for path in samples), expected)
    assert same(scorer.score([PIL.Image.open(path) for path in samples]), expected)
    assert same([np.float32(scorer.score_image(path)) for path in samples], expected)
    assert same([np.float32(r.pred_score) for r in scorer.predict(samples)], expected)
    assert same(scorer.scores_and_embeddings(samples)[0], expected)


def test_memory_layouts_of_arrays(scorer, arrays):
    """Rows apart, channels or rows reversed, read-only, in another order in memory: the same pixels, the same score."""
    image = arrays[0]
    expected = scorer.score_image(image)
    wide = np.zeros((image.shape[0], image.shape[1] + 7, 3), np.uint8)
    wide[:, :-7] = image
    read_only = image.copy()
    read_only.flags.writeable = False
    for other in (wide[:, :-7], image[::-1].copy()[::-1], image[:, :, ::-1].copy()[:, :, ::-1], np.asfortranarray(image), read_only):
        assert scorer.score_image(other) == expected
    row = image[:1]  # NumPy calls one row contiguous, whatever its stride
    for other in (row[::-1], np.broadcast_to(row[0], row.shape), np.lib.stride_tricks.as_strided(row, row.shape, (1, 3, 1))):
        assert scorer.score_image(other) == scorer.score_image(row.copy())
    opaque = np.concatenate([image, np.full_like(image[:, :, :1], 9)], axis=2)
    assert scorer.score_image(opaque) == expected
    grey = image[:, :, 0]
    assert scorer.score_image(grey) == scorer.score_image(np.stack([grey] * 3, axis=2))


def test_modes_of_pil(scorer, samples):
    """As files of the same pixels: 16 bits too, which PIL itself would cut at 255.  32 bits have no white, and are refused as arrays are."""
    grey = PIL.Image.open(samples[0]).convert("L")
    deep = PIL.Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    expected = scorer.score_image(grey)
    for image in (deep, grey.convert("LA"), grey.convert("RGBA"), grey.convert("RGB"), grey.convert("P")):
        assert scorer.score_image(image) == expected
    twelve = PIL.Image.fromarray((np.asarray(deep) >> 4).astype(np.uint16))
    assert rwda.Scorer(rwda.Model(depth=12)).score_image(twelve) == expected
    for mode in ("I", "F"):
        with pytest.raises(rwda.InvalidError, match="uint8 is expected"):
            scorer.score_image(grey.convert(mode))


def test_an_image_of_16_bits_that_is_almost_black(program, model, scorer, samples, tmp_path):
    """The program's warning in Python's words, once a call."""
    grey = np.asarray(PIL.Image.open(samples[0]).convert("L")).astype(np.uint16)
    for name, shift in (("a.png", 2), ("b.png", 4)):
        PIL.Image.fromarray(grey << shift).save(tmp_path / name)
    dark, least = str(tmp_path / "b.png"), int((grey << 4).max())
    for run in (scorer.score_image, scorer.map, scorer.predict_image, rwda.decode, model.embed_image, scorer.model.preprocess):
        with pytest.warns(rwda.RwdaWarning) as told:
            run(dark)
        assert [str(w.message) for w in told] == [
            f"{dark} has 16-bit samples of at most {least} and is almost black as read; depth=12 of rwda.Model (or rwda.decode), or depth=-1 "
            "for each image by itself, reads in full brightness"
        ]
        assert told[0].filename == __file__
    images = [samples[0], dark, str(tmp_path / "a.png")] * 30
    for run in (scorer.score, scorer.predict, scorer.score_each, lambda i: list(scorer.stream(i)), scorer.scores_and_embeddings):
        with pytest.warns(rwda.RwdaWarning, match="almost black") as told:
            run(images)
        assert len(told) == 1 and told[0].filename == __file__
    with pytest.warns(rwda.RwdaWarning, match="almost black") as told:
        assert scorer.score_each([*images, "no/such.png", *images])[1].count(None) == 2 * len(images)
    assert len(told) == 1
    with pytest.warns(rwda.RwdaWarning, match="42 of 64 images, the first .*b.png, have 16-bit samples of at most .* depth=12"):
        scorer.score(images)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rwda.decode(dark, depth=12)
        rwda.decode(dark, depth=-1)
        scorer.score(samples[:2])


def test_too_few_normal_scores(scorer, samples, tmp_path):
    command = [os.environ["RWDA_PROGRAM"], "calibrate", "--quantile", "0.995", "-o", tmp_path / "c.json", *samples[9:15]]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    with pytest.warns(rwda.RwdaWarning) as told:
        calibration = rwda.Calibration.from_images(scorer, samples[9:15])
    assert len(told) == 1 and f"warning: {told[0].message}" in said and "6 normal scores" in said
    assert told[0].filename == __file__ and not calibration.enough
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rwda.Calibration.from_text(calibration.to_text()).enough is False  # it was said when it was made
        assert rwda.Calibration(scorer, np.linspace(0, 1, 200), rate=0.05).enough


def test_images_that_the_memory_holds_do_not_calibrate(program, model, scorer, samples, tmp_path):
    """The program's warning in Python's words; in a coreset, where the distance is not 0, they are told by their pixels."""
    normal, other = samples[9:13], samples[13:18]
    few = "normal scores are too few"
    for options in ({}, {"keep": 0.5}, {"storage": "int8"}, {"words": True}):
        by = rwda.Scorer(model, scorer.detector, memory=rwda.Memory(model, normal, image_size=64, **options), fuse=0.5 if "words" in options else 0)
        with pytest.warns(rwda.RwdaWarning) as told:
            rwda.Calibration.from_images(by, [*normal[:3], *other, rwda.decode(normal[3])])
        (held,) = [str(w.message) for w in told if few not in str(w.message)]
        assert held.startswith("4 of ") and "member_scores()" in held and {w.filename for w in told} == {__file__}
        for images in (None, other):
            with pytest.warns(rwda.RwdaWarning) as told:
                rwda.Calibration.from_images(by, images)
            assert [w for w in told if few not in str(w.message)] == []
    by = rwda.Scorer(memory=rwda.Memory(model, normal, image_size=64))
    with pytest.warns(rwda.RwdaWarning, match="4 of 9 scores are at no distance from the memory.*member_scores") as told:
        rwda.Calibration(by, by.score([*normal, *other]))
    assert len(told) == 2
    by.memory.save(tmp_path / "m.safetensors")
    command = [os.environ["RWDA_PROGRAM"], "calibrate", "--memory", tmp_path / "m.safetensors", "-o", tmp_path / "c.json", *normal, *other]
    assert "warning: 4 of these images are in the memory" in subprocess.run(command, capture_output=True, text=True, check=True).stderr
    mutual = rwda.Scorer.mutual(model, normal, image_size=64)
    thin = rwda.Memory(model, normal, image_size=64, keep=0.5).add(other)
    for run, words in (
        (lambda: rwda.Calibration(mutual, mutual.score(normal)), []),
        (lambda: rwda.Calibration.from_images(mutual, normal), []),
        (lambda: rwda.Calibration.from_images(rwda.Scorer(memory=thin)), ["images were added to or dropped from a coreset"]),
    ):
        with pytest.warns(rwda.RwdaWarning) as told:
            run()
        assert [str(w.message)[:46] for w in told if few not in str(w.message)] == [word[:46] for word in words]


def test_a_damaged_image_of_pil(scorer, samples):
    """PIL reads late: what is wrong is noticed among the images of a batch."""
    damaged = PIL.Image.open(io.BytesIO(open(samples[0], "rb").read()[:3000]))
    scores, errors = scorer.score_each([damaged, samples[0]])
    assert np.isnan(scores[0]) and "truncated" in errors[0] and errors[1] is None and scores[1] == np.float32(scorer.score_image(samples[0]))


def test_no_copy_of_rows_that_are_packed(arrays):
    from rwda._images import Pixels, Reading
    from rwda._rwda import ffi

    image = np.zeros((8, 20, 3), np.uint8)[:, :10]  # a view: rows are 60 bytes apart
    for array in (image, arrays[0]):
        assert int(ffi.cast("uintptr_t", Pixels(array, Reading()).c.pixels)) == array.ctypes.data


@pytest.mark.parametrize(
    "options, arguments",
    [
        ({"crops": "2x2"}, ["--crops", "2x2"]),
        ({"method": "clip", "object": "metal nut"}, ["--method", "clip", "--object", "metal nut"]),
        ({"method": "both", "crops": "5", "pool": "logit"}, ["--method", "both", "--crops", "5", "--pool", "logit"]),
        ({"method": "winclip"}, ["--method", "winclip"]),
        ({"resize": "tiles"}, ["--resize", "tiles"]),
    ],
)
def test_methods(program, model, samples, options, arguments):
    assert same(rwda.Scorer(model, **options).score(samples), scores_of(program, *arguments, *samples))


def test_numbers_as_names(model, arrays):
    """Images without a path are numbered on, so that a name means one image: by it, it is dropped."""
    memory = rwda.Memory(model, arrays[:2])
    more = memory.add(arrays[2:4])
    assert sorted(more.names) == ["0", "1", "2", "3"]
    assert more.drop("2", "3").to_bytes() == memory.to_bytes()
    assert sorted(more.drop("0").add(arrays[4:5]).names) == ["1", "2", "3", "4"]


def test_memory_files(program, model, samples, tmp_path):
    program("remember", "--quiet", "-o", tmp_path / "program.safetensors", *samples[9:13])
    memory = rwda.Memory(model, samples[9:13])
    memory.save(tmp_path / "python.safetensors")
    assert (tmp_path / "program.safetensors").read_bytes() == (tmp_path / "python.safetensors").read_bytes() == memory.to_bytes()
    loaded = rwda.Memory.load(model, tmp_path / "program.safetensors")
    assert loaded.sha256 == memory.sha256 == rwda.Memory(model, samples[9:11]).add(samples[11:13]).sha256
    assert memory.drop(samples[9]).sha256 == rwda.Memory(model, samples[10:13]).sha256
    expected = scores_of(program, "--memory", tmp_path / "program.safetensors", *samples)
    assert same(rwda.Scorer(memory=loaded).score(samples), expected)
    fused = rwda.Scorer(model, memory=memory, fuse=0.3)
    assert same(fused.score(samples), scores_of(program, "--memory", tmp_path / "python.safetensors", "--fuse", "0.3", *samples))


def test_mutual(program, model, samples):
    assert same(rwda.Scorer.mutual(model, samples).score(samples), scores_of(program, "--mutual", *samples))


def test_maps(program, model, scorer, samples, tmp_path):
    memory = rwda.Scorer(memory=rwda.Memory(model, samples[9:12]))
    memory.memory.save(tmp_path / "memory.safetensors")
    detector = ["-d", tmp_path / "detector.safetensors", "--method", "fnn"]
    scorer.detector.save(tmp_path / "detector.safetensors")
    for name, by, arguments in (
        ("patches", scorer, detector),
        ("windows", scorer, detector),
        ("crops", scorer, detector),
        ("memory", memory, ["--memory", tmp_path / "memory.safetensors"]),
    ):
        folder = tmp_path / name
        mode = ["--mode", name] if name != "memory" else []
        program("map", "--quiet", *arguments, *mode, "-o", folder, *samples[:2])
        for path in samples[:2]:
            (found,) = [np.load(f) for f in folder.rglob("*.npy") if f.name.startswith(path.split("/")[-1].rsplit(".")[0])]
            assert same(by.map(path, name), found)
    assert all(memory.predict_image(samples[0], maps=no).anomaly_map is None for no in (False, np.False_, None))
    result = memory.predict_image(samples[0], maps=True, mask_threshold=0.1)
    assert same(result.anomaly_map, memory.map(samples[0])) and result.pred_mask.sum() == (result.anomaly_map >= np.float32(0.1)).sum()
    assert rwda.regions(result.anomaly_map, 0.0)[0]["area"] == result.anomaly_map.size


def test_masks_by_the_maps_of_normal_images(model):
    """The threshold for pixels that docs/python.md recommends: nothing of a good board, something of each defect."""
    normal, new = (sorted(map(str, (ROOT / "samples_wood" / name).glob("*.jpg"))) for name in ("normal", "new"))
    memory = rwda.Memory(model, normal)
    of_pixels = max(rwda.Scorer(memory=memory.drop(name)).map(name).max() for name in memory.names)
    scorer = rwda.Scorer(memory=memory)
    found = [bool(r.pred_mask.any()) for r in scorer.predict(new, maps=True, mask_threshold=of_pixels)]
    assert found == [False] * 3 + [True] * 3, new


def test_embeddings(program, model, samples, tmp_path):
    program("embed", "--quiet", "-o", tmp_path / "images.npy", *samples)
    assert same(model.embed_images(samples), np.load(tmp_path / "images.npy"))
    program("embed", "--quiet", "--crops", "2x2", "-o", tmp_path / "crops.npy", *samples)
    assert same(model.embed_images(samples, crops="2x2"), np.load(tmp_path / "crops.npy"))
    texts = ["a photo of a nut", "", "Ünïcode – 漢字", "long " * 200]
    (tmp_path / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    x = model.embed_texts(texts)
    assert x.shape == (4, model.dim) and np.allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)
    program("embed", "--quiet", "--text", tmp_path / "texts.txt", "-o", tmp_path / "texts.npy")
    assert same(x, np.load(tmp_path / "texts.npy"))
    assert same(model.embed_text(texts[0]), x[0]) and same(model.embed_image(samples[0]), model.embed_images(samples[:1])[0])


def test_calibrations(program, model, scorer, samples, tmp_path):
    normal = [path for path in samples if "/good/" in path]
    program("calibrate", "--quiet", "--quantile", "0.8", "--note", "a test", "-o", tmp_path / "program.json", *normal)
    calibration = rwda.Calibration.from_images(scorer, normal, rate=0.2, note="a test")
    calibration.save(tmp_path / "python.json")
    assert (tmp_path / "program.json").read_bytes() == (tmp_path / "python.json").read_bytes() == calibration.to_text().encode()
    program("score", "--quiet", "--threshold", tmp_path / "python.json", *normal)
    lines = program("score", "--quiet", "--no-drift", "--threshold", tmp_path / "program.json", *samples).splitlines()
    for line, result in zip(lines, scorer.predict(samples, calibration=rwda.Calibration.load(tmp_path / "program.json"))):
        record = json.loads(line)
        assert (record["label"], record["p_value"]) == (result.label, pytest.approx(result.p_value, rel=1e-8))
        assert result.pred_label == (result.label == "anomalous")
    memory = rwda.Memory(model, normal)
    memory.save(tmp_path / "memory.safetensors")
    program("calibrate", "--quiet", "--memory", tmp_path / "memory.safetensors", "-o", tmp_path / "memory.json")
    assert (tmp_path / "memory.json").read_text() == rwda.Calibration.from_images(rwda.Scorer(memory=memory)).to_text()
    with pytest.raises(rwda.MismatchError):
        scorer.predict(samples[:1], calibration=rwda.Calibration.load(tmp_path / "memory.json"))


def test_detectors(program, model, tmp_path):
    program("train", "--quiet", "--pairs", "300", "--seed", "7", "-o", tmp_path / "program.safetensors")
    trained = rwda.Detector.train(model, pairs=300, seed=7)
    assert trained.to_bytes() == (tmp_path / "program.safetensors").read_bytes()
    assert rwda.Detector.load(tmp_path / "program.safetensors").sha256 == trained.sha256
    assert rwda.Detector.train(model, pairs=300, seed=7, normal_words=None).sha256 == trained.sha256
    x = model.embed_texts(["a photo of a broken nut"])
    assert trained.logits(x).shape == (1,)


def test_the_ready_detector_is_kept_where_the_program_looks(model, samples, tmp_path):
    """A model without one beside its weights: Python trains one, and the program finds it (and would say if it trained)."""
    from conftest import ROOT, run_program

    folder, cache = tmp_path / "model", tmp_path / "cache"
    folder.mkdir()
    for name in ("open_clip_config.json", "open_clip_model.safetensors"):
        (folder / name).symlink_to(ROOT / "models" / "demo" / name)
    mine = rwda.Scorer(rwda.Model(folder, cache=cache)).score(samples)
    (kept,) = (cache / "detectors").iterdir()
    before = kept.stat().st_mtime_ns, kept.read_bytes()
    theirs = scores_of(run_program, "--model", folder, "--cache", cache, *samples)
    assert same(mine, theirs) and before == (kept.stat().st_mtime_ns, kept.read_bytes()) and len(list(kept.parent.iterdir())) == 1


def test_evaluation(program, tmp_path):
    program("eval", "--quiet", "--data", "samples", "--method", "clip,fnn", "--seeds", "2", "--crops", "one,2x2", "-o", tmp_path / "e")
    expected = json.loads((tmp_path / "e" / "results.json").read_text())["rows"]
    evaluation = rwda.evaluate("samples", methods=["clip", "fnn"], seeds=2, crops=["one", "2x2"])
    table = {(row["method"], row["crops"]): row for row in evaluation.rows if row["category"] != "mean"}
    assert len(table) == len(expected) == 4
    for row in expected:
        mine = table[row["method"], row["crops"]]
        assert all(mine[name] == row[name] for name in ("category", "auroc", "ap", "aupr", "f1_max", "f1_normal"))
        assert [mine["low"], mine["high"]] == row["auroc_ci"] and mine["auroc_std"] == row["auroc_sd"]
        assert (mine["normal"], mine["anomalous"], mine["missing"]) == (9, 9, None)
    scores = evaluation.scores["fnn", "one", 0]
    labels = [image["anomalous"] for image in evaluation.images]
    found = np.mean([rwda.metrics(s, labels)["auroc"] for s in scores])
    assert found == pytest.approx(table["fnn", "one"]["auroc"], abs=1e-12)


def test_the_program_itself():
    import sys

    done = subprocess.run([sys.executable, "-m", "rwda", "--version"], capture_output=True, text=True, check=True)
    assert rwda.__version__ in done.stdout
