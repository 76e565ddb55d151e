"""What every lock file says in the end: which distributions an environment must and may have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ...model import InvalidInput

MAX_PACKAGES = 50_000
MAX_VERSION = 256  # characters of a version
MAX_MARKER = 10_000  # characters of a marker or specifier
# packaging takes digits without end, and int() refuses them when versions are compared.
_ENDLESS_NUMBER = re.compile("[0-9]{256}")
_MAX_EXTRAS = 16  # of one marker
_EXTRA = re.compile(r"""\bextra == ["']([^"']+)""")

# An environment's values by the names of PEP 508's markers.
MarkerEnvironment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Locked:
    """One distribution as it is locked. Without `version`, `specifier` says which will do (None:
    any). `commit` and `archive_hashes` are those of a direct source (VCS, archive), `hashes`
    says that archives of an index are locked by hash. `place` is FILE:LINE."""

    name: str
    version: Version | None = None
    specifier: SpecifierSet | None = None
    place: str = ""
    source: str = "index"  # index, vcs, archive, directory
    commit: str | None = None
    archive_hashes: frozenset[str] = frozenset()  # ALGORITHM=DIGITS
    hashes: bool = False
    pinned: bool = True  # it names one version

    def accepts(self, installed: str) -> bool:
        if not is_version(installed):
            return False
        if self.version is not None:
            return Version(installed) == self.version
        return self.specifier is None or self.specifier.contains(installed, prereleases=True)

    @property
    def wanted(self) -> str | None:
        """The version, or the range, as a verdict shows it."""
        if self.version is not None:
            return str(self.version)
        return str(self.specifier) if self.specifier is not None and str(self.specifier) else None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a lock file says for one environment. Of several entries of one name any will do.

    `allowed` are those of extras and groups, which may be installed or not; `elsewhere` those
    that are locked for other environments alone. `doubtful` are those of `required` of which the
    file does not tell whether the main group wants them: each with what needs it where that is
    installed. `complete` says that whatever is not named must not be there. `conflict` says why
    the lock is not for this environment at all.
    """

    required: Mapping[str, tuple[Locked, ...]]
    allowed: Mapping[str, tuple[Locked, ...]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    doubtful: Mapping[str, frozenset[str]] = field(default_factory=dict)
    complete: bool = True
    unnamed: bool = False  # something without a name is installed too (`-e .`)
    conflict: str | None = None


class Lock(Protocol):
    """A lock file that was read. Markers are evaluated later, for an environment."""

    @property
    def source(self) -> str: ...

    @property
    def format(self) -> str: ...

    def select(self, environment: MarkerEnvironment) -> Selection: ...


def grouped(packages: list[Locked]) -> dict[str, tuple[Locked, ...]]:
    found: dict[str, tuple[Locked, ...]] = {}
    for package in packages:
        found[package.name] = (*found.get(package.name, ()), package)
    return found


# --- members of documents; `where` is FILE or FILE:LINE


def refuse(where: str, what: str) -> NoReturn:
    raise InvalidInput(f"{where}: {what}")


def a_name(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_VERSION:
        refuse(where, "a package has no name")
    try:
        return canonicalize_name(value, validate=True)
    except InvalidName:
        refuse(where, f'"{value}" is no name of a distribution')


def is_version(text: str) -> bool:
    """Whether it is one of PEP 440, and no longer than any that is meant."""
    if len(text) > MAX_VERSION:
        return False
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def a_version(value: object, where: str) -> Version | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) <= MAX_VERSION:
            return Version(value)
    except InvalidVersion:
        pass
    refuse(where, "a package's version is no PEP 440 version")


def is_bounded(text: str) -> bool:
    """Whether a marker, a specifier or a requirement is no longer than any that is meant."""
    return len(text) <= MAX_MARKER and _ENDLESS_NUMBER.search(text) is None


def a_marker(value: object, where: str) -> Marker | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and is_bounded(value):
            return Marker(value)
    except InvalidMarker:
        pass
    refuse(where, "holds a marker that is no PEP 508 marker")


def a_specifier(value: object, where: str) -> SpecifierSet | None:
    if value is None or value in ("", "*"):
        return None
    try:
        if isinstance(value, str) and is_bounded(value):
            return SpecifierSet(value)
    except InvalidSpecifier:
        pass
    refuse(where, "holds a Python version that is no PEP 440 specifier")


def tables(value: object, where: str, name: str) -> list[Mapping[str, object]]:
    """An array of tables; a member that is missing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        refuse(where, f"{name} must be an array of tables")
    if len(value) > MAX_PACKAGES:
        refuse(where, f"holds more than {MAX_PACKAGES:,} packages")
    return value


def a_table(value: object, where: str, name: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        refuse(where, f"{name} must be a table")
    return value


def texts(value: object, where: str, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        refuse(where, f"{name} must be a list of texts")
    return value


def holds(marker: Marker | None, environment: MarkerEnvironment, extra: str = "") -> bool:
    """Whether a marker is true there; without one it is."""
    return marker is None or marker.evaluate({**environment, "extra": extra})


def holds_for_an_extra(marker: Marker | None, environment: MarkerEnvironment) -> bool:
    """Whether a marker is true there where one of the extras that it names is wanted."""
    extras = dict.fromkeys(_EXTRA.findall(str(marker)))
    return any(holds(marker, environment, extra) for extra in tuple(extras)[:_MAX_EXTRAS])


def headers(text: str, name: str) -> list[int]:
    """The lines of `[[name]]`, in order: where the packages of a lock file begin.

    Lock files are written by programs, each header on a line of its own; they may have
    megabytes, for which a second grammar would cost more than all the rest.
    """
    header = f"[[{name}]]"
    return [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.startswith("[[") and line.strip().replace(" ", "").startswith(header)
    ]


def place(source: str, lines: Sequence[int], index: int) -> str:
    return f"{source}:{lines[index]}" if index < len(lines) else source


def wrong_python(requires: SpecifierSet | None, environment: MarkerEnvironment) -> str | None:
    """Why the environment's Python is not the one that the lock file is for."""
    version = environment["python_full_version"]
    if requires is None or requires.contains(version, prereleases=True):
        return None
    return f"it is for Python {requires}, and this is {version}"
