"""ELF files and the loader's search, by files that this test writes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.agent.elf import read_elf
from auditor.agent.root import Root, TreeRoot
from auditor.agent.section import Unreadable
from auditor.agent.shared_libraries import Loader

from .conftest import TARGETS
from .trees import elf, glibc_cache, link, write


class Memory(Root):
    """A root of one file, which counts what is read of it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked = 0

    def head(self, path: str, size: int, offset: int = 0) -> bytes:
        self.asked += size
        return self.content[offset : offset + size]


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("little", [True, False])
def test_every_class_and_order(bits: int, little: bool) -> None:
    content = elf(
        bits=bits,
        little=little,
        interpreter="/lib/ld-musl.so.1",
        soname="libx.so.1",
        needed=("libc.so.6", "libm.so.6"),
        build_id=bytes(range(20)),
    )
    found = read_elf(Memory(content), "/x")
    assert found.interpreter == "/lib/ld-musl.so.1"
    assert found.dynamic() == ("libx.so.1", ["libc.so.6", "libm.so.6"])
    assert found.build_id() == "000102030405060708090a0b0c0d0e0f10111213"


@pytest.mark.parametrize(
    ("number", "little", "name"),
    [
        (62, True, "x86_64"),
        (183, True, "aarch64"),
        (3, True, "i686"),
        (21, True, "ppc64le"),
        (21, False, "ppc64"),
        (22, False, "s390x"),
        (243, True, "riscv64"),
        (9999, True, "unknown"),
    ],
)
def test_machine(number: int, little: bool, name: str) -> None:
    assert read_elf(Memory(elf(machine=number, little=little)), "/x").machine == name


def test_what_a_file_does_not_have() -> None:
    found = read_elf(Memory(elf()), "/x")
    assert (found.interpreter, found.dynamic(), found.build_id()) == (None, (None, []), None)


def test_a_real_interpreter() -> None:
    """Debian 12's python3.11: what readelf(1) tells of it."""
    found = read_elf(TreeRoot(str(TARGETS / "debian12-python-venv")), "/usr/bin/python3")
    assert found.machine == "x86_64"
    assert found.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert found.build_id() == "2dd439c6335b443668ce8099c87b26a093da08b0"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF", b"#!/bin/sh\n" + b"x" * 60, b"\x7fELF\x03" + bytes(60), b"MZ" + bytes(90)],
)
def test_what_is_no_elf_file(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^not an ELF file$"):
        read_elf(Memory(content), "/x")


def read_everything(content: bytes) -> int:
    """Read all there is to read; the number of bytes that was asked for."""
    memory = Memory(content)
    try:
        found = read_elf(memory, "/x")
        found.build_id()
        found.dynamic()
    except (OSError, ValueError):
        pass
    return memory.asked


# 64 program headers of each kind that is read, and 256 names, each within its own bound.
MOST = 64 + 64 * 256 + 64 * (16 * 1024 + 4 * 1024) + 257 * 256 + 4 * 1024


@settings(max_examples=400)
@given(st.binary(max_size=600))
def test_noise_after_the_magic_is_read_within_bounds(noise: bytes) -> None:
    assert read_everything(b"\x7fELF" + noise) <= MOST


@settings(max_examples=600)
@given(
    st.lists(st.tuples(st.integers(4, 500), st.binary(min_size=1, max_size=8)), max_size=6),
    st.booleans(),
    st.sampled_from([32, 64]),
)
def test_lies_in_a_sound_file_are_read_within_bounds(
    lies: list[tuple[int, bytes]], little: bool, bits: int
) -> None:
    content = bytearray(
        elf(
            bits=bits, little=little, interpreter="/lib/ld.so", soname="lib.so", needed=("a", "b"),
            build_id=b"12345678",
        )
    )  # fmt: skip
    for place, lie in lies:
        content[place : place + len(lie)] = lie
    assert read_everything(bytes(content)) <= MOST


@pytest.mark.parametrize("lie", [2**63 - 1, 2**63, 2**64 - 1])
def test_offsets_beyond_every_file(tmp_path: Path, lie: int) -> None:
    """On a real file: such an offset must not reach the system."""
    content = bytearray(elf(interpreter="/lib/ld.so", soname="lib.so", build_id=b"12345678"))
    for number in range(4):
        struct.pack_into("<Q", content, 64 + 56 * number + 8, lie)  # p_offset
        struct.pack_into("<Q", content, 64 + 56 * number + 16, 0)  # p_vaddr
        struct.pack_into("<Q", content, 64 + 56 * number + 32, lie)  # p_filesz
    write(tmp_path, "lying", bytes(content))
    found: object
    try:
        elf_file = read_elf(TreeRoot(str(tmp_path)), "/lying")
        found = (elf_file.interpreter, elf_file.build_id(), elf_file.dynamic())
    except OSError as error:
        found = error.strerror
    # What lseek(2) says of most such offsets.
    assert found in (("", None, (None, [])), "Invalid argument")


def test_string_table_far_outside(tmp_path: Path) -> None:
    """Offset, address and name are each below 2**63, their sum is not."""
    content = bytearray(elf(soname="lib.so"))
    dynamic, load = 64, 64 + 56
    struct.pack_into("<Q", content, load + 8, 2**62)
    struct.pack_into("<Q", content, load + 16, 0)
    struct.pack_into("<Q", content, load + 32, 2**63 - 1)
    table = struct.unpack_from("<Q", content, dynamic + 8)[0]
    struct.pack_into("<qq", content, table, 14, 2**62)  # DT_SONAME
    struct.pack_into("<qq", content, table + 16, 5, 2**62)  # DT_STRTAB
    write(tmp_path, "lying", bytes(content))
    assert read_elf(TreeRoot(str(tmp_path)), "/lying").dynamic() == ("", [])


def test_the_cache_decides_before_the_directories(tmp_path: Path) -> None:
    write(tmp_path, "usr/lib/x86_64-linux-gnu/libz.so.1", "")
    write(tmp_path, "opt/z/libz.so.1", "")
    write(tmp_path, "first/libz.so.1", "")
    cache = [("libz.so.1", "/opt/z/libz.so.1"), ("libz.so.1", "/other"), ("libq.so", "/q")]
    write(tmp_path, "etc/ld.so.cache", glibc_cache(cache))
    root = TreeRoot(str(tmp_path))
    loader = Loader(root, "", "x86_64")
    assert loader.find("libz.so.1") == "/opt/z/libz.so.1"
    assert loader.sonames("libz") == ["libz.so.1"]
    assert loader.find("libq.so") is None  # the cache is out of date
    assert Loader(root, ":relative:/first/", "x86_64").find("libz.so.1") == "/first/libz.so.1"
    (tmp_path / "opt/z/libz.so.1").unlink()
    assert loader.find("libz.so.1") == "/usr/lib/x86_64-linux-gnu/libz.so.1"


def test_the_new_format_within_the_old(tmp_path: Path) -> None:
    """glibc before 2.32 put a table of the old format before it; offsets count from the new."""
    cache = b"ld.so-1.7.0\0" + bytes(36) + glibc_cache([("libz.so.1", "/opt/z/libz.so.1")])
    write(tmp_path, "etc/ld.so.cache", cache)
    assert Loader(TreeRoot(str(tmp_path)), "", None).cache == {"libz.so.1": "/opt/z/libz.so.1"}


def test_musl_searches_its_own_list(tmp_path: Path) -> None:
    write(tmp_path, "etc/ld-musl-x86_64.path", "/opt/lib:/usr/lib\n")
    write(tmp_path, "lib64/libz.so.1")
    write(tmp_path, "opt/lib/libz.so.1")
    loader = Loader(TreeRoot(str(tmp_path)), "", "x86_64")
    assert loader.find("libz.so.1") == "/opt/lib/libz.so.1"
    assert loader.sonames("libz") == ["libz.so.1"]


@pytest.mark.parametrize("count", [0, 2**31, 2**32 - 1])
def test_a_cache_that_lies_about_its_count(tmp_path: Path, count: int) -> None:
    write(tmp_path, "etc/ld.so.cache", glibc_cache([("libz.so.1", "/z")], count))
    found = Loader(TreeRoot(str(tmp_path)), "", None).cache
    # The one entry that is there, and what its strings look like as further entries.
    assert found.get("libz.so.1") == (None if count == 0 else "/z")
    assert len(found) <= 2


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_a_cache_of_noise(noise: bytes) -> None:
    class Cached(Memory):
        def head(self, path: str, size: int, offset: int = 0) -> bytes:
            if path != "/etc/ld.so.cache":
                raise FileNotFoundError
            return super().head(path, size, offset)

    found = Loader(Cached(b"glibc-ld.so.cache1.1" + noise), "", "x86_64").cache
    assert len(found) <= len(noise) // 24 + 1


def test_a_cache_that_is_a_device(tmp_path: Path) -> None:
    link(tmp_path, "etc/ld.so.cache", "/dev/zero")
    assert Loader(TreeRoot(str(tmp_path)), "", None).cache == {}
