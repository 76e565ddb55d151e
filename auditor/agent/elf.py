"""What the head of an ELF file tells (elf(5)): machine, loader, needed libraries, build id.

Only a few kilobytes are read, and every offset in them is distrusted: the file may be hostile.
"""

from __future__ import annotations

from .root import KIB
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .root import Root

# e_machine in the spelling of `uname -m`.
MACHINES = {
    3: "i686",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 1, 2, 3, 4
_DT_NEEDED, _DT_STRTAB, _DT_SONAME = 1, 5, 14
_NT_GNU_BUILD_ID = 3
_MAX_PROGRAM_HEADERS = 64
_MAX_DYNAMIC = 16 * KIB
_MAX_NAME = 256
_MAX_NEEDED = 256
_MAX_NOTE = 4 * KIB


class Elf:
    """The parts of one ELF file that we use; what it does not have is None or empty."""

    __slots__ = ("_bits", "_headers", "_order", "_path", "_root", "interpreter", "machine")

    def __init__(self, root: Root, path: str) -> None:
        head = root.head(path, 64)
        if len(head) < 52 or head[:4] != b"\x7fELF" or head[4] not in (1, 2):
            raise Unreadable("not an ELF file")
        self._root = root
        self._path = path
        self._bits = 32 if head[4] == 1 else 64
        self._order = "little" if head[5] == 1 else "big"
        self.machine = MACHINES.get(self._number(head, 18, 2), "unknown")
        if self.machine == "ppc64" and self._order == "little":
            self.machine = "ppc64le"
        self._headers = self._program_headers(head)
        self.interpreter = self._interpreter()

    def build_id(self) -> str | None:
        """The GNU build id, lower-case hexadecimal."""
        for kind, offset, size, _ in self._headers:
            if kind != _PT_NOTE:
                continue
            notes = self._root.head(self._path, min(size, _MAX_NOTE), offset)
            position = 0
            while position + 12 <= len(notes):
                name_size = self._number(notes, position, 4)
                content_size = self._number(notes, position + 4, 4)
                note = self._number(notes, position + 8, 4)
                start = position + 12 + _padded(name_size)
                name = notes[position + 12 : position + 12 + name_size]
                if note == _NT_GNU_BUILD_ID and name == b"GNU\0":
                    return notes[start : start + min(content_size, 64)].hex() or None
                position = start + _padded(content_size)
        return None

    def dynamic(self) -> tuple[str | None, list[str]]:
        """(soname, needed sonames) of the dynamic section."""
        entry = 8 if self._bits == 32 else 16
        word = entry // 2
        table: list[tuple[int, int]] = []
        for kind, offset, size, _ in self._headers:
            if kind == _PT_DYNAMIC:
                content = self._root.head(self._path, min(size, _MAX_DYNAMIC), offset)
                for position in range(0, len(content) - entry + 1, entry):
                    tag = self._number(content, position, word)
                    if tag == 0:
                        break
                    table.append((tag, self._number(content, position + word, word)))
        strings = next((value for tag, value in table if tag == _DT_STRTAB), None)
        if strings is None:
            return None, []
        start = self._file_offset(strings)

        def name(offset: int) -> str:
            # One by one: the string table of a C++ library is larger than all else we read.
            return _string(self._root.head(self._path, _MAX_NAME, start + offset), 0)

        soname = next((name(value) for tag, value in table if tag == _DT_SONAME), None)
        needed = [value for tag, value in table if tag == _DT_NEEDED][:_MAX_NEEDED]
        return soname, [name(value) for value in needed]

    def _program_headers(self, head: bytes) -> list[tuple[int, int, int, int]]:
        """(type, file offset, file size, address) of each segment."""
        wide = self._bits == 64
        table = self._number(head, 32, 8) if wide else self._number(head, 28, 4)
        size = self._number(head, 54 if wide else 42, 2)
        count = min(self._number(head, 56 if wide else 44, 2), _MAX_PROGRAM_HEADERS)
        if size < (56 if wide else 32) or size > 256:
            return []
        content = self._root.head(self._path, size * count, table)
        headers = []
        for start in range(0, len(content) - size + 1, size):
            kind = self._number(content, start, 4)
            if wide:
                offset, address, length = (
                    self._number(content, start + place, 8) for place in (8, 16, 32)
                )
            else:
                offset, address, length = (
                    self._number(content, start + place, 4) for place in (4, 8, 16)
                )
            headers.append((kind, offset, length, address))
        return headers

    def _interpreter(self) -> str | None:
        for kind, offset, size, _ in self._headers:
            if kind == _PT_INTERP:
                content = self._root.head(self._path, min(size, 4 * KIB), offset)
                return _string(content, 0)
        return None

    def _file_offset(self, address: int) -> int:
        for kind, offset, size, start in self._headers:
            if kind == _PT_LOAD and start <= address < start + size:
                return offset + address - start
        return address

    def _number(self, content: bytes, start: int, size: int) -> int:
        # A big offset of a hostile file must not reach lseek as more than it can take.
        return int.from_bytes(content[start : start + size], self._order) & (2**63 - 1)  # type: ignore[arg-type]


def read_elf(root: Root, path: str) -> Elf:
    """Raises `OSError`, or `Unreadable` for what is not an ELF file."""
    return Elf(root, path)


def _padded(size: int) -> int:
    return (size + 3) & ~3


def _string(strings: bytes, start: int) -> str:
    end = strings.find(b"\0", start)
    return strings[start : end if end >= 0 else len(strings)].decode("utf-8", "backslashreplace")
