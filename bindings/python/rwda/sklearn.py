"""A scikit-learn outlier detector over images."""

from __future__ import annotations

import math
from typing import Any, Literal, Optional, Union, cast, get_args

import numpy as np
import sklearn
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils import validation

from ._calibration import Calibration
from ._choices import Crops
from ._errors import InvalidError
from ._library import is_path
from ._memory import Memory
from ._model import Model
from ._scorer import Scorer


_validation: Any = validation  # scikit-learn has no types
if not hasattr(_validation, "validate_data"):
    raise ImportError(f"rwda.sklearn needs scikit-learn 1.6 or later, and {cast(Any, sklearn).__version__} is installed")


class AnomalyDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc, unused-ignore]
    """Finds images that are unlike the normal ones it was fitted to.

    With evidence "memory", `fit` makes a memory of the images and takes the threshold from their leave-one-out scores; an image that was
    fitted is later compared with the others alone, so that `fit_predict` makes sense.  With "words", the shipped or the model's detector
    scores, and `fit` only calibrates.  `fit` may be given a few anomalous images too where `contamination` says how many.

    Args:
        evidence: "memory" or "words"
        contamination: "auto": a threshold that at most `rate` of normal images reach, with a confidence of 95 %; or the share of the fitted
            images that is called anomalous, above 0 to 0.5
        rate: of "auto", as of `rwda.Calibration`
        image_size: side in pixels that a memory sees, a multiple of the model's patch; 0: 1.5 times the model's own
        model: a name or directory (`rwda.Model`); None: the small model in this package
        crops: of "words": "one", "5", "2x2" or "3x3"
        image_shape: (h, w, 3) or (h, w) of flattened rows; None: squares, the least that hold a row
        value_range: what is black and white; None: 0..255 of whole numbers (16 bits are refused), False and True, else the least and the
            largest value fitted
        threads: worker threads of a call; 0: the CPUs that this process may use

    Attributes:
        scorer_: the `rwda.Scorer` in use
        offset_: `decision_function` is `score_samples` less this
        n_features_in_: numbers in an image

    >>> import numpy, rwda.sklearn
    >>> images = numpy.stack([rwda.decode(f"samples/good/{name}.jpg") for name in ("grid", "wood", "cookie")])
    >>> sorted(rwda.sklearn.AnomalyDetector(contamination=0.4).fit_predict(images).tolist())
    [-1, 1, 1]
    """

    def __init__(
        self,
        *,
        evidence: Literal["memory", "words"] = "memory",
        contamination: Union[Literal["auto"], float] = "auto",
        rate: float = 0.005,
        image_size: int = 0,
        model: Optional[str] = None,
        crops: Crops = "one",
        image_shape: Optional[tuple[int, ...]] = None,
        value_range: Optional[tuple[float, float]] = None,
        threads: int = 0,
    ) -> None:
        self.evidence = evidence
        self.contamination = contamination
        self.rate = rate
        self.image_size = image_size
        self.model = model
        self.crops: Crops = crops
        self.image_shape = image_shape
        self.value_range = value_range
        self.threads = threads

    def fit(self, X: ArrayLike, y: object = None) -> AnomalyDetector:
        """Fits to normal images: [n, h, w, 3], [n, h, w], or flattened [n, h * w * 3]."""
        values = self._values(X, reset=True)
        if self.crops not in get_args(Crops):  # with a memory too, which has no use for it
            raise InvalidError(f"crops: {self.crops!r} is none of {', '.join(get_args(Crops))}")
        if self.contamination != "auto" and not 0 < float(self.contamination) <= 0.5:
            raise InvalidError(f"contamination: {self.contamination} is not in 0..0.5, and not 'auto'")
        if self.value_range is not None:
            self.range_ = (float(self.value_range[0]), float(self.value_range[1]))
            if not -math.inf < self.range_[0] < self.range_[1] < math.inf:
                raise InvalidError(f"value_range: {self.range_} is not black and a larger white")
        elif values.dtype.kind == "b":
            self.range_ = (0.0, 1.0)
        elif values.dtype.kind in "iu":
            self.range_ = (0.0, 255.0)
        else:
            self.range_ = (float(values.min()), float(values.max()))
        images = self._images(values)
        model = Model(self.model, threads=self.threads)
        if self.evidence == "memory":
            if len(images) < 2:
                raise InvalidError("1 sample: a memory that compares its images with each other needs two")
            # Of a mutual memory an image's score is the distance to the others; `robust` so small that the nearest alone counts, as without.
            memory = Memory(model, images, mutual=True, robust=1e-9, image_size=self.image_size or _memory_side(model))
            self.scorer_ = Scorer(model, memory=memory)
        elif self.evidence == "words":
            self.scorer_ = Scorer(model, crops=self.crops)
        else:
            raise InvalidError(f"evidence: '{self.evidence}' is none of memory, words")
        scores = self.scorer_.score(images)
        if self.contamination == "auto":
            largest = np.nextafter(np.float32(Calibration(self.scorer_, scores, rate=self.rate).threshold), np.float32(-1))
        else:
            ordered = np.sort(scores)
            largest = ordered[len(ordered) - 1 - math.floor(float(self.contamination) * len(ordered) + 0.5)]
        self.offset_ = -float(largest)
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """float64 [n], higher is more normal: the negative of `rwda`'s score."""
        _validation.check_is_fitted(self)
        return -self.scorer_.score(self._images(self._values(X, reset=False))).astype(np.float64)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """float64 [n], below 0 where `predict` says -1."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """int64 [n]: 1 normal, -1 anomalous."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _values(self, X: Any, reset: bool) -> NDArray[Any]:
        array: Any = X if hasattr(X, "shape") else np.asarray(X)
        if getattr(array, "ndim", 2) == 1 and (is_path(first := next(iter(array), None)) or isinstance(first, bytes)):
            raise InvalidError("X has no numbers: pixels are expected, not paths: numpy.stack([rwda.decode(path) for path in paths])")
        images = getattr(array, "ndim", 2) > 2
        shape: Optional[tuple[int, ...]] = tuple(array.shape[1:]) if images else self.image_shape
        rows: NDArray[Any] = _validation.validate_data(self, array.reshape(len(array), -1) if images else X, reset=reset, dtype="numeric")
        if shape is None:  # squares, the least that hold a row
            side = math.isqrt(rows.shape[1] - 1) + 1
            rows = np.pad(rows, ((0, 0), (0, side * side - rows.shape[1])))
            shape = (side, side)
        if len(shape) not in (2, 3) or math.prod(shape) != rows.shape[1]:
            raise InvalidError(f"image_shape: {shape} does not hold the {rows.shape[1]} numbers of a row")
        return rows.reshape(len(rows), *shape)

    def _images(self, values: NDArray[Any]) -> list[NDArray[np.uint8]]:
        low, high = self.range_
        if self.value_range is None:
            self._refuse_another_range(values)
        scaled = np.clip((values - low) * (255 / (high - low) if high > low else 0.0), 0, 255).round().astype(np.uint8)
        return list(scaled)

    def _refuse_another_range(self, values: NDArray[Any]) -> None:
        """Numbers that are surely of another range than the fitted one: clipped, they would have scores that mean nothing."""
        low, high = self.range_
        least, largest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
        whole = values.dtype.kind in "iu"
        if whole and (values.dtype == np.uint16 or largest > 255):
            raise InvalidError(
                f"X is {values.dtype} with values of {least:g} to {largest:g}, and whole numbers are taken as 0..255: say what is black and "
                f"white, value_range=(0, 65535), or (0, 4095) where 12 bits are in use"
            )
        if values.dtype.kind == "f" and low >= 0 and high > 128 and 0 <= least < largest <= 1 and (values % 1 != 0).any():
            raise InvalidError(
                f"X is {values.dtype} with values of {least:g} to {largest:g}, and the detector was fitted to {low:g}..{high:g}: multiply by "
                f"255, or fit with the same kind of numbers"
            )
        if whole and values.dtype.itemsize == 1 and 0 <= low < high <= 1 and largest > 1:
            raise InvalidError(
                f"X is {values.dtype} with values of {least:g} to {largest:g}, and the detector was fitted to {low:g}..{high:g}: divide by "
                f"255, or fit with the same kind of numbers"
            )

    def __sklearn_tags__(self) -> Any:
        tags = cast(Any, super()).__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _memory_side(model: Model) -> int:
    """The side that a memory sees unless told otherwise: 1.5 times the model's own, in whole patches."""
    patch = int(model.info["patch_size"])
    return model.image_size * 3 // 2 // patch * patch
