"""The file system that collectors see, and the only way in which they see it.

A root is the live system, or a directory that stands for one: a process's root seen from
outside, an unpacked image, a recorded tree. What is read may be hostile (a FIFO, a device,
an endless or sparse file, a link out of the tree), so every operation is bounded, opens
regular files only, and resolves links inside the root.
"""

from __future__ import annotations

import errno
import os
import stat as stat_module
import time
from itertools import islice

from .section import Unreadable

TYPE_CHECKING = False  # `typing` costs as much start-up as all collecting: see docs/architecture.md
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    _T = TypeVar("_T")

KIB = 1024
MIB = 1024 * KIB
# Larger than any file whose whole content a collector asks for (dpkg's status is 1 MiB on a
# small system, 10 MiB on a large one).
DEFAULT_LIMIT = 32 * MIB
MAX_HASHED = 4 * 1024 * MIB
MAX_ENTRIES = 100_000  # of one directory
MAX_LINKS = 40  # what Linux allows while it resolves one path
MAX_OFFSET = 2**63  # what the system's offsets hold; a hostile file's numbers may be larger

_O_PATH = getattr(os, "O_PATH", 0)
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class OutOfTime(Exception):
    """The time budget of a collector or of the whole snapshot is spent."""


class Root:
    """What collectors may ask of a system. Paths are absolute paths in it.

    `live` tells whether system calls of this process speak of the same system.
    Every method raises `OSError` as the system does, `Unreadable` for what is not a regular
    file or larger than the limit, and `OutOfTime` once `deadline` (monotonic, seconds) passed.
    """

    live = False
    deadline: float | None = None

    @property
    def inside(self) -> Root:
        """The system as the process itself sees it, `/proc` and `/sys` included."""
        return self

    # -- what a root has to provide -------------------------------------------------------

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        """At most `size` bytes of a regular file, from `offset`."""
        raise NotImplementedError

    def open(self, path: str) -> int:
        """A descriptor of a regular file, for the caller to read to its end and to close."""
        raise NotImplementedError

    def stat(self, path: str) -> os.stat_result:
        raise NotImplementedError

    def lstat(self, path: str) -> os.stat_result:
        raise NotImplementedError

    def readlink(self, path: str) -> str:
        raise NotImplementedError

    def listdir(self, path: str) -> list[str]:
        """The names in a directory, sorted; `Unreadable` where there are too many."""
        raise NotImplementedError

    def sizes(self, directory: str) -> dict[str, int]:
        """The regular files in a directory (or what its links lead to) with their sizes."""
        found = {}
        for name in self.listdir(directory):
            try:
                status = self.stat(directory + "/" + name)
            except (OSError, ValueError):
                continue
            if stat_module.S_ISREG(status.st_mode):
                found[name] = status.st_size
        return found

    def realpath(self, path: str) -> str:
        """The path without links, as the root itself would resolve it; it must exist."""
        raise NotImplementedError

    def statvfs(self, path: str) -> os.statvfs_result:  # noqa: ARG002
        """The file system that a path lies on; `Unreadable` where a copy stands for it."""
        raise Unreadable("only the running system tells")

    # -- what follows from that -----------------------------------------------------------

    def digest(self, path: str, algorithm: str) -> bytes:
        """The digest of a regular file's content (of at most `MAX_HASHED` bytes), by a name
        that `hashlib` has."""
        from hashlib import new

        hasher = new(algorithm)
        descriptor = self.open(path)
        try:
            for _ in range(MAX_HASHED // MIB):
                self.check_time()
                chunk = os.read(descriptor, MIB)
                if not chunk:
                    break
                hasher.update(chunk)
        finally:
            os.close(descriptor)
        return hasher.digest()

    def check_time(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise OutOfTime("time budget spent")

    def read(self, path: str, limit: int = DEFAULT_LIMIT) -> bytes:
        """A whole regular file; one that is larger than `limit` bytes is refused."""
        content = self.head(path, limit + 1)
        if len(content) > limit:
            raise Unreadable("larger than %d bytes" % limit)
        return content

    def text(self, path: str, limit: int = DEFAULT_LIMIT) -> str:
        return decode(self.read(path, limit))

    def value(self, path: str) -> str:
        """A short one-line file, as the kernel keeps its settings."""
        return self.text(path, 64 * KIB).strip()

    def exists(self, path: str) -> bool:
        return self._mode(path) != 0

    def is_file(self, path: str) -> bool:
        return stat_module.S_ISREG(self._mode(path))

    def is_dir(self, path: str) -> bool:
        return stat_module.S_ISDIR(self._mode(path))

    def is_link(self, path: str) -> bool:
        try:
            return stat_module.S_ISLNK(self.lstat(path).st_mode)
        except (OSError, ValueError):
            return False

    def names(self, path: str) -> list[str]:
        """As `listdir`, but empty where there is no such directory or it may not be read."""
        try:
            return self.listdir(path)
        except (OSError, ValueError):
            return []

    def glob(self, directory: str, prefix: str = "", suffix: str = "") -> list[str]:
        """Paths of the entries of one directory by the beginning and end of their names."""
        return [
            directory.rstrip("/") + "/" + name
            for name in self.names(directory)
            if name.startswith(prefix) and name.endswith(suffix)
        ]

    def first_file(self, *paths: str) -> str | None:
        """The first of the paths that is a regular file."""
        for path in paths:
            if self.is_file(path):
                return path
        return None

    def _mode(self, path: str) -> int:
        try:
            return self.stat(path).st_mode
        except (OSError, ValueError):  # ValueError: a NUL byte in the path
            return 0


class LiveRoot(Root):
    """The system that this process runs on (inside a container: the container)."""

    live = True

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        return read_descriptor(self.open(path), size, offset)

    def open(self, path: str) -> int:
        self.check_time()
        # Looked at before it is opened: opening a device can have effects (a watchdog's, a tape's).
        require_regular(os.stat(path))
        return regular(os.open(path, _READ))

    def stat(self, path: str) -> os.stat_result:
        self.check_time()
        return os.stat(path)

    def lstat(self, path: str) -> os.stat_result:
        self.check_time()
        return os.lstat(path)

    def readlink(self, path: str) -> str:
        self.check_time()
        return os.readlink(path)

    def listdir(self, path: str) -> list[str]:
        self.check_time()
        with os.scandir(path) as entries:
            return bounded_names(entries)

    def sizes(self, directory: str) -> dict[str, int]:
        self.check_time()
        # By a descriptor: each path would otherwise be looked up from the root again, and there
        # are tens of thousands of files.
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        found = {}
        try:
            with os.scandir(descriptor) as entries:
                for entry in bounded(entries):
                    try:
                        if entry.is_file():
                            found[entry.name] = entry.stat().st_size
                    except OSError:
                        continue
        finally:
            os.close(descriptor)
        return found

    def realpath(self, path: str) -> str:
        self.check_time()
        os.stat(path)
        return os.path.realpath(path)

    def statvfs(self, path: str) -> os.statvfs_result:
        self.check_time()
        return os.statvfs(path)


class TreeRoot(Root):
    """A directory that stands for a root.

    Links are resolved in it one by one, as a process with that root would see them: absolute
    targets start again at the root, `..` stops there, and magic links (`/proc/1/root`) are
    read as text. Each step opens the next name without following it, so that a tree that
    changes meanwhile can make a read fail but never lead it out.
    """

    def __init__(self, base: str) -> None:
        self.base = base

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        return read_descriptor(self.open(path), size, offset)

    def open(self, path: str) -> int:
        def opened(directory: int, name: str) -> int:
            require_regular(os.stat(name, dir_fd=directory, follow_symlinks=False))
            return regular(os.open(name, _READ | os.O_NOFOLLOW, dir_fd=directory))

        return self._at(path, True, opened)

    def stat(self, path: str) -> os.stat_result:
        return self._at(path, True, _lstat_at)

    def lstat(self, path: str) -> os.stat_result:
        return self._at(path, False, _lstat_at)

    def readlink(self, path: str) -> str:
        return self._at(path, False, _readlink_at)

    def listdir(self, path: str) -> list[str]:
        def names(directory: int, name: str) -> list[str]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=directory)
            try:
                with os.scandir(descriptor) as entries:
                    return bounded_names(entries)
            finally:
                os.close(descriptor)

        return self._at(path, True, names)

    def sizes(self, directory: str) -> dict[str, int]:
        links: list[str] = []

        def sizes(parent: int, name: str) -> dict[str, int]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=parent)
            found = {}
            try:
                with os.scandir(descriptor) as entries:
                    for entry in bounded(entries):
                        if entry.is_symlink():
                            links.append(entry.name)
                        elif entry.is_file(follow_symlinks=False):
                            found[entry.name] = entry.stat(follow_symlinks=False).st_size
            finally:
                os.close(descriptor)
            return found

        found = self._at(directory, True, sizes)
        for name in links:
            path = directory + "/" + name
            if self.is_file(path):
                found[name] = self.stat(path).st_size
        return found

    def realpath(self, path: str) -> str:
        canonical: list[str] = []

        def remember(directory: int, name: str) -> None:
            os.stat(name, dir_fd=directory, follow_symlinks=False)

        self._at(path, True, remember, canonical)
        return "/" + "/".join(canonical)

    def statvfs_of_process(self, path: str) -> os.statvfs_result:
        """As `statvfs`, where the directory is a process's real root and not a copy."""
        return self._at(path, True, _statvfs_at)

    def _at(
        self,
        path: str,
        follow: bool,
        operation: Callable[[int, str], _T],
        canonical: list[str] | None = None,
    ) -> _T:
        """Run `operation(directory descriptor, name)` where the path leads inside the root."""
        self.check_time()
        names: list[str] = [] if canonical is None else canonical
        pending = _components(path)
        flags = _O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
        descriptors = [os.open(self.base, flags)]
        links = 0
        try:
            while pending:
                name = pending.pop()
                if name == "..":
                    if names:
                        names.pop()
                        os.close(descriptors.pop())
                    continue
                if pending or follow:
                    target = _link_target(descriptors[-1], name)
                    if target is not None:
                        links += 1
                        if links > MAX_LINKS:
                            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                        pending.extend(_components(target))
                        if target.startswith("/"):
                            names.clear()
                            while len(descriptors) > 1:
                                os.close(descriptors.pop())
                        continue
                if not pending:
                    names.append(name)
                    return operation(descriptors[-1], name)
                descriptors.append(os.open(name, flags | os.O_NOFOLLOW, dir_fd=descriptors[-1]))
                names.append(name)
            return operation(descriptors[-1], ".")
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


class ProcessRoot(Root):
    """A process seen from outside: its own files, and the kernel's view as seen from here.

    `/proc` and `/sys` come from this side (the process may see none, or a faked one), all
    else from `/proc/PID/root`.
    """

    def __init__(self, pid: int) -> None:
        self._kernel = LiveRoot()
        self._files = TreeRoot("/proc/%d/root" % pid)

    @property
    def inside(self) -> Root:
        self._files.deadline = self.deadline
        return self._files

    def _side(self, path: str) -> Root:
        side: Root = self._files
        if path.startswith(("/proc/", "/sys/")):
            side = self._kernel
        side.deadline = self.deadline
        return side

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        return self._side(path).head(path, size, offset)

    def open(self, path: str) -> int:
        return self._side(path).open(path)

    def stat(self, path: str) -> os.stat_result:
        return self._side(path).stat(path)

    def lstat(self, path: str) -> os.stat_result:
        return self._side(path).lstat(path)

    def readlink(self, path: str) -> str:
        return self._side(path).readlink(path)

    def listdir(self, path: str) -> list[str]:
        return self._side(path).listdir(path)

    def sizes(self, directory: str) -> dict[str, int]:
        return self._side(directory).sizes(directory)

    def realpath(self, path: str) -> str:
        return self._side(path).realpath(path)

    def statvfs(self, path: str) -> os.statvfs_result:
        if self._side(path) is self._kernel:
            return self._kernel.statvfs(path)
        return self._files.statvfs_of_process(path)


def decode(content: bytes) -> str:
    """Bytes of an unknown system as text that any JSON reader accepts."""
    return content.decode("utf-8", "backslashreplace")


def require_regular(status: os.stat_result) -> None:
    if not stat_module.S_ISREG(status.st_mode):
        if stat_module.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise Unreadable("not a regular file")


def regular(descriptor: int) -> int:
    """The descriptor, if what was opened is a regular file; else it is closed."""
    try:
        require_regular(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_descriptor(descriptor: int, size: int, offset: int = 0) -> bytes:
    """Read at most `size` bytes from `offset`, and close the descriptor."""
    try:
        if offset >= MAX_OFFSET:
            return b""
        if offset:
            os.lseek(descriptor, offset, os.SEEK_SET)
        chunks = []
        remaining = size
        while remaining > 0:
            chunk = os.read(descriptor, min(remaining, MIB))
            if not chunk:
                break
            chunks.append(chunk)
            remaining -= len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    finally:
        os.close(descriptor)


def bounded(entries: Iterable[_T]) -> list[_T]:
    found = list(islice(entries, MAX_ENTRIES + 1))
    if len(found) > MAX_ENTRIES:
        raise Unreadable("more than %d entries" % MAX_ENTRIES)
    return found


def bounded_names(entries: Iterator[os.DirEntry[str]]) -> list[str]:
    return sorted([entry.name for entry in bounded(entries)])


def _components(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    parts.reverse()
    return parts


def _link_target(directory: int, name: str) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.EINVAL:  # not a link
            return None
        raise


def _lstat_at(directory: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=directory, follow_symlinks=False)


def _readlink_at(directory: int, name: str) -> str:
    return os.readlink(name, dir_fd=directory)


def _statvfs_at(directory: int, name: str) -> os.statvfs_result:
    descriptor = os.open(name, _O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        return os.fstatvfs(descriptor)
    finally:
        os.close(descriptor)


def split_pair(line: str, separator: str) -> tuple[str, str]:
    """`key<separator>value` with both sides stripped; an empty value where there is none."""
    key, _, value = line.partition(separator)
    return key.strip(), value.strip()


def whole_number(text: str) -> int | None:
    """What at most 18 plain digits spell, which any fingerprint can hold; None for other text.
    `str.isdigit()` also takes `²`, and `int()` takes `1_000` and refuses more than 4,300 digits."""
    return int(text) if 0 < len(text) <= 18 and text.isascii() and text.isdigit() else None
