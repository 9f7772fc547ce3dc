"""test_sklearn.py - the outlier detector is one that scikit-learn knows."""

import inspect
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

import rwda

sklearn = pytest.importorskip("sklearn", minversion="1.6")
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV, StratifiedKFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

from rwda.sklearn import AnomalyDetector  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.* normal scores are too few:rwda.RwdaWarning")  # so they are, here

# Checks of scikit-learn that do not apply, and why.
ALL_NORMAL = "'auto' takes every fitted image as normal, so that none of them is an outlier; contamination 0.1 passes"
SKIPPED = {
    "auto": {"check_outliers_train": ALL_NORMAL, "check_outliers_fit_predict": ALL_NORMAL},
    0.1: {},
}


@pytest.mark.parametrize("evidence, contamination", [("memory", "auto"), ("words", 0.1)])
def test_check_estimator(evidence, contamination):
    """All of scikit-learn's checks: rows of numbers are taken as squares of grey."""
    results = check_estimator(
        AnomalyDetector(evidence=evidence, contamination=contamination, image_size=64, model="tests/model"),  # few tokens: the checks fit dozens of times
        expected_failed_checks=SKIPPED[contamination],
        on_skip=None,
        on_fail="raise",
    )
    status = {result["check_name"]: result["status"] for result in results}
    print(f"{list(status.values()).count('passed')} checks passed,", [name for name, s in status.items() if s != "passed"], "did not run")
    assert list(status.values()).count("passed") >= 40


@pytest.fixture(scope="module")
def images(samples):
    good = np.stack([rwda.decode(path)[:128, :128] for path in samples if "/good/" in path])
    bad = np.stack([rwda.decode(path)[:128, :128] for path in samples if "/defect/" in path])
    return good, bad


@pytest.mark.parametrize("evidence", ["memory", "words"])
def test_images(images, evidence):
    good, bad = images
    detector = AnomalyDetector(evidence=evidence, contamination=0.2).fit(good)
    samples = detector.score_samples(bad)
    assert samples.dtype == np.float64 and (samples == -detector.scorer_.score(bad)).all()  # higher is more normal
    assert (detector.decision_function(bad) == samples - detector.offset_).all()
    assert (detector.predict(bad) == np.where(samples < detector.offset_, -1, 1)).all()
    assert (detector.fit_predict(good) == -1).sum() == round(0.2 * len(good))
    rows = clone(detector).set_params(image_shape=good.shape[1:]).fit(good.reshape(len(good), -1))
    assert (rows.score_samples(bad.reshape(len(bad), -1)) == samples).all()
    assert (pickle.loads(pickle.dumps(detector)).score_samples(bad) == samples).all()


def test_a_memory_is_the_usual_one_for_new_images(images):
    good, bad = images
    detector = AnomalyDetector().fit(good)
    usual = rwda.Scorer(memory=rwda.Memory(detector.scorer_.model, good))
    assert (detector.score_samples(bad) == -usual.score(bad)).all()
    assert np.allclose(np.sort(-detector.score_samples(good)), np.sort(usual.member_scores()), atol=1e-6)


def test_its_rate_is_that_of_calibrations():
    rates = [inspect.signature(kind).parameters["rate"].default for kind in (AnomalyDetector, rwda.Calibration)]
    assert rates == [0.005, 0.005]


def test_floats_and_grey(images):
    good, bad = images
    grey = good.mean(axis=3)
    as_floats = AnomalyDetector(value_range=(0, 1)).fit(good / 255.0)
    assert (as_floats.score_samples(bad / 255.0) == AnomalyDetector().fit(good).score_samples(bad)).all()
    assert AnomalyDetector().fit(grey).score_samples(grey).shape == (len(grey),)
    black_white = grey > 128  # True is white, as of one image (rwda.decode)
    as_bytes = AnomalyDetector().fit(black_white.astype(np.uint8) * 255)
    assert (AnomalyDetector().fit(black_white).score_samples(black_white) == as_bytes.score_samples(black_white * np.uint8(255))).all()


def test_numbers_of_another_range(images):
    """16 bits, and floats where bytes were fitted or the other way round: clipped, they would have scores that mean nothing."""
    good, bad = (x[:3, :64, :64] for x in images)  # few tokens: quick
    deep = good.astype(np.uint16) * 257
    for x in (deep, deep[:, :, :, 0], good.astype(np.uint16), good.astype(np.int64) * 16):
        with pytest.raises(rwda.InvalidError, match=r"X is u?int(16|64) with values of .* value_range=\(0, 65535\), or \(0, 4095\)"):
            AnomalyDetector(image_size=64).fit(x)
    fitted = AnomalyDetector(image_size=64).fit(good)
    as_deep = AnomalyDetector(value_range=(0, 65535), image_size=64).fit(deep)
    expected = fitted.score_samples(bad)
    assert (as_deep.score_samples(bad.astype(np.uint16) * 257) == expected).all()
    with pytest.raises(rwda.InvalidError, match="value_range="):
        fitted.score_samples(deep)
    with pytest.raises(rwda.InvalidError, match=r"X is float64 with values of 0.* to (1|0\.\d+), and the detector was fitted to 0..255: multiply by 255"):
        fitted.predict(bad / 255.0)
    with pytest.raises(rwda.InvalidError, match=r"X is uint8 with values of \d+ to \d+, and the detector was fitted to 0\S*..\S+: divide by 255"):
        AnomalyDetector(image_size=64).fit(good / 255.0).predict(bad)
    assert (fitted.score_samples(bad.astype(np.float32)) == expected).all()
    assert (fitted.score_samples(bad.astype(np.int64)) == expected).all()


def test_an_older_scikit_learn_is_named():
    program = (
        "import sklearn, sklearn.utils.validation as v\ndel v.validate_data\nsklearn.__version__ = '1.2.1'\n"
        "try:\n    import rwda.sklearn\nexcept ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "rwda.sklearn needs scikit-learn 1.6 or later, and 1.2.1 is installed\n"


def test_in_pipelines_and_searches(images):
    good, bad = images
    half = make_pipeline(FunctionTransformer(lambda x: x[:, ::2, ::2]), AnomalyDetector(contamination=0.2))
    assert set(half.fit(good).predict(np.concatenate([good, bad]))) <= {-1, 1}
    everything, truth = np.concatenate([good, bad]), np.repeat([1, -1], [len(good), len(bad)])
    search = GridSearchCV(AnomalyDetector(evidence="words"), {"crops": ["one", "2x2"]}, scoring="roc_auc", cv=StratifiedKFold(2))
    assert 0 <= search.fit(everything, truth).best_score_ <= 1


@pytest.mark.parametrize("paths", [["a.jpg"], [pathlib.Path("a.jpg"), pathlib.Path("b.jpg")], [b"bytes"]])
def test_paths_are_no_pixels(paths):
    with pytest.raises(rwda.InvalidError, match=r"pixels are expected, not paths: numpy.stack\(\[rwda.decode\(path\)"):
        AnomalyDetector().fit(paths)


@pytest.mark.parametrize(
    "options, shape, words",
    [
        ({"evidence": "magic"}, (3, 16), "magic"),
        ({"contamination": 0.6}, (3, 16), "0.6"),
        ({"image_shape": (3, 3)}, (3, 16), "does not hold the 16"),
        ({"crops": "9"}, (3, 16), "crops: '9' is none of one, 5, 2x2, 3x3"),
        ({"value_range": (1, 0)}, (3, 16), "value_range"),
        ({"value_range": (0, float("nan"))}, (3, 16), "value_range"),
    ],
)
def test_refused(options, shape, words):
    with pytest.raises(ValueError, match=words):
        AnomalyDetector(**options).fit(np.zeros(shape))
