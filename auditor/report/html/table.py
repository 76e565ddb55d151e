"""The facts side by side, and what narrows them down."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ..sanitize import fitted
from .page import add
from .rows import EQUAL, KINDS, MAX_OTHERS, Row

_ROWS_A_BODY = 50
_MANY = 1000
_NAME = 100  # characters of a section's name where one is chosen
_NOTE = 1000  # of why a row stands where it does
# What a browser fills in again after a reload would not be what the page shows.
_NOT_KEPT = {"autocomplete": "off"}


class Table:
    """What differs or was judged comes first, then all other facts. These are hidden until
    somebody asks for them; without scripts all of them are shown."""

    def __init__(
        self, head: Sequence[str], kind: str, rows: Sequence[Row], others: Sequence[Row]
    ) -> None:
        self._head = head
        self._kind = kind
        self._rows = rows
        self._others = others[:MAX_OTHERS]
        self._left_out = len(others) - len(self._others)
        # By number: a hostile name would stand at each of its facts.
        names = sorted({row.section for row in chain(rows, self._others)})
        self._sections = {name: str(number) for number, name in enumerate(names)}

    def show(self, parent: ET.Element, differing: str) -> None:
        """At the end of `parent`; `differing` says what the rows are that come first."""
        section = add(parent, "section", "", {"aria-labelledby": "facts"})
        add(section, "h2", "Facts side by side", {"id": "facts", "tabindex": "-1"})
        self._filters(section, differing)
        if self._left_out:
            told = f"{self._left_out:,} more facts that do not differ are left out of this page."
            add(section, "p", told, {"class": "quiet"})
        kind = f"facts {self._kind}"
        if len(self._rows) + len(self._others) > _MANY:
            kind += " many"
        table = add(section, "table", "", {"id": "rows", "class": kind})
        line = add(add(table, "thead"), "tr")
        for name in self._head:
            add(line, "th", name, {"scope": "col"})
        self._bodies(table, self._rows)
        if self._others:
            rest = add(table, "tbody", "", {"class": "others divider"})
            title = "What does not differ, or could not be compared"
            columns = str(len(self._head))
            add(add(rest, "tr"), "th", title, {"scope": "rowgroup", "colspan": columns})
            self._bodies(table, self._others, {"class": "others"})

    def _bodies(
        self, table: ET.Element, rows: Sequence[Row], attributes: Mapping[str, str] | None = None
    ) -> None:
        """Of few rows each: where there are many, a browser lays out those that are in sight
        (report.css)."""
        for start in range(0, len(rows), _ROWS_A_BODY):
            body = add(table, "tbody", "", attributes)
            for row in rows[start : start + _ROWS_A_BODY]:
                self._row(body, row)

    def _row(self, body: ET.Element, row: Row) -> None:
        section = self._sections[row.section]
        kept = {"data-origin": row.origin, "data-section": section, "data-kind": row.kind}
        if row.minor:
            kept["class"] = "minor"
        elif row.kind == EQUAL and row.cells.before == row.cells.after:
            kept["class"] = "equal"
        line = add(body, "tr", "", kept)
        name = add(line, "th", row.cells.path, {"scope": "row"})
        if row.badge:
            add(name, "span", row.badge, {"class": f"badge {row.badge}"})
        add(line, "td", row.cells.before)
        add(line, "td", row.cells.after)
        add(line, "td", fitted(row.cells.note, _NOTE))

    def _filters(self, section: ET.Element, differing: str) -> None:
        every = [*self._rows, *self._others]
        box = add(section, "div", "", {"class": "filters", "role": "search"})
        search = {"type": "search", "id": "search", "autocomplete": "off", "spellcheck": "false"}
        add(add(box, "label", "Search "), "input", "", search)
        kinds = Counter(row.kind for row in every)
        shown = [("", f"{differing} ({len(self._rows):,})"), ("*", f"all facts ({len(every):,})")]
        shown += [
            (kind, f"{called} ({kinds[kind]:,})") for kind, called in KINDS.items() if kinds[kind]
        ]
        _choice(box, "Show", "kind", shown)
        origins = sorted({row.origin for row in every})
        _choice(box, "Origin", "origin", [("", "all"), *zip(origins, origins, strict=True)])
        sections = ((number, name[:_NAME]) for name, number in self._sections.items())
        _choice(box, "Section", "section", [("", "all"), *sections])
        minor = sum(row.minor for row in self._rows)
        if minor:
            label = add(box, "label")
            checked = {"type": "checkbox", "id": "minor", "checked": "", **_NOT_KEPT}
            add(label, "input", "", checked)
            add(label, "span", f" {minor:,} of low weight or that follow")
        told = add(box, "div", "", {"class": "told"})
        add(told, "output", "", {"id": "shown", "role": "status"})
        add(told, "button", "", {"type": "button", "id": "more", "hidden": ""})


def _choice(box: ET.Element, caption: str, name: str, options: Iterable[tuple[str, str]]) -> None:
    select = add(add(box, "label", f"{caption} "), "select", "", {"id": name, **_NOT_KEPT})
    for value, told in options:
        add(select, "option", told, {"value": value})
