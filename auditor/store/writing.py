"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat

from ..agent.files import replace_file
from ..model import UsageError
from .reading import kind_of, reason, stream_number

NEW_FILE_MODE = 0o644  # less the umask


def write(path: str | os.PathLike[str], text: str) -> None:
    """Put `text` (as UTF-8) into a file: all of it under the final name, or nothing.

    A new file gets mode 0644 less the umask, an existing one keeps its mode, a symbolic link
    is followed. Open streams (`/dev/stdout`), devices and pipes are written in place. Stale
    temporary files that killed processes left in the directory are removed.

    Raises `UsageError` where the file cannot be written; whatever it held is then untouched.
    """
    name = os.fspath(path)
    # A lone surrogate (an undecodable byte of a name) has no UTF-8 form.
    data = text.encode("utf-8", "backslashreplace")
    try:
        stream = stream_number(name)
        if stream is not None:
            _write_descriptor(os.dup(stream), data)
            return
        target = _resolve(name)
        present = _stat(target)
        if present is None or stat.S_ISREG(present.st_mode):
            _replace(name, target, present, data)
        else:
            _write_in_place(name, data)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise UsageError(f"{name}: cannot be written: {reason(error)}") from None


def _resolve(name: str) -> str:
    """Follow a final symbolic link, unless a stranger laid it (Linux: protected_symlinks)."""
    if not os.path.islink(name):
        return name
    link = os.lstat(name)
    directory = os.stat(os.path.dirname(name) or ".")
    if link.st_uid not in (os.geteuid(), directory.st_uid):
        raise UsageError(f"{name}: is a symbolic link of another user: name the file itself")
    return os.path.realpath(name)


def _stat(target: str) -> os.stat_result | None:
    try:
        return os.stat(target)
    except FileNotFoundError:
        return None


def _replace(name: str, target: str, present: os.stat_result | None, data: bytes) -> None:
    directory = os.path.dirname(target) or "."
    if not os.path.isdir(directory):
        raise UsageError(f"{name}: cannot be written: there is no directory {directory}")
    if present is not None and not os.access(target, os.W_OK):
        raise UsageError(f"{name}: cannot be written: the file is read-only")
    if present is None:
        replace_file(target, data, NEW_FILE_MODE)
    else:
        replace_file(target, data, stat.S_IMODE(present.st_mode) & 0o777, exactly=True)
    _synchronise_directory(directory)


def _write_in_place(name: str, data: bytes) -> None:
    # O_NONBLOCK: a FIFO that nobody reads is an error (ENXIO), not a wait without end.
    descriptor = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
        os.close(descriptor)
        raise UsageError(f"{name}: cannot be written: it is {kind_of(mode)}")
    os.set_blocking(descriptor, True)
    _write_descriptor(descriptor, data)


def _write_descriptor(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)


def _synchronise_directory(directory: str) -> None:
    """Make the rename durable; the file is complete either way, so a refusal is no error."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
