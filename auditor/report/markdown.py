"""GitHub-flavoured Markdown, for a job's summary and for comments on pull requests.

Everything that a fingerprint can say passes `code` or `prose`, which leave nothing that
Markdown, HTML or GitHub (mentions, references, emoji, mathematics) would take for its own.
https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ..model import Comparison, FactFile, Finding, GateEntry, NotCompared, Origin, Verdict, Weight
from .sanitize import fitted
from .wording import (
    SYMBOLS,
    WHERE,
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

# GitHub takes 65,536 characters a comment and 1 MiB a summary (a character has up to 4 bytes).
MAX_LENGTH = 65_536
_NOTE = 400  # kept free for saying what was left out
_TOP_CHANGES = 15
_TOP_FINDINGS = 5
_MAX_NAMES = 12
# Characters of a value, a name, a sentence.
_VALUE = 160
_NAME = 240
_SENTENCE = 1200

# --- the one place where text becomes Markdown

_IN_A_SPAN = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")
# Not followed by a blank, since people write "image: remove the line".
_MARKUP = re.compile(r"[\\`*<>&|~\[\]@#$^]|:(?!\s|$)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AT_THE_START = re.compile(r"^(?:[-+=.]|\d(?=\d*[.)]))")
_QUOTED = re.compile(r"`([^`]+)`")
_HOST = re.compile(r"(?i)(?<=www)\.")
# What GitHub finds in finished text, where no character reference hides it: a character of no
# width is put behind the sign.
_REFERENCE = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=\bGH)(?=-\d)", re.IGNORECASE | re.ASCII)
_NO_WIDTH = "\u200b"


def code(text: str, room: int = _VALUE) -> str:
    """A value or name, in a code span; with character references where a span cannot hold it."""
    shown = fitted(text, room)
    if not shown:
        return ""
    if _IN_A_SPAN.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_referenced(shown)}</code>"


def prose(text: str, room: int = _SENTENCE) -> str:
    """A sentence; of markup of its own it has code in backquotes, as rules write it."""
    parts = _QUOTED.split(fitted(text, room))
    return "".join(
        code(part, room) if number % 2 else _between(part) for number, part in enumerate(parts)
    ).strip()


def _between(text: str) -> str:
    """The words before and after code, with the blanks that stand there."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return before + plain(text) + after


def plain(text: str, room: int = _SENTENCE) -> str:
    """A sentence without any markup, where HTML stands and Markdown is not read."""
    return _referenced(_REFERENCE.sub(_NO_WIDTH, fitted(text, room).strip()))


def _referenced(text: str) -> str:
    for pattern in (_MARKUP, _AT_THE_START, _HOST):
        text = pattern.sub(_reference, text)
    return text


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


# --- the reports


def render_comparison(comparison: Comparison, limit: int = MAX_LENGTH) -> str:
    """What differs, at most `limit` characters: the summary, what can be responsible, the
    weightiest changes; everything else behind a click."""
    page = _Page(limit)
    a, b = comparison.a, comparison.b
    page.add(f"### envaudit: {headline(comparison)}")
    page.add(f"{code(named(a), _NAME)} (A) {SYMBOLS.arrow} {code(named(b), _NAME)} (B)")
    if told := details(comparison):
        page.add(f" {SYMBOLS.dot} ".join(told))
    _add_findings(page, comparison.findings)
    causes = causes_of(comparison)
    important = [one for one in causes if one.weight is Weight.HIGH] or causes
    if important:
        rows = [_change_row(change_cells(one, _VALUE)) for one in important[:_TOP_CHANGES]]
        lead = f"**The first {len(rows)} of {count(len(causes), 'difference')}**"
        page.table(lead if len(rows) < len(causes) else "**Differences**", _CHANGE_HEAD, rows)
    if comparison.unexplained:
        names = _names(comparison.unexplained)
        page.add(f"No finding names {count(len(comparison.unexplained), 'difference')}: {names}.")
    _add_evidence(page, comparison.findings)
    if len(important[:_TOP_CHANGES]) < len(comparison.changes):
        for origin in Origin:
            changes = [one for one in causes if one.origin is origin]
            rows = [_change_row(change_cells(one, _VALUE)) for one in changes]
            page.folded(f"{origin.value}: {WHERE[origin]}", "changes", _CHANGE_HEAD, rows)
        follows = [
            (change_cells(one, _VALUE), one.folded_under)
            for one in comparison.changes
            if one.folded_under is not None
        ]
        rows = [_change_row(cells, code(cause, _NAME)) for cells, cause in follows]
        head = ("fact", "A", "B", "follows from")
        page.folded("What follows from them", "changes", head, rows)
    _add_not_compared(page, comparison.not_compared)
    return page.text()


def render_verdict(
    verdict: Verdict,
    comparison: Comparison | None = None,
    baseline: FactFile | None = None,
    limit: int = MAX_LENGTH,
) -> str:
    """What the gate says, at most `limit` characters. `comparison` is what was judged: its
    findings say what the violations can do. `baseline` says where to bless them."""
    page = _Page(limit)
    page.add(f"### envaudit gate: {'passed' if verdict.passed else 'failed'}")
    against = code(named(verdict.baseline), _NAME)
    if baseline is not None:
        against += f" ({code(baseline.name, _NAME)})"
    page.add(f"**{verdict_counts(verdict)}**")
    page.add(f"{code(named(verdict.fingerprint), _NAME)} against the baseline {against}")
    page.table("**Violations**", _ENTRY_HEAD, map(_entry_row, verdict.violations), "violations")
    failing = {entry.path for entry in verdict.violations}
    findings = [
        finding
        for finding in (comparison.findings if comparison else ())
        if any(evidence.path in failing for evidence in finding.evidence)
    ]
    _add_findings(page, findings, " (A is the baseline)")
    _add_evidence(page, findings)
    for name, entries in (("warnings", verdict.warnings), ("waived", verdict.waived)):
        page.folded(name.capitalize(), name, _ENTRY_HEAD, map(_entry_row, entries))
    _add_not_compared(page, verdict.not_compared)
    return page.text()


_CHANGE_HEAD = ("fact", "A", "B", "")
_ENTRY_HEAD = ("fact", "baseline", "now", "why")


def _add_findings(page: _Page, findings: Sequence[Finding], sides: str = "") -> None:
    if not findings:
        return
    lines = []
    for number, finding in enumerate(findings[:_TOP_FINDINGS], 1):
        effects = prose(", ".join(finding.effects), _NAME)
        sure = f"{likely(finding.confidence)} {SYMBOLS.dot} {effects}"
        name = prose(title(finding), _NAME) or prose(finding.name, _NAME) or "(no title)"
        about = f"{sure} {SYMBOLS.dot} {code(finding.rule)}"
        lines.append(f"{number}. **{name}** ({about})<br>{prose(finding.message)}")
    rest = len(findings) - len(lines)
    if rest:
        lines.append(f"\n{SYMBOLS.ellipsis} and {count(rest, 'finding')} below.")
    lead = f"**What can be responsible, the likeliest first**{sides}"
    page.add(f"{lead}\n\n" + "\n".join(lines))


def _add_evidence(page: _Page, findings: Sequence[Finding]) -> None:
    """Each finding behind a click: its evidence, how to confirm and how to mend it."""
    for number, finding in enumerate(findings, 1):
        lines = [] if number <= _TOP_FINDINGS else [prose(finding.message), ""]
        lines.append(f"- Evidence: {_names([one.path for one in finding.evidence])}")
        if finding.confirm:
            lines.append(f"- Confirm: {prose(finding.confirm)}")
        lines += [f"- Mend: {prose(line)}" for line in finding.remedy.splitlines()[:5] if line]
        # As code: a link from a comment would leave its trace in somebody else's issue.
        lines += [f"- Source: {code(source, _NAME)}" for source in finding.sources[:8]]
        lead = f"{number}. {plain(title(finding), _NAME)} ({plain(finding.rule, _NAME)})"
        page.click(lead, "\n".join(lines), "findings")


def _add_not_compared(page: _Page, entries: Sequence[NotCompared]) -> None:
    rows = [
        f"| {prose(reason, _NAME)} | {len(paths):,} | {_names(paths)} |"
        for reason, paths in reasons(entries)
    ]
    page.folded("Not compared: neither equal nor different", "reasons", ("why", "", "facts"), rows)


def _change_row(cells: Cells, note: str | None = None) -> str:
    last = prose(cells.note) if note is None else note
    return _row(cells, last)


def _entry_row(entry: GateEntry) -> str:
    return _row(entry_cells(entry, _VALUE), prose(why(entry), 2 * _NAME))


def _row(cells: Cells, last: str) -> str:
    path = code(cells.path, _NAME)
    return f"| {path} | {code(cells.before)} | {code(cells.after)} | {last} |"


def _names(paths: Sequence[str]) -> str:
    shown = [code(path, _NAME) for path in paths[:_MAX_NAMES]]
    rest = len(paths) - len(shown)
    return ", ".join(shown) + (f" {SYMBOLS.ellipsis} {rest:,} more" if rest else "")


class _Page:
    """Blocks that are added as long as there is room; what does not fit is counted."""

    def __init__(self, limit: int) -> None:
        self._room = limit - _NOTE
        self._limit = limit
        self._blocks: list[str] = []
        self._left_out: Counter[str] = Counter()

    def add(self, block: str, kind: str = "paragraphs") -> None:
        if self._fits(block):
            self._take(block)
        else:
            self._left_out[kind] += 1

    def table(
        self, lead: str, head: Sequence[str], rows: Iterable[str], kind: str = "changes"
    ) -> None:
        self._rows(f"{lead}\n\n", head, list(rows), "", kind)

    def folded(self, lead: str, kind: str, head: Sequence[str], rows: Iterable[str]) -> None:
        """A table behind a click."""
        listed = list(rows)
        opening = f"<details><summary>{lead} ({len(listed):,})</summary>\n\n"
        self._rows(opening, head, listed, "\n\n</details>", kind)

    def click(self, lead: str, text: str, kind: str) -> None:
        self.add(f"<details><summary>{lead}</summary>\n\n{text}\n\n</details>", kind)

    def text(self) -> str:
        if self._left_out:
            told = ", ".join(f"{number:,} {kind}" for kind, number in self._left_out.items())
            self._blocks.append(
                f"**Left out: {told}**, since GitHub takes {self._limit:,} characters; "
                "`--format json` and `--format html` tell all."
            )
        return "\n\n".join(self._blocks) + "\n"

    def _rows(
        self, opening: str, head: Sequence[str], rows: list[str], end: str, kind: str
    ) -> None:
        if not rows:
            return
        opening += f"| {' | '.join(head)} |\n|{' --- |' * len(head)}"
        kept = list(_fitting(rows, self._room - len(opening) - len(end) - 2))
        if kept:
            self._take("\n".join([opening, *kept]) + end)
        if len(kept) < len(rows):
            self._left_out[kind] += len(rows) - len(kept)

    def _fits(self, block: str) -> bool:
        return len(block) + 2 <= self._room

    def _take(self, block: str) -> None:
        self._blocks.append(block)
        self._room -= len(block) + 2


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return
        yield row
