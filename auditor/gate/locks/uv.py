"""`uv.lock`: one resolution for all environments, as a graph
(https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).

What this environment must have is what the project's dependencies lead to where their markers
are true. What its extras and dependency groups lead to may be there: which of them were asked
for when it was synchronised, nothing tells. The project itself may be installed or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from .lock import (
    Locked,
    MarkerEnvironment,
    Selection,
    a_marker,
    a_name,
    a_specifier,
    a_table,
    a_version,
    grouped,
    headers,
    holds,
    place,
    refuse,
    tables,
    texts,
    wrong_python,
)

_VERSION = 1  # of the format; what a newer revision adds does not change what is read here


@dataclass(frozen=True, slots=True)
class Edge:
    name: str
    version: str | None
    marker: Marker | None
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    locked: Locked
    own: bool  # of the workspace
    forks: tuple[Marker, ...]  # it is for environments in which one of them is true
    edges: tuple[Edge, ...]
    extras: Mapping[str, tuple[Edge, ...]]
    groups: Mapping[str, tuple[Edge, ...]]


@dataclass(frozen=True, slots=True)
class UvLock:
    source: str
    requires_python: SpecifierSet | None
    nodes: tuple[Node, ...]
    format: str = "uv.lock"

    def select(self, environment: MarkerEnvironment) -> Selection:
        walk = _Walk(self.nodes, environment)
        own = [node for node in self.nodes if node.own]
        required = walk.reached(edge for node in own for edge in node.edges)
        optional = [
            edge
            for node in own
            for edges in (*node.extras.values(), *node.groups.values())
            for edge in edges
        ]
        allowed = walk.reached(optional) - required
        needed = [self.nodes[index].locked for index in sorted(required)]
        may = [self.nodes[index].locked for index in sorted(allowed)]
        # The project may be installed (uv sync) or left out (--no-install-project), and it is
        # not what is locked: whichever version it has.
        projects = {node.locked.name for node in own}
        named = {locked.name for locked in (*needed, *may)} | projects
        return Selection(
            required=grouped([locked for locked in needed if locked.name not in projects]),
            allowed={
                **grouped(may),
                **{name: (Locked(name, source="directory"),) for name in projects},
            },
            elsewhere=frozenset(
                node.locked.name for node in self.nodes if node.locked.name not in named
            ),
            conflict=wrong_python(self.requires_python, environment),
        )


class _Walk:
    """Follows edges whose markers are true in an environment; nodes of other environments'
    forks are not there."""

    def __init__(self, nodes: tuple[Node, ...], environment: MarkerEnvironment) -> None:
        self._nodes = nodes
        self._environment = environment
        # By name and version (None: any), and by name, version and extra: so that a name with
        # thousands of entries costs no more than they are.
        self._targets: dict[tuple[str, str | None], list[int]] = {}
        self._with_extra: dict[tuple[str, str | None, str], list[int]] = {}
        for index, node in enumerate(nodes):
            if node.forks and not any(holds(fork, environment) for fork in node.forks):
                continue
            for version in (None, str(node.locked.version)):
                self._targets.setdefault((node.locked.name, version), []).append(index)
                for extra in node.extras:
                    key = (node.locked.name, version, extra)
                    self._with_extra.setdefault(key, []).append(index)

    def reached(self, edges: Iterable[Edge]) -> set[int]:
        found: set[int] = set()
        followed: set[tuple[str, str | None, str | None]] = set()
        entered: set[tuple[int, str]] = set()
        waiting = list(edges)
        while waiting:
            edge = waiting.pop()
            target = (edge.name, edge.version)
            wanted = [one for one in (None, *edge.extras) if (*target, one) not in followed]
            if not wanted or not holds(edge.marker, self._environment):
                continue
            for extra in wanted:
                followed.add((*target, extra))
                if extra is None:
                    new = [one for one in self._targets.get(target, ()) if one not in found]
                    found.update(new)
                    waiting += [further for one in new for further in self._nodes[one].edges]
                    continue
                for one in self._with_extra.get((*target, extra), ()):
                    if (one, extra) not in entered:
                        entered.add((one, extra))
                        waiting += self._nodes[one].extras[extra]
        return found


def parse(document: Mapping[str, object], text: str, source: str) -> UvLock:
    """Raises `InvalidInput` for what is no `uv.lock` of version 1."""
    version = document.get("version")
    if version != _VERSION or isinstance(version, bool):
        refuse(source, f"is no uv.lock of version {_VERSION}")
    lines = headers(text, "package")
    packages = tables(document.get("package"), source, "package")
    manifest = a_table(document.get("manifest"), source, "manifest")
    members = {a_name(name, source) for name in texts(manifest.get("members"), source, "members")}
    return UvLock(
        source,
        a_specifier(document.get("requires-python"), source),
        tuple(
            _node(package, place(source, lines, index), members)
            for index, package in enumerate(packages)
        ),
    )


def _node(package: Mapping[str, object], where: str, members: set[str]) -> Node:
    name = a_name(package.get("name"), where)
    origin = a_table(package.get("source"), where, "source")
    kind = next((kind for kind in _SOURCES if kind in origin), None)
    if kind is None:
        refuse(where, "a package has no source")
    own = name in members or (kind in ("editable", "virtual") and origin[kind] == ".")
    git = origin.get("git")
    files = [*tables(package.get("wheels"), where, "wheels")]
    sdist = a_table(package.get("sdist"), where, "sdist")
    files += [sdist] if sdist else []
    hashes = frozenset(
        str(file["hash"]).replace(":", "=", 1)
        for file in files
        if isinstance(file.get("hash"), str)
    )
    return Node(
        locked=Locked(
            name=name,
            version=a_version(package.get("version"), where),
            place=where,
            source=_SOURCES[kind],
            commit=git.rpartition("#")[2] if isinstance(git, str) and "#" in git else None,
            archive_hashes=hashes if _SOURCES[kind] == "archive" else frozenset(),
            hashes=bool(hashes) and _SOURCES[kind] == "index",
        ),
        own=own,
        forks=tuple(
            marker
            for text in texts(package.get("resolution-markers"), where, "resolution-markers")
            if (marker := a_marker(text, where)) is not None
        ),
        edges=_edges(package.get("dependencies"), where),
        extras=_edges_by_name(package, "optional-dependencies", where),
        groups=_edges_by_name(package, "dev-dependencies", where),
    )


_SOURCES = {
    "registry": "index",
    "git": "vcs",
    "url": "archive",
    "path": "archive",
    "directory": "directory",
    "editable": "directory",
    "virtual": "directory",
}


def _edges_by_name(
    package: Mapping[str, object], member: str, where: str
) -> dict[str, tuple[Edge, ...]]:
    lists = a_table(package.get(member), where, member)
    return {name: _edges(edges, where) for name, edges in lists.items()}


def _edges(value: object, where: str) -> tuple[Edge, ...]:
    found = []
    for table in tables(value, where, "dependencies"):
        version = a_version(table.get("version"), where)
        found.append(
            Edge(
                a_name(table.get("name"), where),
                None if version is None else str(version),
                a_marker(table.get("marker"), where),
                tuple(texts(table.get("extra"), where, "extra")),
            )
        )
    return tuple(found)
