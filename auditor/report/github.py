"""Workflow commands: annotations on the lines of the baseline, in the log of GitHub Actions.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import FactFile, GateEntry, Verdict
from .sanitize import fitted, visible
from .wording import entry_cells, in_one_line, verdict_counts, why

_VALUE = 300
_TITLE = 240
_MESSAGE = 2000


def render_verdict(verdict: Verdict, baseline: FactFile | None = None) -> str:
    """An annotation for each violation (error), warning, and waived change (notice), then one
    line that says how it ended. Without `baseline` (it came through a pipe) they have no place.

    GitHub shows ten of a kind for a step: violations come first, the log holds them all.
    """
    return "".join(f"{line}\n" for line in _lines(verdict, baseline))


def _lines(verdict: Verdict, baseline: FactFile | None) -> Iterator[str]:
    for kind, entries in (
        ("error", verdict.violations),
        ("warning", verdict.warnings),
        ("notice", verdict.waived),
    ):
        for entry in entries:
            yield _annotation(kind, entry, baseline)
    result = "passed" if verdict.passed else "failed"
    yield f"envaudit gate: {result}: {verdict_counts(verdict)}"


def _annotation(kind: str, entry: GateEntry, baseline: FactFile | None) -> str:
    place = {}
    if baseline is not None:
        place = {"file": baseline.name, "line": str(baseline.line(entry.path))}
    both = in_one_line(entry_cells(entry, _VALUE))
    message = f"{entry.path}: {both}: {why(entry)}" if both else f"{entry.path}: {why(entry)}"
    title = fitted(f"envaudit: {entry.path}", _TITLE)
    return _command(kind, {**place, "title": title}, fitted(message, _MESSAGE))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    """The one place where text becomes a command, as GitHub's own toolkit escapes it: a line
    break would begin another one."""
    told = ",".join(f"{key}={_escaped(text, ':,')}" for key, text in properties.items())
    return f"::{name} {told}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    escaped = visible(text).replace("%", "%25")  # which leaves no line break to be escaped
    for character in also:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped
