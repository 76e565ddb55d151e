"""A root made of a tar stream: all names, and the contents that collectors ask for.

Memory stays bounded whatever the archive holds: of each member its attributes are kept, and
contents only of metadata files and of the beginnings of programs and libraries.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from ..agent.root import MAX_LINKS, Root, bounded
from ..agent.section import Unreadable
from ..model import CaptureFailed
from .tar import Member, TarStream, normal

KIB = 1024
MIB = 1024 * KIB
MAX_KEPT = 512 * MIB  # of contents, in all
_TYPES = {
    "2": stat.S_IFLNK,
    "3": stat.S_IFCHR,
    "4": stat.S_IFBLK,
    "5": stat.S_IFDIR,
    "6": stat.S_IFIFO,
}

# What collectors read, as (beginning of the path, end of the name, most bytes kept).
_KEPT = (
    ("/etc/", "", 4 * MIB),
    ("/usr/lib/os-release", "", MIB),
    ("/var/lib/dpkg/status", "", 64 * MIB),
    ("/var/lib/dpkg/arch", "", MIB),
    ("/lib/apk/db/installed", "", 64 * MIB),
    ("/usr/lib/apk/db/installed", "", 64 * MIB),
    ("/var/lib/rpm/", "", 256 * MIB),
    ("/usr/lib/sysimage/rpm/", "", 256 * MIB),
    ("/usr/share/zoneinfo/tzdata.zi", "", MIB),
    ("/usr/share/zoneinfo/+VERSION", "", MIB),
    ("/usr/share/zoneinfo/version", "", MIB),
    ("/usr/lib/locale/locale-archive", "", 256 * MIB),
    ("/", ".pth", 256 * KIB),
    ("/", ".egg-link", 64 * KIB),
    ("/", "/pyvenv.cfg", 64 * KIB),
    ("/", "/METADATA", 8 * KIB),
    ("/", "/PKG-INFO", 8 * KIB),
    ("/", ".egg-info", 8 * KIB),
    ("/", "/RECORD", 16 * MIB),
    ("/", "/WHEEL", 64 * KIB),
    ("/", "/INSTALLER", 64 * KIB),
    ("/", "/direct_url.json", 64 * KIB),
    ("/", "/patchlevel.h", 64 * KIB),
)
_LIBC = ("libc.so.6", "libc-2.", "ld-linux", "ld-2.", "ld64.so", "ld-musl-", "libc.musl-")
_PYTHON = ("python3", "libpython3", "pypy")
_LIBRARY_HEAD = 128 * KIB
_BINARY = 32 * MIB


@dataclass(slots=True)
class _Node:
    member: Member
    content: bytes | None


class ArchiveRoot(Root):
    """See `agent.root.Root`. There is no kernel in an archive: `/proc` and `/sys` are not."""

    def __init__(self, stream: TarStream) -> None:
        self._nodes: dict[str, _Node] = {}
        self._children: dict[str, set[str]] = {"/": set()}
        kept = 0
        for member in stream:
            content = stream.head(_wanted(member)) if member.kind in "07" else None
            kept += len(content or b"")
            if kept > MAX_KEPT:
                raise CaptureFailed("the archive holds too much metadata")
            self._add(member, content or None)

    def _add(self, member: Member, content: bytes | None) -> None:
        if member.kind == "1":  # a hard link: the same file under another name
            target = self._nodes.get(normal(member.link))
            if target is None:
                return
            self._nodes[member.path] = target
        else:
            self._nodes[member.path] = _Node(member, content)
        path = member.path
        while path != "/":
            parent, _, name = path.rpartition("/")
            parent = parent or "/"
            names = self._children.setdefault(parent, set())
            if name in names:
                break
            names.add(name)
            path = parent

    def _resolve(self, path: str, follow: bool) -> str:
        """The path without links, inside the archive."""
        self.check_time()
        pending = [name for name in path.split("/") if name not in ("", ".")][::-1]
        names: list[str] = []
        links = 0
        while pending:
            name = pending.pop()
            if name == "..":
                del names[-1:]
                continue
            here = "/" + "/".join([*names, name])
            node = self._nodes.get(here)
            if node is not None and node.member.kind == "2" and (pending or follow):
                links += 1
                if links > MAX_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                if node.member.link.startswith("/"):
                    names = []
                parts = [part for part in node.member.link.split("/") if part not in ("", ".")]
                pending += reversed(parts)
                continue
            names.append(name)
        return "/" + "/".join(names)

    def _node(self, path: str, follow: bool) -> tuple[str, _Node | None]:
        where = self._resolve(path, follow)
        node = self._nodes.get(where)
        if node is None and where not in self._children:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return where, node

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        _, node = self._node(path, True)
        if node is None or node.member.kind == "5":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if node.member.kind not in "07":
            raise Unreadable("not a regular file")
        content = node.content or b""
        if offset + size > len(content) < node.member.size:
            raise Unreadable("not kept while the archive was read")
        return content[offset : offset + size]

    def open(self, path: str) -> int:
        self._node(path, True)
        raise Unreadable("not kept while the archive was read")

    def stat(self, path: str) -> os.stat_result:
        return _status(self._node(path, True)[1])

    def lstat(self, path: str) -> os.stat_result:
        return _status(self._node(path, False)[1])

    def readlink(self, path: str) -> str:
        _, node = self._node(path, False)
        if node is None or node.member.kind != "2":
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return node.member.link

    def listdir(self, path: str) -> list[str]:
        where, node = self._node(path, True)
        if node is not None and node.member.kind != "5":
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return sorted(bounded(self._children.get(where, ())))

    def realpath(self, path: str) -> str:
        return self._node(path, True)[0]


def _wanted(member: Member) -> int:
    """How many bytes of a file are kept."""
    name = member.path.rsplit("/", 1)[-1]
    if name.startswith(_LIBC) or name.startswith(_PYTHON):
        return _BINARY
    if name.startswith("lib") and ".so" in name:
        return _LIBRARY_HEAD
    for beginning, end, most in _KEPT:
        if member.path.startswith(beginning) and member.path.endswith(end):
            return most
    if member.path.startswith(("/bin/", "/usr/bin/", "/lib", "/usr/lib/ld-")):
        return 4 * KIB
    return 0


def _status(node: _Node | None) -> os.stat_result:
    if node is None:  # a directory that only its contents tell of
        return os.stat_result((stat.S_IFDIR | 0o755, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    member = node.member
    kind = _TYPES.get(member.kind, stat.S_IFREG)
    return os.stat_result(
        (
            kind | member.mode,
            0,
            0,
            1,
            member.uid,
            member.gid,
            member.size,
            member.mtime,
            member.mtime,
            member.mtime,
        )
    )
