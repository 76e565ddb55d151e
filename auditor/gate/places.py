"""Where the keys of a TOML document stand: `("gate", "fail", 2)` -> its line.

`tomllib` tells no places, so the grammar of tree-sitter reads the text a second time: for the
lines alone, the values are always `tomllib`'s. What the grammar cannot follow has no line.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from tree_sitter import Node

# Keys of tables, positions (from 0) in arrays.
Path: TypeAlias = "tuple[str | int, ...]"

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_TABLES = ("table", "table_array_element")
# Deeper ones are not followed; nothing of ours stands deeper than ten.
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Places:
    """The lines (from 1) of one document's keys and of the members of its arrays."""

    source: str = ""
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int | None:
        """The line of a key or member, else of the nearest one around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None

    def of(self, path: Path) -> str:
        """`FILE:LINE`, or `FILE` where the line is not known."""
        line = self.line(path)
        return self.source if line is None else f"{self.source}:{line}"


def places_of(text: str, source: str) -> Places:
    """The places in a text that `tomllib` has accepted; without text there are none."""
    if not text:
        return Places(source)
    import tree_sitter
    import tree_sitter_toml

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    for node in parser.parse(text.encode("utf-8")).root_node.children:
        if node.type == "pair":
            _pair(node, (), lines)
        elif node.type in _TABLES:
            _table(node, lines, counts)
    return Places(source, lines)


def _table(node: Node, lines: dict[Path, int], counts: dict[Path, int]) -> None:
    key = next((child for child in node.children if child.type in _KEYS), None)
    names = None if key is None else _names(key)
    if names is None:
        return
    path = _in_arrays(names[:-1], counts) + names[-1:]
    if node.type == "table_array_element":
        counts[path] = counts.get(path, -1) + 1
        lines.setdefault(path, _line(node))
        path = (*path, counts[path])
    lines.setdefault(path, _line(node))
    for child in node.children:
        if child.type == "pair":
            _pair(child, path, lines)


def _in_arrays(names: Path, counts: Mapping[Path, int]) -> Path:
    """Below an array of tables a name means that of its last table."""
    path: Path = ()
    for name in names:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    return path


def _pair(node: Node, above: Path, lines: dict[Path, int]) -> None:
    key = next((child for child in node.children if child.type in _KEYS), None)
    names = None if key is None else _names(key)
    if key is None or names is None:
        return
    for end in range(1, len(names) + 1):
        lines.setdefault((*above, *names[:end]), _line(key))
    _value(node.children[-1], (*above, *names), lines)


def _value(node: Node, path: Path, lines: dict[Path, int]) -> None:
    if len(path) > _MAX_DEPTH:
        return
    if node.type == "array":
        members = [child for child in node.children if child.is_named and child.type != "comment"]
        for number, member in enumerate(members):
            lines[(*path, number)] = _line(member)
            _value(member, (*path, number), lines)
    elif node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                _pair(child, path, lines)


def _names(node: Node) -> Path | None:
    """`a."b c".d` as its parts; None where it is no key after all."""
    text = (node.text or b"").decode("utf-8", "replace")
    try:
        table: object = tomllib.loads(f"{text} = 0")
    except (ValueError, RecursionError):
        return None
    names: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        (name, table) = next(iter(table.items()))
        names.append(name)
    return tuple(names)


def _line(node: Node) -> int:
    return node.start_point[0] + 1
