"""The operating system's packages: name -> version.

- dpkg: /var/lib/dpkg/status (deb-control(5), dpkg-query(1)), and /var/lib/dpkg/status.d/, where
  distroless images keep one file a package. Packages of a foreign architecture are `name:arch`.
- apk: /lib/apk/db/installed, since the merge of /usr /usr/lib/apk/db/installed
  (https://wiki.alpinelinux.org/wiki/Apk_spec).
- rpm: rpmdb.sqlite, whose rows are package headers
  (https://rpm-software-management.github.io/rpm/manual/format_header.html). Versions are
  `[epoch:]version-release`; several packages of one name (kernels, keys, 32-bit libraries) are
  one fact, their versions sorted and joined by commas.
"""

from __future__ import annotations

from itertools import islice

from ..root import KIB, decode
from ..section import EVERYTHING_ELSE, IMAGE, SectionAbsent, Unreadable
from ..sqlite import Database as SqliteDatabase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..root import Root
    from ..section import Facts
    from ..sqlite import Row
    from ..subject import Subject

    # (name, version); an empty one stands for an entry that could not be understood.
    Package = tuple[bytes, bytes]

SECTION = "os.packages"
ORIGIN = IMAGE

DPKG_STATUS = "/var/lib/dpkg/status"
DPKG_STATUS_DIRECTORY = "/var/lib/dpkg/status.d"
APK_DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
RPM_DIRECTORIES = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
# Older forms of rpm's database, by the name of its file, which we do not read.
RPM_OTHER_FORMS = {"Packages.db": "ndb", "Packages": "Berkeley DB"}

MAX_PACKAGES = 50_000
MAX_LENGTH = 256  # of a name or a version
MAX_STATUS_PART = 256 * KIB  # of a file below status.d, which describes one package

# Third word of dpkg's Status: the files of these are in place and configured.
DPKG_INSTALLED = (b"installed", b"triggers-awaited", b"triggers-pending")

# Tags of the rpm header.
RPM_NAME, RPM_VERSION, RPM_RELEASE, RPM_EPOCH = 1000, 1001, 1002, 1003
RPM_FIRST_PART = 4 * KIB  # holds index and names of nearly every header
RPM_MAX_PART = 256 * KIB
RPM_MAX_ENTRIES = 1024  # of the index; packages have about a hundred


class PackageDatabase:
    def __init__(
        self, manager: str, path: str, packages: Callable[[Root, str, Facts], Iterator[Package]]
    ) -> None:
        self.manager = manager
        self.path = path
        self.packages = packages


def collect(subject: Subject, facts: Facts) -> None:
    database = find_database(subject.root)
    if database is None:
        raise SectionAbsent("no package database")
    unread = 0
    missing = []
    for count, package in enumerate(database.packages(subject.root, database.path, facts)):
        if count >= MAX_PACKAGES:
            missing.append("more than %d packages" % MAX_PACKAGES)
            break
        name, version = decode(package[0]), decode(package[1])
        if plausible(name) and plausible(version):
            add(facts, name, version)
        else:
            unread += 1
    if unread:
        missing.append("%d entries could not be understood" % unread)
    if missing:
        before = facts.gaps.get(EVERYTHING_ELSE)
        facts.gap(EVERYTHING_ELSE, "; ".join([before, *missing] if before else missing))


def plausible(text: str) -> bool:
    return 0 < len(text) <= MAX_LENGTH and text.isprintable()


def add(facts: Facts, name: str, version: str) -> None:
    if name in facts:
        version = ",".join(sorted({version, *facts[name].split(",")}))
    facts[name] = version


def find_database(root: Root) -> PackageDatabase | None:
    """The first database that holds something: tools of one manager, with a database still
    empty, are often installed by another."""
    if filled(root, DPKG_STATUS) or root.names(DPKG_STATUS_DIRECTORY):
        return PackageDatabase("dpkg", DPKG_STATUS, dpkg_packages)
    for path in APK_DATABASES:
        if filled(root, path):
            return PackageDatabase("apk", path, apk_packages)
    for directory in RPM_DIRECTORIES:
        path = directory + "/rpmdb.sqlite"
        if filled(root, path):
            return PackageDatabase("rpm", path, rpm_packages)
    for directory in RPM_DIRECTORIES:
        for name in RPM_OTHER_FORMS:
            if filled(root, directory + "/" + name):
                return PackageDatabase("rpm", directory + "/" + name, rpm_unread)
    return None


def filled(root: Root, path: str) -> bool:
    """Whether there is a file that is not empty, or something else (which cannot be read)."""
    try:
        return root.stat(path).st_size > 0 or not root.is_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return False


# -- dpkg -----------------------------------------------------------------------------------


def dpkg_packages(root: Root, path: str, facts: Facts) -> Iterator[Package]:
    packages = list(islice(installed(dpkg_stanzas(root, path)), MAX_PACKAGES + 1))
    native = native_architecture(packages)
    for name, version, architecture in packages:
        foreign = architecture not in (native, b"all", b"")
        yield (name + b":" + architecture if foreign else name), version


def dpkg_stanzas(root: Root, path: str) -> Iterator[bytes]:
    if filled(root, path):
        yield from root.read(path).split(b"\n\n")
    for part in root.glob(DPKG_STATUS_DIRECTORY):
        if not part.endswith(".md5sums"):
            try:
                content = root.read(part, MAX_STATUS_PART)
            except (OSError, ValueError):
                content = b"Package:"  # counted as one that could not be understood
            yield from content.split(b"\n\n")


def installed(stanzas: Iterator[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(name, version, architecture) of the packages that are in place, held ones too."""
    for text in stanzas:
        stanza = b"\n" + text.strip()
        status = parse_field(stanza, b"Status")
        # The files of distroless images may have no Status: what they have is installed.
        if len(stanza) > 1 and (not status or status.split()[-1] in DPKG_INSTALLED):
            yield (
                parse_field(stanza, b"Package"),
                parse_field(stanza, b"Version"),
                parse_field(stanza, b"Architecture"),
            )


def native_architecture(packages: list[tuple[bytes, bytes, bytes]]) -> bytes:
    """dpkg's own architecture; where it is not installed, the one of most packages."""
    counts: dict[bytes, int] = {}
    for name, _, architecture in packages:
        if name == b"dpkg":
            return architecture
        if architecture != b"all":
            counts[architecture] = counts.get(architecture, 0) + 1
    return max(sorted(counts), key=lambda architecture: counts[architecture], default=b"")


def parse_field(stanza: bytes, name: bytes) -> bytes:
    """A field of a stanza that begins with a newline; continued lines are indented, so that a
    name at the beginning of a line is always a field's. One that is too long to be understood
    is cut, but stays too long."""
    marker = b"\n" + name + b":"
    start = stanza.find(marker)
    if start < 0:
        return b""
    start += len(marker)
    end = stanza.find(b"\n", start)
    value = stanza[start : end if end >= 0 else len(stanza)].strip()
    return value[: MAX_LENGTH + 1]


# -- apk ------------------------------------------------------------------------------------


def apk_packages(root: Root, path: str, facts: Facts) -> Iterator[Package]:
    for text in root.read(path).split(b"\n\n"):
        stanza = b"\n" + text.strip()
        if len(stanza) > 1:
            yield parse_field(stanza, b"P"), parse_field(stanza, b"V")


# -- rpm ------------------------------------------------------------------------------------


def rpm_unread(root: Root, path: str, facts: Facts) -> Iterator[Package]:
    form = RPM_OTHER_FORMS[path.rpartition("/")[2]]
    facts.gap(EVERYTHING_ELSE, "rpm database in %s form is not read" % form)
    return iter(())


def rpm_packages(root: Root, path: str, facts: Facts) -> Iterator[Package]:
    if filled(root, path + "-wal"):
        facts.gap(EVERYTHING_ELSE, "rpm database has changes not yet written back (-wal)")
    for row in SqliteDatabase(root, path).rows("Packages"):
        try:
            yield rpm_package(row)
        except Unreadable:
            yield b"", b""


def rpm_package(row: Row) -> Package:
    """Name and version from a package header: a count of index entries, the size of the data,
    the entries (tag, type, offset, count), the data; all numbers big-endian 32 bit."""
    header = row.column(1, RPM_FIRST_PART)
    entries = number(header, 0)
    if entries > RPM_MAX_ENTRIES:
        raise Unreadable("not a package header")
    data = 8 + 16 * entries
    if data > len(header):
        header = row.column(1, data + RPM_FIRST_PART)
    offsets = {}
    for entry in range(8, data, 16):
        tag = number(header, entry)
        # Sorted by tag, but for what was added at installation, which comes last.
        if tag > RPM_EPOCH and RPM_RELEASE in offsets:
            break
        if RPM_NAME <= tag <= RPM_EPOCH:
            offsets[tag] = data + number(header, entry + 8)
    if not {RPM_NAME, RPM_VERSION, RPM_RELEASE} <= set(offsets):
        raise Unreadable("not a package header")
    end = max(offsets.values()) + MAX_LENGTH + 1
    if end > len(header):
        header = row.column(1, min(end, RPM_MAX_PART))
    version = string(header, offsets[RPM_VERSION]) + b"-" + string(header, offsets[RPM_RELEASE])
    if RPM_EPOCH in offsets:
        version = b"%d:%s" % (number(header, offsets[RPM_EPOCH]), version)
    return string(header, offsets[RPM_NAME]), version


def number(content: bytes, start: int) -> int:
    if start + 4 > len(content):
        raise Unreadable("not a package header")
    return int.from_bytes(content[start : start + 4], "big")


def string(content: bytes, start: int) -> bytes:
    end = content.find(b"\0", start)
    if end < 0:
        raise Unreadable("not a package header")
    return content[start:end]
