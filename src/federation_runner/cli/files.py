"""Files that a command writes: opened before it does anything else, so that no work is done for nothing."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from federation_runner.cli.errors import UnwrittenError, UsageMistakeError

_NEW_SECRET = os.O_CREAT | os.O_EXCL, 0o600
_RESULT = os.O_CREAT | os.O_APPEND, 0o666


@attrs.frozen
class Output:
    """A file that is open for its one text."""

    path: Path
    number: int

    def write(self, text: str) -> None:
        """Make *text* the whole content.

        Raises:
            UnwrittenError: there is no room, or the like.
        """
        left = text.encode()
        try:
            if stat.S_ISREG(os.fstat(self.number).st_mode):
                os.ftruncate(self.number, 0)
            while left:
                left = left[os.write(self.number, left) :]
        except OSError as error:
            raise UnwrittenError(f"{self.path}: {error.strerror}") from None


@contextmanager
def secret_file(path: Path) -> Iterator[Output]:
    """A new file that only its owner may read; it is gone again where the command fails.

    Raises:
        UsageMistakeError: there is a file already, or none can be made.
    """
    with _opened(path, *_NEW_SECRET) as output:
        yield output


@contextmanager
def result_file(path: Path) -> Iterator[Output]:
    """A file for a result, new or to be replaced; what is in it stays until there is one.

    Raises:
        UsageMistakeError: it cannot be written.
    """
    with _opened(path, *_RESULT) as output:
        yield output


@contextmanager
def _opened(path: Path, flags: int, mode: int) -> Iterator[Output]:
    try:
        is_new = not path.exists()
        number = os.open(path, os.O_WRONLY | flags, mode)
    except FileExistsError:
        raise UsageMistakeError(f"{path} exists already; name a new file") from None
    except OSError as error:
        raise UsageMistakeError(f"{path}: {error.strerror}; name a file that can be written") from None
    try:
        yield Output(path, number)
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise
    finally:
        os.close(number)
