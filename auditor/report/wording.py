"""The words that several formats share. Nothing here is escaped: each format does that itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model import (
    Change,
    ChangeKind,
    Comparison,
    Finding,
    GateEntry,
    NotCompared,
    Origin,
    Provenance,
    Value,
    Verdict,
    Weight,
)
from .screen import Symbols
from .values import clip, distance, pair, shortened, version_note, words

SYMBOLS = Symbols()
WHERE = {
    Origin.IMAGE: "built into the image: mend it in the Dockerfile or its requirements",
    Origin.RUNTIME: "how the container is started: mend it in the run command or manifest",
    Origin.HOST: "the machine: mend it where containers are placed",
}
SIDES = {"a": "A does not know", "b": "B does not know", "both": "neither side knows"}
_LIKELY = ((0.75, "very likely"), (0.55, "likely"), (0.35, "possible"), (0.0, "a hint"))


def likely(confidence: float) -> str:
    return next((word for least, word in _LIKELY if confidence >= least), _LIKELY[-1][1])


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def named(provenance: Provenance) -> str:
    return provenance.name or provenance.target or "(unnamed)"


def title(finding: Finding) -> str:
    return (finding.title or finding.name).rstrip(".")


def headline(comparison: Comparison) -> str:
    """`40 differences: 26 high, 14 medium`."""
    causes = causes_of(comparison)
    if not comparison.changes:
        unknown = comparison.not_compared
        return "no difference in what could be compared" if unknown else "no difference"
    weights = Counter(change.weight for change in causes)
    told = ", ".join(f"{weights[weight]:,} {weight.value}" for weight in Weight if weights[weight])
    return f"{count(len(causes), 'difference')}: {told}"


def details(comparison: Comparison) -> list[str]:
    """How many differences each origin has, how many follow, how much was not compared."""
    causes = causes_of(comparison)
    origins = Counter(change.origin for change in causes)
    told = [f"{origin.value} {origins[origin]:,}" for origin in Origin if origins[origin]]
    following = len(comparison.changes) - len(causes)
    if following:
        verb = "follows" if following == 1 else "follow"
        told.append(f"{following:,} more {verb} from them")
    unknown = len(comparison.not_compared)
    return [*told, f"{unknown:,} not compared"] if unknown else told


def causes_of(comparison: Comparison) -> list[Change]:
    """The changes that follow from no other, the weightiest first."""
    causes = [change for change in comparison.changes if change.folded_under is None]
    return sorted(causes, key=lambda change: change.weight.rank)


def verdict_counts(verdict: Verdict) -> str:
    """`3 violations, 1 warning, 4 ignored`."""
    counts = (
        (len(verdict.violations), "violation"),
        (len(verdict.warnings), "warning"),
        (len(verdict.waived), "waived"),
        (verdict.ignored, "ignored"),
        (len(verdict.not_compared), "not compared"),
    )
    told = [
        count(number, noun) if noun in ("violation", "warning") else f"{number:,} {noun}"
        for number, noun in counts
        if number
    ]
    return ", ".join(told) or "no difference"


def why(entry: GateEntry) -> str:
    """What was judged, and by what."""
    reason = f"; reason: {entry.reason}" if entry.reason else ""
    return f"{entry.message}; decided by {entry.decided_by}{reason}"


@dataclass(frozen=True, slots=True)
class Cells:
    """One fact side by side, in words and no longer than asked for."""

    path: str
    before: str = ""
    after: str = ""
    note: str = ""


def change_cells(change: Change, room: int) -> Cells:
    """Of a list or an object only the members that differ."""
    path, detail = change.path, change.detail
    if change.kind is ChangeKind.ADDED:
        return Cells(path, "", _clipped(path, change.after, room), "only in B")
    if change.kind is ChangeKind.REMOVED:
        return Cells(path, _clipped(path, change.before, room), "", "only in A")
    if not isinstance(change.before, dict) and any(_members(detail, key) for key in _LISTS):
        gone, new, moved = (_joined(path, _members(detail, key), room) for key in _LISTS)
        return Cells(path, gone, new, f"moved: {moved}" if moved else "what differs of the list")
    before, after = change.before, change.after
    if isinstance(before, dict) and isinstance(after, dict):
        before, after = (
            {key: value for key, value in mine.items() if other.get(key, ...) != value}
            for mine, other in ((before, after), (after, before))
        )
    ours, theirs = shortened(*pair(path, before, after, SYMBOLS), room, SYMBOLS)
    note = distance(detail) or version_note(detail, SYMBOLS)
    return Cells(path, ours, theirs, clip(note, room, SYMBOLS))


def entry_cells(entry: GateEntry, room: int) -> Cells:
    """`before` is the baseline's value."""
    path = entry.path
    if entry.kind == "added":
        return Cells(path, "", _clipped(path, entry.after, room))
    if entry.kind == "removed":
        return Cells(path, _clipped(path, entry.before, room), "")
    if entry.before is None and entry.after is None:  # not compared, or about a waiver
        return Cells(path)
    ours, theirs = pair(path, entry.before, entry.after, SYMBOLS)
    return Cells(path, *shortened(ours, theirs, room, SYMBOLS))


def in_one_line(cells: Cells) -> str:
    """`1.26.4 → 2.1.3`, `only 1.26.4`: both sides for a message."""
    if cells.before and cells.after:
        return f"{cells.before} {SYMBOLS.arrow} {cells.after}"
    if cells.before:
        return f"{cells.before} {SYMBOLS.arrow} (absent)"
    return f"(absent) {SYMBOLS.arrow} {cells.after}" if cells.after else ""


def reasons(entries: Iterable[NotCompared]) -> list[tuple[str, list[str]]]:
    """What was not compared, by reason: the reason with the side it is about, and the paths."""
    grouped: dict[str, list[str]] = {}
    for entry in entries:
        side = "" if entry.withheld else f"{SIDES.get(entry.side, entry.side)}: "
        grouped.setdefault(side + entry.reason, []).append(entry.path)
    return list(grouped.items())


def named_by(findings: Sequence[Finding]) -> dict[str, Finding]:
    """For each path the likeliest finding that names it; a finding that rests on it first of
    all goes before one that mentions it as well."""
    found: dict[str, Finding] = {}
    for finding in findings:
        for evidence in finding.evidence[:1]:
            found.setdefault(evidence.path, finding)
    for finding in findings:
        for evidence in finding.evidence:
            found.setdefault(evidence.path, finding)
    return found


_LISTS = ("removed", "added", "moved")


def _members(detail: Mapping[str, Value], key: str) -> list[Value]:
    listed = detail.get(key)
    return listed if isinstance(listed, list) else []


def _joined(path: str, members: Sequence[Value], room: int) -> str:
    return clip(", ".join(words(path, one, SYMBOLS) or '""' for one in members), room, SYMBOLS)


def _clipped(path: str, value: Value, room: int) -> str:
    return clip(words(path, value, SYMBOLS), room, SYMBOLS)
