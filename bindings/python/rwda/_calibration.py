"""From normal scores to decisions, and whether what arrives is still like them."""

from __future__ import annotations

import sys
from typing import Any, Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._choices import Rule
from ._errors import InvalidError, warn
from ._images import Images
from ._library import (
    Options, PathLike, Progress, c_path, c_text, call, doubles, expect, floats, json_object, make, marks_of, rows, save, struct_dict, text,
)
from ._rwda import ffi, lib
from ._scorer import Scorer


class Calibration:
    """A threshold above which an image is rarely normal, and what it rests on: the threshold files of `rwda calibrate`.

    Where there are too few normal scores for the rate, making one warns (`RwdaWarning`), and `enough` is False.  It warns too where the scores
    are those of images that the scorer's memory holds, to which they lie at no distance: the threshold would be useless.

    Args:
        scorer: that made the scores
        scores: [n] of images that were drawn as later ones will be; all normal unless there are labels
        labels: [n], 0 normal, 1 anomalous
        rate: at most this share of normal images is called anomalous (the program's --false-alarms) ...
        confidence: ... with this confidence; 0: on average
        review_rate: above `rate`: scores between both thresholds are labelled "review"; 0: there is no such band
        rule: "false-alarms", or "f1": the largest F1 on labelled scores
        note: who, what, when: kept in the file
        embeddings: [m, D] of the first m images, for `Drift`; None: none

    Attributes:
        threshold: scores that reach it are anomalous
        review: scores that reach it are to be reviewed; NaN: there is no band
        enough: whether there are normal scores enough for the rate with the confidence

    >>> import rwda
    >>> scorer = rwda.Scorer()
    >>> normal = [i / 1000 for i in range(200)]
    >>> calibration = rwda.Calibration(scorer, normal, rate=0.05)
    >>> calibration.label(0.9), calibration.label(0.1), calibration.enough
    ('anomalous', 'normal', True)
    """

    def __init__(
        self,
        scorer: Scorer,
        scores: ArrayLike,
        labels: Optional[ArrayLike] = None,
        *,
        rate: float = 0.005,
        confidence: float = 0.95,
        review_rate: float = 0.0,
        rule: Rule = "false-alarms",
        note: Optional[str] = None,
        embeddings: Optional[NDArray[np.float32]] = None,
    ) -> None:
        expect("scorer", scorer, Scorer)
        values = np.ascontiguousarray(scores, np.float64).ravel()
        if held := _held(scorer, values):
            _warn_held(f"{held} of {len(values)} scores are at no distance from the memory, as its own images are, and")
        marks = None if labels is None else marks_of(labels)
        if marks is not None and len(marks) != len(values):
            raise InvalidError(f"{len(marks)} labels for {len(values)} scores")
        options = Options(
            "rwda_thresholds_options", rule=rule, rate=rate, confidence=confidence, review_rate=review_rate,
            note=None if note is None else c_text(note),
        )
        x = np.empty((0, 1), np.float32) if embeddings is None else rows(embeddings)
        self._init(
            make(
                lib.rwda_thresholds_new_with_embeddings, lib.rwda_thresholds_free, doubles(values),
                ffi.NULL if marks is None else ffi.from_buffer("uint8_t[]", marks), len(values), floats(x), *x.shape,
                lib.rwda_scorer_describe(scorer._c), options.c,
            )
        )
        info = lib.rwda_thresholds_get_info(self._c)
        for made in (info.calibration, info.review_calibration):
            if made.n > 0 and not made.enough:
                many = "score is" if made.n == 1 else "scores are"
                warn(f"{made.n} normal {many} too few for a false-alarm rate of {100 * made.rate:.4g} %: {made.needed} are needed")

    def _init(self, c: Any) -> None:
        self._c = c
        info = lib.rwda_thresholds_get_info(c)
        self.threshold = float(info.threshold)
        self.review = float(info.review)
        self.enough = bool(info.calibration.enough)

    @classmethod
    def _of(cls, c: Any) -> Calibration:
        made = cls.__new__(cls)
        made._init(c)
        return made

    @classmethod
    def from_images(cls, scorer: Scorer, images: Optional[Images] = None, *, progress: Progress = None, **options: Any) -> Calibration:
        """From normal images; None: from those of the scorer's memory, two or more, each against the others.

        Args:
            images: none that the scorer's memory holds: to them it has no distance (`RwdaWarning`)
            progress: a function of stage, done, total, or True (tqdm)
            **options: as of the class: rate, confidence, ...

        >>> import rwda
        >>> scorer = rwda.Scorer()
        >>> normal = ["samples/good/grid.jpg", "samples/good/wood.jpg", "samples/good/cookie.jpg"]
        >>> calibration = rwda.Calibration.from_images(scorer, normal, rate=0.2)
        >>> calibration.info["normal"], calibration.enough
        (3, False)
        """
        expect("scorer", scorer, Scorer)
        if images is None:
            members = scorer.member_scores()
            if scorer.memory is not None and len(members) < 2:
                raise InvalidError(
                    f"the memory has {len(members)} image: a calibration from its own images, each against the others, needs two; or give "
                    f"other normal images"
                )
            if scorer.memory is not None and not scorer.memory.info["scores_exact"]:
                warn("images were added to or dropped from a coreset; some leave-one-out scores are from before")
            return cls(scorer, members[np.isfinite(members)], **options)
        if scorer.memory is not None:
            held, parts = 0, [np.empty(0, np.float32)]
            for group, found in scorer._run(images, progress):
                held += sum(lib.rwda_scorer_remembers(scorer._c, image.c) for image in group)
                parts.append(found["score"])
            scores = np.concatenate(parts)
            if held and not _held(scorer, scores):  # what a coreset, fewer bits or words beside it leave of "no distance"
                _warn_held(f"{held} of these {len(scores)} images are in the memory, nearer to it than new ones are, and")
            return cls(scorer, scores, **options)
        scores, rows = scorer.scores_and_embeddings(images, progress=progress)
        return cls(scorer, scores, embeddings=rows, **options)

    @classmethod
    def load(cls, path: PathLike) -> Calibration:
        """One that was saved, by Python or by `rwda calibrate`."""
        return cls._of(make(lib.rwda_thresholds_load, lib.rwda_thresholds_free, c_path(path)))

    @classmethod
    def from_text(cls, json_text: str) -> Calibration:
        """One from the text of its file."""
        data = c_text(json_text)
        return cls._of(make(lib.rwda_thresholds_decode, lib.rwda_thresholds_free, ffi.from_buffer(data), len(data)))

    def save(self, path: PathLike, *, overwrite: bool = False) -> None:
        """Writes its file, whole or not at all."""
        save(lib.rwda_thresholds_save, self._c, path, overwrite)

    def to_text(self) -> str:
        """The text of its file (JSON, schema rwda.card/1)."""
        return text(lib.rwda_thresholds_text(self._c))

    @property
    def info(self) -> dict[str, Any]:
        """What it rests on: the fields of rwda_thresholds_info."""
        info = struct_dict(lib.rwda_thresholds_get_info(self._c)[0])
        for name in ("calibration", "review_calibration"):
            info[name]["enough"] = bool(info[name]["enough"])
        return {**info, "scoring": json_object(info["scoring"])}

    def check(self, scorer: Scorer) -> None:
        """Raises MismatchError where the scorer scores in another way than the one that made the scores."""
        expect("scorer", scorer, Scorer)
        call(lib.rwda_thresholds_check, self._c, scorer._c)

    def label(self, score: float) -> str:
        """ "normal", "review" or "anomalous"; of an image without a score (NaN), none of them."""
        score = float(score)
        if score != score:
            raise InvalidError("the score is NaN: an image without one is not called normal")
        return text(lib.rwda_label_name(lib.rwda_thresholds_label(self._c, score)))

    def p_value(self, score: float) -> float:
        """Conformal p-value: of a normal image it is at most p with a probability of at most p."""
        return float(lib.rwda_thresholds_p_value(self._c, score))

    def __repr__(self) -> str:
        info = lib.rwda_thresholds_get_info(self._c)
        review = "" if info.review_calibration.n == 0 else f", review from {self.review:.6g}"
        few = "" if self.enough or info.calibration.n == 0 else f", too few for a rate of {info.calibration.rate:g}"
        return f"<rwda.Calibration anomalous from {self.threshold:.6g}{review}; of {info.normal} normal scores{few}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_text, (self.to_text(),)


def _held(scorer: Scorer, scores: NDArray[Any]) -> int:
    """How many of the scores are nothing but the rounding of a distance of 0: those of images that the memory holds."""
    if scorer.memory is None or scorer._state["fuse"] or scorer.memory.info["options"]["mutual"]:
        return 0
    return int(np.count_nonzero(scores < 1e-6))


def _warn_held(what: str) -> None:
    warn(
        f"{what} say nothing about new images: calibrate with other normal images, or with the memory's own, each against the others "
        f"(rwda.Calibration.from_images(scorer) without images, or the scorer's member_scores())"
    )


setattr(sys.modules[Scorer.__module__], "Calibration", Calibration)  # which annotations there name: typing.get_type_hints finds it


class Drift:
    """Is what arrives still like the calibration's normal images?  A test that may look after every image (docs/calibration.md).

    Args:
        calibration: of the scorer that makes the scores
        false_alarms: the probability that a stream like the normal images ever raises an alarm
        seed: of the random numbers that order equal values

    >>> import rwda
    >>> calibration = rwda.Calibration(rwda.Scorer(), [i / 1000 for i in range(200)], rate=0.05)
    >>> drift = rwda.Drift(calibration)
    >>> for _ in range(40):
    ...     state = drift.add(0.9)
    >>> state["alarm"], state["change"]
    (True, 'scores higher')
    """

    def __init__(self, calibration: Calibration, *, false_alarms: float = 0.01, seed: int = 1) -> None:
        expect("calibration", calibration, Calibration)
        options = Options("rwda_drift_options", false_alarms=false_alarms, seed=seed)
        self._c = make(lib.rwda_drift_new, lib.rwda_drift_free, calibration._c, options.c, parents=(calibration._c,))

    def add(self, score: float, embedding: Optional[NDArray[np.float32]] = None) -> dict[str, Any]:
        """The state after the next image: images, evidence, limit, alarm, change, alarm_image, since_image, p_value, p_embedding.

        Args:
            embedding: [D] of the image, of several crops their mean; None: the score alone is looked at
        """
        state = ffi.new("rwda_drift_state *")
        x = None if embedding is None else np.ascontiguousarray(embedding, np.float32).ravel()
        pointer, dim = (ffi.NULL, 0) if x is None else (floats(x), len(x))
        call(lib.rwda_drift_add_sized, state, ffi.sizeof("rwda_drift_state"), self._c, score, pointer, dim)
        return _drift_state(state)

    def __repr__(self) -> str:
        state = ffi.new("rwda_drift_state *")
        call(lib.rwda_drift_get_state_sized, state, ffi.sizeof("rwda_drift_state"), self._c)
        now = _drift_state(state)
        said = f"alarm at image {now['alarm_image']}, {now['change']}" if now["alarm"] else "no alarm"
        return f"<rwda.Drift after {now['images']} images: {said}>"

    def __reduce__(self) -> Any:
        raise TypeError("rwda.Drift cannot be copied or pickled: what it has seen stays here; make one from its calibration")


def _drift_state(state: Any) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(state, name) for name, _ in ffi.typeof("rwda_drift_state").fields}
    values["change"] = text(lib.rwda_drift_change_name(state.change))
    values["alarm"] = bool(state.alarm)
    return values
