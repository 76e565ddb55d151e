"""Which contents are kept of the files that stream by.

What collectors always read is kept in the first reading: metadata files, and of programs and
libraries the parts that tell of them. What else they turn out to ask for is read again where
the archive can be (`fetch`).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field

from ..agent.conda import RECORD_HEAD, RECORDS
from ..agent.elf import read_elf
from ..agent.root import Root
from ..agent.section import Unreadable
from .tar import Member, TarStream

KIB = 1024
MIB = 1024 * KIB

# (offset, content) of the parts that are known of a file.
Extents = tuple[tuple[int, bytes], ...]

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
    ("/usr/lib/locale/locale-archive", "", 8 * MIB),
    ("/usr/lib/locale/", "/LC_CTYPE", 512 * KIB),
    ("/usr/share/ca-certificates/", ".crt", 64 * KIB),
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
# Most files are none of these, and are told at once.
_BEGINNINGS = tuple({beginning for beginning, _, _ in _KEPT} - {"/"})
_ENDS = tuple({end for beginning, end, _ in _KEPT if beginning == "/"})
# Their versions stand somewhere in them.
_WHOLE = ("libc.so.6", "libc-2.", "ld-linux", "ld-2.", "ld64.so", "ld-musl-", "libc.musl-")
_PYTHON = ("python3", "libpython3", "pypy")
_BINARY = 32 * MIB
_PROGRAMS = ("/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/lib")
_HEAD = 4 * KIB

# A file that is asked for and as small is fetched whole, of others this much around what is
# asked for: mostly the next question is about what follows.
_SMALL = 2 * MIB
_AROUND = 64 * KIB
MAX_FETCHED = 64 * MIB  # of one file


@dataclass(slots=True)
class Missing:
    """What was asked for of a file and is not kept: parts as (offset, size), and digests by
    the names that hashlib has for them."""

    parts: set[tuple[int, int]] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)


def keep(stream: TarStream, member: Member) -> Extents:
    """The parts of a file that are kept while it streams by for the first time."""
    size = _wanted(member) if member.size else 0
    if size == 0:
        return ()
    if size > _HEAD or member.size <= _HEAD:
        return ((0, stream.read(size)),)
    return _elf_parts(stream)


def fetch(stream: TarStream, member: Member, missing: Missing) -> tuple[Extents, dict[str, bytes]]:
    """What was missing, of a file that streams by again: (parts, digests)."""
    if missing.digests:
        return (), _digests(stream, missing.digests)
    if member.size <= _SMALL:
        return ((0, stream.read(member.size)),), {}
    extents: list[tuple[int, bytes]] = []
    position = 0
    for offset, size in sorted(missing.parts):
        if sum(len(content) for _, content in extents) > MAX_FETCHED // 2:
            break
        end = min(offset + max(size, _AROUND), member.size)
        offset = max(offset, position)  # noqa: PLW2901 - what was fetched with the one before
        if offset < end:
            stream.pass_over(offset - position)
            extents.append((offset, stream.read(end - offset)))
            position = end
    return tuple(extents), {}


def part(extents: Extents, offset: int, size: int, of: int) -> bytes | None:
    """`size` bytes from `offset` of a file of `of` bytes; None where they are not kept."""
    end = min(offset + size, of)
    if offset >= end:
        return b""
    pieces = []
    # Sorted, so that one part may go on where another ends.
    for start, content in sorted(extents):
        if start <= offset < start + len(content):
            piece = content[offset - start : end - start]
            pieces.append(piece)
            offset += len(piece)
            if offset >= end:
                return b"".join(pieces)
    return None


def _wanted(member: Member) -> int:
    """How many bytes of a file's beginning are kept; `_HEAD`: what ELF files tell."""
    path = member.path
    name = path.rpartition("/")[2]
    if name.endswith(".json") and RECORDS + "/" in path:
        return RECORD_HEAD
    if name.startswith(_WHOLE) or (name.startswith(_PYTHON) and not name.endswith(".a")):
        return _BINARY
    if name.startswith("lib") and ".so" in name:
        return _HEAD
    if path.startswith(_BEGINNINGS) or path.endswith(_ENDS):
        for beginning, end, most in _KEPT:
            if path.startswith(beginning) and path.endswith(end):
                return most
    return _HEAD if path.startswith(_PROGRAMS) else 0


def _digests(stream: TarStream, algorithms: set[str]) -> dict[str, bytes]:
    hashers = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}
    for piece in stream.content():
        for hasher in hashers.values():
            hasher.update(piece)
    return {algorithm: hasher.digest() for algorithm, hasher in hashers.items()}


class _Passing(Root):
    """The file that streams by, for the ELF reader: what it reads ahead is kept, what it
    would have to go back for is not there."""

    def __init__(self, stream: TarStream) -> None:
        self.extents: Extents = ((0, stream.read(_HEAD)),)
        self._stream = stream
        self._position = len(self.extents[0][1])
        self._size = self._position + stream.left

    def head(self, path: str, size: int, offset: int = 0) -> bytes:  # noqa: ARG002
        known = part(self.extents, offset, size, self._size)
        if known is not None:
            return known
        if offset < self._position:
            raise Unreadable("passed already")
        self._stream.pass_over(offset - self._position)
        content = self._stream.read(size)
        self.extents = (*self.extents, (offset, content))
        self._position = offset + len(content)
        return content


def _elf_parts(stream: TarStream) -> Extents:
    """The beginning of a program or library, and what else the collectors ask of it: patched
    ones (`patchelf`) have their tables at the end."""
    passing = _Passing(stream)
    # Of what is no ELF file, or a damaged one, the beginning is kept.
    with suppress(OSError, ValueError):
        read_elf(passing, "").build_id()
    return passing.extents
