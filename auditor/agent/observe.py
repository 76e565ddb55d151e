"""A live root that notes what is read from it, so that a later start can tell whether any of
that has changed.

Noted is what image layers keep: of a file its kind, its size and its modification time in whole
seconds, of a link its target, of a directory its names. Links are noted one by one on the way, so
all that is noted has its real path. Bytecode is left out: interpreters write it when they like,
and no fact is read from it. What lies below /proc, /sys and /dev belongs to the start and not to
the image.
"""

from __future__ import annotations

import os
import stat

from .root import MAX_LINKS, LiveRoot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Union

    # Kind; of a regular file also size and modification time, of a link its target.
    State = tuple[int | str, ...]

_KERNEL = ("/proc", "/sys", "/dev")


class Directory:
    """What was seen of one directory.

    `listing`: its names, where they were asked for. `entries`: the state of each that was looked
    at, None where there was nothing by that name.
    """

    __slots__ = ("entries", "listing")

    def __init__(self) -> None:
        self.listing: list[str] | None = None
        self.entries: dict[str, State | None] = {}

    @property
    def found_something(self) -> bool:
        return bool(self.listing) or any(self.entries.values())


class ObservingRoot(LiveRoot):
    """See `agent.root.LiveRoot`; `directories` holds what was seen, by real path.

    `denied` are paths that we may not read. `newest` is the latest modification time that was
    seen, in whole seconds.
    """

    def __init__(self) -> None:
        self.directories: dict[str, Directory] = {}
        self.denied: dict[str, None] = {}
        self.newest = 0
        self._private: dict[str, None] = {}
        self._real: dict[str, str | None] = {}

    def open(self, path: str) -> int:
        self._note(path)
        return super().open(path)

    def stat(self, path: str) -> os.stat_result:
        self._note(path)
        return super().stat(path)

    def lstat(self, path: str) -> os.stat_result:
        self._note(path)
        return super().lstat(path)

    def readlink(self, path: str) -> str:
        self._note(path)
        return super().readlink(path)

    def listdir(self, path: str) -> list[str]:
        self._note_listing(path)
        return super().listdir(path)

    def sizes(self, directory: str) -> dict[str, int]:
        for name in self._note_listing(directory):
            self._note(directory + "/" + name)
        return super().sizes(directory)

    def realpath(self, path: str) -> str:
        self._note(path)
        return super().realpath(path)

    @property
    def private(self) -> list[str]:
        """What not every user may read; a directory in which nothing was found matters to none."""
        return [
            path
            for path in self._private
            if path not in self.directories or self.directories[path].found_something
        ]

    def _note(self, path: str, links: int = 0) -> str | None:
        """The real path, None where nothing is there. Noted before anything is read: what
        changes meanwhile then differs from what is noted."""
        path = path.rstrip("/")
        if not path:
            return "/"
        if path in self._real:
            return self._real[path]
        self._real[path] = None  # of a circle of links
        parent, _, name = path.rpartition("/")
        real_parent = self._note(parent, links)
        if real_parent is None or links > MAX_LINKS:
            return None
        if name in (".", ".."):
            real: str | None = real_parent if name == "." else real_parent.rpartition("/")[0] or "/"
        else:
            real = self._note_entry(real_parent, name, links)
        self._real[path] = real
        return real

    def _note_entry(self, parent: str, name: str, links: int) -> str | None:
        real = parent.rstrip("/") + "/" + name
        if (real + "/").startswith(tuple(place + "/" for place in _KERNEL)):
            return real
        entries = self._directory(parent).entries
        if name not in entries:
            entries[name] = state(real)
            self._note_access(real)
        noted = entries[name]
        if noted is not None and noted[0] == stat.S_IFLNK:
            target = str(noted[1])
            return self._note(
                target if target.startswith("/") else parent.rstrip("/") + "/" + target, links + 1
            )
        return None if noted is None else real

    def _note_listing(self, path: str) -> list[str]:
        real = self._note(path)
        if real is None or real in _KERNEL or real.startswith(tuple(p + "/" for p in _KERNEL)):
            return []
        directory = self._directory(real)
        if directory.listing is None:
            directory.listing = listing(real)
        return directory.listing or []

    def _directory(self, real: str) -> Directory:
        directory = self.directories.get(real)
        if directory is None:
            directory = self.directories[real] = Directory()
        return directory

    def _note_access(self, real: str) -> None:
        try:
            status = os.lstat(real)
        except PermissionError:
            self.denied[real] = None
            return
        except OSError:
            return
        self.newest = max(self.newest, int(status[stat.ST_MTIME]))
        mode = status.st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            wanted = 0o005 if stat.S_ISDIR(mode) else 0o004
            if mode & wanted != wanted:
                self._private[real] = None
            if not os.access(real, os.R_OK):
                self.denied[real] = None


def state(path: str) -> State | None:
    """None where nothing is there, or nothing that we may see."""
    try:
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            return kind, status.st_size, int(status[stat.ST_MTIME])
        return (kind, os.readlink(path)) if kind == stat.S_IFLNK else (kind,)
    except (OSError, ValueError):
        return None


def listing(directory: str) -> list[str] | None:
    """The names in a directory without bytecode, sorted; None where it cannot be read."""
    try:
        return without_bytecode(os.listdir(directory))
    except OSError:
        return None


def without_bytecode(names: Iterable[str]) -> list[str]:
    return sorted(
        name
        for name in names
        if name != "__pycache__" and not name.endswith((".pyc", ".nbi", ".nbc"))
    )
