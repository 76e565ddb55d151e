"""Reads a tar stream without extracting anything, and without trusting it.

The formats are ustar, GNU and pax as in tar(5). `tarfile` is not used: in stream mode a
header that declares 8 EiB hangs it, a negative size loops it, and a damaged header ends it
silently; here each is an error, and bytes, members, names and time are bounded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..model import InvalidInput, whole_number
from .chunks import Chunks

BLOCK = 512
MAX_BYTES = 256 * 1024**3
MAX_MEMBERS = 4_000_000
MAX_EXTENSION = 1024 * 1024  # a long name, a pax header
# Linux could not unpack longer ones (PATH_MAX, NAME_MAX). In bytes; those that are no UTF-8 are
# written as four characters.
MAX_PATH = 4 * 4096
MAX_NAME = 4 * 255
# Kinds that are a header alone, whatever size a hostile one declares; all others have content.
_WITHOUT_CONTENT = "123456"
_ZERO = bytes(BLOCK)
_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One entry. `path` is absolute and normal; `kind` is the type flag (`0` a file, `1` a
    hard link, `2` a symbolic link, `5` a directory, others devices and pipes). `sparse`: the
    content lies in the archive without its holes, and is not read."""

    path: str
    kind: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    link: str
    sparse: bool = False


class TarStream:
    """Iterates over the members; after each, its content may be read and passed over, from
    its beginning on.

    `until`: when everything has to be read (monotonic, seconds). Raises `InvalidInput` for
    what is damaged, hostile or takes too long.
    """

    def __init__(self, chunks: Chunks, until: float) -> None:
        self._chunks = chunks
        self._chunk = memoryview(b"")
        self._taken = 0
        self._padding = 0
        self._until = until
        self.complete = False  # whether the mark of the end was met
        self.left = 0  # bytes of the current member's content that are still unread

    def __iter__(self) -> Iterator[Member]:
        extension: dict[str, str] = {}
        for _ in range(MAX_MEMBERS):
            self._skip(self.left + self._padding)
            self.left = self._padding = 0
            header = self._read(BLOCK)
            if header == _ZERO or not header:
                self.complete = bool(header)
                return
            size = self._check(header)
            kind = chr(header[156]) if header[156] else "0"
            if kind in "LKxgX":
                extension.update(self._extension(kind, size))
                continue
            member, size = _member(header, kind, size, extension)
            if kind == "S":
                self._skip_sparse_map(header)
            extension = {}
            self.left = 0 if kind in _WITHOUT_CONTENT else size
            self._padding = -self.left % BLOCK
            yield member
        raise InvalidInput(f"the archive holds more than {MAX_MEMBERS} members")

    def read(self, size: int) -> bytes:
        """At most `size` bytes of the current member's content, fewer only at its end."""
        content = self._read(min(size, self.left))
        if len(content) < min(size, self.left):
            raise InvalidInput("the archive ends in the middle of a file")
        self.left -= len(content)
        return content

    def pass_over(self, size: int) -> None:
        """Leave out at most so many bytes of the current member's content."""
        size = min(size, self.left)
        self._skip(size)
        self.left -= size

    @property
    def buffered(self) -> int:
        """Bytes that were taken from the chunks and not looked at."""
        return len(self._chunk)

    def content(self) -> Iterator[bytes]:
        """What is unread of the current member's content, in pieces."""
        while self.left:
            yield self.read(min(self.left, _STEP))

    def finish(self) -> None:
        """Read on to the end of the stream: what follows the last member counts for a digest."""
        while self._next():
            self._chunk = memoryview(b"")

    def _check(self, header: bytes) -> int:
        if len(header) < BLOCK:
            raise InvalidInput("the archive ends in the middle of a header")
        unsigned = sum(header) - sum(header[148:156]) + 8 * 32
        if _number(header[148:156]) != unsigned:
            raise InvalidInput("the archive is damaged: a header's checksum does not match")
        size = _number(header[124:136])
        if size is None or not 0 <= size <= MAX_BYTES:
            raise InvalidInput("the archive is damaged: a member of impossible size")
        return size

    def _extension(self, kind: str, size: int) -> dict[str, str]:
        if size > MAX_EXTENSION:
            raise InvalidInput("the archive is damaged: an oversized extension header")
        content = self._read(size)
        if len(content) < size:
            raise InvalidInput("the archive ends in the middle of a header")
        self._skip(-size % BLOCK)
        if kind in "LK":
            return {"path" if kind == "L" else "linkpath": _text(content)}
        return {} if kind == "g" else _pax(content)

    def _skip_sparse_map(self, header: bytes) -> None:
        """GNU's old format goes on in further blocks (tar(5), `isextended`)."""
        more = header[482]
        while more:
            block = self._read(BLOCK)
            if len(block) < BLOCK:
                raise InvalidInput("the archive ends in the middle of a header")
            more = block[504]

    def _read(self, size: int) -> bytes:
        if len(self._chunk) >= size:
            content = bytes(self._chunk[:size])
            self._chunk = self._chunk[size:]
            return content
        pieces = []
        while size > 0:
            if not self._chunk and not self._next():
                break
            piece = self._chunk[:size]
            self._chunk = self._chunk[size:]
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _skip(self, size: int) -> None:
        while size > 0:
            if len(self._chunk) >= size:
                self._chunk = self._chunk[size:]
                return
            size -= len(self._chunk)
            self._chunk = memoryview(b"")
            size -= self._chunks.pass_over(size)
            if size > 0 and not self._next():
                raise InvalidInput("the archive ends in the middle of a file")

    def _next(self) -> bool:
        """Fetch the next chunk; False at the end of the stream."""
        if time.monotonic() > self._until:
            raise InvalidInput("reading the archive took too long")
        chunk = next(self._chunks, b"")
        self._taken += len(chunk)
        if self._taken > MAX_BYTES:
            raise InvalidInput("the archive is larger than can be read")
        self._chunk = memoryview(chunk)
        return bool(chunk)


def _member(header: bytes, kind: str, size: int, extension: dict[str, str]) -> tuple[Member, int]:
    """The member, and how many bytes of content follow it."""
    name = _text(header[:100])
    if header[257:263] == b"ustar\0" and header[345]:
        name = _text(header[345:500]) + "/" + name
    name = extension.get("GNU.sparse.name", extension.get("path", name))
    declared = extension.get("size", "")
    if declared:
        told = whole_number(declared)
        if told is None or told > MAX_BYTES:
            raise InvalidInput("the archive is damaged: a member of impossible size")
        size = told
    sparse = kind == "S" or "GNU.sparse.major" in extension or "GNU.sparse.size" in extension
    real = size
    if kind == "S":
        real = _number(header[483:495]) or 0
    elif sparse:
        told = whole_number(
            extension.get("GNU.sparse.realsize", extension.get("GNU.sparse.size", ""))
        )
        real = size if told is None else told
    if kind == "0" and name.endswith("/"):
        kind = "5"  # as archives before POSIX have directories
    elif kind not in "0123456":
        kind = "0"
    link = extension.get("linkpath") or _text(header[157:257])
    if len(link) >= MAX_PATH:
        raise InvalidInput("the archive is damaged: a link longer than any system has")
    member = Member(
        path=_path(name),
        kind=kind,
        size=real,
        mode=(_number(header[100:108]) or 0) & 0o7777,
        uid=max(_number(header[108:116]) or 0, 0),
        gid=max(_number(header[116:124]) or 0, 0),
        mtime=min(max(_number(header[136:148]) or 0, 0), 2**40),
        link=link,
        sparse=sparse,
    )
    return member, size


def _path(name: str) -> str:
    """A member's path; raises `InvalidInput` where it leads out, or could not exist."""
    if len(name) >= MAX_PATH:
        raise InvalidInput("the archive is damaged: a name longer than any system has")
    if "/." not in name and "//" not in name and name[:1] not in (".", "/"):
        path = "/" + name.rstrip("/")  # as nearly all are written
    else:
        depth = 0
        for part in name.split("/"):
            depth += -1 if part == ".." else part not in ("", ".")
            if depth < 0:
                raise InvalidInput(f"a member leads out of the archive: {name[:80]!r}")
        path = normal(name)
    if len(path) > MAX_NAME and max(map(len, path.split("/"))) > MAX_NAME:
        raise InvalidInput("the archive is damaged: a name longer than any system has")
    return path


def normal(path: str) -> str:
    """An absolute path without `.`, `..` and repeated slashes; `..` stops at the root."""
    names: list[str] = []
    for name in path.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return "/" + "/".join(names)


_PAX = frozenset(
    "path linkpath size "
    "GNU.sparse.name GNU.sparse.major GNU.sparse.size GNU.sparse.realsize".split()
)


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
        name = key.decode("ascii", "replace")
        if name in _PAX:
            found[name] = _text(value)
        position += int(length)
    return found


def _number(field: bytes) -> int | None:
    """Octal text, or GNU's base 256 where the first bit is set; None for neither."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ~(0x80 << (8 * (len(field) - 1)))
        return -1 if field[0] == 0xFF else value
    text = field.strip(b" \0")
    if text.translate(None, b"01234567"):
        return None
    return int(text, 8) if text else 0


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
