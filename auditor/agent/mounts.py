"""A process's mounts, from /proc/PID/mountinfo (proc(5))."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import Process

MAX_MOUNTINFO = 4 * 1024 * 1024


class Mount:
    """One mount.

    `root` is the directory of the mounted file system that is seen at `point`;
    `options` are the mount's own, `super_options` the file system's.
    """

    __slots__ = ("fstype", "options", "point", "root", "source", "super_options")

    def __init__(
        self,
        root: str,
        point: str,
        options: list[str],
        fstype: str,
        source: str,
        super_options: list[str],
    ) -> None:
        self.root = root
        self.point = point
        self.options = options
        self.fstype = fstype
        self.source = source
        self.super_options = super_options

    @property
    def read_only(self) -> bool:
        return "ro" in self.options or "ro" in self.super_options


def read_mounts(process: Process) -> list[Mount]:
    """All mounts in order; a later one hides an earlier one at the same point."""
    text = process.root.text(process.path("mountinfo"), MAX_MOUNTINFO)
    mounts = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        head, tail = before.split(" "), after.split(" ")
        if separator and len(head) >= 6 and len(tail) >= 3:
            mounts.append(
                Mount(
                    root=_unescape(head[3]),
                    point=_unescape(head[4]),
                    options=head[5].split(","),
                    fstype=tail[0],
                    source=_unescape(tail[1]),
                    super_options=tail[2].split(","),
                )
            )
    return mounts


def mount_of(mounts: list[Mount], path: str) -> Mount | None:
    """The mount that a path without links lies on."""
    best = None
    for mount in mounts:
        inside = mount.point in ("/", path) or path.startswith(mount.point + "/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _unescape(text: str) -> str:
    r"""Spaces, tabs, newlines and backslashes are written as octal escapes (`\040`)."""
    if "\\" not in text:
        return text
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
