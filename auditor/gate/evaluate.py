"""The gate's judgement of a comparison (baseline against fingerprint)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from ..model import Change, ChangeKind, Comparison, GateEntry, NotCompared, Verdict, Weight
from ..model.verdict import Action
from .policy import STRICTNESS, Level, Line, Policy

# What becomes of a change, from mild to strict.
Outcome = Literal["ignore", "waive", "warn", "fail"]
_SEVERITY: dict[Outcome, int] = {"ignore": 0, "waive": 1, "warn": 2, "fail": 3}

_LEVELS = {level.name.lower(): level for level in Level}


@dataclass(frozen=True, slots=True)
class _Judgement:
    outcome: Outcome
    decided_by: str
    reason: str | None = None  # of the waiver that applies
    note: str = ""  # what the message adds: an expired waiver
    line: Line | None = None  # the policy's own line on this path
    by_policy: bool = False  # by a line, a leeway or a waiver, not by default


def evaluate(comparison: Comparison, policy: Policy, today: date) -> Verdict:
    """What the policy says of every change and of everything that was not compared.

    A change: the most specific line of `fail`, `warn`, `ignore` (none: it fails, or warns
    where its weight is low), then the leeway that is at least as specific as that line, then
    a waiver in force. A change that follows from another one (`folded_under`) is judged no
    more strictly than the policy judges its cause, unless a line matches it and not the cause:
    who lets a patch of numpy pass has let the OpenBLAS pass that it bundles.

    Not compared: `not_compared` where the baseline knows what the fingerprint does not;
    where the baseline itself does not, it was blessed so, and that is at most a warning.
    Withheld values, set on both sides but not to be told apart, are one entry. Lines and
    waivers can only soften these.
    """
    judge = _Judge(policy, today, {change.path: change for change in comparison.changes})
    sink = _Sink()
    for change in comparison.changes:
        judgement = judge.change(change)
        sink.add(judgement.outcome, _change_entry(change, judgement))
    withheld: dict[Outcome, list[tuple[NotCompared, _Judgement]]] = {}
    for gap in comparison.not_compared:
        judgement = judge.gap(gap)
        if _is_withheld(gap) and judgement.outcome in ("warn", "fail"):
            withheld.setdefault(judgement.outcome, []).append((gap, judgement))
        else:
            sink.add(judgement.outcome, _gap_entry(gap, judgement))
    for outcome, gaps in withheld.items():
        sink.add(outcome, _withheld_entry(gaps))
    for entry in _unused_waivers(comparison, policy, today):
        sink.add("warn", entry)
    return Verdict(
        passed=not sink.violations,
        baseline=comparison.a,
        fingerprint=comparison.b,
        violations=tuple(sink.violations),
        warnings=tuple(sink.warnings),
        waived=tuple(sink.waived),
        ignored=sink.ignored,
        not_compared=comparison.not_compared,
    )


@dataclass(slots=True)
class _Sink:
    violations: list[GateEntry] = field(default_factory=list)
    warnings: list[GateEntry] = field(default_factory=list)
    waived: list[GateEntry] = field(default_factory=list)
    ignored: int = 0

    def add(self, outcome: Outcome, entry: GateEntry) -> None:
        if outcome == "ignore":
            self.ignored += 1
        else:
            {"fail": self.violations, "warn": self.warnings, "waive": self.waived}[outcome].append(
                entry
            )


@dataclass(frozen=True, slots=True)
class _Judge:
    policy: Policy
    today: date
    changes: dict[str, Change]

    def change(self, change: Change, seen: frozenset[str] = frozenset()) -> _Judgement:
        own = self._own(change)
        cause = self.changes.get(change.folded_under or "")
        seen = seen | {change.path}
        if cause is None or cause.path in seen:
            return own
        if own.line is not None and not own.line.pattern.matches(cause.path):
            return own  # the policy speaks of the consequence itself
        inherited = self.change(cause, seen)
        if not inherited.by_policy or _SEVERITY[inherited.outcome] >= _SEVERITY[own.outcome]:
            return own
        return replace(inherited, decided_by=f"follows {cause.path}: {inherited.decided_by}")

    def gap(self, gap: NotCompared) -> _Judgement:
        if _is_withheld(gap):
            setting, action = "withheld", self.policy.withheld
        elif gap.side == "b":
            setting, action = "not_compared", self.policy.not_compared
        else:
            setting, action = "not_compared", _milder(self.policy.not_compared, "warn")
        judgement = _Judgement(action, f"{setting} = {action}")
        line = self.policy.line_for(gap.path)
        if line is not None and STRICTNESS[line.action] < STRICTNESS[action]:
            judgement = _Judgement(line.action, str(line))
        return self._waived(gap.path, judgement)

    def _own(self, change: Change) -> _Judgement:
        line = self.policy.line_for(change.path)
        judgement = _by_line(line) if line else _by_default(change)
        if change.kind is ChangeKind.UNKNOWN:  # never a difference
            action = _milder(self.policy.not_compared, "warn")
            if _SEVERITY[action] < _SEVERITY[judgement.outcome]:
                judgement = _Judgement(action, f"not_compared = {action}", line=line)
        elif leeway := self._leeway(change, line):
            judgement = _Judgement("ignore", leeway, line=line, by_policy=True)
        return self._waived(change.path, judgement)

    def _leeway(self, change: Change, line: Line | None) -> str | None:
        leeway = self.policy.leeway_for(change.path)
        level = _LEVELS.get(str(change.detail.get("level")))
        if leeway is None or level is None or level > leeway.level:
            return None
        if line is not None and line.pattern.specificity > leeway.pattern.specificity:
            return None
        return str(leeway)

    def _waived(self, path: str, judgement: _Judgement) -> _Judgement:
        waiver = self.policy.waiver_for(path, self.today)
        if waiver is None or judgement.outcome == "ignore":
            return judgement
        if self.today > waiver.expires:
            note = f"its waiver expired on {waiver.expires} ({waiver.reason})"
            return replace(judgement, note=note)
        return replace(
            judgement,
            outcome="waive",
            decided_by=str(waiver),
            reason=waiver.reason,
            by_policy=True,
        )


def _by_line(line: Line) -> _Judgement:
    return _Judgement(line.action, str(line), line=line, by_policy=True)


def _by_default(change: Change) -> _Judgement:
    if change.weight is Weight.LOW:
        return _Judgement("warn", "default: a change of low weight warns")
    return _Judgement("fail", "default: every change fails")


def _milder(first: Action, second: Action) -> Action:
    return min(first, second, key=STRICTNESS.__getitem__)


def _is_withheld(gap: NotCompared) -> bool:
    """Only where the baseline could not tell the value either: a baseline with keyed digests
    held against a fingerprint without is a loss, judged as not compared."""
    return gap.withheld and gap.side != "b"


def _change_entry(change: Change, judgement: _Judgement) -> GateEntry:
    how = [str(change.detail[key]) for key in ("level", "direction") if key in change.detail]
    message = change.kind.value + (f" ({', '.join(how)})" if how else "")
    if change.folded_under:
        message += f", follows from {change.folded_under}"
    return GateEntry(
        path=change.path,
        kind=change.kind.value,
        before=change.before,
        after=change.after,
        origin=change.origin.value,
        message=_with_note(message, judgement),
        decided_by=judgement.decided_by,
        reason=judgement.reason,
    )


def _gap_entry(gap: NotCompared, judgement: _Judgement) -> GateEntry:
    who = {"a": "the baseline", "b": "the fingerprint"}.get(gap.side, "neither side")
    cannot = "can tell" if who == "neither side" else "cannot tell"
    message = f"not compared, {who} {cannot}: {gap.reason}"
    return _entry(gap.path, "not_compared", _with_note(message, judgement), judgement)


def _withheld_entry(gaps: list[tuple[NotCompared, _Judgement]]) -> GateEntry:
    """One line for all: without a key every environment has dozens."""
    paths = [gap.path for gap, _ in gaps]
    sections = sorted({path.partition(".")[0] for path in paths})
    path = paths[0] if len(paths) == 1 else f"{sections[0]}.*" if len(sections) == 1 else "*"
    values = "1 value is" if len(paths) == 1 else f"{len(paths)} values are"
    notes = sorted({judgement.note for _, judgement in gaps if judgement.note})
    reasons = sorted({gap.reason for gap, _ in gaps})
    message = "; ".join([f"{values} withheld: {', '.join(reasons)}", *notes])
    return _entry(path, "withheld", message, gaps[0][1])


def _unused_waivers(comparison: Comparison, policy: Policy, today: date) -> Iterable[GateEntry]:
    paths = [change.path for change in comparison.changes]
    paths += [gap.path for gap in comparison.not_compared]
    for waiver in policy.waivers:
        if not any(waiver.pattern.matches(path) for path in paths):
            state = "has expired and matches" if today > waiver.expires else "matches"
            message = f"the waiver {state} nothing: remove it"
            yield _entry(waiver.pattern.text, "waiver", message, _Judgement("warn", str(waiver)))


def _entry(path: str, kind: str, message: str, judgement: _Judgement) -> GateEntry:
    return GateEntry(
        path=path,
        kind=kind,
        before=None,
        after=None,
        origin="",
        message=message,
        decided_by=judgement.decided_by,
        reason=judgement.reason,
    )


def _with_note(message: str, judgement: _Judgement) -> str:
    return f"{message}; {judgement.note}" if judgement.note else message
