"""What an image archive is made of: JSON documents and layers, by their paths in it.

An archive is a directory, a tar that can be read from anywhere, or a stream that passes once
(a pipe, a packed tar), of which all layers are read as they pass, since the manifest that
says which are wanted may come last.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..agent.root import TreeRoot
from ..model import InvalidInput
from .archive_file import ArchiveFile, Meter
from .chunks import Chunks, FilePart, Stream, hashed, unpacked
from .tar import BLOCK, Member, TarStream, normal
from .tree import MAX_FILES, Layer

MAX_DOCUMENT = 8 * 1024**2  # of one; the largest configurations have some 100 KiB
MAX_DOCUMENTS = 64 * 1024**2  # of all together
MAX_MEMBERS = 100_000  # of the archive itself
INDEX, MANIFEST, LAYOUT = "/index.json", "/manifest.json", "/oci-layout"
_MAX_LINKS = 8
_SMALL = 64 * 1024
_PACKED = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """A layer, the SHA-256 of what is stored of it, and of its tar (the OCI's diff_id)."""

    layer: Layer
    digest: str
    diff_id: str


class Blobs(Protocol):
    """Paths are absolute in the archive. All raise `InvalidInput` for what is not there."""

    def has(self, path: str) -> bool: ...

    def size(self, path: str) -> int:
        """Bytes as they are stored, or 0 where reading has been done already."""

    def document(self, path: str) -> bytes:
        """A whole JSON document, of bounded size."""

    def layer(self, path: str, number: int, beside: int, meter: Meter) -> ReadLayer:
        """Read a layer for the first time; `number` and `beside` as in `tree.Layer`."""

    def stored(self, path: str, meter: Meter) -> AbstractContextManager[Chunks] | None:
        """What is stored of a layer, once more; None where it passed once and for all."""


def read_layer(chunks: Chunks, number: int, beside: int, until: float) -> ReadLayer:
    """Raises `InvalidInput` for what is no layer, or damaged."""
    stored = hashlib.sha256()
    pieces, packed = unpacked(hashed(chunks, stored))
    content = stored
    if packed:
        content = hashlib.sha256()
        pieces = hashed(pieces, content)
    stream = TarStream(pieces, until)
    layer = Layer(stream, number, beside=beside)
    stream.finish()
    return ReadLayer(layer, _named(stored.hexdigest()), _named(content.hexdigest()))


class Directory:
    """An OCI layout, or an unpacked `docker save`. Links are resolved inside it."""

    def __init__(self, path: str, until: float) -> None:
        self._root = TreeRoot(path)
        self._until = until
        self._documents = _Documents()

    def has(self, path: str) -> bool:
        return self._root.is_file(path)

    def size(self, path: str) -> int:
        try:
            return self._root.stat(path).st_size
        except (OSError, ValueError):
            raise _absent(path) from None

    def document(self, path: str) -> bytes:
        self._documents.add(path, self.size(path))
        try:
            return self._root.read(path, MAX_DOCUMENT)
        except (OSError, ValueError):
            raise _absent(path) from None

    def layer(self, path: str, number: int, beside: int, meter: Meter) -> ReadLayer:
        with self.stored(path, meter) as chunks:
            return read_layer(chunks, number, beside, self._until)

    @contextmanager
    def stored(self, path: str, meter: Meter) -> Iterator[Chunks]:
        try:
            descriptor = self._root.open(path)
        except (OSError, ValueError):
            raise _absent(path) from None
        try:
            yield FilePart(descriptor, tell=meter.add)
        finally:
            os.close(descriptor)


class TarFile:
    """A tar that can be read from anywhere: where its members stand is looked up first."""

    def __init__(self, file: ArchiveFile, until: float) -> None:
        self._file = file
        self._until = until
        self._documents = _Documents()
        self._places: dict[str, tuple[int, int]] = {}
        self._links: dict[str, str] = {}
        chunks = FilePart(file.descriptor)
        stream = TarStream(chunks, until)
        for member in stream:
            if member.kind == "0" and not member.sparse:
                self._places[member.path] = (chunks.position - stream.buffered, member.size)
            elif member.kind in "12":
                self._links[member.path] = _target(member.path, member.kind, member.link)
            _bound(len(self._places) + len(self._links))

    def has(self, path: str) -> bool:
        return _followed(path, self._links) in self._places

    def size(self, path: str) -> int:
        return self._place(path)[1]

    def document(self, path: str) -> bytes:
        start, size = self._place(path)
        self._documents.add(path, size)
        return b"".join(FilePart(self._file.descriptor, start, size))

    def layer(self, path: str, number: int, beside: int, meter: Meter) -> ReadLayer:
        with self.stored(path, meter) as chunks:
            return read_layer(chunks, number, beside, self._until)

    @contextmanager
    def stored(self, path: str, meter: Meter) -> Iterator[Chunks]:
        yield FilePart(self._file.descriptor, *self._place(path), meter.add)

    def _place(self, path: str) -> tuple[int, int]:
        try:
            return self._places[_followed(path, self._links)]
        except KeyError:
            raise _absent(path) from None


class Passing:
    """A tar that passes: documents are kept, and all layers are read as they come. A layer
    that is damaged says so when it is wanted. `file` may be a pipe, or a packed tar."""

    def __init__(self, file: ArchiveFile, until: float, meter: Meter) -> None:
        self._file = file
        self._until = until
        self._documents: dict[str, bytes] = {}
        self._layers: dict[str, ReadLayer | InvalidInput] = {}
        self._links: dict[str, str] = {}
        self._kept = self._entries = 0
        bounds = _Documents()
        with self._opened(meter) as stream:
            for member in stream:
                if member.kind in "12":
                    self._links[member.path] = _target(member.path, member.kind, member.link)
                elif member.kind == "0" and not member.sparse:
                    first = stream.read(BLOCK)
                    if _is_document(member, first):
                        bounds.add(member.path, member.size)
                        self._documents[member.path] = first + stream.read(member.size)
                    else:
                        self._pass(member.path, first, stream)
                _bound(len(self._documents) + len(self._layers) + len(self._links))
            stream.finish()

    def _pass(self, path: str, first: bytes, stream: TarStream) -> None:
        chunks = Stream(itertools.chain((first,), stream.content()))
        try:
            # Which layer it is, the manifest will tell.
            read = read_layer(chunks, 0, self._kept, self._until)
        except InvalidInput as error:
            self._layers[path] = error
            return
        self._layers[path] = read
        self._kept += read.layer.kept
        self._entries += len(read.layer.entries)
        if self._entries > MAX_FILES:
            raise InvalidInput(f"the archive holds more than {MAX_FILES:,} files")

    def has(self, path: str) -> bool:
        path = _followed(path, self._links)
        return path in self._documents or path in self._layers

    def size(self, path: str) -> int:  # noqa: ARG002
        return 0

    def document(self, path: str) -> bytes:
        try:
            return self._documents[_followed(path, self._links)]
        except KeyError:
            raise _absent(path) from None

    def layer(self, path: str, number: int, beside: int, meter: Meter) -> ReadLayer:  # noqa: ARG002
        followed = _followed(path, self._links)
        if followed in self._documents:  # small, and did not look like one
            chunks = Stream([self._documents[followed]])
            return read_layer(chunks, number, beside, self._until)
        found = self._layers.get(followed, _absent(path))
        if isinstance(found, InvalidInput):
            raise found
        for _, node in found.layer.entries:
            node.layer = number
        return found

    def stored(self, path: str, meter: Meter) -> AbstractContextManager[Chunks] | None:
        return self._again(path, meter) if self._file.seekable else None

    @contextmanager
    def _again(self, path: str, meter: Meter) -> Iterator[Chunks]:
        """From the beginning up to the layer."""
        path = _followed(path, self._links)
        with self._opened(meter) as stream:
            for member in stream:
                if member.path == path:
                    yield Stream(stream.content())
                    return
        raise _absent(path)

    @contextmanager
    def _opened(self, meter: Meter) -> Iterator[TarStream]:
        with closing(self._file.chunks(meter=meter)) as chunks:
            yield TarStream(unpacked(chunks)[0], self._until)


class _Documents:
    """Bounds what all documents of an archive may take."""

    def __init__(self) -> None:
        self._taken = 0

    def add(self, path: str, size: int) -> None:
        self._taken += size
        if size > MAX_DOCUMENT:
            raise InvalidInput(f"{path[1:]} is larger than {MAX_DOCUMENT // 1024**2} MiB")
        if self._taken > MAX_DOCUMENTS:
            raise InvalidInput("it holds too many manifests and configurations")


def _bound(members: int) -> None:
    if members > MAX_MEMBERS:
        raise InvalidInput(f"it holds more than {MAX_MEMBERS:,} members: no image archive does")


def _is_document(member: Member, first: bytes) -> bool:
    """JSON by its name or beginning, or what is small and no tar (one without members is all
    zeros), packed or not."""
    if member.path in (INDEX, MANIFEST, LAYOUT) or first[:1] in (b"{", b"["):
        return True
    tar = first.startswith(_PACKED) or first[257:262] == b"ustar" or first == bytes(BLOCK)
    return member.size <= _SMALL and not tar


def _target(path: str, kind: str, link: str) -> str:
    """Where a link in the archive leads: `docker save` links to layers that it holds already."""
    if kind == "1" or link.startswith("/"):
        return normal(link)
    return normal(path.rpartition("/")[0] + "/" + link)


def _followed(path: str, links: Mapping[str, str]) -> str:
    for _ in range(_MAX_LINKS):
        if path not in links:
            break
        path = links[path]
    return path


def _absent(path: str) -> InvalidInput:
    return InvalidInput(f"it does not hold {path[1:101]!r}, which belongs to the image")


def _named(digest: str) -> str:
    return "sha256:" + digest
