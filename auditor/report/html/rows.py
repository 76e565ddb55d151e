"""One fact side by side: what differs or was judged, and all the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...model import (
    Change,
    Comparison,
    Evidence,
    Fingerprint,
    GateEntry,
    Section,
    Value,
    Verdict,
    Weight,
)
from ..values import clip, words
from ..wording import SIDES, SYMBOLS, Cells, causes_of, change_cells, entry_cells, why

_VALUE = 1000  # characters
MAX_OTHERS = 20_000  # a full Debian desktop has about 5,000 facts

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
VIOLATION, WARNING, WAIVED, IGNORED = "violation", "warning", "waived", "ignored"
EQUAL, NOT_COMPARED, INSTANCE = "equal", "not compared", "names the instance"
# What each kind is called where one is chosen, in the order of the choice.
KINDS = {
    CHANGED: "changed",
    REMOVED: "only in A",
    ADDED: "only in B",
    VIOLATION: "violations",
    WARNING: "warnings",
    WAIVED: "waived",
    IGNORED: "ignored by the policy",
    EQUAL: "equal",
    NOT_COMPARED: "not compared",
    INSTANCE: "names of the instance",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A fact's cells, and what it can be filtered by."""

    cells: Cells
    origin: str
    section: str
    kind: str
    badge: str = ""
    minor: bool = False  # of low weight, or follows from another one


def evidence_cells(evidence: Evidence, change: Change | None) -> Cells:
    """As its change is shown; what did not change as it is, and what is not there as nothing."""
    if change is not None:
        return change_cells(change, _VALUE)
    values = (evidence.before, evidence.after)
    before, after = ("" if value is None else _told(evidence.path, value) for value in values)
    return Cells(evidence.path, before, after)


def _told(path: str, value: Value) -> str:
    return clip(words(path, value, SYMBOLS), _VALUE, SYMBOLS)


# --- what differs


def change_rows(comparison: Comparison) -> Iterator[Row]:
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


def _change_row(change: Change) -> Row:
    cells = change_cells(change, _VALUE)
    follows = change.folded_under
    if follows:
        cells = Cells(cells.path, cells.before, cells.after, f"follows from {follows}")
    return Row(
        cells,
        change.origin.value,
        change.section,
        change.kind.value,
        "high" if change.weight is Weight.HIGH and not follows else "",
        minor=bool(follows) or change.weight is Weight.LOW,
    )


# --- what was judged


def entry_rows(verdict: Verdict, comparison: Comparison) -> Iterator[Row]:
    changes = {change.path: change for change in comparison.changes}
    for kind, entries in (
        (VIOLATION, verdict.violations),
        (WARNING, verdict.warnings),
        (WAIVED, verdict.waived),
    ):
        for entry in entries:
            yield _entry_row(entry, kind, changes.get(entry.path))


def _entry_row(entry: GateEntry, kind: str, change: Change | None) -> Row:
    section = change.section if change else entry.path.rpartition(".")[0]
    cells = entry_cells(entry, _VALUE)
    cells = Cells(cells.path, cells.before, cells.after, why(entry))
    return Row(cells, entry.origin or "none", section or "none", kind, kind)


def ignored_rows(comparison: Comparison, judged: Iterable[Row]) -> Iterator[Row]:
    """Changes that the policy lets pass."""
    told = {row.cells.path for row in judged}
    for change in comparison.changes:
        if change.path not in told:
            cells = change_cells(change, _VALUE)
            cells = Cells(cells.path, cells.before, cells.after, "ignored by the policy")
            yield Row(cells, change.origin.value, change.section, IGNORED)


# --- all the others


def other_rows(
    comparison: Comparison, a: Fingerprint, b: Fingerprint, told: Iterable[Row] = ()
) -> Iterator[Row]:
    """The facts of both sides that do not differ and have no row yet, each with the reason."""
    known = {change.path for change in comparison.changes}
    known |= {row.cells.path for row in told}
    reasons = {entry.path: entry.reason for entry in comparison.not_compared}
    for name in dict.fromkeys((*a.sections, *b.sections)):
        ours, theirs = a.sections.get(name), b.sections.get(name)
        keys = dict.fromkeys((*(ours.facts if ours else ()), *(theirs.facts if theirs else ())))
        for key in keys:
            path = f"{name}.{key}"
            if path not in known:
                yield _other_row(path, key, (ours, theirs), reasons)


def _other_row(
    path: str,
    key: str,
    sides: tuple[Section | None, Section | None],
    reasons: Mapping[str, str],
) -> Row:
    holders = [side for side in sides if side is not None and key in side.facts]
    kind, note = _why_no_change(path, key, sides, reasons)
    before, after = (
        _told(path, side.facts[key]) if side is not None and key in side.facts else ""
        for side in sides
    )
    origin = holders[-1].origin_of(key).value
    return Row(Cells(path, before, after, note), origin, path[: -len(key) - 1], kind)


def _why_no_change(
    path: str,
    key: str,
    sides: tuple[Section | None, Section | None],
    reasons: Mapping[str, str],
) -> tuple[str, str]:
    if any(side is not None and key in side.identity for side in sides):
        return INSTANCE, "names this instance: never a difference"
    for side, name in zip(sides, ("a", "b"), strict=True):
        if side is None:
            return NOT_COMPARED, f"{SIDES[name]}: section not collected"
        reason = side.why_unknown(key) if key not in side.facts else None
        if reason is not None:
            return NOT_COMPARED, f"{SIDES[name]}: {reason}"
    if path in reasons:
        return NOT_COMPARED, reasons[path]
    values = [side.facts[key] for side in sides if side is not None and key in side.facts]
    same = len(values) > 1 and values[0] == values[1]
    return EQUAL, "equal" if same else "means the same"
