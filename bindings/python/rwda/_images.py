"""Images as people have them: what the library takes of each, and long runs of them."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from ._errors import FormatError, InvalidError, LimitError
from ._library import Options, c_path, is_path, make
from ._rwda import ffi, lib

Image = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, NDArray[np.uint8], Any]
"""A path, an encoded file's bytes, an array uint8 [h, w, 3] (or [h, w], grey), or whatever has NumPy's array interface, as PIL's images do."""

Images = Union[Iterable[Image], NDArray[np.uint8]]
"""Many of them: any iterable, or an array uint8 [n, h, w, 3]."""

ENCODED = (bytes, bytearray, memoryview)  # what holds an encoded file
UINT8 = np.dtype(np.uint8)
AHEAD = 64  # images in one call: whole batches, and a moment in which an interrupt waits


class Reading:
    """How files are read.

    Args:
        orientation: "turned" as EXIF says, or "stored"
        depth: bits in use of a 16-bit file's samples, 8..16; -1: each image by its own largest sample; 0: all
    """

    def __init__(self, orientation: str = "turned", depth: int = 0) -> None:
        self.orientation, self.depth = orientation, depth
        self.options = Options("rwda_image_options", orientation=orientation, depth=depth)


def pixels(image: Image) -> NDArray[np.uint8]:
    """An array as uint8 [h, w, 3] whose rows are packed; a view where memory is that way already."""
    array = np.asarray(image)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype != np.uint8:
        raise InvalidError(f"an image has the type {array.dtype}: uint8 is expected (floats in 0..1: multiply by 255 and round)")
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
    """

    __slots__ = ("_kept", "c")

    def __init__(self, image: Image, reading: Reading) -> None:
        self._kept: Any = None
        if type(image) is np.ndarray and is_plain(image):
            self._kept = data = ffi.from_buffer(image)
            self.c = ffi.new("rwda_image *", (image.shape[1], image.shape[0], 3 * image.shape[1], data))
            return
        image = _of_pil(image)
        if is_path(image):
            self.c = make(lib.rwda_image_load, lib.rwda_image_free, c_path(image), reading.options.c)
        elif isinstance(image, ENCODED):
            data = ffi.from_buffer(image)
            self.c = make(lib.rwda_image_decode, lib.rwda_image_free, data, len(data), reading.options.c)
        elif isinstance(image, Pixels):
            self.c, self._kept = image.c, image
        else:
            array = pixels(image)
            data = ffi.from_buffer("uint8_t[]", array) if array.flags.c_contiguous else ffi.cast("uint8_t *", array.ctypes.data)
            self._kept = (array, data)
            self.c = ffi.new("rwda_image *", (array.shape[1], array.shape[0], array.strides[0], data))

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.c.height), int(self.c.width)

    def array(self) -> NDArray[np.uint8]:
        height, width = self.shape
        data = np.frombuffer(ffi.buffer(self.c.pixels, (height - 1) * self.c.stride + 3 * width), np.uint8)
        rows = np.lib.stride_tricks.as_strided(data, (height, width, 3), (self.c.stride, 3, 1))
        return np.array(rows, np.uint8)


def decode(image: Image, *, orientation: str = "turned", depth: int = 0) -> NDArray[np.uint8]:
    """The pixels of a file, of its bytes or of an image object: uint8 [h, w, 3], sRGB as stored.

    Args:
        orientation: "turned" as EXIF says, or "stored"
        depth: bits in use of a 16-bit file's samples, 8..16; -1: each image by its own largest sample; 0: all

    >>> import rwda
    >>> rwda.decode("samples/good/grid.jpg").shape
    (256, 256, 3)
    """
    return Pixels(image, Reading(orientation, depth)).array()


def one(image: Image) -> bool:
    """Whether this is one image rather than many."""
    if isinstance(image, np.ndarray):
        return image.ndim < 4
    if is_path(image) or isinstance(image, (*ENCODED, Pixels)):
        return True
    return hasattr(image, "__array_interface__")


def many(images: Images) -> list[Image]:
    """All of them in a list."""
    refuse_one(images)
    return list(images)


def refuse_one(images: Images) -> None:
    if one(images):
        raise InvalidError("many images are expected: a list of them, or an array [n, h, w, 3]")


def groups(images: Images, reading: Reading, threads: int, size: int = AHEAD) -> Iterator[list[Pixels]]:
    """All images in order, `size` at a time; files are decoded by `threads` threads while earlier ones are used."""
    refuse_one(images)

    def read(image: Image) -> Pixels:
        return Pixels(image, reading)

    iterator = iter(images)
    first = list(islice(iterator, size))
    if threads < 2 or not any(is_path(image) or isinstance(image, ENCODED) for image in first):
        while first:
            yield [read(image) for image in first]
            first = list(islice(iterator, size))
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="rwda-decode") as pool:
        waiting = deque([[pool.submit(read, image) for image in first]])
        try:
            while waiting:
                group = list(islice(iterator, size))
                if group:
                    waiting.append([pool.submit(read, image) for image in group])
                yield [future.result() for future in waiting.popleft()]
        finally:
            for futures in waiting:
                for future in futures:
                    future.cancel()


def pointers(group: Sequence[Pixels]) -> Any:
    return ffi.new("rwda_image *[]", [image.c for image in group])


def total(images: Images) -> int:
    """How many there are; 0: not known."""
    return len(images) if isinstance(images, Sized) else 0
