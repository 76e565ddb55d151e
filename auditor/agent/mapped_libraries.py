"""Which shared libraries a process has mapped, and what became of their files since.

- `deleted`: no file has the name any more
- `replaced`: the name leads to another file now, as an upgrade leaves it
- `rewritten`: the file is the same, but was written to after the process was running

`/proc/PID/maps` marks a file that has lost its name; of the others it tells device and inode.
Those are held against the file's only where both speak of one device: overlayfs before Linux 6.8
shows the device of a layer there, and btrfs that of no subvolume.
"""

from __future__ import annotations

import os
import time

from .process import started_ticks
from .root import decode, whole_number
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .process import Process
    from .root import Root

DELETED = "deleted"
REPLACED = "replaced"
REWRITTEN = "rewritten"
FATES = (DELETED, REPLACED, REWRITTEN)

MAX_MAPS = 32 * 1024 * 1024
_MARK = " (deleted)"
_MARGIN = 1.0  # seconds: clocks are set, and file systems keep times more coarsely
_CLOCKS_AGREE = 2.0  # seconds


class _Mapping:
    __slots__ = ("device", "has_name", "inode")

    def __init__(self, device: tuple[int, int], inode: int, has_name: bool) -> None:
        self.device = device
        self.inode = inode
        self.has_name = has_name


def mapped_libraries(process: Process) -> dict[str, str | None]:
    """Path -> what became of the file: one of `FATES`, None where nothing did that can be seen."""
    found: dict[str, str | None] = {}
    written: dict[str, float] = {}
    for path, mapping in _mappings(process):
        try:
            status: os.stat_result | None = process.root.stat(path)
        except (OSError, ValueError):
            status = None
        fate = _fate(mapping, status)
        if fate is None and status is not None:
            # A copy keeps the time of its original, and a change of mode or owner the file's.
            written[path] = min(status.st_mtime, status.st_ctime)
        found[path] = found.get(path) or fate
    if written:
        for path in _rewritten(process, written):
            found[path] = found[path] or REWRITTEN
    return found


def worse(one: str | None, other: str | None) -> str | None:
    """Of two processes that have mapped a file of the same name."""
    return next((fate for fate in FATES if fate in (one, other)), None)


def _fate(mapping: _Mapping, status: os.stat_result | None) -> str | None:
    if status is None:
        return None if mapping.has_name else DELETED
    same_device = mapping.device == (os.major(status.st_dev), os.minor(status.st_dev))
    if mapping.inode == status.st_ino and (same_device or not mapping.has_name):
        return None  # linked to its name once more
    return REPLACED if same_device or not mapping.has_name else None


def _rewritten(process: Process, written: dict[str, float]) -> list[str]:
    """Those that were written to after the process was running.

    A process keeps its start where it executes another program, so that what a start script
    installs is younger. There all of an installation is, and nothing is told; as nothing is where
    a program loads what it has just installed.
    """
    try:
        since = _started(process.root, process.path("stat"))
        late = {path for path, when in written.items() if when > since + _MARGIN}
        if late:
            since = max(since, _first_thread(process))
    except (OSError, ValueError, IndexError):
        return []  # nothing says when it was started
    late = {path for path in late if written[path] > since + _MARGIN}
    together: dict[str, list[str]] = {}
    for path in written:
        together.setdefault(_installation(path), []).append(path)
    return [
        path
        for paths in together.values()
        if len(paths) == 1 or not late.issuperset(paths)
        for path in paths
        if path in late
    ]


def _installation(path: str) -> str:
    """What is installed together: a distribution's directory, or the file's own."""
    before, marker, after = path.rpartition("-packages/")
    if not marker or "/" not in after:
        return path.rpartition("/")[0]
    name = after.partition("/")[0]
    return before + marker + (name[:-5] if name.endswith(".libs") else name)


def _first_thread(process: Process) -> float:
    """When the oldest of the other threads was started: none survives the execution of another
    program. 0 where there is none."""
    directory = process.path("task")
    main = process.root.readlink(process.directory) if process.directory == "/proc/self" else ""
    main = main or process.directory.rpartition("/")[2]
    names = [name for name in process.root.names(directory) if name != main]
    starts = [_started(process.root, directory + "/" + name + "/stat") for name in names]
    return min(starts, default=0.0)


def _started(root: Root, path: str) -> float:
    """When a process or thread was started, in seconds since 1970."""
    root.statvfs("/")  # raises for a recorded tree: its files are not as old as they were
    return _booted(root) + started_ticks(root, path) / os.sysconf("SC_CLK_TCK")


def _booted(root: Root) -> float:
    """When the machine was started. The kernel tells it in whole seconds; raises `Unreadable` where
    our own clock says otherwise: a preloaded libfaketime shifts that, and files' times with it."""
    booted = time.time() - float(root.value("/proc/uptime").split()[0])
    lines = root.text("/proc/stat").splitlines()
    told = next((whole_number(line[6:]) for line in lines if line.startswith("btime ")), None)
    if told is None or abs(booted - told) > _CLOCKS_AGREE:
        raise Unreadable("the clocks do not agree")
    return booted


def _mappings(process: Process) -> Iterator[tuple[str, _Mapping]]:
    """Each file once, as it was mapped."""
    seen = set()
    for line in process.root.read(process.path("maps"), MAX_MAPS).splitlines():
        fields = line.split(None, 5)
        if len(fields) < 6 or not fields[5].startswith(b"/") or tuple(fields[3:]) in seen:
            continue
        seen.add(tuple(fields[3:]))
        path = decode(fields[5])
        has_name = not path.endswith(_MARK)
        if not has_name:
            path = path[: -len(_MARK)]
        base = path.rpartition("/")[2]
        if base.endswith(".so") or ".so." in base:
            major, _, minor = fields[3].partition(b":")
            yield path, _Mapping((int(major, 16), int(minor, 16)), int(fields[4]), has_name)
