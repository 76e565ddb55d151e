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

    Row = tuple[str, ...]  # path, hash, size

SECTION = "python.integrity"
ORIGIN = IMAGE

MAX_NAMED = 20  # files named in one fact; the rest is counted


def collect(subject: Subject, facts: Facts) -> None:
    if subject.integrity == "off":
        raise SectionSkipped("switched off (--integrity off)")
    if not subject.distributions:
        raise SectionAbsent("no distribution is installed")
    check = _Check(subject.root)
    recorded: list[str] = []
    for name, distribution in sorted(subject.distributions.items()):
        try:
            record = distribution.record
        except (OSError, ValueError):
            record = None
        if record is None:
            facts.gap(name, "its installer left no RECORD")
        else:
            recorded.append(name)
            check.know(distribution, record)
    if subject.integrity == "full":
        from ..hashing import hold_against_hashes  # with threads: too much for the usual start

        files = [file for name in recorded for file in check.to_hash(name)]
        check.hashed = hold_against_hashes(subject.root, files, subject.progress)
    for name in recorded:
        facts.attempt(name, check.verdict, subject.distributions[name])


class _Check:
    """Holds each directory's listing, since distributions share them."""

    def __init__(self, root: Root) -> None:
        self.hashed: dict[File, bool | OSError | ValueError] = {}
        self._root = root
        self._sizes: dict[str, dict[str, int]] = {}
        self._recorded: dict[str, dict[str, int]] = {}  # directory -> what some RECORD has there
        self._owner: dict[str, str] = {}  # directory -> the first distribution with a file in it
        # Of each distribution: directory -> name -> its row.
        self._files: dict[str, dict[str, dict[str, Row]]] = {}

    def know(self, distribution: Distribution, record: Record) -> None:
        files = self._files[distribution.name] = _by_directory(distribution.site, record)
        inside = distribution.site + "/"
        for directory, rows in files.items():
            if directory in self._recorded:
                self._recorded[directory].update(dict.fromkeys(rows, 0))
            else:
                self._recorded[directory] = dict.fromkeys(rows, 0)
            if directory.startswith(inside):
                self._owner.setdefault(directory, distribution.name)

    def to_hash(self, name: str) -> list[File]:
        """The files whose content can still be as recorded, by their sizes."""
        files = []
        for directory, rows in self._files[name].items():
            try:
                sizes = self._listing(directory)
            except (OSError, ValueError):
                continue  # told by the verdict
            for file, (_, checksum, size) in rows.items():
                if checksum and file in sizes and not _differs(size, sizes[file]):
                    files.append((directory + "/" + file, checksum))
        return files

    def verdict(self, distribution: Distribution) -> Any:
        changed: list[str] = []
        missing: list[str] = []
        extra: list[str] = []
        for directory, rows in self._files[distribution.name].items():
            sizes = self._listing(directory)
            for name, (path, checksum, size) in rows.items():
                actual = sizes.get(name)
                if actual is None:
                    missing.append(path)
                elif _differs(size, actual) or (
                    self.hashed and not self._has_its_hash(directory + "/" + name, checksum)
                ):
                    changed.append(path)
            extra += self._extra(distribution, directory)
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


def _by_directory(site: str, record: Record) -> dict[str, dict[str, Row]]:
    """The rows by where their files lie: directory -> name -> row."""
    files: dict[str, dict[str, Row]] = {}
    heads: dict[str, dict[str, Row]] = {}  # the same, by what stands in RECORD
    for row in record.rows:
        head, _, name = row[0].rpartition("/")
        rows = heads.get(head)
        if rows is None:
            rows = heads[head] = files.setdefault(_place(site, row[0]), {})
        rows[name] = row
    return files


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
