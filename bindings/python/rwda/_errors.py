"""What the library's errors are in Python."""

from __future__ import annotations

import sys
import warnings
from typing import Optional


class Error(Exception):
    """A call failed.

    Attributes:
        code: the library's name of the failure, ``"RWDA_EFORMAT"``
        offset: byte of the input at which it was noticed, or None
        message: one sentence: the file or argument, and what is wrong with it

    Each code has a subclass, which is also the exception that Python has for such a failure:

    >>> import rwda
    >>> try:
    ...     rwda.decode("no/such/image.png")
    ... except FileNotFoundError as error:
    ...     print(type(error).__name__, error.code, error.offset)
    NotFoundError RWDA_ENOTFOUND None
    """

    code = "RWDA_EINVAL"

    def __init__(self, message: str, code: Optional[str] = None, offset: Optional[int] = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.offset = offset

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[Error], tuple[str, str, Optional[int]]]:
        return type(self), (self.message, self.code, self.offset)


class RwdaWarning(UserWarning):
    """Something that a user should know went on: an image that is almost black as it was read, too few normal scores for a rate.

    >>> import warnings, rwda
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", rwda.RwdaWarning)  # or "error": it is raised
    ...     rwda.Calibration(rwda.Scorer(), [0.1, 0.2, 0.3]).enough
    False
    """


def warn(message: str) -> None:
    """An RwdaWarning at the line of the user's program that called this package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "rwda":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, RwdaWarning, stacklevel=level)


class InvalidError(Error, ValueError):
    """An argument is out of its range."""


class ReadError(Error, OSError):
    """The operating system refused to open, read or write."""

    code = "RWDA_EIO"


class FormatError(Error, ValueError):
    """Bytes do not follow their format: a damaged image, model or detector."""

    code = "RWDA_EFORMAT"


class UnsupportedError(Error, NotImplementedError):
    """Well-formed, but not something this library does; the message says what to do."""

    code = "RWDA_EUNSUPPORTED"


class LimitError(Error, ValueError):
    """Over a stated cap: pixels, bytes, tokens."""

    code = "RWDA_ELIMIT"


class MismatchError(Error, ValueError):
    """Two valid things that do not belong together: a detector and another model."""

    code = "RWDA_EMISMATCH"


class OutOfMemoryError(Error, MemoryError):
    """Memory ended."""

    code = "RWDA_ENOMEM"


class NotFoundError(Error, FileNotFoundError):
    """No such file, tensor or name."""

    code = "RWDA_ENOTFOUND"


class ExistsError(Error, FileExistsError):
    """The output exists, and overwriting was not asked for."""

    code = "RWDA_EEXIST"


class CancelledError(Error):
    """A progress function asked to stop."""

    code = "RWDA_ECANCELLED"


for _kind in (Error, RwdaWarning, *Error.__subclasses__()):
    _kind.__module__ = "rwda"  # where users find it, and tracebacks name it

BY_CODE: dict[str, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidError, ReadError, FormatError, UnsupportedError, LimitError, MismatchError, OutOfMemoryError, NotFoundError, ExistsError,
        CancelledError,
    )
}
