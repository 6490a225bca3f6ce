"""The standard streams, made safe: one that is closed, a disk that is full, and a reader that leaves early.

| what happens | what follows |
| --- | --- |
| standard output is closed, or cannot be written | `OutputLostError`, once; nothing of the result is kept |
| whoever reads standard output leaves | the rest of the result is dropped, and that is all |
| standard error is closed, or cannot be written | nobody can be told; the rest of it is dropped |
"""

import codecs
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TextIO

OUT, ERR = 1, 2
UTF_8 = "utf-8"


class OutputLostError(Exception):
    """The result could not be written to standard output; the text says why."""


class _Guarded(io.TextIOWrapper):
    """A text stream that tells of its first failure to write, and drops everything from then on."""

    def __init__(self, buffer: BinaryIO, encoding: str, tell: Callable[[OSError], None]) -> None:
        super().__init__(buffer, encoding=encoding, errors="replace", line_buffering=True)
        self._tell = tell

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._lost(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._lost(error)

    def _lost(self, error: OSError) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())  # what is still in the buffer goes there, at the latest when the process ends
        os.close(nowhere)
        self._tell(error)


def guard() -> None:
    """Make both streams safe; to be called once, before anything is opened."""
    _occupy()
    sys.stdout = _guarded(sys.stdout, OUT, _tell_of_output)
    sys.stderr = _guarded(sys.stderr, ERR, _keep_quiet)


def _occupy() -> None:
    """Put something behind the numbers of closed streams, so that no socket or file ever takes their place.

    It is opened for reading alone, so that a result that is written there is still known to be lost.
    """
    for number in (0, OUT, ERR):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)


def _guarded(stream: TextIO | None, number: int, tell: Callable[[OSError], None]) -> _Guarded:
    """*stream* made safe; one that was closed is none, and only its number is left.

    An environment that names no encoding gives ASCII, which click would go round, and this guard with it.
    """
    if stream is None:
        return _Guarded(open(number, "wb", closefd=False), UTF_8, tell)
    is_plain = codecs.lookup(stream.encoding).name == "ascii"
    return _Guarded(stream.buffer, UTF_8 if is_plain else stream.encoding, tell)


def _tell_of_output(error: OSError) -> None:
    match error.errno:
        case errno.EPIPE:
            return
        case errno.EBADF:
            raise OutputLostError("it is closed") from error
        case _:
            raise OutputLostError(error.strerror or "it cannot be written") from error


def _keep_quiet(_error: OSError) -> None:
    """There is nobody left to tell."""
