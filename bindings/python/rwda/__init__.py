"""Zero-shot anomaly detection: what is wrong in this image, found from words alone.

    scorer = rwda.Scorer()                               # the small model in this package; rwda.Model("path") for real work
    scores = scorer.score(["a.png", array, pil_image])   # float32 [n], 0..1, higher is more anomalous
    heat = scorer.map("a.png")                           # float32 [h, w]: where

Arrays in are uint8 [h, w, 3], arrays out float32.  Calls give up the GIL; every object but `Drift` may be used by many threads at once.
docs/python.md has the rest.
"""

from ._calibration import Calibration, Drift
from ._detector import Detector
from ._errors import (
    CancelledError,
    Error,
    ExistsError,
    FormatError,
    InvalidError,
    LimitError,
    MismatchError,
    NotFoundError,
    OutOfMemoryError,
    ReadError,
    RwdaWarning,
    UnsupportedError,
)
from ._evaluation import Evaluation, evaluate, metrics, pixel_metrics
from ._images import Image, Images, decode
from ._library import text as _text
from ._memory import Memory
from ._model import Model
from ._rwda import lib as _lib
from ._scorer import Result, Scorer, regions

__version__: str = _text(_lib.rwda_version())

__all__ = [
    "Calibration",
    "CancelledError",
    "Detector",
    "Drift",
    "Error",
    "Evaluation",
    "ExistsError",
    "FormatError",
    "Image",
    "Images",
    "InvalidError",
    "LimitError",
    "Memory",
    "MismatchError",
    "Model",
    "NotFoundError",
    "OutOfMemoryError",
    "ReadError",
    "Result",
    "RwdaWarning",
    "Scorer",
    "UnsupportedError",
    "decode",
    "evaluate",
    "metrics",
    "pixel_metrics",
    "regions",
]
