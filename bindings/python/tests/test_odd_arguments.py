"""test_odd_arguments.py - what looks like an argument and is none is refused with a sentence; what can be taken is."""

import array
import copy
import json
import mmap
import pickle

import numpy as np
import pytest

import rwda
from rwda import _images, _library


class Tensor:
    """As PyTorch's: an array by __array__, rows by iteration, no __array_interface__."""

    def __init__(self, values):
        self._values = values
        self.ndim = values.ndim

    def __array__(self, dtype=None, copy=None):
        return self._values

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return (Tensor(row) for row in self._values)


class Column(Tensor):
    """As of a table: a series of paths."""

    def __iter__(self):
        return iter(self._values)


def test_one_tensor_is_not_many(scorer, arrays, samples):
    for one in (arrays[0], arrays[0][:, :, 0]):
        with pytest.raises(rwda.InvalidError, match="many images are expected"):
            scorer.score(Tensor(one))
    batch = np.stack(arrays[:2])
    expected = scorer.score(batch).tobytes()
    assert scorer.score(Tensor(batch)).tobytes() == expected
    assert scorer.score([Tensor(one) for one in batch]).tobytes() == expected
    assert scorer.score(Column(np.array(samples[:2], object))).tobytes() == scorer.score(samples[:2]).tobytes()
    torch = pytest.importorskip("torch")
    with pytest.raises(rwda.InvalidError, match="many images are expected"):
        scorer.score(torch.from_numpy(arrays[0]))
    assert scorer.score(torch.from_numpy(batch)).tobytes() == expected


@pytest.mark.parametrize("labels", [[0, 1, np.nan], [0, 1, None], [0, 1, 2], [0, 1, -1], [0.0, 1.0, 0.5], ["good", "bad", "bad"]])
def test_labels_are_0_or_1(scorer, labels):
    scores = [0.1, 0.9, 0.8]
    for refuses in (lambda: rwda.Calibration(scorer, scores, labels, rule="f1"), lambda: rwda.metrics(scores, labels)):
        with pytest.raises(rwda.InvalidError, match=r"a label is \S+: 0 \(normal\) or 1 \(anomalous\) is expected"):
            refuses()


def test_labels_of_any_type(scorer):
    expected = rwda.Calibration(scorer, [0.1, 0.9, 0.8], [0, 1, 1], rule="f1").threshold
    for labels in ([False, True, True], np.array([0.0, 1.0, 1.0]), np.array([0, 1, 1], np.int8), np.array([0, True, 1], object)):
        assert rwda.Calibration(scorer, [0.1, 0.9, 0.8], labels, rule="f1").threshold == expected


def test_masks_are_numbers():
    maps = [[[0.1, 0.2], [0.3, 0.9]]]
    for mask, words in (([[0, 0], [0, np.nan]], "has NaN"), ([[0, 0], [0, None]], "of type object"), ([["0", "0"], ["0", "1"]], "of type <U1")):
        with pytest.raises(rwda.InvalidError, match=f"a mask .*{words}"):
            rwda.pixel_metrics(maps, [mask])
    assert rwda.pixel_metrics(maps, [[[0, 0], [0, 255.0]]])["auroc"] == rwda.pixel_metrics(maps, [[[False, False], [False, True]]])["auroc"]


def test_a_score_that_is_nan_only_as_a_number(scorer):
    class Masked:
        def __float__(self):
            return float("nan")

    calibration = rwda.Calibration(scorer, [0.1, 0.2])
    with pytest.raises(rwda.InvalidError, match="NaN"):
        calibration.label(Masked())
    assert calibration.label(np.float32(0.9)) == "anomalous"


def test_numbers_are_no_names(scorer):
    for given in (True, 1, 0):
        with pytest.raises(TypeError, match="method: a name is expected, not"):
            rwda.Scorer(scorer.model, scorer.detector, method=given)
    with pytest.raises(TypeError, match="orientation: a name is expected, not int"):
        rwda.Model(orientation=99)
    for depth in (99, 7, -2, True, 8.5):
        with pytest.raises(rwda.InvalidError, match=r"depth: \S+ is none of 0 \(all bits\), 8..16 and -1"):
            rwda.Model(depth=depth)
        with pytest.raises(rwda.InvalidError, match="depth: "):
            rwda.decode("samples/good/grid.jpg", depth=depth)
    for surrogate in (lambda: rwda.Scorer(scorer.model, scorer.detector, crops="one\udc80"), lambda: rwda.Model(precision="f\udc80")):
        with pytest.raises(rwda.InvalidError, match="has a lone surrogate at character"):
            surrogate()


def test_other_buffers_are_files(scorer):
    expected = scorer.score_image("samples/good/grid.jpg")
    with open("samples/good/grid.jpg", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert scorer.score_image(mapped) == expected and scorer.score([mapped])[0] == np.float32(expected)
        with pytest.raises(rwda.InvalidError, match="many images are expected"):
            scorer.score(mapped)
        data = array.array("B", mapped[:])
    assert scorer.score_image(data) == expected
    with pytest.raises(rwda.FormatError):
        scorer.score_image(array.array("H", [1, 2, 3]))


def test_drift_is_not_copied(scorer):
    drift = rwda.Drift(rwda.Calibration(scorer, np.linspace(0, 1, 200)))
    for copies in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="rwda.Drift cannot be copied or pickled"):
            copies(drift)


class MyModel(rwda.Model):
    pass


class MyScorer(rwda.Scorer):
    def __init__(self, name, *arguments):
        super().__init__(*arguments)


class MyDetector(rwda.Detector):
    pass


class MyMemory(rwda.Memory):
    pass


class MyCalibration(rwda.Calibration):
    pass


def test_subclasses_keep_their_class(scorer, samples):
    model = MyModel(threads=1)
    detector = MyDetector(scorer.detector.to_bytes())
    mine = MyScorer("mine", model, detector)
    for value in (model, detector, mine, MyMemory(model, samples[:1], words=False), MyCalibration(scorer, [0.1, 0.2])):
        for again in (pickle.loads(pickle.dumps(value)), copy.copy(value)):
            assert type(again) is type(value)
    again = pickle.loads(pickle.dumps(mine))
    assert type(again.model) is MyModel and type(again.detector) is MyDetector
    assert again.score(samples[:2]).tobytes() == scorer.score(samples[:2]).tobytes()
    assert type(pickle.loads(pickle.dumps(scorer.model))) is rwda.Model


def test_representations_are_a_line(model, scorer, samples):
    memory = rwda.Memory(model, samples[:2], image_size=64)
    calibration = rwda.Calibration(scorer, np.linspace(0, 0.5, 200), rate=0.05, review_rate=0.2)
    drift = rwda.Drift(calibration)
    fresh = repr(drift)
    for _ in range(40):
        drift.add(0.9)
    sha256 = model.sha256[:12]
    result = scorer.predict_image(samples[0], maps=True, calibration=calibration)
    found = {
        repr(result): f"<rwda.Result 0 '{samples[0]}': {result.pred_score:.4g} {result.label}, map [256, 256]>",
        repr(scorer.predict_image(rwda.decode(samples[0]))): f"<rwda.Result 0: {result.pred_score:.4g}>",
        repr(scorer): f"<rwda.Scorer by fnn, crops one; model {sha256}>",
        repr(rwda.Scorer(memory=memory)): f"<rwda.Scorer by memory of 2 images; model {sha256}>",
        repr(rwda.Scorer(scorer.model, method="clip", memory=memory, fuse=0.3)): f"<rwda.Scorer by memory of 2 images, fuse 0.3 with clip, crops one; model {sha256}>",
        fresh: "<rwda.Drift after 0 images: no alarm>",
        repr(drift): f"<rwda.Drift after 40 images: alarm at image {drift.add(0.9)['alarm_image']}, scores higher>",
        repr(calibration): f"<rwda.Calibration anomalous from {calibration.threshold:.6g}, review from {calibration.review:.6g}; of 200 normal scores>",
        repr(rwda.evaluate("samples", methods=["clip"])): "<rwda.Evaluation of 18 images: 2 rows, 0 pixel rows, 0 warnings>",
    }
    for said, expected in found.items():
        assert said == expected and len(said) <= 120
    with pytest.warns(rwda.RwdaWarning):
        assert repr(rwda.Calibration(scorer, [0.1, 0.2])) == "<rwda.Calibration anomalous from 0.2; of 2 normal scores, too few for a rate of 0.005>"
    long = rwda.Result(0.123456, True, np.zeros((4000, 6000), np.float32), None, "anomalous", 0.5, 0.0, 0.0, 0.0, 0.0, 1, 123456, "folder/" * 40 + "a.jpg")
    assert len(repr(long)) <= 120 and repr(long).endswith("/a.jpg': 0.1235 anomalous, map [4000, 6000]>")


def test_what_is_known_of_objects(model, scorer, samples):
    info = rwda.Memory(model, samples[:2], image_size=64, layers=np.array([2, 4])).info
    assert info["options"]["layers"] == [2, 4] and info["layers"] == 2 and "size" not in info["options"]
    assert info["scores_exact"] is True and info["recipe"]["layers"] == [2, 4]
    with pytest.warns(rwda.RwdaWarning):
        assert rwda.Calibration(scorer, [0.1, 0.2]).info["calibration"]["enough"] is False


def test_texts_are_str(model):
    with pytest.raises(TypeError, match="texts: str is expected, not int"):
        model.embed_texts(["a nut", 1])
