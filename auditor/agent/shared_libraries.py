"""Which shared libraries the dynamic loader would find.

Search order after ld.so(8): LD_PRELOAD, LD_LIBRARY_PATH, the cache, the default directories.
musl reads /etc/ld-musl-ARCH.path instead of a cache.
"""

from __future__ import annotations

from .root import MIB, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .root import Root

MAX_CACHE = 16 * MIB
MAX_CACHE_ENTRIES = 50_000
_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER, _ENTRY = 48, 24
_DEFAULT_DIRECTORIES = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")


class Loader:
    """The libraries by soname, as the loader of this root would find them."""

    def __init__(self, root: Root, library_path: str, machine: str | None) -> None:
        self._root = root
        self._first = [entry for entry in library_path.split(":") if entry.startswith("/")]
        self.cache = _read_cache(root)
        self._directories = list(_DEFAULT_DIRECTORIES)
        if machine:
            triplet = {"i686": "i386"}.get(machine, machine)
            multiarch = triplet + "-linux-gnu"
            self._directories += ["/lib/" + multiarch, "/usr/lib/" + multiarch]
            try:
                text = root.text("/etc/ld-musl-%s.path" % machine, 64 * 1024)
                self._directories = text.replace(":", "\n").split()
            except (OSError, ValueError):
                pass
        self._directories += ["/usr/local/lib"]

    def find(self, soname: str) -> str | None:
        """The path that a library of this soname would be loaded from."""
        candidates = [directory.rstrip("/") + "/" + soname for directory in self._first]
        if soname in self.cache:
            candidates.append(self.cache[soname])
        candidates += [directory + "/" + soname for directory in self._directories]
        return self._root.first_file(*candidates)

    def sonames(self, stem: str) -> list[str]:
        """The sonames that the loader knows of a library, by their beginning."""
        names = {name for name in self.cache if name.startswith(stem)}
        if not self.cache:
            for directory in self._directories:
                names.update(
                    name
                    for name in self._root.names(directory)
                    if name.startswith(stem) and ".so" in name
                )
        return sorted(names)


def _read_cache(root: Root) -> dict[str, str]:
    """/etc/ld.so.cache in the format of glibc 2.2 and later (sysdeps/generic/dl-cache.h):
    soname -> path, the first entry of each name."""
    try:
        content = root.read("/etc/ld.so.cache", MAX_CACHE)
    except (OSError, ValueError):
        return {}
    start = content.find(_CACHE_MAGIC)
    if start < 0:
        return {}
    count = int.from_bytes(content[start + 20 : start + 24], "little")
    found: dict[str, str] = {}
    for number in range(min(count, MAX_CACHE_ENTRIES)):
        entry = start + _HEADER + number * _ENTRY
        if entry + _ENTRY > len(content):
            break
        key = int.from_bytes(content[entry + 4 : entry + 8], "little")
        value = int.from_bytes(content[entry + 8 : entry + 12], "little")
        found.setdefault(_string(content, start + key), _string(content, start + value))
    return found


def _string(content: bytes, start: int) -> str:
    end = content.find(b"\0", start, start + 4096)
    return decode(content[start:end]) if end >= 0 else ""
