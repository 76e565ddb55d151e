"""A verdict for a person at a terminal or in a log of CI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from ..model import GateEntry, NotCompared, Verdict
from .layout import HIGH, QUIET, STRONG, Layout, Row
from .sanitize import printable
from .screen import Screen
from .values import pair, words
from .wording import named, verdict_counts

# About one value, where nothing changed.
_ONE_SIDED = ("required", "lock_missing", "lock_extra", "lock_integrity", "lock_python")


def render_verdict(
    verdict: Verdict,
    *,
    width: int | None = None,
    color: bool = False,
    ascii_only: bool = False,
) -> str:
    """Passed or failed, what decided it, and what the exit code says."""
    screen = Screen(width, color, ascii_only)
    return screen.render(_Report(verdict, Layout(screen, show_all=False)).lines())


class _Report:
    def __init__(self, verdict: Verdict, layout: Layout) -> None:
        self._verdict = verdict
        self._layout = layout

    def lines(self) -> Iterator[Text]:
        yield from self._result()
        for title, entries, mark in (
            ("VIOLATIONS", self._verdict.violations, "!"),
            ("WARNINGS", self._verdict.warnings, " "),
            ("WAIVED", self._verdict.waived, " "),
        ):
            if entries:
                yield Text()
                yield Text(title, STRONG)
                yield from self._entries(entries, mark)
        if self._verdict.not_compared:
            yield Text()
            yield Text("NOT COMPARED", STRONG)
            yield from self._not_compared(self._verdict.not_compared)
        yield Text()
        code = "0: passed" if self._verdict.passed else "1: the policy does not let this pass"
        yield from self._layout.wrapped(f"Exit code {code}.", QUIET)

    def _result(self) -> Iterator[Text]:
        verdict = self._verdict
        word = "PASSED" if verdict.passed else "FAILED"
        line = Text().append(word, STRONG if verdict.passed else HIGH)
        yield line.append(f"  {verdict_counts(verdict)}")
        sides = (verdict.fingerprint, verdict.baseline)
        names = [self._safe(named(side)) for side in sides]
        yield from self._layout.wrapped(f"{names[0]} against the baseline {names[1]}", QUIET)
        if (lock := verdict.lock) is not None:
            locked = (
                f"and against {lock.source}: {lock.matching} of {lock.required} locked "
                f"distributions as locked, {lock.intact} of these with files as installed"
            )
            yield from self._layout.wrapped(self._safe(locked), QUIET)

    def _entries(self, entries: Sequence[GateEntry], mark: str) -> Iterator[Text]:
        rows = [self._row(entry, mark) for entry in entries]
        below = [list(self._why(entry)) for entry in entries]
        yield from self._layout.rows(rows, below)

    def _why(self, entry: GateEntry) -> Iterator[Text]:
        place = f" ({entry.decided_at})" if entry.decided_at else ""
        why = [f"{entry.message}; decided by {entry.decided_by}{place}"]
        why += [f"reason: {entry.reason}"] if entry.reason else []
        for text in why:
            yield from self._layout.wrapped(self._safe(text), QUIET, indent=8, hang=2)

    def _row(self, entry: GateEntry, mark: str) -> Row:
        name, symbols = self._safe(entry.path), self._layout.symbols
        if entry.kind == "added":
            return Row(name, mark, "+", value=words(entry.path, entry.after, symbols))
        if entry.kind == "removed":
            return Row(name, mark, "-", value=words(entry.path, entry.before, symbols))
        if entry.before is None and entry.after is None:  # not compared, or about a waiver
            return Row(name, mark, value=self._safe(entry.kind.replace("_", " ")))
        if entry.kind in _ONE_SIDED:
            value = entry.after if entry.after is not None else entry.before
            if isinstance(value, list | dict):  # the message names the members that matter
                return Row(name, mark, value=f"{len(value)} values")
            return Row(name, mark, value=words(entry.path, value, symbols))
        before, after = pair(entry.path, entry.before, entry.after, symbols)
        return Row(name, mark, before=before, after=after)

    def _not_compared(self, entries: Sequence[NotCompared]) -> Iterator[Text]:
        rows = [Row(self._safe(entry.path), value=self._safe(entry.reason)) for entry in entries]
        yield from self._layout.rows(rows)

    def _safe(self, text: str) -> str:
        return printable(text, ascii_only=self._layout.symbols.ascii_only)
