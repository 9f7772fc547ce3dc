"""The C library as the other modules see it: calls that raise, options by name, objects that free themselves, events."""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
import time
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import BY_CODE, Error, ExistsError, FormatError, InvalidError
from ._rwda import ffi, lib

if TYPE_CHECKING:
    from typing_extensions import TypeGuard

PathLike = Union[str, os.PathLike[str]]
"""The path of a file or folder."""

Progress = Union[bool, Callable[[str, int, int], object], None]
"""Of long work: a function of stage, done and total (0: not known), or True: bars of tqdm, where it is installed."""


def text(pointer: Any) -> str:
    """A C string; "" for NULL."""
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def json_object(given: str) -> dict[str, Any]:
    """Of JSON from the library, which takes it deeper than Python's reader does."""
    try:
        return dict(json.loads(given))
    except RecursionError:
        raise FormatError("its JSON is nested too deeply") from None


def is_path(value: object) -> TypeGuard[PathLike]:
    return isinstance(value, (str, os.PathLike))


def expect(what: str, value: object, kind: type, how: str = "") -> None:
    """Refuses an argument of another type; `how` says where one comes from."""
    if not isinstance(value, kind):
        name = kind.__name__ if kind.__module__ == "builtins" else f"rwda.{kind.__name__}"
        raise TypeError(f"{what}: {name} is expected, not {type(value).__name__}{how and f' ({how})'}")


def unknown(call_name: str, what: str, given: object, known: Iterable[str]) -> str:
    """The sentence that refuses a name: what was meant, and what there is."""
    names = list(known)
    near = difflib.get_close_matches(str(given), names, 1)
    return f"{call_name} has no {what} '{given}'{f': did you mean {near[0]}?' if near else ''} (there are {', '.join(names)})"


def c_path(path: Union[PathLike, bytes]) -> bytes:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"a path is expected, not {type(path).__name__}: {path!r:.80}")
    return _whole(path, os.fsencode(path))


def c_text(value: object, errors: str = "strict") -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"a str is expected, not {type(value).__name__}: {value!r}")
    try:
        return _whole(value, value.encode("utf-8", errors))
    except UnicodeEncodeError as wrong:
        raise InvalidError(f"{value!r} has a lone surrogate at character {wrong.start}") from None


def _whole(given: object, encoded: bytes) -> bytes:
    """C would end at a null character, and mean another file or name."""
    if b"\0" in encoded:
        raise InvalidError(f"{given!r} has a null character at byte {encoded.index(0)}")
    return encoded


def c_bytes(data: Any) -> Any:
    """const char [n] of an object with a buffer.

    By way of NumPy: the cycle collector clears a memoryview that is still exported, which ends the process (CPython before 3.13).
    """
    return ffi.from_buffer(np.frombuffer(data, np.uint8) if len(data) else b"")


def call(function: Any, *arguments: Any) -> None:
    """Calls a function whose last parameter is rwda_error *; raises what it says."""
    err = ffi.new("rwda_error *")
    status = function(*arguments, err)
    if status != lib.RWDA_OK:
        raise error(err)


def save(function: Any, c: Any, path: PathLike, overwrite: bool) -> None:
    """Writes a file; where there is one already the error says what overwrites it."""
    try:
        call(function, c, c_path(path), overwrite)
    except ExistsError as there:
        raise ExistsError(f"{there.message}; overwrite=True replaces it") from None


def error(err: Any) -> Error:
    code = text(lib.rwda_status_name(err.code))
    return BY_CODE.get(code, Error)(text(err.message), code, None if err.offset < 0 else err.offset)


_owned: dict[int, weakref.ref[Any]] = {}  # by address; what is called as a pointer's last reference goes


def own(pointer: Any, free: Any, *parents: object) -> Any:
    """A pointer that is freed with its last reference, before anything that it was made from.

    Not by ffi.gc: the cycle collector finalizes such pointers in any order, before a __del__ that still uses them.  A plain pointer is not
    seen by the collector, and ends by its count alone.  `parents` stay reachable until then, so they are pointers, or hold nothing else: with
    an object that a user's can be part of, a cycle would never be collected.
    """
    address, maker = int(ffi.cast("uintptr_t", pointer)), os.getpid()
    plain = ffi.cast(ffi.typeof(pointer), address)

    def ended(  # without globals, which are gone as the interpreter ends
        _reference: object, _parents: tuple[object, ...] = parents, owned: dict[int, weakref.ref[Any]] = _owned,
        getpid: Callable[[], int] = os.getpid,
    ) -> None:
        owned.pop(address)  # first: once it is free another pointer may have the address
        if getpid() == maker:  # after fork a session's threads are the parent's, and waiting for them would never end
            free(plain)

    _owned[address] = weakref.ref(pointer, ended)
    return pointer


def release(pointer: Any) -> None:
    """Frees a pointer of `own` now."""
    reference: Any = _owned[int(ffi.cast("uintptr_t", pointer))]
    reference.__callback__(reference)


def make(function: Any, free: Any, *arguments: Any, parents: tuple[object, ...] = ()) -> Any:
    """Calls a function whose first parameter is T **out; the result is freed with `free`."""
    kind = ffi.typeof(function).args[0].item.cname
    out = ffi.new(f"{kind} *")
    call(function, out, *arguments)
    return own(out[0], free, *parents)


# The enumeration that names the values of a C type.
_ENUMS = {
    f"rwda_{name[len('RWDA_ENUM_') :].lower()}": getattr(lib, name) for name in dir(lib) if name.startswith("RWDA_ENUM_")
}
_ENUMS["rwda_fnn_activation"] = lib.RWDA_ENUM_ACTIVATION
_EVAL_OBJECTS = {"unknown": lib.RWDA_EVAL_OBJECT_UNKNOWN, "known": lib.RWDA_EVAL_OBJECT_KNOWN}


def enum_value(kind: str, name: object) -> int:
    """The number of a name of a C enumeration ("rwda_method", "fnn")."""
    if not isinstance(name, str):
        raise TypeError(f"{kind[len('rwda_') :]}: a name is expected, not {type(name).__name__}")
    if kind == "rwda_eval_object":
        if name not in _EVAL_OBJECTS:
            raise InvalidError(f"object: '{name}' is none of unknown, known")
        return int(_EVAL_OBJECTS[name])
    value = ffi.new("int *")
    call(lib.rwda_enum_parse, value, _ENUMS[kind], c_text(name))
    return int(value[0])


def enum_name(kind: str, value: int) -> str:
    return text(lib.rwda_enum_name(_ENUMS[kind], value))


class Pace:
    """How many images one call of the library takes: an interrupt and a progress function wait until it ends."""

    SECONDS, MOST = 0.5, 64

    def __init__(self) -> None:
        self.size = 4

    def __call__(self, function: Callable[..., None], n: int, *arguments: Any) -> None:
        """A call for n images, after which `size` is so many as take half a second."""
        begun = time.monotonic()
        function(*arguments)
        fit = int(n * self.SECONDS / max(time.monotonic() - begun, 1e-9))
        self.size = max(1, min(fit, self.MOST))


# Where a user gives the fields of a struct by name, and those that the call sets itself.
_CALLS = {"rwda_memory_options": "rwda.Memory", "rwda_map_options": "Scorer.map"}
_SET_BY_CALLS = ("size", "orientation", "depth", "mode", "mutual")


class Options:
    """An options struct: the library's defaults, and what is given by the names of its fields; None leaves a default.

    Attributes:
        c: the struct's pointer; valid as long as this object
    """

    def __init__(self, kind: str, /, **given: Any) -> None:
        self.c = ffi.new(f"{kind} *")
        self._kept: list[Any] = []  # what the struct's pointers point to
        getattr(lib, f"{kind}_default")(self.c, ffi.sizeof(kind))
        types = {name: field.type for name, field in ffi.typeof(kind).fields}
        for name, value in given.items():
            if name not in types or name == "size":
                known = (name for name in types if name not in _SET_BY_CALLS)
                raise TypeError(unknown(_CALLS.get(kind, kind), "option", name, known))
            if value is not None:
                self._set(name, types[name], value)

    def _set(self, name: str, kind: Any, value: Any) -> None:
        given = value
        if kind.kind == "enum":
            value = enum_value(kind.cname, value)
        elif kind.kind == "array" and (isinstance(value, (str, bytes)) or np.ndim(value) != 1):
            raise TypeError(f"{name}: a list of numbers is expected, not {value!r}")
        elif isinstance(value, Options):
            self._kept.append(value)
            value = value.c
        elif isinstance(value, bytes) or is_path(value):
            value = self.keep(ffi.new("char[]", c_path(value)))
        elif kind.kind == "primitive" and isinstance(value, bool):
            value = int(value)
        elif kind.kind == "array":
            value = list(value)
        try:
            setattr(self.c, name, value)
        except (TypeError, OverflowError, IndexError) as wrong:
            if kind.kind == "primitive" and not isinstance(given, (int, float)):
                raise TypeError(f"{name}: a number is expected, not {type(given).__name__}") from None
            raise InvalidError(f"{name}: {given!r} is not taken ({wrong})") from None

    def keep(self, value: Any) -> Any:
        self._kept.append(value)
        return value


class Events:
    """What long work tells on the way, and how it is stopped: a context around the calls.

    An exception raised by the progress function, KeyboardInterrupt among them, stops the work and goes on to the caller.  Warnings and
    notes are collected.
    """

    def __init__(self, progress: Progress = None) -> None:
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self._raised: Optional[BaseException] = None
        self._bar: Any = None
        self._function = self._tqdm() if progress is True else (progress or None)
        self._handle = ffi.new_handle(self)
        self.c = ffi.new("rwda_events *", [lib.rwda_python_progress, lib.rwda_python_note, lib.rwda_python_warn, self._handle])

    def __enter__(self) -> tuple[Any, Any]:
        """Around the call: the progress function and its user, as C takes them."""
        return lib.rwda_python_progress, self._handle

    def __exit__(self, _kind: object, failure: Optional[BaseException], _traceback: object) -> None:
        if self._bar is not None:
            self._bar.close()
        raised, self._raised = self._raised, None
        if raised is not None and (failure is None or isinstance(failure, Error)):  # None: after the last callback of work that succeeded
            context = raised.__context__
            try:
                raise raised
            finally:
                raised.__context__ = context  # not that the work was stopped for it
                del raised  # its traceback has this frame: a cycle

    def progress(self, stage: str, done: int, total: int) -> int:
        if self._raised is not None:  # in a note or a warning, which cannot stop the work
            return 1
        if self._function is not None:
            self._function(stage, done, total)
        return 0

    def failed(self, raised: BaseException) -> None:
        self._raised = self._raised or raised

    def _tqdm(self) -> Optional[Callable[[str, int, int], object]]:
        if sys.stderr is None:  # as of pythonw, and of a process that was started without one
            return None
        try:
            tqdm: Any = importlib.import_module("tqdm.auto").tqdm
        except ImportError:
            return None

        def show(stage: str, done: int, total: int) -> None:
            if self._bar is None or self._bar.desc != stage:
                if self._bar is not None:
                    self._bar.close()
                self._bar = tqdm(total=total or None, desc=stage)
                self._bar.desc = stage  # tqdm adds a colon
            self._bar.update(done - self._bar.n)

        return show


def _raised(_kind: type[BaseException], raised: BaseException, traceback: Any) -> None:
    """An exception in the callback, KeyboardInterrupt too: it goes on when the call has ended."""
    ffi.from_handle(traceback.tb_frame.f_locals["user"]).failed(raised)


@ffi.def_extern(error=1, onerror=_raised)
def rwda_python_progress(user: Any, stage: Any, done: int, total: int) -> int:
    return int(ffi.from_handle(user).progress(text(stage), done, total))


@ffi.def_extern(onerror=_raised)
def rwda_python_note(user: Any, message: Any) -> None:
    ffi.from_handle(user).notes.append(text(message))


@ffi.def_extern(onerror=_raised)
def rwda_python_warn(user: Any, message: Any) -> None:
    ffi.from_handle(user).warnings.append(text(message))


def floats(array: NDArray[np.float32]) -> Any:
    """float * to the numbers of a contiguous array; the caller keeps the array."""
    return ffi.cast("float *", array.ctypes.data)


def rows(x: NDArray[Any]) -> NDArray[np.float32]:
    """Embeddings [n, D], or one [D], as [1, D]."""
    x = np.ascontiguousarray(np.atleast_2d(x), np.float32)[...]  # a view's shape is its own, whatever another thread does to the array's
    if x.ndim != 2:
        raise InvalidError(f"embeddings have the shape {list(x.shape)}: [n, D] is expected")
    return x


def marks_of(labels: ArrayLike) -> NDArray[np.uint8]:
    """Labels [n], each of them 0 or 1: NaN, None and -1 are none."""
    said = np.asarray(labels).ravel()
    known = (said == 0) | (said == 1) if said.dtype.kind in "biufO" else np.zeros(said.shape, np.bool_)
    if not np.all(known):  # scikit-learn has the labels first, and -1 for outliers
        wrong = said[~known.astype(np.bool_)][0]
        raise InvalidError(f"a label is {wrong}: 0 (normal) or 1 (anomalous) is expected, and the scores before the labels")
    return np.ascontiguousarray(said != 0, np.uint8)


def doubles(array: NDArray[np.float64]) -> Any:
    return ffi.cast("double *", array.ctypes.data)


def struct_dict(struct: Any) -> dict[str, Any]:
    """A C struct as a dictionary: strings, numbers, lists, and the names of enumerations; not an options struct's own `size`."""
    out: dict[str, Any] = {}
    for name, field in ffi.typeof(struct).fields:
        if name == "size":
            continue
        value, kind = getattr(struct, name), field.type
        if kind.kind == "enum":
            value = enum_name(kind.cname, value)
        elif kind.kind == "struct":
            value = struct_dict(value)
        elif kind.kind == "array":
            value = text(value) if kind.item.cname == "char" else list(value)
        elif kind.kind == "pointer":
            if not kind.item.cname.startswith("char"):
                continue
            value = None if value == ffi.NULL else text(value)
        out[name] = value
    return out
