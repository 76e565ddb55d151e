"""Whether the files of each Python distribution are as its installer recorded them (RECORD).

`intact`, or an object with `changed`, `missing` and `extra` files (paths as in RECORD).
- `fast`: each file's existence and size;
- `full`: also each file's hash (SHA-256 as a rule, RECORD names it), several files at a time.
Bytecode is left out: it is made after the installation. `extra` are files in the packages'
own directories that no RECORD names.
"""

from __future__ import annotations

from ..root import OutOfTime
from ..section import IMAGE, Facts, SectionAbsent, SectionSkipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..distributions import Distribution, Record
    from ..hashing import File
    from ..root import Root
    from ..subject import Subject

SECTION = "python.integrity"
ORIGIN = IMAGE

MAX_NAMED = 20  # files named in one fact; the rest is counted


def collect(subject: Subject, facts: Facts) -> None:
    if subject.integrity == "off":
        raise SectionSkipped("switched off (--integrity off)")
    if not subject.distributions:
        raise SectionAbsent("no distribution is installed")
    check = _Check(subject.root, hashing=subject.integrity == "full")
    try:
        for name, distribution in sorted(subject.distributions.items()):
            try:
                record = distribution.read_record()
            except (OSError, ValueError):
                record = None
            if record is None:
                facts.gap(name, "its installer left no RECORD")
            else:
                facts.attempt(name, check.look_at, distribution, record)
        check.hash(subject.progress)
    except OutOfTime:
        check.forget_uncertain()
        raise
    finally:
        for name in check.seen:
            facts.attempt(name, check.verdict, name)


class _Seen:
    """What was found of one distribution."""

    __slots__ = ("changed", "hashed", "missing", "owned")

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.missing: list[str] = []
        self.hashed: list[tuple[File, str]] = []  # with the path in RECORD
        self.owned: list[tuple[str, str]] = []  # directories, with the path in RECORD


class _Recorded:
    """What one RECORD has in one directory."""

    __slots__ = ("checksums", "prefix", "sizes")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix  # as in RECORD, with its slash
        self.sizes: dict[str, str] = {}  # by name; empty where none is recorded
        self.checksums: dict[str, str] = {}  # likewise; of what is to be hashed

    def path(self, name: str) -> str:
        return self.prefix + name


class _Check:
    """Looks at one distribution after the other, and keeps of each what is not as recorded:
    all RECORDs together are tens of thousands of rows."""

    def __init__(self, root: Root, hashing: bool) -> None:
        self.seen: dict[str, _Seen] = {}  # by distribution: those that could be looked at
        self._root = root
        self._hashing = hashing
        self._hashes: dict[File, bool | OSError | ValueError] = {}
        self._shared: dict[str, dict[str, int]] = {}  # listings that every distribution asks for
        self._owner: dict[str, str] = {}  # directory -> the first distribution with a file in it
        self._unrecorded: dict[str, set[str]] = {}  # directory -> names that no RECORD has so far

    def look_at(self, distribution: Distribution, record: Record) -> None:
        seen = _Seen()
        files = self._by_directory(distribution.site, record)
        inside = distribution.site + "/"
        for directory, recorded in files.items():
            if directory.startswith(inside):
                self._owner.setdefault(directory, distribution.name)
                self._unrecorded.get(directory, set()).difference_update(recorded.sizes)
        for directory, recorded in files.items():
            found = self._listing(directory, keep=not directory.startswith(inside))
            # Tens of thousands of files: all that can be is left to the interpreter's own loops.
            wanted = recorded.sizes
            present = wanted.keys() & found.keys()
            if len(present) < len(wanted):
                seen.missing += map(recorded.path, wanted.keys() - present)
            changed = {
                name for name in present if wanted[name] and int(wanted[name]) != found[name]
            }
            seen.changed += map(recorded.path, changed)
            for name in (present - changed) & recorded.checksums.keys():
                file = directory + "/" + name, recorded.checksums[name]
                seen.hashed.append((file, recorded.path(name)))
            if self._owner.get(directory) == distribution.name:
                unrecorded = {
                    name for name in found.keys() - wanted.keys() if not _is_bytecode(name)
                }
                if unrecorded:
                    self._unrecorded[directory] = unrecorded
                    seen.owned.append((directory, directory[len(inside) :]))
        self.seen[distribution.name] = seen

    def hash(self, progress: Callable[[int, int], None] | None) -> None:
        """Hold what can still be as recorded, by its size, against its hash."""
        files = [file for seen in self.seen.values() for file, _ in seen.hashed]
        if files:
            from ..hashing import hold_against_hashes  # with threads: too much for most starts

            self._hashes = hold_against_hashes(self._root, files, progress)

    def forget_uncertain(self) -> None:
        """Of what was not looked at to the end: files may be another distribution's, and what
        was not hashed is not known."""
        for name, seen in list(self.seen.items()):
            if self._hashing or any(self._unrecorded[directory] for directory, _ in seen.owned):
                del self.seen[name]

    def verdict(self, name: str) -> Any:
        seen = self.seen[name]
        changed = seen.changed + [path for file, path in seen.hashed if not self._has_hash(file)]
        extra = [
            prefix + "/" + name
            for directory, prefix in seen.owned
            for name in self._unrecorded[directory]
        ]
        verdict = {
            kind: _named(paths)
            for kind, paths in (("changed", changed), ("missing", seen.missing), ("extra", extra))
            if paths
        }
        return verdict or "intact"

    def _by_directory(self, site: str, record: Record) -> dict[str, _Recorded]:
        """What is recorded, by where it lies."""
        files: dict[str, _Recorded] = {}
        heads: dict[str, _Recorded] = {}  # the same, by what stands in RECORD
        for path, checksum, size in record:
            head, _, name = path.rpartition("/")
            recorded = heads.get(head)
            if recorded is None:
                recorded = files.setdefault(
                    _place(site, path), _Recorded(path[: len(path) - len(name)])
                )
                heads[head] = recorded
            recorded.sizes[name] = size
            if self._hashing and checksum:
                recorded.checksums[name] = checksum
        return files

    def _listing(self, directory: str, keep: bool) -> dict[str, int]:
        sizes = self._shared.get(directory)
        if sizes is None:
            try:
                sizes = self._root.sizes(directory)
            except (FileNotFoundError, NotADirectoryError):
                sizes = {}
            if keep:
                self._shared[directory] = sizes
        return sizes

    def _has_hash(self, file: File) -> bool:
        result = self._hashes[file]
        if isinstance(result, bool):
            return result
        raise result


def _is_bytecode(name: str) -> bool:
    return name.endswith((".pyc", ".nbi", ".nbc"))


def _place(site: str, path: str) -> str:
    """The directory of a path of RECORD, which may lead out of the site directory."""
    if ".." in path:
        names = [""] if path.startswith("/") else site.split("/")
        for part in path.split("/"):
            if part == "..":
                names = names[:-1] or [""]  # `..` stops at the root
            elif part not in ("", "."):
                names.append(part)
        path = "/".join(names)
    elif not path.startswith("/"):
        path = site + "/" + path
    return path.rpartition("/")[0] or "/"


def _named(paths: list[str]) -> list[str]:
    paths = sorted(paths)
    if len(paths) > MAX_NAMED:
        return [*paths[:MAX_NAMED], "... %d more" % (len(paths) - MAX_NAMED)]
    return paths
