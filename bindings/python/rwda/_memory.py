"""Memories of normal images."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Optional

import numpy as np
from numpy.typing import NDArray

from ._errors import InvalidError
from ._images import Images, groups, many, pointers
from ._library import Events, Options, PathLike, Progress, c_bytes, c_path, c_text, call, expect, is_path, json_object, make, release, save, struct_dict, text
from ._model import Model
from ._rwda import ffi, lib


class Memory:
    """Patch tokens of normal images; an image is as anomalous as its patches are far from all of them.  Pickled by its model and bytes.

    Args:
        model: which sees the images
        images: normal ones; the same pixels twice count once
        names: of the images; None: their paths, or numbers
        mutual: the images are the batch that is scored: an image is never compared with itself
        progress: a function of stage, done, total, or True (tqdm)
        **options: fields of rwda_memory_options (docs/evidence.md):
            image_size: side in pixels of what the model sees, a multiple of its patch; 0: 1.5 times its own, with `mutual` its own
            layers: blocks whose tokens are kept, ascending, at most 8: [6, 8]; None: after 3/4 of them, and the last
            tiles: an image is cut into tiles x tiles parts, each seen by itself, 1..8; 1
            neighbourhood: side of the square of tokens that is averaged, odd, 1..7; 1: each by itself
            rotations: the memory holds each image turned by 90, 180 and 270 degrees too; False
            share: of an image's patches, the most distant of which are its score, above 0 to 1; 0.05
            robust: 0: the nearest image counts; else the mean over this share of them, against anomalous ones among the normal; 0
            class_weight: of the distance of the whole image's embedding in the score, 0..1; 0
            keep: share of the tokens that are kept (a coreset), above 0 to 1; 1: all
            storage: of tokens: "f32", "f16" or "int8"; "f32"
            words: image embeddings are kept, for `class_weight` and for scorers that add words; True
            resize, crops: how images are seen for those embeddings, as by the scorer that adds words; "config", "one"
            scores: of at most so many images leave-one-out scores are computed; 1,000
            max_bytes: of the memory; 4 GiB

    Attributes:
        model: as given
        sha256: of its file, 64 hex digits

    >>> import rwda
    >>> model = rwda.Model()
    >>> memory = rwda.Memory(model, ["samples/good/grid.jpg", "samples/good/wood.jpg"])
    >>> len(memory), sorted(memory.names)
    (2, ['samples/good/grid.jpg', 'samples/good/wood.jpg'])
    """

    def __init__(
        self,
        model: Model,
        images: Images,
        names: Optional[Iterable[str]] = None,
        *,
        mutual: bool = False,
        progress: Progress = None,
        **options: Any,
    ) -> None:
        expect("model", model, Model, "rwda.Model('path or name')")
        storage = options.get("storage")
        if isinstance(storage, str) and storage not in ("f32", "f16", "int8"):  # C's names are those of a model's precision too
            raise InvalidError(f"storage: {storage!r} is none of f32, f16, int8")
        wanted = Options(
            "rwda_memory_options", mutual=mutual, orientation=model.reading.orientation, depth=model.reading.depth, **options
        )
        self._init(model, self._build(model, ffi.NULL, wanted.c, images, names, progress))

    def _init(self, model: Model, c: Any) -> None:
        self.model, self._c = model, c
        self.sha256 = text(lib.rwda_memory_get_info(c).sha256)

    @staticmethod
    def _build(
        model: Model, base: Any, options: Any, images: Images, names: Optional[Iterable[str]], progress: Progress,
        drop: Sequence[str] = (), first: int = 0,
    ) -> Any:
        events = Events(progress)
        images = many(images)
        wanted = [os.fsdecode(i) if is_path(i) else str(n) for n, i in enumerate(images, first)] if names is None else list(names)
        if len(wanted) != len(images):
            raise InvalidError(f"{len(wanted)} names for {len(images)} images")
        done = 0
        with events as told, model.session() as session:
            builder = make(lib.rwda_memory_builder_new, lib.rwda_memory_builder_free, session, base, options, parents=(session,))
            try:
                for name in drop:
                    call(lib.rwda_memory_builder_drop, builder, c_text(name), ffi.new("size_t *"))
                for group in groups(images, model.reading, model.threads, size=8):
                    kept = [ffi.new("char[]", c_text(name, "replace")) for name in wanted[done : done + len(group)]]
                    call(lib.rwda_memory_builder_add, builder, pointers(group), ffi.new("char *[]", kept), ffi.NULL, len(group))
                    done += len(group)
                    events.progress("normal images", done, len(images))
                return make(lib.rwda_memory_builder_finish, lib.rwda_memory_free, builder, *told, parents=(model._c,))
            finally:
                release(builder)  # before another thread has the session

    @classmethod
    def _of(cls, model: Model, c: Any) -> Memory:
        made = cls.__new__(cls)
        made._init(model, c)
        return made

    @classmethod
    def load(cls, model: Model, path: PathLike, *, max_bytes: int = 0) -> Memory:
        """One that was saved, by Python or by `rwda remember`."""
        expect("model", model, Model, "the model comes first, then the path")
        return cls._of(
            model, make(lib.rwda_memory_load, lib.rwda_memory_free, model._c, c_path(path), max_bytes, parents=(model._c,))
        )

    @classmethod
    def from_bytes(cls, model: Model, data: bytes, *, max_bytes: int = 0) -> Memory:
        """One from the bytes of its file."""
        buffer = c_bytes(data)
        arguments = (model._c, buffer, len(buffer), max_bytes)
        return cls._of(model, make(lib.rwda_memory_decode, lib.rwda_memory_free, *arguments, parents=(model._c,)))

    def add(self, images: Images, names: Optional[Iterable[str]] = None, *, progress: Progress = None) -> Memory:
        """A new memory of these images too."""
        first = 1 + max((int(name) for name in self.names if name.isdecimal()), default=-1)  # a number that no image has
        return self._of(self.model, self._build(self.model, self._c, ffi.NULL, images, names, progress, first=first))

    def drop(self, *names: str) -> Memory:
        """A new memory without the images of these names (or SHA-256 of their pixels)."""
        if not names:
            raise InvalidError("no name of an image to drop")
        return self._of(self.model, self._build(self.model, self._c, ffi.NULL, [], (), None, names))

    @property
    def info(self) -> dict[str, Any]:
        """What is known of it: the fields of rwda_memory_info, and its options."""
        c = lib.rwda_memory_get_info(self._c)
        info, options = struct_dict(c[0]), struct_dict(c.options[0])
        options["layers"] = options["layers"][: info["layers"]]
        return {**info, "recipe": json_object(info["recipe"]), "scores_exact": bool(info["scores_exact"]), "options": options}

    @property
    def names(self) -> list[str]:
        """Of its images, in the order of `scores`: that of the hashes of their pixels."""
        return [text(self._at(i).name) for i in range(len(self))]

    @property
    def scores(self) -> NDArray[np.float32]:
        """Leave-one-out scores of its images: float32 [n], NaN where none was computed."""
        return np.array([self._at(i).score for i in range(len(self))], np.float32)

    def _at(self, i: int) -> Any:
        return lib.rwda_memory_image_at(self._c, i)

    def __len__(self) -> int:
        return int(lib.rwda_memory_get_info(self._c).images)

    def save(self, path: PathLike, *, overwrite: bool = False) -> None:
        """Writes its file, whole or not at all."""
        save(lib.rwda_memory_save, self._c, path, overwrite)

    def to_bytes(self) -> bytes:
        """The bytes of its file."""
        size = ffi.new("size_t *")
        data = lib.rwda_memory_file(self._c, size)
        return bytes(ffi.buffer(data, size[0]))

    def __repr__(self) -> str:
        return f"<rwda.Memory of {len(self)} images>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_bytes, (self.model, self.to_bytes())
