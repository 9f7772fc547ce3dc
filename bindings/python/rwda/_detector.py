"""Detectors: networks that were trained from words."""

from __future__ import annotations

import numbers
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ._choices import Preset
from ._errors import Error, InvalidError
from ._library import Events, PathLike, Progress, c_bytes, c_path, c_text, call, expect, floats, json_object, make, rows, save, text, unknown
from ._model import Model
from ._rwda import ffi, lib


class Detector:
    """A detector that was loaded, as `Detector.load` and `Detector.train` make it; pickled by its bytes.

    Args:
        data: the bytes of its file

    Attributes:
        recipe: its training's settings
        sha256: of its file, 64 hex digits
        model_sha256: of the model it was trained with, which it needs for scoring

    >>> import rwda
    >>> detector = rwda.Detector.ready(rwda.Model())
    >>> rwda.Detector(detector.to_bytes()).sha256 == detector.sha256
    True
    """

    def __init__(self, data: bytes) -> None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data: the bytes of a detector's file are expected, not {type(data).__name__} (rwda.Detector.load('path'))")
        buffer = c_bytes(data)
        self._init(make(lib.rwda_detector_decode, lib.rwda_detector_free, buffer, len(buffer)))

    def _init(self, c: Any) -> None:
        self._c = c
        self.recipe: dict[str, Any] = json_object(text(lib.rwda_detector_recipe(c)))
        self.sha256 = text(lib.rwda_detector_sha256(c))
        self.model_sha256 = text(lib.rwda_detector_model_sha256(c))

    @classmethod
    def _of(cls, c: Any) -> Detector:
        made = cls.__new__(cls)
        made._init(c)
        return made

    @classmethod
    def load(cls, path: PathLike) -> Detector:
        """One that was saved, by Python or by the program."""
        return cls._of(make(lib.rwda_detector_load, lib.rwda_detector_free, c_path(path)))

    @classmethod
    def train(cls, model: Model, preset: Preset = "paper", *, progress: Progress = None, **settings: Any) -> Detector:
        """Random words, their embeddings, a network: a detector for the model.

        Args:
            preset: "paper" or "best"
            progress: a function of stage, done, total, or True (tqdm)
            **settings: of the recipe, called as in `rwda train`; numbers are given as numbers, and lists as text:
                seed, pairs (of prompts; 10,000), epochs (10), batch_pairs, ensemble (networks; 1, "best" 5), hidden (neurons; 640),
                dropout, label_smoothing, noise, learning_rate, weight_decay, beta1, beta2: of the training;
                normal_words, anomalous_words ("anomalous,damaged"), templates ("a photo of a {state} {words}|..."),
                word_position ("after", "before", "both", "random"): of the prompts;
                words (random words of a prompt, "1:5"), length (of a word, "5:10"), alphabet, word_list (a file to draw from): of words;
                activation ("relu", "gelu"), loss ("bce", "ce"): names

        >>> import rwda
        >>> model = rwda.Model()
        >>> detector = rwda.Detector.train(model, pairs=200, epochs=1)
        >>> detector.recipe["pairs"], detector.model_sha256 == model.sha256
        (200, True)
        """
        expect("model", model, Model, "rwda.Model('path or name')")
        if preset not in get_args(Preset):
            raise InvalidError(f"preset: {preset!r} is none of {', '.join(get_args(Preset))}")
        known = _settings()
        for name in settings:
            if name not in known:
                raise TypeError(unknown("Detector.train", "setting", name, known))
        options = ffi.new("rwda_train_options *")
        call(lib.rwda_train_options_preset_sized, options, ffi.sizeof("rwda_train_options"), c_text(preset))
        kept: list[Any] = []  # text fields point to what they were given
        for name, value in settings.items():
            if value is None:  # as of every other option: the default
                continue
            kinds, expected = known[name]
            if isinstance(value, bool) or not isinstance(value, kinds):
                raise TypeError(f"{name}: {expected} is expected, not {value!r}")
            kept.append(ffi.new("char[]", c_text(str(value))))
            call(lib.rwda_train_options_set, options, c_text(name), kept[-1])
        if model.cache is not None:
            options.cache_dir = cache = ffi.new("char[]", c_path(model.cache))
            kept.append(cache)
        events = Events(progress)
        with events as told, model.session() as session:
            return cls._of(make(lib.rwda_detector_train, lib.rwda_detector_free, session, options, *told))

    @classmethod
    def ready(cls, model: Model, *, progress: Progress = None) -> Detector:
        """The detector that is there before anybody has trained one: beside the model's weights, or kept in its cache, where the program
        looks too; else one is trained by the preset "paper" and kept there."""
        expect("model", model, Model, "rwda.Model('path or name')")
        info = model.info
        beside = Path(info["weights_path"]).parent / "detector.safetensors"
        tokenizer = f"-{info['tokenizer'][:16]}" if info["tokenizer"] else ""
        name = f"{model.sha256}{tokenizer}-paper-{info['precision']}-{info['cpu']}-{text(lib.rwda_version())}.safetensors"
        kept = Path(model.cache, "detectors", name) if model.cache is not None else None
        for path in (beside, kept):
            try:
                if path is not None and path.is_file() and (found := cls.load(path)).model_sha256 == model.sha256:
                    return found
            except Error:
                pass  # a damaged one is as good as none
        made = cls.train(model, progress=progress)
        if kept is not None:
            try:
                kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                made.save(kept, overwrite=True)
            except OSError:
                pass  # it is then trained again next time
        return made

    def save(self, path: PathLike, *, overwrite: bool = False) -> None:
        """Writes its file, whole or not at all."""
        save(lib.rwda_detector_save, self._c, path, overwrite)

    def to_bytes(self) -> bytes:
        """The bytes of its file."""
        size = ffi.new("size_t *")
        data = lib.rwda_detector_bytes(self._c, size)
        return bytes(ffi.buffer(data, size[0]))

    def logits(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Its networks' mean logit of embeddings [n, D]: float32 [n]."""
        x = rows(x)
        out = np.empty(len(x), np.float32)
        call(lib.rwda_detector_logits, floats(out), self._c, floats(x), *x.shape)
        return out

    def __repr__(self) -> str:
        return f"<rwda.Detector {self.sha256[:12]} of model {self.model_sha256[:12]}>"

    def __reduce__(self) -> tuple[type[Detector], tuple[bytes]]:
        return type(self), (self.to_bytes(),)


def _settings() -> dict[str, tuple[tuple[type, ...], str]]:
    """The recipe's settings, without the preset: what each takes, and how that is called."""
    settings: dict[str, tuple[tuple[type, ...], str]] = {}
    while (field := lib.rwda_train_options_field(len(settings))) != ffi.NULL:
        if field.type == lib.RWDA_FIELD_RANGE:
            settings[text(field.name)] = (str, numbers.Real), "a number or a range ('1:5')"
        elif field.type in (lib.RWDA_FIELD_ENUM, lib.RWDA_FIELD_TEXT):
            settings[text(field.name)] = (str,), "a str"
        else:
            settings[text(field.name)] = (numbers.Real,), "a number"
    del settings["preset"]
    return settings
