"""The installed Python distributions, from their metadata directories.

The formats are those of the packaging specifications (recording installed projects, core
metadata, direct URL) at https://packaging.python.org/en/latest/specifications/ and, for
`.egg-info` and `.egg-link`, of setuptools.
"""

from __future__ import annotations

from .digests import sha256_hex
from .root import KIB, MIB, decode
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .root import Root

    Row = list[str]  # path, hash, size

MAX_DISTRIBUTIONS = 20_000
METADATA_HEAD = 8 * KIB  # name and version stand in the first lines
MAX_RECORD = 64 * MIB


class Distribution:
    """One installed distribution.

    - `name`: normalised (PEP 503); `version` as written.
    - `site`: the directory its files are recorded relative to; `info`: its metadata
      directory or file.
    """

    __slots__ = ("_read", "_root", "duplicates", "info", "name", "site", "version")

    def __init__(self, root: Root, name: str, version: str, site: str, info: str) -> None:
        self.name = name
        self.version = version
        self.site = site
        self.info = info
        self.duplicates: list[str] = []  # versions that this one hides
        self._root = root
        self._read: tuple[str, list[str]] | None = None

    def read(self, name: str, limit: int = MIB) -> str | None:
        """A file of the metadata directory; None where there is none."""
        try:
            return decode(self._root.read(self.info + "/" + name, limit))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def read_record(self) -> Record | None:
        """The parsed RECORD; None where the installer left none (Debian's packages).

        It is not kept: those of 300 distributions are tens of MiB. What of it is asked for
        again, is.
        """
        record = self._parsed_record()
        if record is not None:
            self._read = record.digest(), record.shared_objects()
        return record

    def _parsed_record(self) -> Record | None:
        text = self.read("RECORD", MAX_RECORD)
        return None if text is None else Record(text)

    @property
    def wheel_digest(self) -> str | None:
        """See `Record.digest`; None where there is no RECORD."""
        if self._read is None:
            self.read_record()
        return None if self._read is None else self._read[0]

    @property
    def shared_objects(self) -> list[str]:
        """See `Record.shared_objects`."""
        if self._read is None:
            self.read_record()
        return [] if self._read is None else self._read[1]


class Record:
    """RECORD: a line for each file with its path, hash and size (PEP 376, PEP 627).

    Bytecode is left out: it is made after the installation.
    """

    __slots__ = ("_lines", "_quoted")

    def __init__(self, text: str) -> None:
        # Not `splitlines`: names may hold what that takes for the end of a line.
        lines = text.split("\r\n")
        if text.count("\n") >= len(lines):  # not every line ends in that
            lines = text.replace("\r\n", "\n").split("\n")
        # Kept as they are: as rows they are four times as large, and there are thousands.
        self._lines = [line for line in lines if line and ".pyc," not in line]
        self._quoted = '"' in text

    def __iter__(self) -> Iterator[Row]:
        for line in self._lines:
            row = line.split(",")
            if self._quoted or len(row) != 3:
                row = _row(line)
            if row[0]:
                yield row

    def digest(self) -> str:
        """Of what the wheel itself brought: without what depends on the place and way of
        installation (scripts with their interpreter's path, bytecode, installer's notes). Two
        installations of one wheel agree on it; a rebuilt wheel differs."""
        rows = [
            path + "," + checksum
            for path, checksum, _ in self
            if checksum and not path.startswith(_ELSEWHERE) and not path.endswith(_INSTALLERS)
        ]
        rows.sort()
        return sha256_hex("\n".join(rows).encode("utf-8", "surrogatepass"))

    def shared_objects(self) -> list[str]:
        """The paths of libraries: auditwheel's `<name>.libs`, and those that packages keep."""
        paths = [_row(line)[0] for line in self._lines if ".so" in line]
        return [path for path in paths if path.rpartition("/")[2].startswith("lib")]


_ELSEWHERE = ("..", "/")
_INSTALLERS = (
    "/RECORD", "/INSTALLER", "/REQUESTED", "/direct_url.json", "/uv_cache.json", "/uv_build.json",
)  # fmt: skip


def find_distributions(root: Root, directories: list[str]) -> dict[str, Distribution]:
    """By name; of several with one name the first on the path counts, as for imports.

    A directory that may not be read is passed over here: `unreadable` tells which.
    """
    found: dict[str, Distribution] = {}
    for site in directories:
        for name in root.names(site):
            distribution = _read_distribution(root, site, name)
            if distribution is None:
                continue
            known = found.setdefault(distribution.name, distribution)
            # A `.egg-link` and the directory that it leads to are one distribution.
            if known.info != distribution.info and known.site == distribution.site:
                known.duplicates.append(distribution.version)
            if len(found) > MAX_DISTRIBUTIONS:
                raise Unreadable("more than %d distributions" % MAX_DISTRIBUTIONS)
    return found


def normalise(name: str) -> str:
    """PEP 503: runs of `-`, `_` and `.` are one `-`, lower case."""
    pieces = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(piece for piece in pieces if piece)


def _read_distribution(root: Root, site: str, entry: str) -> Distribution | None:
    path = site.rstrip("/") + "/" + entry
    if entry.startswith("~"):
        return None  # "~umpy-1.26.4.dist-info": what an interrupted pip leaves behind
    if entry.endswith(".dist-info"):
        return _from_metadata(root, site, path, path + "/METADATA", entry[: -len(".dist-info")])
    if entry.endswith(".egg-info"):
        metadata = path if root.is_file(path) else path + "/PKG-INFO"
        return _from_metadata(root, site, path, metadata, entry[: -len(".egg-info")])
    if entry.endswith(".egg-link"):
        return _from_egg_link(root, path)
    if entry.endswith(".egg") and root.is_dir(path + "/EGG-INFO"):
        info = path + "/EGG-INFO"
        return _from_metadata(root, path, info, info + "/PKG-INFO", entry[: -len(".egg")])
    return None


def _from_metadata(
    root: Root, site: str, info: str, metadata: str, entry: str
) -> Distribution | None:
    name, _, version = entry.partition("-")
    try:
        told_name, told_version = _name_and_version(root.head(metadata, METADATA_HEAD))
    except (OSError, ValueError):
        told_name = told_version = ""
    name = normalise(told_name or name)
    if not name:
        return None
    version = told_version or version.split("-py")[0]
    return Distribution(root, name[:256], version[:256], site, info)


def _name_and_version(head: bytes) -> tuple[str, str]:
    name = version = ""
    for line in head.split(b"\n"):
        if line.startswith(b"Name:"):
            name = decode(line[5:].strip())
        elif line.startswith(b"Version:"):
            version = decode(line[8:].strip())
        elif not line.strip():
            break
        if name and version:
            break
    return name, version


def _from_egg_link(root: Root, path: str) -> Distribution | None:
    """`setup.py develop`: the first line is the directory that holds the `.egg-info`."""
    try:
        target = decode(root.read(path, 64 * KIB)).splitlines()[0].strip()
    except (OSError, ValueError, IndexError):
        return None
    for info in root.glob(target, suffix=".egg-info"):
        entry = info.rsplit("/", 1)[1][: -len(".egg-info")]
        return _from_metadata(root, target, info, info + "/PKG-INFO", entry)
    return None


def _row(line: str) -> list[str]:
    if '"' in line:
        path, rest = _quoted(line)
    else:
        path, _, rest = line.partition(",")
    checksum, _, size = rest.partition(",")
    return [path, checksum, size]


def _quoted(line: str) -> tuple[str, str]:
    """The first field of a CSV line in quotes (a path with a comma or a quote in it)."""
    if not line.startswith('"'):
        path, _, rest = line.partition(",")
        return path, rest
    end = 1
    while end < len(line):
        if line[end] == '"':
            if line[end + 1 : end + 2] != '"':
                break
            end += 1
        end += 1
    return line[1:end].replace('""', '"'), line[end + 2 :]
