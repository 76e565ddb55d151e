"""The files of an archive: its layers merged as a container runtime would, never unpacked.

Of each member its attributes are kept, and of contents what `contents.py` picks. What an upper
layer replaces or removes is freed, so that memory follows what the image shows in the end.

Layers are those of the OCI image specification (layer.md, "Representing Changes"):
- `.wh.NAME` removes NAME of the layers below, `.wh..wh..opq` all that they have in its
  directory; neither touches what its own layer adds, wherever in it that stands;
- a directory over a directory changes its attributes and keeps its entries; any other entry
  over another replaces it with all that is below it;
- an entry whose parent is a link is put where the link leads, inside the image, as containerd
  does (the classic Docker storage drivers let the new directory hide the link).
"""

from __future__ import annotations

import time

from ..agent.root import MAX_LINKS
from ..model import InvalidInput
from .contents import Extents, keep
from .tar import Member, TarStream, normal

MAX_FILES = 2_000_000  # in the whole tree, and in one layer; some 300 bytes each
MAX_KEPT = 512 * 1024**2  # bytes of contents, in all
_MAX_CHAIN = 8  # of hard links to hard links that come later
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
# What AUFS, which whiteouts come from, keeps beside the files: it belongs to no image.
_AUFS = ".wh..wh."


class Node:
    """One file, under one or (hard links) several names. Compared by identity."""

    __slots__ = (
        "children", "digests", "extents", "gid", "kind", "layer", "link", "mode", "mtime",
        "names", "number", "size", "sparse", "uid",
    )  # fmt: skip

    def __init__(self, member: Member, layer: int, number: int) -> None:
        self.kind = member.kind
        self.size = member.size
        self.mode = member.mode
        self.uid = member.uid
        self.gid = member.gid
        self.mtime = member.mtime
        self.link = member.link
        self.sparse = member.sparse
        self.layer = layer  # where its content stands: which layer,
        self.number = number  # and the how manieth member of it
        self.names = 0
        self.extents: Extents = ()
        self.digests: dict[str, bytes] | None = None
        self.children: dict[str, Node] | None = {} if member.kind == "5" else None

    @property
    def kept(self) -> int:
        """Bytes that this node takes beyond what every node takes."""
        return len(self.link) + sum(len(content) for _, content in self.extents)


def _directory(layer: int) -> Node:
    """One that only its contents tell of."""
    return Node(Member("/", "5", 0, 0o755, 0, 0, 0, ""), layer, -1)


class Layer:
    """What one layer adds and removes, read from its tar. `whiteouts` is False for the tar of
    a root file system, where such names mean nothing."""

    def __init__(
        self, stream: TarStream, number: int, whiteouts: bool = True, beside: int = 0
    ) -> None:
        """`beside`: how much is kept already while this layer is read, in bytes."""
        self.entries: list[tuple[str, Node]] = []
        self.removed: list[str] = []
        self.emptied: list[str] = []
        self.kept = 0
        for count, member in enumerate(stream):
            name = member.path.rpartition("/")[2]
            self.kept += len(member.path)
            if whiteouts and name.startswith(_WHITEOUT):
                self._white_out(member.path, name)
            else:
                node = Node(member, number, count)
                if member.kind == "0" and not member.sparse:
                    node.extents = keep(stream, member)
                self.kept += node.kept
                self.entries.append((member.path, node))
            check_bounds(count, beside + self.kept)

    def _white_out(self, path: str, name: str) -> None:
        directory = path[: -len(name)]
        if name == _OPAQUE:
            self.emptied.append(directory)
        elif name[len(_WHITEOUT) :] in ("", ".", ".."):
            raise InvalidInput(f"the layer is damaged: {name!r} removes nothing that has a name")
        elif not name.startswith(_AUFS):
            self.removed.append(directory + name[len(_WHITEOUT) :])


class Tree:
    """The merged files. `until`: when merging has to be done (monotonic, seconds)."""

    def __init__(self, until: float) -> None:
        self.root = _directory(0)
        self.count = 1
        self.kept = 0
        self._until = until
        self._last: tuple[str, Node] | None = None  # the last parent: entries stand together

    def apply(self, layer: Layer) -> None:
        """Put a layer over what is there. Raises `InvalidInput` for one that cannot be."""
        for directory in layer.emptied:
            node = self._find(directory)
            if node is not None and node.children is not None:
                for name in list(node.children):
                    self._remove(node, name)
        for path in layer.removed:
            directory, _, name = path.rpartition("/")
            node = self._find(directory)
            if node is not None and node.children is not None and name in node.children:
                self._remove(node, name)
        links = []
        for path, node in layer.entries:
            if node.kind == "1":
                links.append((path, node.link))
            else:
                self._put(path, node)
        # Last, so that it does not matter where in the layer their files stand; several times,
        # since one may link to another.
        for _ in range(_MAX_CHAIN):
            links = [link for link in links if not self._link(*link)]
        for path, target in links:
            raise InvalidInput(
                f"the archive is damaged: the hard link {path!r} has no file {target!r}"
            )

    def keep_more(self, node: Node, extents: Extents) -> None:
        """Keep further contents of a file."""
        self.kept += sum(len(content) for _, content in extents)
        check_bounds(self.count, self.kept)
        node.extents = (*node.extents, *extents)

    def _put(self, path: str, node: Node) -> None:
        directory, _, name = path.rpartition("/")
        if not name:  # the root itself
            if node.kind == "5":
                _take_attributes(self.root, node)
            return
        parent = self._parent(directory)
        assert parent.children is not None
        there = parent.children.get(name)
        if there is node:  # a layer that is there twice
            return
        if there is not None:
            if there.kind == node.kind == "5":
                _take_attributes(there, node)
                return
            self._remove(parent, name)
        if node.kind == "5":
            # A fresh one: a layer may be there twice, and this one gets children.
            fresh = _directory(node.layer)
            _take_attributes(fresh, node)
            node = fresh
        elif node.kind == "2":
            self._last = None
        self._attach(parent, name, node)

    def _link(self, path: str, target: str) -> bool:
        """A hard link: the same file under another name. False where there is no such file."""
        node = self._find(normal(target))
        if node is None:
            return False
        if node.kind == "5":
            raise InvalidInput(f"the archive is damaged: {path!r} is a hard link to a directory")
        self._put(path, node)
        return True

    def _attach(self, parent: Node, name: str, node: Node) -> None:
        assert parent.children is not None
        parent.children[name] = node
        node.names += 1
        if node.names == 1:
            self.count += 1
            self.kept += node.kept
            check_bounds(self.count, self.kept)
            if not self.count % 4096:
                self._check_time()

    def _remove(self, parent: Node, name: str) -> None:
        """Take a name away, and all that is below it; what has no name left is freed."""
        self._last = None
        assert parent.children is not None
        pending = [parent.children.pop(name)]
        while pending:
            node = pending.pop()
            node.names -= 1
            if node.names == 0:
                self.count -= 1
                self.kept -= node.kept
                if node.children:
                    pending += node.children.values()
                    node.children = None

    def _parent(self, directory: str) -> Node:
        """The directory that an entry goes to; what is missing of it is made."""
        if self._last is not None and self._last[0] == directory:
            return self._last[1]
        node = self._walk(directory, make=True)
        assert node is not None
        self._last = (directory, node)
        return node

    def _find(self, path: str) -> Node | None:
        """The file of that name itself, also where it is a link; None where there is none."""
        directory, _, name = path.rstrip("/").rpartition("/")
        node = self._walk(directory, make=False)
        if node is None or node.children is None:
            return None
        return node.children.get(name) if name else node

    def _walk(self, path: str, make: bool) -> Node | None:
        """The directory that a path leads to, links followed."""
        if path:
            self._check_time()
        stack = [self.root]
        pending = _parts(path)
        links = 0
        while pending:
            name = pending.pop()
            if name == "..":
                if len(stack) > 1:
                    stack.pop()
                continue
            here = stack[-1]
            assert here.children is not None
            node = here.children.get(name)
            if node is not None and node.kind == "2":
                links += 1
                if links > MAX_LINKS:
                    if not make:
                        return None
                    raise InvalidInput(f"the archive is damaged: links lead in circles at {path!r}")
                if node.link.startswith("/"):
                    del stack[1:]
                pending += _parts(node.link)
                continue
            if node is None or node.children is None:
                if not make:
                    return None
                if node is not None:  # a file where a directory has to be
                    self._remove(here, name)
                node = _directory(here.layer)
                self._attach(here, name, node)
            stack.append(node)
        return stack[-1]

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise InvalidInput("reading the archive took too long")


def check_bounds(files: int, kept: int) -> None:
    if files > MAX_FILES:
        raise InvalidInput(f"the archive holds more than {MAX_FILES:,} files")
    if kept > MAX_KEPT:
        raise InvalidInput(
            f"the archive holds more than {MAX_KEPT // 1024**2} MiB of metadata to be read"
        )


def _take_attributes(directory: Node, other: Node) -> None:
    for attribute in ("mode", "uid", "gid", "mtime"):
        setattr(directory, attribute, getattr(other, attribute))


def _parts(path: str) -> list[str]:
    """The components, last one first."""
    return [part for part in path.split("/") if part not in ("", ".")][::-1]
