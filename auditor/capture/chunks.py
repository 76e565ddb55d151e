"""Streams of bytes: where they come from, what they are packed with, what they hash to.

All are read a piece at a time and hold no more than a few pieces, whatever they stream.
"""

from __future__ import annotations

import os
import select
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from ..model import InvalidInput

CHUNK = 1024 * 1024
# What packed data may grow to before its growth is looked at, and how much growth is a bomb.
# (Deflate reaches 1,030; what people pack rarely reaches 20, and only for a while.)
MAX_UNWATCHED = 1024**3
MAX_GROWTH = 500
MAX_EMPTY = 1000  # members (frames) in a row without content
_FED = 64 * 1024

Progress = Callable[[int], None]


class Chunks(Protocol):
    """Pieces of a stream, one after the other; none is empty."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def pass_over(self, size: int) -> int:
        """Leave out at most `size` bytes without reading them; returns how many it could."""

    def close(self) -> None: ...


class Stream:
    """Pieces that somebody else yields, which can only be read."""

    def __init__(self, pieces: Iterable[bytes], tell: Progress | None = None) -> None:
        self._source = pieces
        self._pieces = iter(pieces)
        self._tell = tell

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        while not piece:
            piece = next(self._pieces)
        if self._tell is not None:
            self._tell(len(piece))
        return piece

    def pass_over(self, size: int) -> int:  # noqa: ARG002
        return 0

    def close(self) -> None:
        for pieces in (self._pieces, self._source):
            close = getattr(pieces, "close", None)  # generators and engine streams have one
            if close is not None:
                close()


class FilePart:
    """A part of a seekable file (all of it from `start` on without `size`)."""

    def __init__(
        self, descriptor: int, start: int = 0, size: int | None = None, tell: Progress | None = None
    ) -> None:
        self._descriptor = descriptor
        self.position = start
        self._left = os.fstat(descriptor).st_size - start if size is None else size
        self._tell = tell

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._left <= 0:
            raise StopIteration
        piece = os.pread(self._descriptor, min(self._left, CHUNK), self.position)
        if not piece:
            raise InvalidInput("the archive ends in the middle of a file")
        self._pass(len(piece))
        return piece

    def pass_over(self, size: int) -> int:
        size = min(size, self._left)
        self._pass(size)
        return size

    def close(self) -> None:
        pass  # the file is the opener's

    def _pass(self, size: int) -> None:
        self.position += size
        self._left -= size
        if self._tell is not None:
            self._tell(size)


class _Begun:
    """A stream of which the first piece was looked at already."""

    def __init__(self, first: bytes, chunks: Chunks) -> None:
        self._first = first
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, b""
        return first or next(self._chunks)

    def pass_over(self, size: int) -> int:
        return 0 if self._first else self._chunks.pass_over(size)

    def close(self) -> None:
        self._chunks.close()


def pieces_of(descriptor: int, until: float) -> Iterator[bytes]:
    """What comes out of a pipe, which may fall silent."""
    while select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(descriptor, CHUNK)
        if not piece:
            return
        yield piece
    raise InvalidInput("reading the archive took too long")


def hashed(chunks: Chunks, hasher: Any) -> Stream:
    """What is read of the stream is also put into a hasher of `hashlib`."""

    def pieces() -> Iterator[bytes]:
        for piece in chunks:
            hasher.update(piece)
            yield piece

    return Stream(pieces())


def unpacked(chunks: Chunks) -> tuple[Chunks, bool]:
    """The content of a stream that may be packed, told by how it begins, and whether it was.

    Raises `InvalidInput` for a format that cannot be read here, and while it is read for
    packed data that is damaged, ends early or is a bomb.
    """
    first = b""
    for piece in chunks:
        first += piece
        if len(first) >= 6:
            break
    whole = _Begun(first, chunks)
    if first[:3] == b"\x1f\x8b\x08":
        return Stream(_grown(whole, _Gzip, "gzip")), True
    if first[:4] == b"\x28\xb5\x2f\xfd" or (
        first[1:4] == b"\x2a\x4d\x18" and first[0] in range(0x50, 0x60)
    ):
        return Stream(_grown(whole, _zstd(), "zstd")), True
    if first[:6] == b"\xfd7zXZ\0" or first[:3] == b"BZh":
        name = "xz" if first[:1] == b"\xfd" else "bzip2"
        raise InvalidInput(f"it is packed with {name}, which images do not use: unpack it first")
    return whole, False


class _Gzip:
    """zlib's decompressor with the interface of the others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def decompress(self, data: bytes, most: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, most)

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def _zstd() -> Any:
    """The standard library's since Python 3.14."""
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InvalidInput(
            "it is packed with zstd, which needs Python 3.14 or newer: "
            "unpack it first, or save it with gzip"
        ) from None
    return zstd.ZstdDecompressor


def _grown(pieces: Iterable[bytes], decompressor: Any, name: str) -> Iterator[bytes]:
    """One or several members (frames) one after the other, and zeros as padding."""
    taken = given = empty = 0
    inner = None
    for data in _small(pieces):
        taken += len(data)
        while data or (inner is not None and not inner.needs_input):
            if inner is None:
                data = data.lstrip(b"\0")  # noqa: PLW2901 - what is left of it
                if not data:
                    break
                inner = decompressor()
                empty += 1
            try:
                content = inner.decompress(data, CHUNK)
            except Exception:  # noqa: BLE001 - each library has its own, and all mean the same
                raise InvalidInput(f"it is damaged: its {name} data cannot be unpacked") from None
            data = b""  # noqa: PLW2901
            given += len(content)
            if given > MAX_UNWATCHED and given > MAX_GROWTH * taken:
                raise InvalidInput(
                    f"it unpacks to more than {MAX_GROWTH} times its size: a decompression bomb"
                )
            if content:
                empty = 0
                yield content
            if inner.eof:
                data = inner.unused_data  # noqa: PLW2901
                inner = None
            if empty > MAX_EMPTY:
                raise InvalidInput(f"it is damaged: its {name} data holds nothing, endlessly")
    if inner is not None:
        raise InvalidInput(f"it ends in the middle of its {name} data")


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What follows a member's end is copied with each member: there must not be much of it."""
    for piece in pieces:
        for start in range(0, len(piece), _FED):
            yield piece[start : start + _FED]
