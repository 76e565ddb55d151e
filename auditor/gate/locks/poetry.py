"""`poetry.lock` of Poetry 1 and 2 (https://python-poetry.org/docs/).

Since lock version 2.1 each package has its groups and its marker. Older ones only have markers
on the edges between packages (the project's own dependencies are in pyproject.toml): a package
is required unless every package that leads to it leads there for other environments alone.
What only other groups than `main` need, and what is optional, may be there. Lock version 2.0
tells neither groups nor, as version 1 did, categories: a package that is not installed is known
to be missing only where one that is installed needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ...model import whole_number
from .lock import (
    Locked,
    MarkerEnvironment,
    Selection,
    a_marker,
    a_name,
    a_table,
    a_version,
    grouped,
    headers,
    holds,
    holds_for_an_extra,
    place,
    refuse,
    tables,
    texts,
    wrong_python,
)

_MAIN = "main"


@dataclass(frozen=True, slots=True)
class PoetryPackage:
    locked: Locked
    optional: bool
    groups: tuple[str, ...]
    markers: Mapping[str, Marker | None]  # by group; "" is for all
    edges: tuple[tuple[str, tuple[Marker | None, ...]], ...]  # to each name, by alternatives

    def holds(self, environment: MarkerEnvironment, group: str) -> bool:
        marker = self.markers.get(group, self.markers.get(""))
        if holds(marker, environment):
            return True
        return self.optional and holds_for_an_extra(marker, environment)


@dataclass(frozen=True, slots=True)
class PoetryLock:
    source: str
    requires_python: SpecifierSet | None
    packages: tuple[PoetryPackage, ...]
    with_markers: bool  # lock version 2.1 and newer
    with_groups: bool  # of some kind: all but lock version 2.0
    format: str = "poetry.lock"

    def select(self, environment: MarkerEnvironment) -> Selection:
        reachable = None if self.with_markers else self._reachable(environment)
        required, allowed, elsewhere = [], [], set[str]()
        for package in self.packages:
            name = package.locked.name
            here = [group for group in package.groups if package.holds(environment, group)]
            if not here or (reachable is not None and name not in reachable):
                elsewhere.add(name)
            elif _MAIN in here and not package.optional:
                required.append(package.locked)
            else:
                allowed.append(package.locked)
        known = {locked.name for locked in (*required, *allowed)}
        return Selection(
            grouped(required),
            grouped(allowed),
            frozenset(elsewhere - known),
            doubtful={} if self.with_groups else self._needed_by(environment),
            conflict=wrong_python(self.requires_python, environment),
        )

    def _needed_by(self, environment: MarkerEnvironment) -> dict[str, frozenset[str]]:
        """For each package those that lead to it here."""
        found: dict[str, set[str]] = {package.locked.name: set() for package in self.packages}
        for package in self.packages:
            for name, markers in package.edges:
                if name in found and any(holds(one, environment) for one in markers):
                    found[name].add(package.locked.name)
        return {name: frozenset(by) for name, by in found.items()}

    def _reachable(self, environment: MarkerEnvironment) -> set[str]:
        """From the packages to which none leads, which the project itself must want."""
        targets = {name for package in self.packages for name, _ in package.edges}
        by_name: dict[str, list[PoetryPackage]] = {}
        for package in self.packages:
            by_name.setdefault(package.locked.name, []).append(package)
        waiting = [name for name in by_name if name not in targets]
        seen = set(waiting)
        while waiting:
            for package in by_name.get(waiting.pop(), []):
                for name, markers in package.edges:
                    if name not in seen and _leads(markers, environment):
                        seen.add(name)
                        waiting.append(name)
        excluded = {
            name
            for package in self.packages
            if package.locked.name in seen
            for name, markers in package.edges
            if not _leads(markers, environment)
        }
        # What is in a circle, or wanted by the project as well, is not excluded by any edge.
        return seen | (by_name.keys() - excluded - self._only_from(excluded - seen))

    def _only_from(self, names: set[str]) -> set[str]:
        """Those to which only the named ones lead, and what they lead to in turn; the time is
        that of following each edge once."""
        leading: dict[str, set[str]] = {}
        targets: dict[str, set[str]] = {}
        for package in self.packages:
            for name, _ in package.edges:
                leading.setdefault(name, set()).add(package.locked.name)
                targets.setdefault(package.locked.name, set()).add(name)
        missing = {name: len(by - names) for name, by in leading.items()}
        found = {name for name, count in missing.items() if not count} - names
        waiting = list(found)
        while waiting:
            for name in targets.get(waiting.pop(), ()):
                missing[name] -= 1
                if not missing[name] and name not in names and name not in found:
                    found.add(name)
                    waiting.append(name)
        return found


def _leads(markers: tuple[Marker | None, ...], environment: MarkerEnvironment) -> bool:
    """Whether an edge counts there. What only an extra leads to is locked because somebody
    wants the extra, perhaps the project, of which the lock file tells nothing."""
    return any(holds(one, environment) or holds_for_an_extra(one, environment) for one in markers)


def parse(document: Mapping[str, object], text: str, source: str) -> PoetryLock:
    """Raises `InvalidInput` for what is no `poetry.lock` of lock version 1 or 2."""
    metadata = a_table(document.get("metadata"), source, "metadata")
    version = metadata.get("lock-version", "1.0")
    numbers = version.split(".") if isinstance(version, str) else []
    if not numbers or numbers[0] not in ("1", "2"):
        refuse(source, "is no poetry.lock of lock version 1 or 2")
    lines = headers(text, "package")
    files = a_table(metadata.get("files"), source, "metadata.files")  # lock version 1
    packages = tables(document.get("package"), source, "package")
    return PoetryLock(
        source,
        _python(metadata.get("python-versions"), source),
        tuple(
            _package(package, files, place(source, lines, index))
            for index, package in enumerate(packages)
        ),
        with_markers=numbers[0] == "2" and numbers[1:2] not in ([], ["0"]),
        with_groups=any("groups" in package or "category" in package for package in packages),
    )


def _package(
    package: Mapping[str, object], files: Mapping[str, object], where: str
) -> PoetryPackage:
    name = a_name(package.get("name"), where)
    origin = a_table(package.get("source"), where, "source")
    kind = origin.get("type")
    source = _SOURCES.get(kind if isinstance(kind, str) else "", "index")
    archives = tables(package.get("files", files.get(str(package.get("name")))), where, "files")
    hashes = frozenset(
        str(file["hash"]).replace(":", "=", 1)
        for file in archives
        if isinstance(file.get("hash"), str)
    )
    commit = origin.get("resolved_reference")
    category = package.get("category", _MAIN)  # lock version 1
    return PoetryPackage(
        locked=Locked(
            name=name,
            version=a_version(package.get("version"), where),
            place=where,
            source=source,
            commit=commit if isinstance(commit, str) and source == "vcs" else None,
            archive_hashes=hashes if source == "archive" else frozenset(),
            hashes=bool(hashes) and source == "index",
        ),
        optional=package.get("optional") is True,
        groups=tuple(texts(package.get("groups"), where, "groups")) or (str(category),),
        markers=_markers(package.get("markers"), where),
        edges=tuple(
            (a_name(target, where), _edge_markers(value, where))
            for target, value in a_table(package.get("dependencies"), where, "dependencies").items()
        ),
    )


_SOURCES = {"git": "vcs", "url": "archive", "file": "archive", "directory": "directory"}


def _markers(value: object, where: str) -> dict[str, Marker | None]:
    if isinstance(value, dict):
        return {group: a_marker(marker, where) for group, marker in value.items()}
    return {"": a_marker(value, where)}


def _edge_markers(value: object, where: str) -> tuple[Marker | None, ...]:
    """A version, a table, or several tables of which each has its marker."""
    alternatives = value if isinstance(value, list) else [value]
    return tuple(
        a_marker(one.get("markers"), where) if isinstance(one, dict) else None
        for one in alternatives
    )


def _python(value: object, where: str) -> SpecifierSet | None:
    """Poetry has forms of its own (`^3.10`, `>=3.10 || 2.7`): of these only the caret is read."""
    if not isinstance(value, str) or value in ("", "*") or "|" in value:
        return None
    parts = []
    for part in value.split(","):
        text = part.strip()
        if text.startswith("^"):
            major = whole_number(text[1:].partition(".")[0])
            if major is None:
                return None
            parts += [f">={text[1:]}", f"<{major + 1}"]
        elif text.startswith("~") and not text.startswith("~="):
            return None
        else:
            parts.append(text)
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier:
        refuse(where, "metadata.python-versions is no range of versions")
