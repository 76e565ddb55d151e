"""A report that is one HTML file: nothing outside is loaded, nothing inside is anybody else's.

The page is built as a tree, and text enters it in one place (`page.shown`): what serialises the
tree does the escaping, so that none of it can be forgotten.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from ...model import Change, Comparison, FactFile, Finding, Fingerprint, NotCompared, Verdict
from ..wording import (
    SYMBOLS,
    count,
    details,
    headline,
    likely,
    named,
    reasons,
    title,
    verdict_counts,
)
from .page import Page, add, link
from .rows import change_rows, entry_rows, evidence_cells, ignored_rows, other_rows
from .table import Table

_OPEN_FINDINGS = 3


def render_comparison(comparison: Comparison, a: Fingerprint, b: Fingerprint) -> str:
    """Findings with their evidence, and every fact of both sides, what differs first."""
    sides = (("A", named(comparison.a)), ("B", named(comparison.b)))
    page = Page("envaudit compare", sides)
    add(page.head, "p", headline(comparison), {"class": "result"})
    if told := details(comparison):
        add(page.head, "p", f" {SYMBOLS.dot} ".join(told), {"class": "quiet"})
    changes = {change.path: change for change in comparison.changes}
    _add_findings(page.main, comparison.findings, changes)
    rows, others = list(change_rows(comparison)), list(other_rows(comparison, a, b))
    Table(("fact", "A", "B", "how"), "changes", rows, others).show(page.main, "what differs")
    _add_not_compared(page.main, comparison.not_compared)
    return page.text()


def render_verdict(
    verdict: Verdict,
    comparison: Comparison,
    baseline: Fingerprint,
    fingerprint: Fingerprint,
    file: FactFile | None = None,
) -> str:
    """Passed or failed, what was judged and by which line of the policy, and every fact.

    `comparison` is what was judged, with its findings: `fingerprint` held against `baseline`;
    `file` says where the baseline's facts stand.
    """
    against = named(verdict.baseline) + (f" ({file.name})" if file else "")
    sides = (("checked", named(verdict.fingerprint)), ("baseline", against))
    page = Page("envaudit gate", sides)
    result = "passed" if verdict.passed else "failed"
    add(page.head, "p", f"{result}: {verdict_counts(verdict)}", {"class": f"result {result}"})
    judged = {entry.path for entry in (*verdict.violations, *verdict.warnings)}
    _add_findings(
        page.main,
        [
            finding
            for finding in comparison.findings
            if any(evidence.path in judged for evidence in finding.evidence)
        ],
        {change.path: change for change in comparison.changes},
        "A is the baseline, B what was held against it.",
    )
    rows = list(entry_rows(verdict, comparison))
    others = [
        *ignored_rows(comparison, rows),
        *other_rows(comparison, baseline, fingerprint, rows),
    ]
    table = Table(("fact", "baseline", "now", "why"), "verdict", rows, others)
    table.show(page.main, "what was judged")
    _add_not_compared(page.main, verdict.not_compared)
    return page.text()


# --- the parts beside the table


def _add_findings(
    parent: ET.Element,
    findings: Sequence[Finding],
    changes: Mapping[str, Change],
    sides: str = "",
) -> None:
    if not findings:
        return
    section = add(parent, "section", "", {"aria-labelledby": "findings"})
    add(section, "h2", "What can be responsible, the likeliest first", {"id": "findings"})
    if sides:
        add(section, "p", sides, {"class": "quiet"})
    for number, finding in enumerate(findings, 1):
        opened = {"open": ""} if number <= _OPEN_FINDINGS else {}
        box = add(section, "details", "", {"class": "finding", **opened})
        summary = add(box, "summary", f"{number}. {title(finding)} ")
        add(summary, "span", likely(finding.confidence), {"class": f"badge {_sure(finding)}"})
        about = (*finding.effects, f"{finding.rule} {finding.name}", f"severity {finding.severity}")
        add(box, "p", f" {SYMBOLS.dot} ".join(about), {"class": "quiet"})
        add(box, "p", finding.message)
        _add_evidence(box, finding, changes)
        listed = add(box, "dl")
        for name, lines in (
            ("Confirm", [finding.confirm]),
            ("Mend", finding.remedy.splitlines()),
            ("Sources", finding.sources),
        ):
            if any(lines):
                add(listed, "dt", name)
            for line in filter(None, lines):
                link(add(listed, "dd"), line)


def _sure(finding: Finding) -> str:
    return "high" if likely(finding.confidence) == "very likely" else "medium"


def _add_evidence(box: ET.Element, finding: Finding, changes: Mapping[str, Change]) -> None:
    table = add(box, "table", "", {"class": "facts evidence"})
    line = add(add(table, "thead"), "tr")
    for name in ("evidence", "A", "B"):
        add(line, "th", name, {"scope": "col"})
    body = add(table, "tbody")
    for one in finding.evidence:
        cells = evidence_cells(one, changes.get(one.path))
        line = add(body, "tr")
        add(line, "th", cells.path, {"scope": "row"})
        add(line, "td", cells.before)
        add(line, "td", cells.after)


def _add_not_compared(parent: ET.Element, entries: Sequence[NotCompared]) -> None:
    if not entries:
        return
    section = add(parent, "section", "", {"aria-labelledby": "not-compared"})
    add(section, "h2", "Not compared: neither equal nor different", {"id": "not-compared"})
    for reason, paths in reasons(entries):
        box = add(section, "details")
        add(box, "summary", f"{reason} ({count(len(paths), 'fact')})")
        listed = add(box, "ul")
        for path in paths:
            add(listed, "li", path)
