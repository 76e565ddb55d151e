"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import time

from ..model import UsageError
from .reading import kind_of, reason, stream_number

NEW_FILE_MODE = 0o644  # less the umask

_TEMPORARY = re.compile(r"\.envaudit-(\d+)-[0-9a-f]{8}\.tmp", re.ASCII)
# Seconds: what is stale where the file system has no locks. The process that left a temporary
# may live in another PID namespace that shares the directory, so "no such process" alone proves
# nothing about a young file; and a number that is taken again (PID 1 of the next container)
# proves nothing about an old one.
_YOUNG, _OLD = 60, 3600
_ATTEMPTS = 100  # at a temporary of our own: nobody but a sweeper takes one away


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
    _sweep(directory)
    temporary, descriptor = _open_locked(directory)
    try:
        with open(descriptor, "wb") as file:
            if present is not None:
                os.fchmod(descriptor, stat.S_IMODE(present.st_mode) & 0o777)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
            os.replace(temporary, target)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _synchronise_directory(directory)


def _open_locked(directory: str) -> tuple[str, int]:
    """(path, descriptor) of a new temporary file. Its lock is gone when its writer is, however
    that ended, so that the next run knows what is stale."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for _ in range(_ATTEMPTS):
        name = f".envaudit-{os.getpid()}-{secrets.token_hex(4)}.tmp"
        path = os.path.join(directory, name)
        descriptor = os.open(path, flags, NEW_FILE_MODE)
        # A sweeper may have come between: then the file is gone, or about to go.
        if _lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _lock(descriptor: int) -> bool | None:
    """False: somebody else holds the file. None: the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


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


def _sweep(directory: str) -> None:
    with contextlib.suppress(OSError):
        for entry in os.listdir(directory):
            match = _TEMPORARY.fullmatch(entry)
            if match is None:
                continue
            with contextlib.suppress(OSError):
                _sweep_one(os.path.join(directory, entry), int(match.group(1)))


def _sweep_one(path: str, process: int) -> None:
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        return  # not ours
    with contextlib.ExitStack() as stack:
        held: bool | None = None
        with contextlib.suppress(PermissionError):  # of another user: its age has to tell
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(path, flags)
            stack.callback(os.close, descriptor)
            held = _lock(descriptor)
        age = time.time() - status.st_mtime
        old = age > _OLD or (age > _YOUNG and not _alive(process))
        if held or (held is None and old):
            os.unlink(path)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
