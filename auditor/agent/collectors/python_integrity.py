"""Whether the files of each Python distribution are as its installer recorded them (RECORD).

`intact`, or an object with `changed`, `missing` and `extra` files (paths as in RECORD).
- `fast`: each file's existence and size;
- `full`: also each file's hash (SHA-256 as a rule, RECORD names it), several files at a time.
Bytecode is left out: it is made after the installation. `extra` are files in the packages'
own directories that no RECORD names.
"""

from __future__ import annotations

from ..section import IMAGE, Facts, SectionAbsent, SectionSkipped

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    check = _Check(subject.root)
    recorded: dict[str, Record] = {}
    for name, distribution in sorted(subject.distributions.items()):
        try:
            record = distribution.record
        except (OSError, ValueError):
            record = None
        if record is None:
            facts.gap(name, "its installer left no RECORD")
        else:
            recorded[name] = record
            check.know(distribution, record)
    if subject.integrity == "full":
        from ..hashing import hold_against_hashes  # with threads: too much for the usual start

        files = [file for name in recorded for file in check.to_hash(name, recorded[name])]
        check.hashed = hold_against_hashes(subject.root, files, subject.progress)
    for name, record in recorded.items():
        facts.attempt(name, check.verdict, subject.distributions[name], record)


class _Check:
    """Holds each directory's listing, since distributions share them."""

    def __init__(self, root: Root) -> None:
        self.hashed: dict[File, bool | OSError | ValueError] = {}
        self._root = root
        self._sizes: dict[str, dict[str, int]] = {}
        self._recorded: dict[str, set[str]] = {}  # directory -> names that some RECORD has
        self._owner: dict[str, str] = {}  # directory -> the first distribution with a file in it
        self._places: dict[str, list[tuple[str, str]]] = {}  # of each row of a distribution

    def know(self, distribution: Distribution, record: Record) -> None:
        site = distribution.site
        places = [_place(site, path) for path, _, _ in record.rows]
        self._places[distribution.name] = places
        names: dict[str, list[str]] = {}
        for directory, name in places:
            if directory in names:
                names[directory].append(name)
            else:
                names[directory] = [name]
        for directory, found in names.items():
            self._recorded.setdefault(directory, set()).update(found)
            if directory.startswith(site + "/"):
                self._owner.setdefault(directory, distribution.name)

    def to_hash(self, name: str, record: Record) -> list[File]:
        """The files whose content can still be as recorded, by their sizes."""
        files = []
        for (path, checksum, size), (directory, file) in zip(record.rows, self._places[name]):
            if checksum and not path.endswith(".pyc"):
                try:
                    actual = self._listing(directory).get(file)
                except (OSError, ValueError):
                    continue  # told by the verdict
                if actual is not None and not _differs(size, actual):
                    files.append((directory + "/" + file, checksum))
        return files

    def verdict(self, distribution: Distribution, record: Record) -> Any:
        changed: list[str] = []
        missing: list[str] = []
        directories: dict[str, None] = {}
        places = self._places[distribution.name]
        for (path, checksum, size), (directory, name) in zip(record.rows, places):
            if path.endswith(".pyc"):
                continue
            directories[directory] = None
            actual = self._listing(directory).get(name)
            if actual is None:
                missing.append(path)
            elif _differs(size, actual) or (
                self.hashed and not self._has_its_hash(directory + "/" + name, checksum)
            ):
                changed.append(path)
        extra = [path for directory in directories for path in self._extra(distribution, directory)]
        verdict = {
            kind: _named(paths)
            for kind, paths in (("changed", changed), ("missing", missing), ("extra", extra))
            if paths
        }
        return verdict or "intact"

    def _extra(self, distribution: Distribution, directory: str) -> list[str]:
        if self._owner.get(directory) != distribution.name:
            return []
        known = self._recorded[directory]
        prefix = directory[len(distribution.site) + 1 :]
        return [
            prefix + "/" + name
            for name in self._listing(directory)
            if name not in known and not name.endswith((".pyc", ".nbi", ".nbc"))
        ]

    def _listing(self, directory: str) -> dict[str, int]:
        if directory not in self._sizes:
            try:
                self._sizes[directory] = self._root.sizes(directory)
            except (FileNotFoundError, NotADirectoryError):
                self._sizes[directory] = {}
        return self._sizes[directory]

    def _has_its_hash(self, path: str, checksum: str) -> bool:
        """Of what was not hashed (`fast`, no hash recorded) nothing else is known."""
        result = self.hashed.get((path, checksum), True)
        if isinstance(result, bool):
            return result
        raise result


def _differs(recorded: str, actual: int) -> bool:
    """RECORD may leave the size out."""
    return recorded.isdigit() and int(recorded) != actual


def _place(site: str, path: str) -> tuple[str, str]:
    """(directory, name) of a path of RECORD, which may lead out of the site directory."""
    if ".." in path:
        names = [""] if path.startswith("/") else site.split("/")
        for part in path.split("/"):
            if part == "..":
                names = names[:-1] or [""]  # `..` stops at the root
            elif part not in ("", "."):
                names.append(part)
        path = "/".join(names) or "/"
    elif not path.startswith("/"):
        path = site + "/" + path
    directory, _, name = path.rpartition("/")
    return directory or "/", name


def _named(paths: list[str]) -> list[str]:
    paths = sorted(paths)
    if len(paths) > MAX_NAMED:
        return [*paths[:MAX_NAMED], "... %d more" % (len(paths) - MAX_NAMED)]
    return paths
