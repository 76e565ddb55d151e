"""The strict tar reader, against the standard library's writer and against hostile archives."""

from __future__ import annotations

import io
import random
import tarfile
import time
from collections.abc import Callable

import pytest

from auditor.capture.chunks import Stream
from auditor.capture.tar import BLOCK, Member, TarStream
from auditor.model import InvalidInput

from .making import Entry, directory, fifo, hard_link, link, tar

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "GNU": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
LONG = "/".join(["directory-of-a-long-name"] * 12)  # beyond ustar's 255


def stream(data: bytes, size: int = 1000, until: float | None = None) -> TarStream:
    """In small pieces, so that headers and contents stand across their ends."""
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    return TarStream(Stream(pieces), time.monotonic() + 60 if until is None else until)


def read(data: bytes, size: int = 1000) -> list[tuple[Member, bytes]]:
    opened = stream(data, size)
    return [(member, b"".join(opened.content())) for member in opened]


@pytest.mark.parametrize("size", [1, 511, 512, 10_000])
@pytest.mark.parametrize("name", FORMATS)
def test_what_the_standard_library_writes(name: str, size: int) -> None:
    long = "n" * 100 if name == "ustar" else LONG
    entries: dict[str, Entry] = {
        "etc": directory(0o711),
        "etc/a": b"x" * 700,
        f"{long}/b": b"",
        "l": link("t" * 100 if name == "ustar" else LONG),
        "h": hard_link("etc/a"),
        "p": fifo(),
        "caf\u00e9": b"1",
    }
    members = read(tar(entries, FORMATS[name]), size)
    assert [(m.path, m.kind, content) for m, content in members] == [
        ("/etc", "5", b""),
        ("/etc/a", "0", b"x" * 700),
        (f"/{long}/b", "0", b""),
        ("/l", "2", b""),
        ("/h", "1", b""),
        ("/p", "6", b""),
        ("/caf\u00e9", "0", b"1"),
    ]
    assert members[0][0].mode == 0o711
    assert members[3][0].link == ("t" * 100 if name == "ustar" else LONG)
    assert members[4][0].link == "etc/a"


def test_contents_may_be_passed_over_and_read_in_parts() -> None:
    content = random.Random(1).randbytes(5000)
    opened = stream(tar({"a": content, "b": b"next"}))
    members = iter(opened)
    next(members)
    assert opened.read(10) == content[:10]
    opened.pass_over(3000)
    assert opened.read(20) == content[3010:3030]
    assert next(members).path == "/b"
    assert opened.read(100) == b"next"
    assert opened.read(100) == b""


@pytest.mark.parametrize(
    ("written", "path"),
    [("./a/b", "/a/b"), ("/a/b", "/a/b"), ("a//b/", "/a/b"), ("a/./c/../b", "/a/b"), (".", "/")],
)
def test_names_are_made_normal(written: str, path: str) -> None:
    assert read(tar({written: b""}))[0][0].path == path


def test_names_that_are_no_text() -> None:
    """As long as a name may be, and in an encoding of old."""
    name = b"\xe4" * 255
    data = tar({name.decode("latin-1"): b""}, tarfile.GNU_FORMAT)
    data = data.replace(name.decode("latin-1").encode(), name + bytes(255))
    assert read(data)[0][0].path == "/" + "\\xe4" * 255


def test_directories_of_old_archives_end_with_a_slash() -> None:
    data = bytearray(tar({"old/": b""}, tarfile.USTAR_FORMAT))
    data[0:5] = b"old/\0"
    data[156:157] = b"\0"
    assert read(checked(data))[0][0].kind == "5"


def test_a_sparse_file_has_its_size_and_no_content() -> None:
    """GNU's old format with a map that goes on in a further block."""
    data = bytearray(tar({"s": b"d" * 512}, tarfile.GNU_FORMAT))
    data[156:157] = b"S"
    data[482] = 1
    data[483:495] = b"%011o\0" % 10_000_000
    data[BLOCK:BLOCK] = bytes(BLOCK)  # the second part of the map
    member = next(iter(stream(checked(data))))
    assert (member.path, member.size, member.sparse) == ("/s", 10_000_000, True)
    assert [m.path for m, _ in read(checked(data))] == ["/s"]


@pytest.mark.parametrize("size", ["²", "\u0661", "1_000", "+1", " 1", "9" * 5000, ""])
def test_a_sparse_file_whose_size_is_no_number_has_that_of_its_content(size: str) -> None:
    data = pax(**{"GNU.sparse.major": "1", "GNU.sparse.realsize": size})
    ((member, content),) = read(data)
    assert (member.size, content, member.sparse) == (0, b"", True)


# -- hostile ----------------------------------------------------------------------------------


def checked(data: bytes | bytearray) -> bytes:
    """With the right checksum in its first header."""
    data = bytearray(data)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:BLOCK])
    return bytes(data)


def with_size(field: bytes) -> bytes:
    data = bytearray(tar({"a": b"x" * 100}))
    data[124:136] = field
    return checked(data)


def pax(**records: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a")
        member.pax_headers = records
        archive.addfile(member)
    return buffer.getvalue()


def flipped() -> bytes:
    data = bytearray(tar({"a": b"", "b": b""}))
    data[BLOCK + 3] ^= 1
    return bytes(data)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "noise": (lambda: b"not a tar at all" * 100, "checksum"),
    "8 EiB": (lambda: with_size(b"\x80\0\0\0" + b"\x7f" + b"\xff" * 7), "impossible size"),
    "negative size": (lambda: with_size(b"\xff" * 12), "impossible size"),
    "a size that is no number": (lambda: with_size(b"0000zzzz000\0"), "impossible size"),
    "a signed size": (lambda: with_size(b"-0000000100\0"), "impossible size"),
    "8 EiB by pax": (lambda: pax(size=str(2**63)), "impossible size"),
    "a size of many digits": (lambda: pax(size="9" * 5000), "impossible size"),
    "a superscript size": (lambda: pax(size="²"), "impossible size"),
    "a size of another script": (lambda: pax(size="\u0661"), "impossible size"),
    "a signed size by pax": (lambda: pax(size="+1"), "impossible size"),
    "a bad checksum": (flipped, "checksum"),
    "cut in a header": (lambda: tar({"a": b"x"})[:300], "in the middle of a header"),
    "cut in a file": (lambda: tar({"a": b"x" * 5000})[:2000], "in the middle of a file"),
    "cut in an extension": (lambda: tar({LONG: b""})[:700], "in the middle of a header"),
    "out by ..": (lambda: tar({"../../etc/passwd": b""}), "leads out of the archive"),
    "out by a detour": (lambda: tar({"a/../../b": b""}), "leads out of the archive"),
    "out from the root": (lambda: tar({"/../b": b""}), "leads out of the archive"),
    "an endless name": (lambda: tar({"n" * 1100: b""}), "longer than any system"),
    "an endless path": (lambda: tar({"a/" * 9000 + "b": b""}), "longer than any system"),
    "an endless link": (lambda: tar({"a": link("x" * 17_000)}), "longer than any system"),
    "an oversized extension": (lambda: tar({"n" * 2_000_000: b""}), "oversized extension"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archives_are_refused_at_once(case: str) -> None:
    make, saying = HOSTILE[case]
    begun = time.monotonic()
    with pytest.raises(InvalidInput, match=saying):
        read(make())
    assert time.monotonic() - begun < 5


def test_a_link_of_declared_size_has_no_content() -> None:
    """`tarfile` and others would skip what follows."""
    data = bytearray(tar({"l": link("a"), "b": b"seen"}))
    data[124:136] = b"00000001000\0"
    assert [member.path for member, _ in read(checked(data))] == ["/l", "/b"]


def test_reading_ends_with_its_time() -> None:
    opened = stream(tar({"a": b"x" * 10_000}), until=time.monotonic() - 1)
    with pytest.raises(InvalidInput, match="took too long"):
        list(opened)


def test_random_damage_is_an_error_or_harmless() -> None:
    """Whatever bytes change: never another exception, never without end."""
    sound = tar({"a": b"x" * 600, LONG: b"y", "l": link("a"), "d": directory()})
    for seed in range(300):
        chance = random.Random(seed)
        data = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.5:
            data = bytearray(checked(data))
        try:
            read(bytes(data[: chance.randint(1, len(data))]))
        except InvalidInput:
            continue
