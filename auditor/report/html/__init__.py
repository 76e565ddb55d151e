"""A report that is one HTML file: nothing outside is loaded, nothing inside is anybody else's.

The page is built as a tree, and text enters it in one place (`_shown`): what serialises the tree
does the escaping, so that none of it can be forgotten. A policy in the page's head (`_policy`)
lets run and style it nothing but the two files beside this one, by their hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from ...model import Change, Comparison, FactFile, Finding, GateEntry, NotCompared, Verdict, Weight
from ..sanitize import fitted, without_commands
from ..wording import (
    SYMBOLS,
    Cells,
    causes_of,
    change_cells,
    count,
    details,
    entry_cells,
    headline,
    likely,
    named,
    reasons,
    title,
    verdict_counts,
    why,
)

_VALUE = 1000  # characters
_TEXT = 4000
_OPEN_FINDINGS = 3
_ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.ASCII)


def render_comparison(comparison: Comparison) -> str:
    """Findings with their evidence, and every change side by side."""
    sides = (("A", named(comparison.a)), ("B", named(comparison.b)))
    page = _Page("envaudit compare", sides)
    _add(page.head, "p", headline(comparison), {"class": "result"})
    if told := details(comparison):
        _add(page.head, "p", f" {SYMBOLS.dot} ".join(told), {"class": "quiet"})
    _add_findings(page.main, comparison.findings)
    rows = list(_change_rows(comparison))
    if rows:
        _Table(page.main, ("fact", "A", "B", "how"), "changes").fill(rows)
    _add_not_compared(page.main, comparison.not_compared)
    return page.text()


def render_verdict(
    verdict: Verdict, comparison: Comparison, baseline: FactFile | None = None
) -> str:
    """Passed or failed, what was judged and by which line of the policy. `comparison` is what
    was judged, with its findings; `baseline` says which file the baseline is."""
    against = named(verdict.baseline) + (f" ({baseline.name})" if baseline else "")
    sides = (("checked", named(verdict.fingerprint)), ("baseline", against))
    page = _Page("envaudit gate", sides)
    result = "passed" if verdict.passed else "failed"
    _add(page.head, "p", f"{result}: {verdict_counts(verdict)}", {"class": f"result {result}"})
    judged = {entry.path for entry in (*verdict.violations, *verdict.warnings)}
    _add_findings(
        page.main,
        [
            finding
            for finding in comparison.findings
            if any(evidence.path in judged for evidence in finding.evidence)
        ],
        "A is the baseline, B what was held against it.",
    )
    rows = list(_entry_rows(verdict, {change.path: change for change in comparison.changes}))
    if rows:
        _Table(page.main, ("fact", "baseline", "now", "why"), "verdict").fill(rows)
    _add_not_compared(page.main, verdict.not_compared)
    return page.text()


# --- rows


class _Row:
    """One fact: its cells, and what it can be filtered by."""

    __slots__ = ("badge", "cells", "group", "minor", "note", "origin", "section")

    def __init__(
        self,
        cells: Cells,
        note: str,
        origin: str,
        section: str,
        group: str,
        badge: str = "",
        minor: bool = False,
    ) -> None:
        self.cells = cells
        self.note = note
        self.origin = origin
        self.section = section
        self.group = group
        self.badge = badge
        self.minor = minor


def _change_rows(comparison: Comparison) -> Iterator[_Row]:
    """The weightiest first, each followed by what follows from it."""
    followers: dict[str, list[Change]] = {}
    for change in comparison.changes:
        if change.folded_under is not None:
            followers.setdefault(change.folded_under, []).append(change)
    for cause in causes_of(comparison):
        yield _change_row(cause)
        yield from map(_change_row, followers.pop(cause.path, ()))
    for orphans in followers.values():  # what follows from what follows
        yield from map(_change_row, orphans)


def _change_row(change: Change) -> _Row:
    cells = change_cells(change, _VALUE)
    follows = change.folded_under
    return _Row(
        cells,
        f"follows from {follows}" if follows else cells.note,
        change.origin.value,
        change.section,
        change.kind.value,
        "high" if change.weight is Weight.HIGH and not follows else "",
        minor=bool(follows) or change.weight is Weight.LOW,
    )


def _entry_rows(verdict: Verdict, changes: Mapping[str, Change]) -> Iterator[_Row]:
    for group, entries in (
        ("violation", verdict.violations),
        ("warning", verdict.warnings),
        ("waived", verdict.waived),
    ):
        for entry in entries:
            yield _entry_row(entry, group, changes.get(entry.path))


def _entry_row(entry: GateEntry, group: str, change: Change | None) -> _Row:
    section = change.section if change else entry.path.rpartition(".")[0]
    cells = entry_cells(entry, _VALUE)
    return _Row(cells, why(entry), entry.origin or "none", section or "none", group, group)


class _Table:
    """All rows, and what narrows them down; without scripts all of them are shown."""

    def __init__(self, parent: ET.Element, head: Sequence[str], kind: str) -> None:
        self._section = _add(parent, "section", "", {"aria-labelledby": "facts"})
        _add(self._section, "h2", "Facts side by side", {"id": "facts", "tabindex": "-1"})
        self._head = head
        self._kind = kind

    def fill(self, rows: Sequence[_Row]) -> None:
        self._filters(rows)
        table = _add(self._section, "table", "", {"id": "rows", "class": f"facts {self._kind}"})
        line = _add(_add(table, "thead"), "tr")
        for name in self._head:
            _add(line, "th", name, {"scope": "col"})
        body = _add(table, "tbody")
        for row in rows:
            self._row(body, row)

    def _row(self, body: ET.Element, row: _Row) -> None:
        kept = {"data-origin": row.origin, "data-section": row.section, "data-group": row.group}
        if row.minor:
            kept["class"] = "minor"
        line = _add(body, "tr", "", kept)
        name = _add(line, "th", row.cells.path, {"scope": "row"})
        if row.badge:
            _add(name, "span", row.badge, {"class": f"badge {row.badge}"})
        _add(line, "td", row.cells.before)
        _add(line, "td", row.cells.after)
        _add(line, "td", row.note)

    def _filters(self, rows: Sequence[_Row]) -> None:
        box = _add(self._section, "div", "", {"class": "filters", "role": "search"})
        search = {"type": "search", "id": "search", "autocomplete": "off", "spellcheck": "false"}
        _add(_add(box, "label", "Search "), "input", "", search)
        for name in ("origin", "section", "group"):
            found = sorted({getattr(row, name) for row in rows})
            caption = {"group": "Kind"}.get(name, name.capitalize())
            select = _add(_add(box, "label", f"{caption} "), "select", "", {"id": name})
            _add(select, "option", "all", {"value": ""})
            for value in found:
                _add(select, "option", value, {"value": value})
        minor = sum(row.minor for row in rows)
        if minor:
            label = _add(box, "label")
            _add(label, "input", "", {"type": "checkbox", "id": "minor", "checked": ""})
            _add(label, "span", f" {minor:,} of low weight or that follow")
        _add(box, "output", f"{len(rows):,} of {len(rows):,}", {"id": "shown", "role": "status"})


# --- the other parts


def _add_findings(parent: ET.Element, findings: Sequence[Finding], sides: str = "") -> None:
    if not findings:
        return
    section = _add(parent, "section", "", {"aria-labelledby": "findings"})
    _add(section, "h2", "What can be responsible, the likeliest first", {"id": "findings"})
    if sides:
        _add(section, "p", sides, {"class": "quiet"})
    for number, finding in enumerate(findings, 1):
        opened = {"open": ""} if number <= _OPEN_FINDINGS else {}
        box = _add(section, "details", "", {"class": "finding", **opened})
        summary = _add(box, "summary", f"{number}. {title(finding)} ")
        _add(summary, "span", likely(finding.confidence), {"class": f"badge {_sure(finding)}"})
        about = (*finding.effects, f"{finding.rule} {finding.name}", f"severity {finding.severity}")
        _add(box, "p", f" {SYMBOLS.dot} ".join(about), {"class": "quiet"})
        _add(box, "p", finding.message)
        _add_evidence(box, finding)
        listed = _add(box, "dl")
        for name, lines in (
            ("Confirm", [finding.confirm]),
            ("Mend", finding.remedy.splitlines()),
            ("Sources", finding.sources),
        ):
            if any(lines):
                _add(listed, "dt", name)
            for line in filter(None, lines):
                _link(_add(listed, "dd"), line)


def _sure(finding: Finding) -> str:
    return "high" if likely(finding.confidence) == "very likely" else "medium"


def _add_evidence(box: ET.Element, finding: Finding) -> None:
    table = _add(box, "table", "", {"class": "facts evidence"})
    line = _add(_add(table, "thead"), "tr")
    for name in ("evidence", "A", "B"):
        _add(line, "th", name, {"scope": "col"})
    body = _add(table, "tbody")
    for one in finding.evidence:
        entry = GateEntry(one.path, "changed", one.before, one.after, "", "", "")
        cells = entry_cells(entry, _VALUE)
        line = _add(body, "tr")
        _add(line, "th", cells.path, {"scope": "row"})
        _add(line, "td", cells.before)
        _add(line, "td", cells.after)


def _add_not_compared(parent: ET.Element, entries: Sequence[NotCompared]) -> None:
    if not entries:
        return
    section = _add(parent, "section", "", {"aria-labelledby": "not-compared"})
    _add(section, "h2", "Not compared: neither equal nor different", {"id": "not-compared"})
    for reason, paths in reasons(entries):
        box = _add(section, "details")
        _add(box, "summary", f"{reason} ({count(len(paths), 'fact')})")
        listed = _add(box, "ul")
        for path in paths:
            _add(listed, "li", path)


class _Page:
    def __init__(self, name: str, sides: Iterable[tuple[str, str]]) -> None:
        style, script = _own("report.css"), _own("report.js")
        self._root = ET.Element("html", {"lang": "en"})
        head = _add(self._root, "head")
        _add(head, "meta", "", {"charset": "utf-8"})
        policy = {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}
        _add(head, "meta", "", policy)
        size = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
        _add(head, "meta", "", size)
        _add(head, "meta", "", {"name": "referrer", "content": "no-referrer"})
        sides = list(sides)
        _add(head, "title", f"{name}: {', '.join(side for _, side in sides)}")
        _verbatim(head, "style", style)
        body = _add(self._root, "body")
        _add(body, "a", "Skip to the facts", {"href": "#facts", "class": "skip"})
        self.head = _add(body, "header")
        _add(self.head, "h1", name)
        theme = {"type": "button", "id": "theme", "aria-label": "Dark or light", "hidden": ""}
        _add(self.head, "button", "Dark or light", theme)
        listed = _add(self.head, "dl", "", {"class": "sides"})
        for side, told in sides:
            _add(listed, "dt", side)
            _add(listed, "dd", told)
        self.main = _add(body, "main")
        _verbatim(body, "script", script)

    def text(self) -> str:
        page = ET.tostring(self._root, encoding="unicode", method="html")
        return "<!doctype html>\n" + without_commands(page, "&#35;") + "\n"


def _link(parent: ET.Element, text: str) -> None:
    """An address that can be followed; anything else (`javascript:`) is text."""
    if _ADDRESS.fullmatch(text):
        _add(parent, "a", text, {"href": text, "rel": "noreferrer noopener"})
    else:
        parent.text = _shown(text)


# --- where text enters the page


def _add(
    parent: ET.Element, name: str, text: str = "", attributes: Mapping[str, str] | None = None
) -> ET.Element:
    shown = {key: _shown(value) for key, value in (attributes or {}).items()}
    element = ET.SubElement(parent, name, shown)
    if text:
        element.text = _shown(text)
    return element


def _shown(text: str) -> str:
    return fitted(text, _TEXT)


def _verbatim(parent: ET.Element, name: str, own: str) -> None:
    """A style or script of ours: what HTML does not escape."""
    ET.SubElement(parent, name).text = own


@cache
def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
