"""Makes small trees for TreeRoot, and ELF files of a few hundred bytes to lie in them."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from .conftest import TARGETS


def write(base: Path, path: str, content: str | bytes = "") -> Path:
    """A file in a tree, with its directories; an existing file or link is replaced."""
    file = base / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink():
        file.unlink()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def link(base: Path, path: str, target: str) -> Path:
    """A symbolic link in a tree."""
    file = base / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink() or file.exists():
        file.unlink()
    file.symlink_to(target)
    return file


def copy_of(name: str, place: Path) -> Path:
    """A recorded tree to be changed."""
    return Path(shutil.copytree(TARGETS / name, place / "tree", symlinks=True))


def zeroed(words: list[str]) -> bytes:
    """As the kernel shows arguments and environments: a NUL after each."""
    return b"".join(word.encode() + b"\0" for word in words)


def process(
    base: Path,
    pid: int,
    *,
    name: str = "python3",
    parent: int = 0,
    argv: list[str] | None = None,
    environ: dict[str, str] | None = None,
    exe: str | None = None,
    cwd: str | None = None,
) -> None:
    """What /proc shows of one process; what is not given stays as it is."""
    directory = f"proc/{pid}/"
    write(base, directory + "status", f"Name:\t{name}\nPid:\t{pid}\nPPid:\t{parent}\n")
    if argv is not None:
        write(base, directory + "cmdline", zeroed(argv))
    if environ is not None:
        entries = [f"{key}={value}" for key, value in environ.items()]
        write(base, directory + "environ", zeroed(entries))
    if exe is not None:
        link(base, directory + "exe", exe)
    if cwd is not None:
        link(base, directory + "cwd", cwd)


def elf(
    *,
    machine: int = 62,
    interpreter: str | None = None,
    soname: str | None = None,
    needed: tuple[str, ...] = (),
    build_id: bytes | None = None,
    bits: int = 64,
    little: bool = True,
) -> bytes:
    """An ELF file with the given program header entries (elf(5)); its addresses lie 0x1000
    above the offsets in the file, so that a reader has to translate them."""
    order = "<" if little else ">"
    wide = bits == 64
    header_size, entry_size = (64, 56) if wide else (52, 32)
    shift = 0x1000
    strings = b"\0"
    places = {}
    for text in (*needed, *([soname] if soname else [])):
        places[text] = len(strings)
        strings += text.encode() + b"\0"
    pair = order + ("qq" if wide else "ii")

    parts: list[tuple[int, bytes]] = []
    if interpreter is not None:
        parts.append((3, interpreter.encode() + b"\0"))
    if build_id is not None:
        note = struct.pack(order + "III", 4, 3, 99) + b"abc\0" + b"xyz\0"  # another note first
        note += struct.pack(order + "III", 4, len(build_id), 3) + b"GNU\0" + build_id
        parts.append((4, note))
    has_dynamic = bool(needed or soname)
    count = len(parts) + 1 + has_dynamic
    offset = header_size + entry_size * count
    body = b""
    entries = []
    for kind, content in parts:
        entries.append((kind, offset + len(body), len(content)))
        body += content.ljust((len(content) + 7) & ~7, b"\0")
    if has_dynamic:
        string_place = offset + len(body)
        body += strings.ljust((len(strings) + 7) & ~7, b"\0")
        table = b"".join(struct.pack(pair, 1, places[text]) for text in needed)
        if soname:
            table += struct.pack(pair, 14, places[soname])
        table += struct.pack(pair, 5, string_place + shift) + struct.pack(pair, 0, 0)
        entries.append((2, offset + len(body), len(table)))
        body += table
    entries.append((1, 0, offset + len(body)))

    head = b"\x7fELF" + bytes([2 if wide else 1, 1 if little else 2, 1]) + bytes(9)
    head += struct.pack(order + "HHI", 3, machine, 1)
    head += struct.pack(order + ("QQQ" if wide else "III"), 0, header_size, 0)
    head += struct.pack(order + "IHHHHHH", 0, header_size, entry_size, count, 0, 0, 0)
    table = b""
    for kind, start, size in entries:
        address = start + shift
        where = (start, address, address, size, size)
        if wide:
            table += struct.pack(order + "IIQQQQQQ", kind, 4, *where, 8)
        else:
            table += struct.pack(order + "IIIIIIII", kind, *where, 4, 4)
    return head + table + body


def glibc_cache(entries: list[tuple[str, str]], count: int | None = None) -> bytes:
    """/etc/ld.so.cache as glibc 2.32 and later write it."""
    size = 48 + 24 * len(entries)
    strings = b""
    table = b""
    for soname, path in entries:
        key = size + len(strings)
        strings += soname.encode() + b"\0"
        value = size + len(strings)
        strings += path.encode() + b"\0"
        table += struct.pack("<iIIIQ", 0x0303, key, value, 0, 0)
    number = len(entries) if count is None else count
    head = b"glibc-ld.so.cache1.1" + struct.pack("<II", number, len(strings)) + bytes(20)
    return head + table + strings
