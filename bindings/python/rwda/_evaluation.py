"""Labelled data sets and metrics: librwda-eval, as tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, Optional, Union, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._detector import Detector
from ._choices import Crops, Layout, Names, Pool, Resize
from ._errors import InvalidError, NotFoundError
from ._library import (
    Events, Options, PathLike, Progress, c_path, c_text, call, doubles, enum_name, enum_value, expect, floats, make, marks_of, struct_dict,
    text,
)
from ._model import Model
from ._rwda import ffi, lib

_NONE: Any = object()  # where maps or masks have ended
_STATS = ("auroc", "ap", "aupr", "f1_max", "f1_normal")
_PIXEL_STATS = ("regions", "auroc", "ap", "f1_max", "threshold", "aupro", "aupro200")


@dataclass(repr=False)
class Evaluation:
    """What `evaluate` found.

    Attributes:
        rows: of each method, crop plan and category a dictionary: method, crops, shots, category ("mean": the macro mean), normal,
            anomalous, auroc, ap, aupr, f1_max, f1_normal with their deviations over seeds (auroc_std, ...), low and high (95 % interval of
            AUROC), missing (why there are no metrics, or None)
        pixel_rows: of each map and category: map, shots, category, images, left_out, regions, auroc, ap, f1_max, aupro, ...
        images: of each test image: path, category, defect_type, anomalous, mask
        scores: of each method and crop plan float64 [seeds, images], what was ranked; NaN: the image failed
        warnings: what was left out, a sentence each
    """

    rows: list[dict[str, Any]]
    pixel_rows: list[dict[str, Any]]
    images: list[dict[str, Any]]
    scores: dict[tuple[str, str, int], NDArray[np.float64]]
    warnings: list[str]

    def __repr__(self) -> str:
        counts = f"{len(self.rows)} rows, {len(self.pixel_rows)} pixel rows, {len(self.warnings)} warnings"
        return f"<rwda.Evaluation of {len(self.images)} images: {counts}>"


def evaluate(
    data: PathLike,
    model: Optional[Model] = None,
    *,
    methods: Optional[Sequence[str]] = None,
    maps: Sequence[str] = (),
    crops: Sequence[Crops] = ("one",),
    detector: Optional[Detector] = None,
    layout: Layout = "auto",
    limit: int = 0,
    object: Literal["unknown", "known"] = "unknown",
    names: Names = "clean",
    resize: Resize = "config",
    pool: Pool = "mean",
    seeds: Optional[int] = None,
    shots: Sequence[int] = (),
    draws: int = 5,
    fuse: float = 0.15,
    cache_dir: Optional[PathLike] = None,
    progress: Progress = None,
) -> Evaluation:
    """Methods evaluated on a labelled data set, as `rwda eval` does it.

    Args:
        data: a folder in a layout of docs/evaluation.md (MVTec AD, VisA, ...), or with layout "list" a file
        model: None: `rwda.Model()`
        methods: names ("fnn", "clip", "memory", ...); None: all that score by words
        maps: names of maps whose pixels are evaluated ("patches-fnn", ...), for data with masks
        crops: plans
        detector: instead of training `seeds` of them
        limit: at most so many normal and anomalous images of each category; 0: all
        object: "known": the category's name stands in prompts
        names: how it stands there: "clean", "raw" or "spaces"
        resize: "config", "shortest", "squash" or "tiles"
        pool: how scores of crops become one: "mean", "max" or "logit"
        seeds: detectors; 5, with `detector` 1
        shots: numbers of normal images for methods that take some; (): 1, 4 and 16
        draws: of the normal images
        fuse: the weight of the words in methods that add them to a memory, 0..1
        cache_dir: an existing folder from which an interrupted evaluation goes on
        progress: a function of stage, done, total, or True (tqdm)

    >>> import rwda
    >>> evaluation = rwda.evaluate("samples", methods=["clip"])
    >>> row = evaluation.rows[0]
    >>> row["category"], row["normal"], row["anomalous"], 0 <= row["auroc"] <= 1
    ('samples', 9, 9, True)
    """
    if model is not None:
        expect("model", model, Model, "rwda.Model('path or name')")
    if detector is not None:
        expect("detector", detector, Detector, "rwda.Detector.load('path')")
    for what, several in (("methods", methods), ("maps", maps), ("crops", crops)):
        if isinstance(several, str):
            raise TypeError(f"{what}: a list of names is expected: [{several!r}]")
    if layout not in get_args(Layout):
        raise InvalidError(f"layout: {layout!r} is none of {', '.join(get_args(Layout))}")
    if not os.path.exists(os.fsdecode(c_path(data))):
        raise NotFoundError(f"{os.fsdecode(data)}: no such folder or file")
    model = model if model is not None else Model()
    options = Options(
        "rwda_eval_options", object=object, names=names, resize=resize, pool=pool, draws=draws, fuse=fuse,
        seeds=seeds if seeds is not None else 1 if detector is not None else None,
        detector=None if detector is None else detector._c, images=model.reading.options, cache_dir=cache_dir,
    )
    if methods is not None:
        named = [_named(lib.rwda_eval_method_named, "method", name, _all(lib.rwda_eval_method_at)) for name in methods]
        options.c.methods, options.c.n_methods = options.keep(ffi.new("rwda_eval_method *[]", named)), len(named)
    if maps:
        mapped = [_named(lib.rwda_eval_map_named, "map", name, _all(lib.rwda_eval_map_at)) for name in maps]
        options.c.maps, options.c.n_maps = options.keep(ffi.new("rwda_eval_map *[]", mapped)), len(mapped)
    plans = [enum_value("rwda_crops", plan) for plan in crops]
    options.c.plans, options.c.n_plans = options.keep(ffi.new("rwda_crops[]", plans)), len(plans)
    if shots:
        options.c.shots, options.c.n_shots = options.keep(ffi.new("int[]", list(shots))), len(shots)
    events = Events(progress)
    with events, model.session() as session:
        opened = make(lib.rwda_dataset_open, lib.rwda_dataset_free, c_path(data), c_text(layout), events.c)
        if limit > 0:
            lib.rwda_dataset_limit(opened, limit)
        arguments = (opened, model._c, session, options.c, events.c)
        e = make(lib.rwda_evaluation_run, lib.rwda_evaluation_free, *arguments, parents=(opened, model._c))
    return _tables(e, opened, events.warnings)


def _named(find: Any, what: str, name: str, known: list[str]) -> Any:
    found = find(c_text(name))
    if found == ffi.NULL:
        raise InvalidError(f"{what} '{name}' is none of {', '.join(known)}")
    return found


def _all(at: Any) -> list[str]:
    names: list[str] = []
    while (one := at(len(names))) != ffi.NULL:
        names.append(text(one.name))
    return names


def _tables(e: Any, data: Any, warnings: list[str]) -> Evaluation:
    out = Evaluation([], [], [], {}, warnings)
    categories = [text(e.categories[c].name) for c in range(e.n_categories)]
    for i in range(data.count):
        item = struct_dict(data.items[i])
        out.images.append({**item, "anomalous": bool(item["anomalous"])})
    for r in range(e.n_runs):
        run = e.runs[r]
        name, plan = text(run.method.name), enum_name("rwda_crops", run.plan)
        start: dict[str, Any] = {"method": name, "crops": plan, "shots": run.shots}
        for category, cell in [*((categories[c], run.cells[c]) for c in range(e.n_categories)), ("mean", run.mean)]:
            row = {**start, "category": category, "normal": cell.normal, "anomalous": cell.anomalous}
            for stat in _STATS:
                value = getattr(cell, stat)
                row[stat], row[f"{stat}_std"] = value.mean, value.std
            out.rows.append({**row, "low": cell.low, "high": cell.high, "missing": text(cell.missing) or None})
        scores = np.frombuffer(ffi.buffer(run.scores, 8 * run.seeds * data.count), np.float64).reshape(run.seeds, data.count)
        out.scores[name, plan, run.shots] = scores.copy()
    for r in range(e.n_pixel_runs):
        run = e.pixel_runs[r]
        start = {"map": text(run.map.name), "shots": run.shots}
        for category, cell in [*((categories[c], run.cells[c]) for c in range(e.n_categories)), ("mean", run.mean)]:
            row = {**start, "category": category, "images": cell.images, "left_out": cell.left_out}
            row.update((stat, getattr(cell.metrics, stat)) for stat in _PIXEL_STATS)
            out.pixel_rows.append({**row, "missing": text(cell.missing) or None})
    return out


def metrics(scores: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """AUROC and its kin of scores [n] (higher is more anomalous) and labels [n] (0 normal, 1 anomalous), as scikit-learn has them.

    >>> import rwda
    >>> rwda.metrics([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])["auroc"]
    0.75
    """
    values = np.ascontiguousarray(scores, np.float64).ravel()
    marks = marks_of(labels)
    if len(values) != len(marks):
        raise InvalidError(f"{len(marks)} labels for {len(values)} scores")
    out = ffi.new("rwda_metrics *")
    size = ffi.sizeof("rwda_metrics")
    call(lib.rwda_metrics_compute_sized, out, size, doubles(values), ffi.from_buffer("uint8_t[]", marks), len(values))
    return struct_dict(out[0])


def pixel_metrics(
    maps: Iterable[ArrayLike], masks: Iterable[Union[ArrayLike, None]], *, fpr_limit: float = 0.3, bins: int = 0
) -> dict[str, float]:
    """Pixel AUROC, AP, F1-max and AUPRO of maps [h, w] beside masks [h, w] (0 is normal; None: nothing is anomalous).

    Args:
        fpr_limit: AUPRO's false positive rate up to which overlap counts
        bins: 0: exact; else a histogram of so many bins over 0..1, in little memory

    >>> import rwda
    >>> rwda.pixel_metrics([[[0.1, 0.2], [0.3, 0.9]]], [[[0, 0], [0, 1]]])["auroc"]
    1.0
    """
    options = Options("rwda_pixel_metrics_options", fpr_limit=fpr_limit, bins=bins)
    measured = make(lib.rwda_pixel_metrics_new, lib.rwda_pixel_metrics_free, options.c)
    for one_map, mask in zip_longest(maps, masks, fillvalue=_NONE):
        if one_map is _NONE or mask is _NONE:
            raise InvalidError("there are more masks than maps" if one_map is _NONE else "there are more maps than masks")
        values = np.ascontiguousarray(one_map, np.float32)
        marks = None if mask is None else _marks(np.asarray(mask))
        if values.ndim != 2 or (marks is not None and marks.shape != values.shape):
            shape = None if marks is None else list(marks.shape)
            raise InvalidError(f"a map has the shape {list(values.shape)} and its mask {shape}: [h, w] of both is expected")
        pointer = ffi.NULL if marks is None else ffi.from_buffer("uint8_t[]", marks)
        call(lib.rwda_pixel_metrics_add, measured, floats(values), pointer, *values.shape)
    out = ffi.new("rwda_pixel_results *")
    call(lib.rwda_pixel_metrics_finish_sized, out, ffi.sizeof("rwda_pixel_results"), measured)
    return struct_dict(out[0])


def _marks(mask: NDArray[Any]) -> NDArray[np.uint8]:
    """0 where a mask is, else 1; what is not a number is neither."""
    if mask.dtype.kind not in "biuf" or np.isnan(mask).any():
        what = "has NaN" if mask.dtype.kind == "f" else f"is of type {mask.dtype}"
        raise InvalidError(f"a mask {what}: numbers are expected, 0 where it is normal")
    return np.ascontiguousarray(mask != 0, np.uint8)
