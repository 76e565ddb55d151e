"""A root made of an archive's merged files (`tree.py`): see `agent.root.Root`.

There is no kernel in an archive: `/proc` and `/sys` are not.
"""

from __future__ import annotations

import errno
import os
import stat

from ..agent.root import MAX_LINKS, Root, bounded
from ..agent.section import Unreadable
from .contents import MAX_FETCHED, Missing, part
from .tree import Node, Tree

MAX_MISSING = 100_000  # files that are read again
_NOT_KEPT = "not kept while the archive was read"
_TYPES = {
    "2": stat.S_IFLNK,
    "3": stat.S_IFCHR,
    "4": stat.S_IFBLK,
    "5": stat.S_IFDIR,
    "6": stat.S_IFIFO,
}


class ArchiveRoot(Root):
    """What is asked for and not kept is refused, and noted in `missing`, for whoever can read
    the archive again."""

    def __init__(self, tree: Tree) -> None:
        self.missing: dict[Node, Missing] = {}
        self._tree = tree

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        node = self._file(path)
        content = part(node.extents, offset, size, node.size)
        if content is None:
            self._miss(node).parts.add((offset, min(size, MAX_FETCHED // 2)))
            raise Unreadable(_NOT_KEPT)
        return content

    def open(self, path: str) -> int:
        self._file(path)
        raise Unreadable("an archive's files have no descriptors")

    def digest(self, path: str, algorithm: str) -> bytes:
        node = self._file(path)
        found = (node.digests or {}).get(algorithm)
        if found is None:
            self._miss(node).digests.add(algorithm)
            raise Unreadable(_NOT_KEPT)
        return found

    def stat(self, path: str) -> os.stat_result:
        return _status(self._node(path, True)[1])

    def lstat(self, path: str) -> os.stat_result:
        return _status(self._node(path, False)[1])

    def readlink(self, path: str) -> str:
        node = self._node(path, False)[1]
        if node.kind != "2":
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return node.link

    def listdir(self, path: str) -> list[str]:
        node = self._node(path, True)[1]
        if node.children is None:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return sorted(bounded(node.children))

    def realpath(self, path: str) -> str:
        return self._node(path, True)[0]

    def _file(self, path: str) -> Node:
        node = self._node(path, True)[1]
        if node.kind == "5":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if node.kind != "0":
            raise Unreadable("not a regular file")
        if node.sparse and node.size:
            raise Unreadable("stored sparsely in the archive, which is not read")
        return node

    def _miss(self, node: Node) -> Missing:
        if node not in self.missing and len(self.missing) >= MAX_MISSING:
            return Missing()
        return self.missing.setdefault(node, Missing())

    def _node(self, path: str, follow: bool) -> tuple[str, Node]:
        """(the path without links, inside the archive; what is there)."""
        self.check_time()
        pending = [name for name in path.split("/") if name not in ("", ".")][::-1]
        names: list[str] = []
        nodes = [self._tree.root]
        links = 0
        while pending:
            name = pending.pop()
            if name == "..":
                del names[-1:]
                del nodes[len(names) + 1 :]
                continue
            here = nodes[-1]
            if here.children is None:
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            node = here.children.get(name)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            if node.kind == "2" and (pending or follow):
                links += 1
                if links > MAX_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                if node.link.startswith("/"):
                    names.clear()
                    del nodes[1:]
                pending += [step for step in node.link.split("/") if step not in ("", ".")][::-1]
                continue
            names.append(name)
            nodes.append(node)
        return "/" + "/".join(names), nodes[-1]


def _status(node: Node) -> os.stat_result:
    mode = _TYPES.get(node.kind, stat.S_IFREG) | node.mode
    times = (node.mtime, node.mtime, node.mtime)
    return os.stat_result((mode, 0, 0, 1, node.uid, node.gid, node.size, *times))
