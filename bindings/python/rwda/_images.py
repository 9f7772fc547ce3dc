"""Images as people have them: what the library takes of each, and long runs of them."""

from __future__ import annotations

import array
import io
import mmap
import os
from collections.abc import Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Optional, Protocol, TypeVar, Union

import numpy as np
from numpy.typing import NDArray

from ._choices import Orientation
from ._errors import FormatError, InvalidError, LimitError, warn
from ._library import Options, c_bytes, c_path, is_path, make
from ._rwda import ffi, lib

T_co = TypeVar("T_co", covariant=True)


class HasArrayInterface(Protocol):
    """As PIL's images have it."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


class HasArray(Protocol):
    """As tensors have it."""

    def __array__(self, *args: Any, **kwargs: Any) -> NDArray[Any]: ...


class Several(Protocol[T_co]):
    """A list, a tuple, an array, a set, ...: any collection but a str, whose `in` takes nothing but a str."""

    def __contains__(self, item: object, /) -> bool: ...

    def __iter__(self) -> Iterator[T_co]: ...


Image = Union[str, os.PathLike[str], bytes, bytearray, memoryview, NDArray[np.uint8], HasArrayInterface, HasArray]
"""A path, an encoded file's bytes, an array uint8 [h, w, 3] (or [h, w], grey), or whatever has NumPy's array interface, as PIL's images do."""

Images = Union[Several[Image], Iterator[Image], NDArray[np.uint8]]
"""Many of them: a collection, a generator or another iterator, or an array uint8 [n, h, w, 3].  (Any iterable will do; to a type checker, which
would take a str as an iterable of paths, say iter(iterable).)"""

ENCODED = (bytes, bytearray, memoryview, mmap.mmap, array.array)  # what holds an encoded file
UINT8 = np.dtype(np.uint8)
AHEAD = 64  # images that are decoded together
DARK = 4096  # largest sample of 16 bits below which 16 of the 256 levels, or fewer, are left (common/image_reading.c)


class Reading:
    """How files are read.

    Args:
        orientation: "turned" as EXIF says, or "stored"
        depth: bits in use of a 16-bit file's samples, 8..16; -1: each image by its own largest sample; 0: all
    """

    def __init__(self, orientation: Orientation = "turned", depth: int = 0) -> None:
        if isinstance(depth, bool) or depth not in (-1, 0, *range(8, 17)):
            raise InvalidError(f"depth: {depth!r} is none of 0 (all bits), 8..16 and -1 (each image by its own largest sample)")
        self.orientation, self.depth = orientation, depth
        self.options = Options("rwda_image_options", orientation=orientation, depth=depth)


EXPECTED = "a path, the bytes of a file, an array uint8 [h, w, 3] or an image of PIL"


def pixels(image: Any) -> NDArray[np.uint8]:
    """An array as uint8 [h, w, 3] whose rows are packed; a view where memory is that way already."""
    if hasattr(image, "read"):
        raise InvalidError(f"an open file ({type(image).__name__}) is no image: its bytes are, file.read()")
    array = np.asarray(image)[...]
    if array.dtype == object or not (array.ndim or isinstance(image, np.ndarray)):
        raise InvalidError(f"{'None' if image is None else f'an object of type {type(image).__name__}'} is no image: {EXPECTED} is expected")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype != np.uint8:
        advice = "floats in 0..1: multiply by 255 and round"
        if array.dtype.kind in "iu":
            advice = (
                f"16 bits: (image >> 8).astype('uint8'), of 12 bits in use image >> 4; or as a file is read, with the model's depth: "
                f"PIL.Image.fromarray(image) of a grey uint16"
            )
        raise InvalidError(f"an image has the type {array.dtype}: uint8 is expected ({advice})")
    if array.ndim == 2:
        array = array[:, :, np.newaxis].repeat(3, axis=2)
    elif array.ndim == 3 and array.shape[2] == 1:
        array = array.repeat(3, axis=2)
    elif array.ndim == 3 and array.shape[2] == 4:
        array = array[:, :, :3]  # alpha is dropped, as of files
    if array.ndim != 3 or array.shape[2] != 3:
        raise InvalidError(f"an image has the shape {list(array.shape)}: [h, w, 3] is expected")
    if 0 in array.shape:
        raise InvalidError(f"an image has the shape {list(array.shape)}, no pixels")
    if max(array.shape) > 2**31 - 1:
        raise LimitError(f"an image has the shape {list(array.shape)}: at most 2147483647 on a side")
    if array.strides[1:] != (3, 1) or array.strides[0] < 3 * array.shape[1]:
        array = np.array(array, order="C")  # ascontiguousarray leaves the stride of a single row as it is, even negative
    return array


def is_plain(array: NDArray[Any]) -> bool:
    """Whether the library takes it as it is, without the checks of `pixels`, whose time shows in that of a small image."""
    return array.dtype is UINT8 and array.flags.c_contiguous and array.ndim == 3 and array.shape[2] == 3 and 0 < array.size < 2**31


def _of_pil(image: Any) -> Any:
    """PIL: palettes, CMYK and grey become colours, as of files; 16 bits are a file's.  What PIL would cut at 255 stays and is refused."""
    if not (hasattr(image, "convert") and hasattr(image, "load")):
        return image
    try:
        image.load()
    except (OSError, SyntaxError) as error:
        raise FormatError(f"an image that PIL cannot read: {error}") from error
    if image.mode.startswith("I;16"):
        image.save(file := io.BytesIO(), "PNG")
        return file.getvalue()
    return image if image.mode in ("RGB", "I", "F") else image.convert("RGB")


class Pixels:
    """One image as the library takes it.

    Attributes:
        c: const rwda_image *, valid as long as this object
        path: of its file; None: it has none
        largest: sample of a file that has 16 bits and is almost black as it was read; else 0
    """

    __slots__ = ("_kept", "c", "largest", "path")

    def __init__(self, image: Any, reading: Reading) -> None:
        self._kept: Any = None
        self.path: Optional[str] = None
        self.largest = 0
        if type(image) is np.ndarray:
            view = image[...]  # whose shape is its own, whatever another thread does to the array's
            if is_plain(view):
                self._kept = data = ffi.from_buffer(view)
                self.c = ffi.new("rwda_image *", (view.shape[1], view.shape[0], 3 * view.shape[1], data))
                return
        image = _of_pil(image)
        if is_path(image):
            self.path = os.fsdecode(image)
            self.c = make(lib.rwda_image_load, lib.rwda_image_free, c_path(image), reading.options.c)
            self._look(reading)
        elif isinstance(image, ENCODED):
            data = c_bytes(image)
            self.c = make(lib.rwda_image_decode, lib.rwda_image_free, data, len(data), reading.options.c)
            self._look(reading)
        else:
            array = pixels(image)
            data = ffi.from_buffer("uint8_t[]", array) if array.flags.c_contiguous else ffi.cast("uint8_t *", array.ctypes.data)
            self._kept = (array, data)
            self.c = ffi.new("rwda_image *", (array.shape[1], array.shape[0], array.strides[0], data))

    def _look(self, reading: Reading) -> None:
        info = lib.rwda_image_get_info(self.c)
        if reading.depth == 0 and info.bits == 16 and 0 < info.largest < DARK:
            self.largest = int(info.largest)

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.c.height), int(self.c.width)

    def array(self) -> NDArray[np.uint8]:
        height, width = self.shape
        data = np.frombuffer(ffi.buffer(self.c.pixels, (height - 1) * self.c.stride + 3 * width), np.uint8)
        rows = np.lib.stride_tricks.as_strided(data, (height, width, 3), (self.c.stride, 3, 1))
        return np.array(rows, np.uint8)


def warn_dark(images: Sequence[Pixels]) -> bool:
    """Says that some are almost black, as the program does; False: none is."""
    dark = [image for image in images if image.largest]
    if dark:
        name, largest = dark[0].path or "an image", max(image.largest for image in dark)
        whose = name if len(images) == 1 else f"{len(dark)} of {len(images)} images, the first {name},"
        warn(
            f"{whose} {'has' if len(images) == 1 else 'have'} 16-bit samples of at most {largest} and {'is' if len(images) == 1 else 'are'} "
            f"almost black as read; depth={max(8, largest.bit_length())} of rwda.Model (or rwda.decode), or depth=-1 for each image by "
            f"itself, reads in full brightness"
        )
    return bool(dark)


def read_one(image: Image, reading: Reading) -> Pixels:
    """One image, with the warning."""
    read = Pixels(image, reading)
    if read.largest:
        warn_dark([read])
    return read


def decode(image: Image, *, orientation: Orientation = "turned", depth: int = 0) -> NDArray[np.uint8]:
    """The pixels of a file, of its bytes or of an image object: uint8 [h, w, 3], sRGB as stored.

    Args:
        orientation: "turned" as EXIF says, or "stored"
        depth: bits in use of a 16-bit file's samples, 8..16; -1: each image by its own largest sample; 0: all

    >>> import rwda
    >>> rwda.decode("samples/good/grid.jpg").shape
    (256, 256, 3)
    """
    return read_one(image, Reading(orientation, depth)).array()


def one(image: object) -> bool:
    """Whether this is one image rather than many."""
    if isinstance(image, np.ndarray):
        return image.ndim < 4
    if is_path(image) or isinstance(image, ENCODED):
        return True
    if hasattr(image, "__array__") and isinstance(ndim := getattr(image, "ndim", None), int):  # as tensors have it
        return ndim in (2, 3)  # one dimension: a column of paths
    return hasattr(image, "__array_interface__")


def many(images: Images) -> list[Image]:
    """All of them in a list."""
    refuse_one(images)
    return list(images)


def refuse_one(images: object) -> None:
    if one(images) or hasattr(images, "read") or not hasattr(images, "__iter__"):
        what = f"one {type(images).__name__}" if one(images) or hasattr(images, "read") else type(images).__name__
        raise InvalidError(f"many images are expected, not {what}: a list of them, or an array [n, h, w, 3]")


def submit(pool: ThreadPoolExecutor, image: Image, reading: Reading) -> Future[Pixels]:
    """Decodes an image in a thread; in this one, where none can be started: while the interpreter ends, or at a limit of the system."""
    try:
        return pool.submit(Pixels, image, reading)
    except RuntimeError:
        future: Future[Pixels] = Future()
        try:
            future.set_result(Pixels(image, reading))
        except Exception as failure:
            future.set_exception(failure)
        return future


class _Taken:
    """Up to `size` images of an iterator, whose files `pool` decodes, and what ended them early."""

    def __init__(self, iterator: Iterator[Image], size: int, reading: Reading, pool: Optional[ThreadPoolExecutor]) -> None:
        self.failure: Optional[Exception] = None
        self._images: list[Image] = []
        self._reading = reading
        try:
            for image in islice(iterator, size):  # not list(): it would lose those before the failure
                self._images.append(image)
        except Exception as failure:
            self.failure = failure
        self.last = len(self._images) < size
        pooled = len(self._images) > 1 and any(is_path(image) or isinstance(image, ENCODED) for image in self._images)
        self.futures = [submit(pool, image, reading) for image in self._images] if pool is not None and pooled else []

    def read(self) -> list[Pixels]:
        """Those before the first that fails."""
        out: list[Pixels] = []
        try:
            for i, image in enumerate(self._images):
                out.append(self.futures[i].result() if self.futures else Pixels(image, self._reading))
        except Exception as failure:
            self.failure = failure
        return out


def groups(
    images: Images, reading: Reading, threads: int, size: int = AHEAD, *, ahead: bool = True, partial: bool = False,
    told: Optional[set[str]] = None,
) -> Iterator[list[Pixels]]:
    """All images in order, `size` at a time, decoded in `threads` threads, with `ahead` while those before are used.

    An image that cannot be read, or an exception of the iterable, is raised; with `partial` after the images before it.  `told` is what was
    warned of, for a call that comes here several times.
    """
    refuse_one(images)
    iterator: Iterator[Image] = iter(images)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="rwda-decode") if threads > 1 and (ahead or size > 1) else None
    told = set() if told is None else told
    current: Optional[_Taken] = None
    following: Optional[_Taken] = None
    read: list[Pixels] = []
    try:
        current = _Taken(iterator, size, reading, pool)
        while True:
            following = _Taken(iterator, size, reading, pool) if ahead and current.futures and not current.last else None
            read = current.read()
            if "dark" not in told and warn_dark(read):
                told.add("dark")
            if current.failure is not None and not partial:
                raise current.failure
            if read:
                yield read
            if current.failure is not None:
                raise current.failure
            if current.last:
                return
            current = following or _Taken(iterator, size, reading, pool)
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        if current is not None:  # a failure's traceback has this frame and read's: cycles, with all the images
            current.failure, current.futures = None, []
        del following, read


def pointers(group: Sequence[Pixels]) -> Any:
    return ffi.new("rwda_image *[]", [image.c for image in group])


def total(images: object) -> int:
    """How many there are; 0: not known."""
    return len(images) if isinstance(images, Sized) else 0
