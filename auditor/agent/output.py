"""Writes a result whole or not at all.

A file is written under a temporary name beside its target, flushed to disk and renamed.
"""

from __future__ import annotations

import errno
import os
import stat
import time

_TEMPORARY = ".envaudit-"
_SUFFIX = ".tmp"
_YOUNG, _OLD = 60, 3600  # seconds


def write_file(path: str, content: bytes, mode: int = 0o644) -> None:
    """Raises `OSError`; the target then is as it was before.

    An existing file keeps its mode. A device, a pipe or a terminal is written to in place.
    """
    kept_mode: int | None = None
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
        kept_mode = mode = stat.S_IMODE(existing.st_mode)
        path = os.path.realpath(path)  # replace the file that a link leads to, not the link
    directory = os.path.dirname(path)
    sweep(directory or ".")
    mark = os.urandom(4).hex()
    temporary = os.path.join(directory, "%s%d-%s%s" % (_TEMPORARY, os.getpid(), mark, _SUFFIX))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, mode)
    try:
        try:
            _write_all(descriptor, content)
            if kept_mode is not None:
                os.fchmod(descriptor, kept_mode)  # opening it has heeded the umask
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def sweep(directory: str) -> None:
    """Remove temporaries whose writers are gone (killed between opening and renaming).

    The process may live in another PID namespace that shares the directory, so that "no such
    process" proves nothing about a young file; nor does a number that was taken again about
    an old one.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return
    for name in names:
        if not name.startswith(_TEMPORARY) or not name.endswith(_SUFFIX):
            continue
        path = os.path.join(directory, name)
        number = name[len(_TEMPORARY) :].partition("-")[0]
        try:
            age = time.time() - os.lstat(path).st_mtime
            alive = os.path.exists("/proc/" + number)
            if number.isdigit() and (age > _OLD or (age > _YOUNG and not alive)):
                os.unlink(path)
        except OSError:
            continue


def write_descriptor(descriptor: int, content: bytes) -> None:
    """Everything to an open descriptor, such as standard output."""
    _write_all(descriptor, content)


def _write_in_place(path: str, content: bytes) -> None:
    # O_NONBLOCK: a pipe without a reader is an error here, not a wait without end.
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        os.set_blocking(descriptor, True)
        _write_all(descriptor, content)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def say(line: str) -> None:
    """One line on standard error, which may be closed or unable to show the characters."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    try:
        write_descriptor(2, ("envaudit: %s\n" % line).encode("ascii", "backslashreplace"))
    except OSError:
        pass
