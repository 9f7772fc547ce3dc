"""A CLIP checkpoint, and the sessions in which threads use it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
from numpy.typing import NDArray

from ._choices import Cpu, Crops, Orientation, Precision, Resize, Towers
from ._errors import InvalidError, MismatchError, NotFoundError
from ._images import Image, Images, Pixels, Reading, groups, pointers, read_one
from ._library import Options, Pace, PathLike, c_path, call, enum_value, expect, floats, make, struct_dict, text
from ._rwda import ffi, lib


def program() -> Optional[str]:
    """The path of the program `rwda`: the one in this package, else the one on the PATH; None: there is none."""
    inside = Path(__file__).parent / "bin" / "rwda"
    return str(inside) if inside.exists() else shutil.which("rwda")


def find_model(name: Optional[PathLike] = None) -> str:
    """The directory that a name of a model means: a path, a name that `rwda model ls` lists, None for $RWDA_MODEL or the small model in
    this package."""
    if name is not None and not isinstance(name, (str, bytes, os.PathLike)):
        raise TypeError(f"path: a directory or a name of a model is expected, not {type(name).__name__}")
    given = os.fsdecode(name) if name is not None else os.environ.get("RWDA_MODEL") or ""
    if name is not None and not given:
        raise NotFoundError("model '': no such directory, and no model has this name")
    c_path(given)
    if os.path.exists(given) or (os.sep in given and not re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", given)):  # "owner/name": the hub's
        return given
    data = _base("XDG_DATA_HOME", ".local/share")
    of_user = (data / "rwda" / "models",) if data is not None else ()
    for folder in (*of_user, Path(__file__).parent / "share" / "rwda" / "models", *_of_distribution()):
        path = folder / (given or "demo")
        if (path / "open_clip_config.json").exists() or (path / "config.json").exists():
            return str(path)
    found = program()
    if found:  # it knows the hub's cache
        answer = subprocess.run([found, "model", "path", "--", given or "demo"], capture_output=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip():
            return os.fsdecode(answer.stdout.strip())
        said = answer.stderr.decode("utf-8", "replace").strip()
        if answer.returncode > 0 and said.startswith("rwda: ") and "\n" not in said:
            raise NotFoundError(said[len("rwda: ") :])
    raise NotFoundError(f"model {given or 'demo'}: no such directory, and no model has this name ('rwda model ls' lists them)")


def _of_distribution() -> Iterator[Path]:
    """<prefix>/share of where this package is installed, of this interpreter, of the system."""
    own = (str(folder.parent) for folder in Path(__file__).parents if folder.name in ("lib", "lib64"))
    for prefix in dict.fromkeys((*own, sys.prefix, sys.base_prefix, "/usr/local", "/usr")):
        yield Path(prefix) / "share" / "rwda" / "models"


def _base(variable: str, default: str) -> Optional[Path]:
    """A folder of the XDG base directories; None: this user has no home."""
    try:
        return Path(os.environ.get(variable) or Path.home() / default)
    except (RuntimeError, KeyError):  # KeyError: before Python 3.10
        return None


def cache_folder() -> Optional[str]:
    """Where packed weights and detectors are kept, for the program and for Python alike; None: no folder can be made, and none is needed."""
    base = _base("XDG_CACHE_HOME", ".cache")
    if base is None:
        return None
    folder = base / "rwda"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder)


class Lent:
    """A session, which goes back to those at rest at the end of a with statement."""

    __slots__ = ("_resting", "_session")

    def __init__(self, resting: list[Any], session: Any) -> None:
        self._resting, self._session = resting, session

    def __enter__(self) -> Any:
        return self._session

    def __exit__(self, *_raised: object) -> None:
        self._resting.append(self._session)


class Model:
    """A checkpoint in memory, which many threads may use at once.

    Every call takes a session (scratch memory and worker threads) from those at rest, or opens a new one, so calls overlap and give the
    same bytes.  With many Python threads, `threads=1` gives each of them one CPU.  A model is pickled by its path and options.  After a fork a
    child opens sessions of its own.

    Args:
        path: a directory with a checkpoint, or a name; None: $RWDA_MODEL, else the small model in this package
        precision: "f32", "f16", "bf16", "int8" or "auto"
        image_size: side of the input in pixels; 0: the checkpoint's
        threads: worker threads of a session; 0: the CPUs that this process may use
        batch: crops encoded at a time, 1..256; changes speed and memory, never a result
        cpu: "auto", "ref", "avx2", "avx512" or "neon"
        towers: "both", "image" or "text": what is kept in memory
        cache: a folder for packed weights, with which the next start is short; True: the program's; False: none
        orientation: how image files are read, as of `rwda.decode`
        depth: of their samples, as of `rwda.decode`

    Attributes:
        path: of its directory
        dim: D, numbers in an embedding
        image_size: side of its input, pixels
        sha256: of its weights, 64 hex digits

    >>> import rwda
    >>> model = rwda.Model()
    >>> x = model.embed_images(["samples/good/grid.jpg", "samples/good/wood.jpg"])
    >>> x.shape == (2, model.dim), x.dtype
    (True, dtype('float32'))
    """

    def __init__(
        self,
        path: Optional[PathLike] = None,
        *,
        precision: Precision = "f32",
        image_size: int = 0,
        threads: int = 0,
        batch: int = 16,
        cpu: Cpu = "auto",
        towers: Towers = "both",
        cache: Union[bool, PathLike] = True,
        orientation: Orientation = "turned",
        depth: int = 0,
    ) -> None:
        self.path = find_model(path)
        self._place = os.path.abspath(self.path)  # for pickles: another process may be in another folder
        self._state = dict(
            precision=precision, image_size=image_size, threads=threads, batch=batch, cpu=cpu, towers=towers, cache=cache,
            orientation=orientation, depth=depth,
        )
        self.cache = cache_folder() if cache is True else os.fspath(cache) if cache else None
        self.reading = Reading(orientation, depth)
        options = Options(
            "rwda_model_options", cpu=cpu, image_size=image_size, precision=precision, towers=towers, cache_dir=self.cache
        )
        self._session_options = Options("rwda_session_options", threads=threads, batch=batch)
        self._c = make(lib.rwda_model_open, lib.rwda_model_free, c_path(self.path), options.c)
        self._info = lib.rwda_model_get_info(self._c)
        self.sha256 = text(self._info.sha256)
        self._resting: tuple[int, list[Any]] = (os.getpid(), [])
        with self.session() as session:
            self.threads = int(lib.rwda_session_threads(session))

    @property
    def info(self) -> dict[str, Any]:
        """What is known of it: the fields of rwda_model_info."""
        return struct_dict(self._info[0])

    @property
    def dim(self) -> int:
        return int(self._info.embed_dim)

    @property
    def image_size(self) -> int:
        return int(self._info.image_size)

    def session(self) -> Lent:
        """One at rest, or a new one, for the calls inside a with statement."""
        if self._resting[0] != os.getpid():
            self._resting = (os.getpid(), [])  # after fork: the threads of those here are the parent's
        resting = self._resting[1]
        try:
            session = resting.pop()
        except IndexError:
            session = make(
                lib.rwda_session_new, lib.rwda_session_free, self._c, self._session_options.c, parents=(self._c,)
            )
        return Lent(resting, session)

    def embed_images(self, images: Images, *, resize: Resize = "config", crops: Crops = "one") -> NDArray[np.float32]:
        """Embeddings of many images: float32 [n, D], rows of unit length; with a crop plan the crops of one image in a row.

        Args:
            images: an iterable of images, or an array uint8 [n, h, w, 3]
            resize: "config", "shortest", "squash" or "tiles"
            crops: "one", "5", "2x2" or "3x3"
        """
        view = (enum_value("rwda_resize", resize), enum_value("rwda_crops", crops))
        parts: list[NDArray[np.float32]] = []
        pace = Pace()
        for group in groups(images, self.reading, self.threads):
            parts.append(self._embed(group, view, pace)[1])
        return np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)

    def _embed(self, group: list[Pixels], view: tuple[int, int], pace: Pace) -> tuple[list[int], NDArray[np.float32]]:
        """How many crops each image has, and the embeddings of all."""
        counts = [int(lib.rwda_crops_count(image.c.width, image.c.height, *view)) for image in group]
        x = np.empty((sum(counts), self.dim), np.float32)
        row = at = 0
        while at < len(group):
            part = group[at : at + pace.size]
            pace(self._embed_into, len(part), x[row:], part, view)
            row += sum(counts[at : at + len(part)])
            at += len(part)
        return counts, x

    def _embed_into(self, x: NDArray[np.float32], images: Sequence[Pixels], view: tuple[int, int]) -> None:
        with self.session() as session:
            call(lib.rwda_session_embed_images, floats(x), session, pointers(images), len(images), *view)

    def embed_image(self, image: Image, *, resize: Resize = "config") -> NDArray[np.float32]:
        """The embedding of one image: float32 [D], unit length."""
        row: NDArray[np.float32] = self.embed_images([image], resize=resize)[0]
        return row

    def embed_texts(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """Embeddings of texts, as they are (no template is put around them): float32 [n, D], rows of unit length.

        >>> import rwda
        >>> model = rwda.Model()
        >>> x = model.embed_texts(["a photo of a nut", "a photo of a scratched nut"])
        >>> x.shape == (2, model.dim)
        True
        """
        if isinstance(texts, (str, bytes)):
            raise InvalidError("many texts are expected: a list of them")
        said = list(texts)
        for t in said:
            expect("texts", t, str)
        encoded = [t.encode("utf-8", "surrogatepass") for t in said]
        kept = [ffi.from_buffer(b) if b else ffi.new("char[1]") for b in encoded]
        x = np.empty((len(encoded), self.dim), np.float32)
        if encoded:
            with self.session() as session:
                call(
                    lib.rwda_session_embed_texts, floats(x), session, ffi.new("char *[]", kept),
                    [len(b) for b in encoded], len(encoded),
                )
        return x

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """The embedding of one text: float32 [D], unit length."""
        row: NDArray[np.float32] = self.embed_texts([text])[0]
        return row

    def preprocess(self, image: Image, *, resize: Resize = "config", crops: Crops = "one") -> NDArray[np.float32]:
        """What the image tower sees: float32 [crops, 3, S, S]."""
        pixels = read_one(image, self.reading)
        view = (enum_value("rwda_resize", resize), enum_value("rwda_crops", crops))
        n = lib.rwda_crops_count(pixels.c.width, pixels.c.height, *view)
        out = np.empty((n, 3, self.image_size, self.image_size), np.float32)
        call(lib.rwda_model_preprocess, floats(out), self._c, pixels.c, *view)
        return out

    def __repr__(self) -> str:
        return f"rwda.Model({self.path!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        kind = () if type(self) is Model else (type(self),)
        return _reopen, (self._place, self.sha256, tuple(sorted(self._state.items())), *kind)


@functools.lru_cache(maxsize=1)  # tasks of a process pool bring one model again and again
def _reopen(path: str, sha256: str, options: tuple[tuple[str, Any], ...], kind: type[Model] = Model) -> Model:
    model = kind.__new__(kind)
    Model.__init__(model, path, **dict(options))  # a subclass's takes what it likes
    if model.sha256 != sha256:
        raise MismatchError(f"{path}: the weights have the SHA-256 {model.sha256}, those that were pickled had {sha256}")
    return model
