"""Reading files that may be anything: never hangs on them, never reads without end."""

from __future__ import annotations

import os
import re
import stat

from ..model import InvalidInput

MAX_FILE_SIZE = 64 * 1024 * 1024  # bytes; a fingerprint has about 200 KiB
_CHUNK = 1024 * 1024

STANDARD_INPUT = 0
# Streams that the caller opened for us: redirections and <(...).
_STREAMS = {"/dev/stdin": STANDARD_INPUT, "/dev/stdout": 1, "/dev/stderr": 2}
_STREAM_NUMBER = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,4})", re.ASCII)

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read(path: str | os.PathLike[str], limit: int = MAX_FILE_SIZE) -> bytes:
    """The content of a regular file, or of a stream that is already open (`-`, `/dev/fd/N`).

    Raises `InvalidInput` for a file that is missing, unreadable, of another kind (the open
    does not wait for the other end of a FIFO) or larger than `limit` bytes.
    """
    name = os.fspath(path)
    try:
        stream = STANDARD_INPUT if name == "-" else stream_number(name)
        descriptor = os.dup(stream) if stream is not None else _open_regular(name)
        try:
            if stream is not None and os.isatty(descriptor):
                raise InvalidInput(f"{name}: is a terminal: name a file or pipe one in")
            return _read_all(descriptor, name, limit)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise InvalidInput(f"{name}: cannot be read: {reason(error)}") from None


def stream_number(name: str) -> int | None:
    """The open file descriptor that a path stands for, None for an ordinary path."""
    match = _STREAM_NUMBER.fullmatch(name)
    return int(match.group(1)) if match else _STREAMS.get(name)


def kind_of(mode: int) -> str:
    """What `st_mode` says a file is, with its article."""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "a file")


def reason(error: OSError | ValueError) -> str:
    """Why the system refused, in lower case and without the path."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


def _open_regular(name: str) -> int:
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise InvalidInput(f"{name}: is {kind_of(mode)}, not a file")
    return descriptor


def _read_all(descriptor: int, name: str, limit: int) -> bytes:
    # Not by the size that fstat tells: files below /proc have none, and others may grow.
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(descriptor, _CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise InvalidInput(f"{name}: is larger than {_readable(limit)}")
    return b"".join(chunks)


def _readable(size: int) -> str:
    return f"{size // 1024**2} MiB" if size >= 1024**2 else f"{size // 1024} KiB"
