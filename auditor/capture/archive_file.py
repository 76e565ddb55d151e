"""The file or pipe that the user names as an archive."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from ..model import InvalidInput, UsageError
from ..store.reading import STANDARD_INPUT, kind_of, reason, stream_number
from .chunks import Chunks, FilePart, Stream, pieces_of

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Meter:
    """Adds up how many bytes were read, of how many (0: not known), and tells whoever watches."""

    def __init__(self, tell: Callable[[int, int], None] | None) -> None:
        self._tell = tell
        self._done = 0
        self.total = 0

    def add(self, size: int) -> None:
        self._done += size
        if self._tell is not None:
            self._tell(self._done, self.total)


class ArchiveFile:
    """An open archive. `seekable`: a regular file, which can be read from anywhere and again;
    else a pipe, which can be read once, until a time (monotonic, seconds). Raises `UsageError`
    for what is neither.
    """

    def __init__(self, path: str, until: float) -> None:
        self._until = until
        try:
            stream = STANDARD_INPUT if path == "-" else stream_number(path)
            self.descriptor = os.open(path, _FLAGS) if stream is None else os.dup(stream)
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: cannot be read: {reason(error)}") from None
        self._status = os.fstat(self.descriptor)
        mode = self._status.st_mode
        self.seekable = stat.S_ISREG(mode)
        self.size = self._status.st_size if self.seekable else 0
        piped = stream is not None and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))
        if not self.seekable and not piped:
            os.close(self.descriptor)
            if stream is not None and os.isatty(stream):
                raise UsageError(f"{path}: is a terminal: name a file or pipe one in")
            raise UsageError(f"{path}: is {kind_of(mode)}, not an archive")

    def chunks(self, start: int = 0, size: int | None = None, meter: Meter | None = None) -> Chunks:
        """A part of the file, or all that comes out of the pipe."""
        tell = meter.add if meter is not None else None
        if self.seekable:
            return FilePart(self.descriptor, start, size, tell)
        return Stream(pieces_of(self.descriptor, self._until), tell)

    def close(self) -> None:
        os.close(self.descriptor)

    def check_unchanged(self) -> None:
        """Raise `InvalidInput` for a file that was written to since it was opened."""
        now, before = os.fstat(self.descriptor), self._status
        if self.seekable and (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
            raise InvalidInput("it was written to while it was read")
