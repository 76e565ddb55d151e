"""Reads a tar stream without extracting anything, and without trusting it.

The formats are ustar, GNU and pax as in tar(5). `tarfile` is not used: in stream mode a
header that declares 8 EiB hangs it, a negative size loops it, and a damaged header ends it
silently; here each is an error, and bytes, members and time are bounded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..model import CaptureFailed

BLOCK = 512
MAX_BYTES = 256 * 1024**3
MAX_MEMBERS = 4_000_000
MAX_EXTENSION = 1024 * 1024  # a long name, a pax header
_ZERO = bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class Member:
    """One entry. `path` is absolute and normal; `kind` is the type flag (`0` a file, `1` a
    hard link, `2` a symbolic link, `5` a directory, others devices and pipes)."""

    path: str
    kind: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    link: str


class TarStream:
    """Iterates over the members; after each, `head(n)` may read the beginning of its content."""

    def __init__(self, chunks: Iterable[bytes], seconds: float) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray()
        self._taken = 0
        self._content = 0  # bytes of the current member's content that are still unread
        self._padding = 0
        self._until = time.monotonic() + seconds

    def __iter__(self) -> Iterator[Member]:
        extension: dict[str, str] = {}
        for _ in range(MAX_MEMBERS):
            self._skip(self._content + self._padding)
            self._content = self._padding = 0
            header = self._read(BLOCK)
            if header == _ZERO or not header:
                return
            size = self._check(header)
            kind = chr(header[156]) if header[156] else "0"
            if kind in "LKxg":
                extension.update(self._extension(kind, size))
                continue
            member = _member(header, kind, size, extension)
            extension = {}
            # Only files have content, whatever size a hostile link or directory declares.
            self._content = member.size if kind in "07S" else 0
            self._padding = -self._content % BLOCK
            yield member
        raise CaptureFailed(f"the archive holds more than {MAX_MEMBERS} members")

    def head(self, size: int) -> bytes:
        """At most `size` bytes of the current member's content."""
        content = self._read(min(size, self._content))
        self._content -= len(content)
        return content

    def _check(self, header: bytes) -> int:
        if len(header) < BLOCK:
            raise CaptureFailed("the archive ends in the middle of a header")
        unsigned = sum(header[:148]) + 8 * 32 + sum(header[156:])
        if _number(header[148:156]) != unsigned:
            raise CaptureFailed("the archive is damaged: a header's checksum does not match")
        size = _number(header[124:136])
        if not 0 <= size <= MAX_BYTES:
            raise CaptureFailed("the archive is damaged: a member of impossible size")
        return size

    def _extension(self, kind: str, size: int) -> dict[str, str]:
        if size > MAX_EXTENSION:
            raise CaptureFailed("the archive is damaged: an oversized extension header")
        content = self._read(size)
        self._skip(-size % BLOCK)
        if kind in "LK":
            return {"path" if kind == "L" else "linkpath": _text(content)}
        return {} if kind == "g" else _pax(content)

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if time.monotonic() > self._until:
                raise CaptureFailed("reading the archive took too long")
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._taken += len(chunk)
            if self._taken > MAX_BYTES:
                raise CaptureFailed("the archive is larger than can be read")
            self._buffer += chunk
        content = bytes(self._buffer[:size])
        del self._buffer[:size]
        return content

    def _skip(self, size: int) -> None:
        while size > 0:
            step = min(size, max(len(self._buffer), 1024 * 1024))
            content = self._read(step)
            if not content:
                raise CaptureFailed("the archive ends in the middle of a file")
            size -= len(content)


def _member(header: bytes, kind: str, size: int, extension: dict[str, str]) -> Member:
    name = _text(header[:100])
    if header[257:262] == b"ustar" and header[345]:
        name = _text(header[345:500]) + "/" + name
    declared = extension.get("size", "")
    if declared.isdigit() and int(declared) <= MAX_BYTES:
        size = int(declared)
    return Member(
        path=normal(extension.get("path", name)),
        kind=kind,
        size=size,
        mode=_number(header[100:108]) & 0o7777,
        uid=max(_number(header[108:116]), 0),
        gid=max(_number(header[116:124]), 0),
        mtime=max(_number(header[136:148]), 0),
        link=extension.get("linkpath", _text(header[157:257])),
    )


def normal(path: str) -> str:
    """An absolute path without `.`, `..` and repeated slashes; `..` stops at the root."""
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)


def _pax(content: bytes) -> dict[str, str]:
    """Records of `LENGTH KEY=VALUE` and a line end, the length counting the whole record."""
    found: dict[str, str] = {}
    position = 0
    while position < len(content):
        length, _, _ = content[position : position + 20].partition(b" ")
        if not length.isdigit() or int(length) <= len(length):
            break
        record = content[position + len(length) + 1 : position + int(length) - 1]
        key, _, value = record.partition(b"=")
        if key in (b"path", b"linkpath", b"size"):
            found[key.decode()] = value.decode("utf-8", "backslashreplace")
        position += int(length)
    return found


def _number(field: bytes) -> int:
    """Octal text, or GNU's base 256 where the first bit is set."""
    if field[:1] and field[0] & 0x80:
        value = int.from_bytes(field, "big") & ~(0x80 << (8 * (len(field) - 1)))
        return -1 if field[0] == 0xFF else value
    text = field.strip(b" \0")
    return int(text, 8) if text and all(digit in b"01234567" for digit in text) else 0


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
