"""Writes files whole or not at all.

What is new is written under a temporary name beside its target, flushed to disk and renamed. Its
writer holds a lock on it all the while, which the kernel takes away when the writer is killed:
so the next run knows what is stale, whichever PID namespace the writer lived in.

A file that cannot be replaced, only written to, is overwritten in place: one that is a mount of
its own (a container's termination log, `docker run --volume FILE:FILE`), or whose directory takes
no new files.
"""

from __future__ import annotations

import errno
import os
import stat
import time

from .output import write_descriptor

_TEMPORARY = ".envaudit-"
_SUFFIX = ".tmp"
# Seconds: what is stale where the file system has no locks. That no process has the number
# proves nothing about a young file (it may live in another PID namespace that shares the
# directory), and that one has it nothing about an old one (the number was taken again).
_YOUNG, _OLD = 60, 3600
_NO_NEW_FILES = (errno.EACCES, errno.EPERM, errno.EROFS)
_ATTEMPTS = 100  # at a temporary of our own: nobody but a sweeper takes one away


def write_file(path: str, content: bytes, mode: int = 0o644) -> None:
    """Raises `OSError`; the target then is as it was before.

    An existing file keeps its mode. A device, a pipe or a terminal is written to in place.
    """
    existing: os.stat_result | None = None
    try:
        existing = os.stat(path)
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISDIR(existing.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(existing.st_mode):
            _write_in_place(path, content)
            return
        mode = stat.S_IMODE(existing.st_mode) & 0o777
        path = os.path.realpath(path)  # replace the file that a link leads to, not the link
    replace_file(path, content, mode, exactly=existing is not None)


def replace_file(path: str, content: bytes, mode: int, exactly: bool = False) -> None:
    """Raises `OSError`; what is at `path` then is as it was before.

    `mode` is less the umask unless `exactly`. Stale temporaries in the directory are removed.
    """
    directory = os.path.dirname(path)
    sweep(directory or ".")
    try:
        temporary, descriptor = _open_locked(directory, mode)
    except OSError as error:
        if exactly and error.errno in _NO_NEW_FILES:
            _overwrite(path, content)
            return
        raise
    try:
        try:
            if exactly:
                os.fchmod(descriptor, mode)  # opening it has heeded the umask
            write_descriptor(descriptor, content)
            os.fsync(descriptor)
            os.rename(temporary, path)
        finally:
            os.close(descriptor)
    except BaseException as raised:  # Ctrl-C too
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if exactly and isinstance(raised, OSError) and raised.errno == errno.EBUSY:
            _overwrite(path, content)  # a mount point, which no file can take the place of
            return
        raise


def _overwrite(path: str, content: bytes) -> None:
    # Not emptied before: a reader in between finds the beginning of something.
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        write_descriptor(descriptor, content)
        os.ftruncate(descriptor, len(content))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_in_place(path: str, content: bytes) -> None:
    # O_NONBLOCK: a pipe without a reader is an error here, not a wait without end.
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        os.set_blocking(descriptor, True)
        write_descriptor(descriptor, content)
    finally:
        os.close(descriptor)


def _open_locked(directory: str, mode: int) -> tuple[str, int]:
    """(path, descriptor) of a new temporary file, locked where the file system has locks."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for _ in range(_ATTEMPTS):
        name = "%s%d-%s%s" % (_TEMPORARY, os.getpid(), os.urandom(4).hex(), _SUFFIX)
        path = os.path.join(directory, name)
        descriptor = os.open(path, flags, mode)
        # A sweeper may have come between: then the file is gone, or about to go.
        if _lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _lock(descriptor: int) -> bool | None:
    """False: somebody else holds the file. None: the file system has no locks."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


def sweep(directory: str) -> None:
    """Remove temporaries whose writers are gone (killed between opening and renaming)."""
    try:
        names = os.listdir(directory)
    except OSError:
        return
    for name in names:
        if not name.startswith(_TEMPORARY) or not name.endswith(_SUFFIX):
            continue
        path = os.path.join(directory, name)
        number = name[len(_TEMPORARY) :].partition("-")[0]
        if number.isascii() and number.isdigit():
            try:
                _sweep_one(path, int(number))
            except (OSError, ValueError):  # ValueError: more digits than int() takes
                continue


def _sweep_one(path: str, process: int) -> None:
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        return  # not ours
    held: bool | None = None
    descriptor = -1
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        held = _lock(descriptor)
    except PermissionError:
        pass  # of another user: its age has to tell
    try:
        age = time.time() - status.st_mtime
        old = age > _OLD or (age > _YOUNG and not _alive(process))
        if held or (held is None and old):
            os.unlink(path)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
