"""Scorers: images in, scores and maps out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np
from numpy.typing import NDArray

from ._choices import Crops, MapMode, Method, Names, Pool, Prompts, Resize
from ._detector import Detector
from ._errors import CancelledError, Error, InvalidError
from ._images import AHEAD, Image, Images, Pixels, groups, pointers, read_one, refuse_one, total
from ._library import Events, Options, Pace, Progress, call, enum_value, expect, floats, json_object, make, rows, struct_dict, text, unknown
from ._memory import Memory
from ._model import Model
from ._rwda import ffi, lib

if TYPE_CHECKING:
    from ._calibration import Calibration

_SCORE = np.dtype(
    {
        "names": [name for name, _ in ffi.typeof("rwda_score").fields],
        "formats": [np.uintp if field.type.cname == "size_t" else np.float32 for _, field in ffi.typeof("rwda_score").fields],
        "offsets": [field.offset for _, field in ffi.typeof("rwda_score").fields],
        "itemsize": ffi.sizeof("rwda_score"),
    }
)


@dataclass(frozen=True, repr=False)
class Result:
    """What is known of one image, by the names that anomalib has for it.

    Attributes:
        pred_score: 0..1, higher is more anomalous; 0.5 is not a threshold
        pred_label: whether the calibration calls it anomalous; None: there is none
        anomaly_map: float32 [h, w] of the image, 0..1; None: none was asked for
        pred_mask: bool [h, w], where the map reaches the threshold of masks; None without one
        label: "normal", "review" or "anomalous"; None without a calibration
        p_value: conformal, of a calibration: small where few normal images score as high
        logit: log(score / (1 - score)) before rounding: the same order, without ties near 0 and 1
        score_fnn: of the network, if the method has it, else NaN
        score_clip: of CLIP's prompts, if the method has them, else NaN
        score_memory: of a memory, if there is one, else NaN
        crops: how many crops were scored
        index: of the image in what was given, from 0
        path: of its file as it was given; None where an image came otherwise
    """

    pred_score: float
    pred_label: Optional[bool]
    anomaly_map: Optional[NDArray[np.float32]]
    pred_mask: Optional[NDArray[np.bool_]]
    label: Optional[str]
    p_value: Optional[float]
    logit: float
    score_fnn: float
    score_clip: float
    score_memory: float
    crops: int
    index: int = 0
    path: Optional[str] = None

    def __repr__(self) -> str:
        path = "" if self.path is None else f" {self.path!r}" if len(self.path) <= 50 else f" {'...' + self.path[-47:]!r}"
        label = "" if self.label is None else f" {self.label}"
        size = "" if self.anomaly_map is None else f", map {list(self.anomaly_map.shape)}"
        return f"<rwda.Result {self.index}{path}: {self.pred_score:.4g}{label}{size}>"


_MAP_OPTIONS = tuple(name for name, _ in ffi.typeof("rwda_map_options").fields if name not in ("size", "mode"))


def _refuse_unknown(call_name: str, own: tuple[str, ...], given: dict[str, Any]) -> None:
    for name in given:
        if name not in _MAP_OPTIONS:
            raise TypeError(unknown(call_name, "option", name, (*own, *_MAP_OPTIONS)))


class Scorer:
    """Scores images by words, by a memory of normal images, or by both; any number of threads may use it at once.

    Args:
        model: a model; None: `rwda.Model()`
        detector: None: the ready one (`Detector.ready`) where the method needs one
        method: "fnn", "clip", "both", "lda", "paired" or "winclip"
        memory: scores by distance to it; None: by words alone
        fuse: beside a memory, 0..1: the weight of the words
        object: what the images show; None: not known
        prompts: "single" or "ensemble"
        resize: "config", "shortest", "squash" or "tiles"; None: as the method has it
        crops: "one", "5", "2x2" or "3x3"
        pool: "mean", "max" or "logit": how scores of crops become one
        names: how `object` stands in prompts: "spaces", "raw" or "clean"
        temperature: of the CLIP softmax; 0: the model's

    Attributes:
        model: in use
        detector: in use; None: the method needs none
        memory: in use, or None
        scoring: everything that a score depends on; equal for comparable scores

    >>> import rwda
    >>> scorer = rwda.Scorer()
    >>> scores = scorer.score(["samples/good/grid.jpg", "samples/defect/grid_stain.jpg"])
    >>> scores.shape, scores.dtype, bool(scores[1] > scores[0])
    ((2,), dtype('float32'), True)
    """

    def __init__(
        self,
        model: Optional[Model] = None,
        detector: Optional[Detector] = None,
        *,
        method: Method = "fnn",
        memory: Optional[Memory] = None,
        fuse: float = 0.0,
        object: Optional[str] = None,
        prompts: Prompts = "ensemble",
        resize: Optional[Resize] = None,
        crops: Crops = "one",
        pool: Pool = "mean",
        names: Names = "spaces",
        temperature: float = 0.0,
    ) -> None:
        for what, value, kind, how in (
            ("model", model, Model, "rwda.Model('path or name')"),
            ("detector", detector, Detector, "rwda.Detector.load('path')"),
            ("memory", memory, Memory, "rwda.Memory(model, images), rwda.Memory.load(model, 'path')"),
        ):
            if value is not None:
                expect(what, value, kind, how)
        self._model = model if model is not None else memory.model if memory is not None else Model()
        self.memory = memory
        words = memory is None or fuse > 0
        needs = words and lib.rwda_method_needs_detector(enum_value("rwda_method", method))
        self.detector = detector if detector is not None or not needs else Detector.ready(self.model)
        self._state: dict[str, Any] = dict(
            method=method, fuse=fuse, object=object, prompts=prompts, resize=resize, crops=crops, pool=pool, names=names,
            temperature=temperature,
        )
        options = Options(
            "rwda_scorer_options",
            **{**self._state, "resize": resize or ("squash" if method == "winclip" else "config")},
            memory=memory._c if memory is not None else None,
            orientation=self.model.reading.orientation,
            depth=self.model.reading.depth,
        )
        detector_c = self.detector._c if self.detector is not None else ffi.NULL
        with self.model.session() as session:
            parents = (self.model._c, options, detector_c, memory._c if memory is not None else None)
            self._c = make(lib.rwda_scorer_new, lib.rwda_scorer_free, session, detector_c, options.c, parents=parents)
        self._view = (options.c.resize, options.c.crops)
        self.scoring: dict[str, Any] = json_object(text(lib.rwda_scorer_describe(self._c)))

    @property
    def model(self) -> Model:
        return self._model

    @classmethod
    def mutual(cls, model: Model, images: Images, *, progress: Progress = None, **options: Any) -> Scorer:
        """A scorer that compares each image of a batch with the others: no normal images are needed, but most must be normal.

        >>> import rwda
        >>> images = ["samples/good/grid.jpg", "samples/good/wood.jpg", "samples/defect/grid_stain.jpg"]
        >>> rwda.Scorer.mutual(rwda.Model(), images).score(images).shape
        (3,)
        """
        return cls(model, memory=Memory(model, images, mutual=True, progress=progress, **options))

    def score(self, images: Images, *, progress: Progress = None) -> NDArray[np.float32]:
        """Scores of many images: float32 [n], 0..1, higher is more anomalous.

        Files are decoded in threads while earlier ones are scored; of an image that cannot be read the error is raised.

        Args:
            images: an iterable of images, or an array uint8 [n, h, w, 3]
            progress: a function of stage, done, total, or True (tqdm)
        """
        return self._scores(self._run(images, progress))

    @staticmethod
    def _scores(run: Iterator[tuple[list[Pixels], NDArray[Any]]]) -> NDArray[np.float32]:
        parts = [scores["score"] for _, scores in run]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def score_each(self, images: Sequence[Image]) -> tuple[NDArray[np.float32], list[Optional[str]]]:
        """The same of images of which some cannot be read, as batches of an engine have them: scores [n], and what is wrong with each, None
        where nothing is.  A score without an image is NaN.

        >>> import rwda
        >>> scores, errors = rwda.Scorer().score_each(["samples/good/grid.jpg", b"no image"])
        >>> errors[0], scores.shape, bool(scores[1] != scores[1])
        (None, (2,), True)
        """
        refuse_one(images)
        return self._score_each(images, set())

    def _score_each(self, images: Sequence[Image], told: set[str]) -> tuple[NDArray[np.float32], list[Optional[str]]]:
        try:
            return self._scores(self._run(images, None, told=told)), [None] * len(images)
        except CancelledError:
            raise
        except Error as error:
            if len(images) == 1:
                return np.full(1, np.nan, np.float32), [error.message]
        halves = [self._score_each(half, told) for half in (images[: len(images) // 2], images[len(images) // 2 :])]
        return np.concatenate([scores for scores, _ in halves]), [error for _, errors in halves for error in errors]

    def score_image(self, image: Image) -> float:
        """The score of one image."""
        kept, out = read_one(image, self.model.reading), ffi.new("rwda_score *")
        with self.model.session() as session:
            call(lib.rwda_scorer_score_images_sized, out, _SCORE.itemsize, session, self._c, pointers([kept]), 1)
        return float(out.score)

    def score_embeddings(self, x: NDArray[np.float32]) -> float:
        """The score of one image from its crops' embeddings [crops, D], as `Model.embed_images` with the scorer's resize and crops makes
        them."""
        x = rows(x)
        if x.shape[1] != self.model.dim:
            raise InvalidError(f"embeddings have {x.shape[1]} numbers, this model's have {self.model.dim}")
        out = ffi.new("rwda_score *")
        with self.model.session() as session:
            size = ffi.sizeof("rwda_score")
            call(lib.rwda_scorer_score_embeddings_sized, out, size, session, self._c, floats(x), len(x))
        return float(out.score)

    def scores_and_embeddings(
        self, images: Images, *, progress: Progress = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores [n] and, of a scorer by words, embeddings [n, D] from the same pass; of several crops their mean."""
        events, pace, known = Events(progress), Pace(), total(images)
        scores: list[float] = []
        means: list[NDArray[np.float32]] = []
        with events:
            for group in groups(images, self.model.reading, self.model.threads):
                counts, x = self.model._embed(group, self._view, pace)
                for crops in np.split(x, np.cumsum(counts)[:-1]):
                    scores.append(self.score_embeddings(crops))
                    means.append(crops.mean(axis=0, dtype=np.float64).astype(np.float32))
                events.progress("images", len(scores), known)
        return np.array(scores, np.float32), np.array(means, np.float32).reshape(-1, self.model.dim)

    def predict(
        self,
        images: Images,
        *,
        maps: Union[bool, MapMode] = False,
        calibration: Optional[Calibration] = None,
        mask_threshold: Optional[float] = None,
        progress: Progress = None,
        **map_options: Any,
    ) -> list[Result]:
        """Scores, labels and maps of many images, one `Result` an image.

        Args:
            maps: True, or a mode: "windows", "patches", "crops" or "memory" (as `map`)
            calibration: decides about labels
            mask_threshold: `pred_mask` is where the map reaches it; of pixels, not the calibration's, which is of scores (docs/python.md)
            **map_options: as of `map`

        >>> import rwda
        >>> result = rwda.Scorer().predict(["samples/defect/grid_stain.jpg"], maps=True, mask_threshold=0.5)[0]
        >>> result.anomaly_map.shape, result.pred_mask.dtype, result.label, result.path
        ((256, 256), dtype('bool'), None, 'samples/defect/grid_stain.jpg')
        """
        _refuse_unknown("Scorer.predict", ("maps", "calibration", "mask_threshold", "progress"), map_options)
        return list(
            self.stream(
                images, maps=maps, calibration=calibration, mask_threshold=mask_threshold, ahead=2 * AHEAD, progress=progress,
                **map_options,
            )
        )

    def stream(
        self,
        images: Images,
        *,
        maps: Union[bool, MapMode] = False,
        calibration: Optional[Calibration] = None,
        mask_threshold: Optional[float] = None,
        ahead: int = 1,
        progress: Progress = None,
        **map_options: Any,
    ) -> Iterator[Result]:
        """The same one after the other, for images that do not end (a camera) or do not fit into memory.

        An image that cannot be read, or an exception of `images`, is raised after the results of all images before it; the iterator that was
        returned has then ended, as any generator has.  `score_each` goes on: it says what is wrong with each.

        Args:
            ahead: images that are taken from `images` before the first of their results: with 1 a result comes before the next image is asked
                for; with more, files are decoded in threads while others are scored, up to half of them in one call.  128 is as fast as
                `predict`; the results are the same, to the bit.

        >>> import rwda
        >>> camera = (rwda.decode(f"samples/good/{name}.jpg") for name in ("grid", "wood"))
        >>> [result.index for result in rwda.Scorer().stream(camera)]
        [0, 1]
        """
        refuse_one(images)
        _refuse_unknown("Scorer.stream", ("maps", "calibration", "mask_threshold", "ahead", "progress"), map_options)
        if calibration is not None:
            if not hasattr(calibration, "check"):
                raise TypeError(f"calibration: rwda.Calibration is expected, not {type(calibration).__name__}")
            calibration.check(self)
        for name, value in {**map_options, "mask_threshold": mask_threshold}.items():
            if not maps and value is not None:
                raise InvalidError(f"{name} belongs to a map: maps=True")
        if ahead < 1:
            raise InvalidError(f"ahead: {ahead} is not 1 or more")
        wanted = self._map_options(maps if isinstance(maps, str) else None, map_options) if maps else None
        return self._results(images, wanted, calibration, mask_threshold, ahead, progress)

    def _results(
        self, images: Images, wanted: Optional[Options], calibration: Optional[Calibration], mask_threshold: Optional[float], ahead: int,
        progress: Progress,
    ) -> Iterator[Result]:
        index = 0
        for group, scores in self._run(images, progress, ahead):
            for image, score in zip(group, scores):
                values = None if wanted is None else self._map(image, wanted)
                mask = None if values is None or mask_threshold is None else values >= np.float32(mask_threshold)
                yield self._result(score, values, mask, calibration, index, image.path)
                index += 1

    def predict_image(self, image: Image, **options: Any) -> Result:
        """The same of one image; options as of `predict`."""
        return self.predict([image], **options)[0]

    def map(self, image: Image, mode: Optional[MapMode] = None, **options: Any) -> NDArray[np.float32]:
        """Where in the image is it?  float32 [h, w] of the image, 0..1, higher is more anomalous.

        Args:
            mode: "windows", "patches", "crops" or "memory"; None: "memory" beside a memory alone, else "patches"
            **options: fields of rwda_map_options; "memory" takes `smooth` alone:
                tile: 0: the whole image at once; else overlapping squares of this side in pixels, 16 or more, whose maps are averaged
                value_blocks: of "patches": how many of the last blocks have v-v attention; -1: half of them
                crops_across: of "crops": so many across and down, 1..32
                crops_share: of "crops": each has this share of a side
                smooth: standard deviation of a Gaussian over the map, pixels, 0 (none) to 256
        """
        wanted = self._map_options(mode, options)
        return self._map(read_one(image, self.model.reading), wanted)

    def _map_options(self, mode: Optional[str], given: dict[str, Any]) -> Options:
        return Options("rwda_map_options", mode=self._map_mode(mode), **given)

    def _map(self, image: Pixels, wanted: Options) -> NDArray[np.float32]:
        out = np.empty(image.shape, np.float32)
        with self.model.session() as session:
            call(lib.rwda_map_compute, floats(out), session, self._c, image.c, wanted.c)
        return out

    def _map_mode(self, mode: Optional[str]) -> str:
        return mode or ("memory" if self.memory is not None and not self._state["fuse"] else "patches")

    def map_scale(self, mode: Optional[MapMode] = None) -> float:
        """The value of a map that is drawn as the brightest colour."""
        return float(lib.rwda_scorer_map_scale(self._c, enum_value("rwda_map_mode", self._map_mode(mode))))

    def member_scores(self) -> NDArray[np.float64]:
        """Leave-one-out scores of the memory's images, as this scorer scores: float64 [n]."""
        if self.memory is None:
            raise InvalidError("the scorer has no memory, whose images it could score")
        out, size = ffi.new("rwda_score *"), ffi.sizeof("rwda_score")
        scores = np.empty(len(self.memory))
        with self.model.session() as session:
            for i in range(len(scores)):
                call(lib.rwda_scorer_score_member_sized, out, size, session, self._c, i)
                scores[i] = out.score
        return scores

    def _run(
        self, images: Images, progress: Progress, ahead: Optional[int] = None, told: Optional[set[str]] = None
    ) -> Iterator[tuple[list[Pixels], NDArray[Any]]]:
        """Groups of images with their rwda_score as a structured array; with `ahead` as `stream` has it, what fails comes after the rest."""
        events, pace, done, known = Events(progress), Pace(), 0, total(images)
        partial = ahead is not None
        size = AHEAD if ahead is None else max(1, ahead // 2)
        with events:
            for group in groups(images, self.model.reading, self.model.threads, size, ahead=ahead != 1, partial=partial, told=told):
                at = 0
                while at < len(group):
                    part = group[at : at + pace.size]
                    out = np.zeros(len(part), _SCORE)
                    try:
                        pace(self._score, len(part), part, out)
                    except CancelledError:
                        raise
                    except Error:
                        if len(part) == 1 or not partial:
                            raise
                        pace.size = 1  # results of those before it come first
                        continue
                    at += len(part)
                    done += len(part)
                    events.progress("images", done, known)
                    yield part, out

    def _score(self, images: Sequence[Pixels], out: NDArray[Any]) -> None:
        with self.model.session() as session:
            call(
                lib.rwda_scorer_score_images_sized, ffi.cast("rwda_score *", out.ctypes.data), _SCORE.itemsize, session, self._c,
                pointers(images), len(images),
            )

    @staticmethod
    def _result(
        score: Any, values: Optional[NDArray[np.float32]], mask: Optional[NDArray[np.bool_]], calibration: Optional[Calibration],
        index: int, path: Optional[str],
    ) -> Result:
        value = float(score["score"])
        label = None if calibration is None else calibration.label(value)
        return Result(
            pred_score=value,
            pred_label=None if label is None else label == "anomalous",
            anomaly_map=values,
            pred_mask=mask,
            label=label,
            p_value=None if calibration is None else calibration.p_value(value),
            logit=float(score["logit"]),
            score_fnn=float(score["score_fnn"]),
            score_clip=float(score["score_clip"]),
            score_memory=float(score["score_memory"]),
            crops=int(score["crops"]),
            index=index,
            path=path,
        )

    def __repr__(self) -> str:
        state = self._state
        words = f"{state['method']}, crops {state['crops']}" if self.memory is None or state["fuse"] else ""
        memory = "" if self.memory is None else f"memory of {len(self.memory)} images"
        fuse = f", fuse {state['fuse']:g} with " if words and memory else ""
        return f"<rwda.Scorer by {memory}{fuse}{words}; model {self.model.sha256[:12]}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.model, self.detector, self.memory, self._state, type(self))


def _again(
    model: Model, detector: Optional[Detector], memory: Optional[Memory], state: dict[str, Any], kind: type[Scorer] = Scorer
) -> Scorer:
    made = kind.__new__(kind)
    Scorer.__init__(made, model, detector, memory=memory, **state)  # a subclass's takes what it likes
    return made


def regions(map: NDArray[np.float32], threshold: float, *, min_area: int = 1) -> list[dict[str, Any]]:
    """Pixels of a map that reach a threshold and touch each other, by falling peak.

    Args:
        map: float32 [h, w]
        min_area: pixels that a region has at least

    Returns:
        of each region x, y, width, height (its box), area, peak, peak_x and peak_y

    >>> import numpy, rwda
    >>> values = numpy.zeros((4, 6), numpy.float32)
    >>> values[1:3, 2:5] = 0.5
    >>> rwda.regions(values, 0.4)[0]["area"]
    6
    """
    values = np.ascontiguousarray(map, np.float32)
    if values.ndim != 2:
        raise InvalidError(f"a map has the shape {list(values.shape)}: [h, w] is expected")
    height, width = values.shape
    count, room = ffi.new("size_t *"), 16
    while True:
        out = ffi.new("rwda_region[]", room)
        call(
            lib.rwda_map_regions_sized, out, ffi.sizeof("rwda_region"), count, room, floats(values), width, height, threshold, min_area
        )
        if count[0] <= room:
            return [struct_dict(out[i]) for i in range(count[0])]
        room = count[0]
