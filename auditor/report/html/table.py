"""The facts side by side, and what narrows them down."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from .page import add
from .rows import EQUAL, KINDS, MAX_OTHERS, Row

_ROWS_A_BODY = 50
_MANY = 1000


class Table:
    """What differs or was judged comes first, then all other facts. These are hidden until
    somebody asks for them; without scripts all of them are shown."""

    def __init__(self, head: Sequence[str], differing: str, kind: str) -> None:
        self._head = head
        self._differing = differing
        self._kind = kind

    def fill(self, parent: ET.Element, rows: Sequence[Row], others: Sequence[Row]) -> None:
        section = add(parent, "section", "", {"aria-labelledby": "facts"})
        add(section, "h2", "Facts side by side", {"id": "facts", "tabindex": "-1"})
        left_out = max(0, len(others) - MAX_OTHERS)
        others = others[:MAX_OTHERS]
        self._filters(section, rows, others)
        if left_out:
            told = f"{left_out:,} more facts that do not differ are left out of this page."
            add(section, "p", told, {"class": "quiet"})
        kind = f"facts {self._kind}"
        if len(rows) + len(others) > _MANY:
            kind += " many"
        table = add(section, "table", "", {"id": "rows", "class": kind})
        line = add(add(table, "thead"), "tr")
        for name in self._head:
            add(line, "th", name, {"scope": "col"})
        _add_rows(table, rows)
        if others:
            rest = add(table, "tbody", "", {"class": "others divider"})
            title = "What does not differ, or could not be compared"
            columns = str(len(self._head))
            add(add(rest, "tr"), "th", title, {"scope": "rowgroup", "colspan": columns})
            _add_rows(table, others, {"class": "others"})

    def _filters(self, section: ET.Element, rows: Sequence[Row], others: Sequence[Row]) -> None:
        box = add(section, "div", "", {"class": "filters", "role": "search"})
        search = {"type": "search", "id": "search", "autocomplete": "off", "spellcheck": "false"}
        add(add(box, "label", "Search "), "input", "", search)
        kinds = Counter(row.kind for row in chain(rows, others))
        shown = [("", self._differing, len(rows)), ("*", "all facts", len(rows) + len(others))]
        shown += [(kind, called, kinds[kind]) for kind, called in KINDS.items() if kinds[kind]]
        select = add(add(box, "label", "Show "), "select", "", _choice("kind"))
        for value, called, number in shown:
            add(select, "option", f"{called} ({number:,})", {"value": value})
        for name in ("origin", "section"):
            found = sorted({getattr(row, name) for row in chain(rows, others)})
            select = add(add(box, "label", f"{name.capitalize()} "), "select", "", _choice(name))
            add(select, "option", "all", {"value": ""})
            for value in found:
                add(select, "option", value, {"value": value})
        minor = sum(row.minor for row in rows)
        if minor:
            label = add(box, "label")
            checked = {"type": "checkbox", "id": "minor", "checked": "", **_NOT_KEPT}
            add(label, "input", "", checked)
            add(label, "span", f" {minor:,} of low weight or that follow")
        told = add(box, "div", "", {"class": "told"})
        add(told, "output", "", {"id": "shown", "role": "status"})
        add(told, "button", "", {"type": "button", "id": "more", "hidden": ""})


# What a browser fills in again after a reload would not be what the page shows.
_NOT_KEPT = {"autocomplete": "off"}


def _choice(name: str) -> dict[str, str]:
    return {"id": name, **_NOT_KEPT}


def _add_rows(
    table: ET.Element, rows: Sequence[Row], attributes: Mapping[str, str] | None = None
) -> None:
    """In bodies of few rows: where there are many, a browser lays out those that are in sight
    (report.css)."""
    for start in range(0, len(rows), _ROWS_A_BODY):
        body = add(table, "tbody", "", attributes)
        for row in rows[start : start + _ROWS_A_BODY]:
            _add_row(body, row)


def _add_row(body: ET.Element, row: Row) -> None:
    kept = {"data-origin": row.origin, "data-section": row.section, "data-kind": row.kind}
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
    add(line, "td", row.cells.note)
