"""The rows of one table of an SQLite file (https://sqlite.org/fileformat2.html).

A reader of our own rather than the `sqlite3` module: it need not exist in the interpreter that
we run on, opens paths by itself, and would have to take the whole file into memory. This one
reads a few pages a row, follows pages only inside the file, each at most once, and runs no SQL.
"""

from __future__ import annotations

from .root import KIB
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .root import Root

_MAGIC = b"SQLite format 3\0"
_INTERIOR, _LEAF = 5, 13
_BLOCK = 64 * KIB  # the largest page, and so a multiple of every page size
_MAX_BLOCKS = 64
_MAX_TREE_PAGES = 100_000
_MAX_BEFORE_COLUMN = 64 * KIB  # how far into a row a column may begin
# Sizes of the integers and floats among the serial types.
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)


class Damaged(Unreadable):
    def __init__(self) -> None:
        super().__init__("damaged SQLite database")


class Row:
    """One row, whose payload is read as far as asked for."""

    __slots__ = ("_database", "_local", "_overflow", "_size")

    def __init__(self, database: Database, local: bytes, overflow: int, size: int) -> None:
        self._database = database
        self._local = local
        self._overflow = overflow
        self._size = size

    def column(self, number: int, limit: int) -> bytes:
        """At most `limit` bytes of a column (text, blob, or a big-endian integer)."""
        head = self._payload(4 * KIB)
        header_size, position = _varint(head, 0)
        start = header_size
        for _ in range(number):
            serial, position = _varint(head, position)
            start += _serial_size(serial)
        if position >= header_size or start > _MAX_BEFORE_COLUMN:
            raise Damaged
        size = _serial_size(_varint(head, position)[0])
        return self._payload(start + min(size, limit))[start : start + size]

    def _payload(self, size: int) -> bytes:
        """The first `size` bytes: what the leaf page holds, then the chain of overflow pages."""
        wanted = min(size, self._size)
        chunks = [self._local]
        length = len(self._local)
        page = self._overflow
        while length < wanted and page:
            content = self._database.page(page)
            page = int.from_bytes(content[:4], "big")
            chunk = content[4 : self._database.usable]
            chunks.append(chunk)
            length += len(chunk)  # never empty, so that a cyclic chain ends too
        return b"".join(chunks)[:wanted]


class Database:
    def __init__(self, root: Root, path: str) -> None:
        header = root.head(path, 100)
        if len(header) < 100 or header[:16] != _MAGIC:
            raise Unreadable("not an SQLite database")
        self._root = root
        self._path = path
        self._blocks: dict[int, bytes] = {}
        size = int.from_bytes(header[16:18], "big")
        self._page_size = 64 * KIB if size == 1 else size
        if self._page_size not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536):
            raise Damaged
        self.usable = self._page_size - header[20]
        if self.usable < 480:  # the format's minimum
            raise Damaged

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table in order; `Unreadable` where there is no such table."""
        name = table.encode("utf-8")
        for row in self._tree(1):
            if row.column(0, 16) == b"table" and row.column(1, 256) == name:
                return self._tree(int.from_bytes(row.column(3, 8), "big"))
        raise Unreadable("no table %s" % table)

    def page(self, number: int) -> bytes:
        if number < 1:
            raise Damaged
        index, offset = divmod((number - 1) * self._page_size, _BLOCK)
        block = self._blocks.get(index)
        if block is None:
            if len(self._blocks) >= _MAX_BLOCKS:
                self._blocks.clear()
            block = self._blocks[index] = self._root.head(self._path, _BLOCK, index * _BLOCK)
        page = block[offset : offset + self._page_size]
        if len(page) < self._page_size:
            raise Damaged
        return page

    def _tree(self, root_page: int) -> Iterator[Row]:
        """The cells of a table's leaves, left to right."""
        seen: set[int] = set()
        pending = [root_page]
        while pending:
            number = pending.pop()
            if number in seen or len(seen) >= _MAX_TREE_PAGES:
                raise Damaged
            seen.add(number)
            page = self.page(number)
            start = 100 if number == 1 else 0  # the file's header
            kind = page[start]
            count = int.from_bytes(page[start + 3 : start + 5], "big")
            pointers = start + (12 if kind == _INTERIOR else 8)
            cells = [
                int.from_bytes(page[place : place + 2], "big")
                for place in range(pointers, min(pointers + 2 * count, self._page_size - 1), 2)
            ]
            if kind == _LEAF:
                for cell in cells:
                    self._root.check_time()
                    yield self._row(page, cell)
            elif kind == _INTERIOR:
                children = [int.from_bytes(page[cell : cell + 4], "big") for cell in cells]
                children.append(int.from_bytes(page[start + 8 : start + 12], "big"))
                pending.extend(reversed(children))
            else:
                raise Damaged

    def _row(self, page: bytes, cell: int) -> Row:
        size, position = _varint(page, cell)
        _, position = _varint(page, position)  # the row's number
        local = self._local_size(size)
        end = position + local
        if end > self.usable:
            raise Damaged
        overflow = int.from_bytes(page[end : end + 4], "big") if local < size else 0
        return Row(self, page[position:end], overflow, size)

    def _local_size(self, size: int) -> int:
        """How much of a payload stays on its leaf page ("cell payload overflow pages")."""
        most = self.usable - 35
        if size <= most:
            return size
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (self.usable - 4)
        return local if local <= most else least


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """A big-endian number of seven bits a byte, at most nine bytes, and where it ends."""
    value = 0
    for count in range(9):
        if position >= len(content):
            raise Damaged
        byte = content[position]
        position += 1
        if count == 8:
            return value << 8 | byte, position
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, position


def _serial_size(serial: int) -> int:
    return _SIZES[serial] if serial < 12 else (serial - 12) // 2
