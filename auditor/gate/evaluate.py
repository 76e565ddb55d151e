"""The gate's judgement of a comparison (baseline against fingerprint)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from ..model import Change, Comparison, Fingerprint, GateEntry, NotCompared, Value, Verdict
from .judge import Judge, Judgement, Outcome, idle_waivers
from .locks import LockReport
from .policy import Policy, Waiver

_MAX_NAMED = 4  # paths that a finding's entry names


def evaluate(
    comparison: Comparison,
    policy: Policy,
    today: date,
    fingerprint: Fingerprint | None = None,
    lock: LockReport | None = None,
) -> Verdict:
    """What the policy says of every change and of everything that was not compared.

    A change: the requirement on it, else the most specific line of `fail`, `warn`, `ignore`
    (none: it fails, or warns where its weight is low), then the leeway that is at least as
    specific as that line, then the line of the rule whose finding names it, then a waiver in
    force. A change that follows from another one (`folded_under`) is judged no more strictly
    than the policy judged its cause, unless a line matches it and not the cause: who lets a
    patch of numpy pass has let the OpenBLAS pass that it bundles.

    Not compared: `not_compared` where the baseline knows what the fingerprint does not;
    where the baseline itself does not, it was blessed so, and that is at most a warning.
    Withheld values, set on both sides but not to be told apart, are one entry. Lines and
    waivers can only soften these.

    `fingerprint` is the comparison's second side: requirements look at its facts, changed or
    not. Lines on rules need the comparison's findings (`explain`). `lock` is what a lock file
    says. Raises `ValueError` for requirements without a fingerprint.
    """
    if policy.require and fingerprint is None:
        raise ValueError("the policy requires facts: evaluate needs the fingerprint")
    fact = _no_fact if fingerprint is None else fingerprint.get
    changes = {change.path: change for change in comparison.changes}
    judge = Judge(policy, today, changes, comparison.findings, fact)
    sink = _Sink()
    for change in comparison.changes:
        judgement = judge.change(change)
        sink.add(judgement.outcome, _change_entry(change, judgement))
    required = list(_requirements(judge, fingerprint)) if fingerprint is not None else []
    for outcome, entry in required:
        sink.add(outcome, entry)
    for finding in comparison.findings if policy.rules else ():
        of_rule = judge.finding(finding)
        if of_rule is not None:
            named = [one.path for one in finding.evidence if one.path in changes]
            more = [f"and {len(named) - _MAX_NAMED} more"] if len(named) > _MAX_NAMED else []
            about = ", ".join(named[:_MAX_NAMED] + more)
            message = f"{finding.message} ({about})" if about else finding.message
            message = _with_note(message, of_rule)
            sink.add(of_rule.outcome, _entry(finding.rule, "finding", message, of_rule))
    _add_gaps(judge, sink, comparison.not_compared)
    _add_lock(judge, sink, lock)
    paths = [change.path for change in comparison.changes]
    paths += [gap.path for gap in comparison.not_compared]
    paths += [entry.path for _, entry in required]
    paths += [mismatch.path for mismatch in lock.mismatches] if lock is not None else []
    for waiver in idle_waivers(policy, paths, comparison.findings):
        sink.add("warn", _waiver_entry(waiver, today))
    return Verdict(
        passed=not sink.violations,
        baseline=comparison.a,
        fingerprint=comparison.b,
        violations=tuple(sink.violations),
        warnings=tuple(sink.warnings),
        waived=tuple(sink.waived),
        ignored=sink.ignored,
        not_compared=comparison.not_compared + (lock.not_verified if lock is not None else ()),
        lock=None if lock is None else lock.summary,
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


def _no_fact(_path: str) -> Value:
    return None


def _requirements(judge: Judge, fingerprint: Fingerprint) -> Iterator[tuple[Outcome, GateEntry]]:
    """Of facts that did not change, and of whole paths that the fingerprint does not have."""
    if not judge.policy.require:
        return
    seen: set[str] = set()
    for path, value in fingerprint.facts():
        seen.add(path)
        required = judge.policy.requirement_for(path)
        if path in judge.changes or required is None:
            continue
        judgement = judge.requirement(path, value, required)
        if judgement is not None:
            yield judgement.outcome, _required_entry(path, value, judgement)
    for required in judge.policy.require:
        path = required.pattern.text
        if not required.pattern.exact or path in seen or path in judge.changes:
            continue
        if judge.policy.requirement_for(path) is not required:
            continue  # a preset's, in place of which an own one stands
        judgement = judge.requirement(path, None, required)
        if judgement is not None:
            why = _why_unknown(fingerprint, path)
            told = "is not there" if why is None else f"cannot be told: {why}"
            judgement = judge.unmet(path, required, told)
            yield judgement.outcome, _required_entry(path, None, judgement)


def _why_unknown(fingerprint: Fingerprint, path: str) -> str | None:
    """Why a fact that is not listed is unknown; None where it is known not to exist."""
    position = path.rfind(".")
    while position > 0:
        section = fingerprint.sections.get(path[:position])
        if section is not None:
            return section.why_unknown(path[position + 1 :])
        position = path.rfind(".", 0, position)
    return "section not collected"


def _add_gaps(judge: Judge, sink: _Sink, gaps: tuple[NotCompared, ...]) -> None:
    withheld: dict[Outcome, list[tuple[NotCompared, Judgement]]] = {}
    for gap in gaps:
        judgement = judge.gap(gap)
        if judge.is_withheld(gap) and judgement.outcome in ("warn", "fail"):
            withheld.setdefault(judgement.outcome, []).append((gap, judgement))
        else:
            sink.add(judgement.outcome, _gap_entry(gap, judgement))
    for outcome, together in withheld.items():
        sink.add(outcome, _withheld_entry(together))


def _add_lock(judge: Judge, sink: _Sink, lock: LockReport | None) -> None:
    for mismatch in lock.mismatches if lock is not None else ():
        judgement = judge.entry(mismatch.path, mismatch.default, mismatch.decided_by)
        entry = GateEntry(
            path=mismatch.path,
            kind=mismatch.kind,
            before=mismatch.locked,
            after=mismatch.installed,
            origin="",
            message=_with_note(mismatch.message, judgement),
            decided_by=judgement.decided_by,
            reason=judgement.reason,
            decided_at=judgement.decided_at or mismatch.place,
            owner=judgement.owner,
        )
        sink.add(judgement.outcome, entry)


def _change_entry(change: Change, judgement: Judgement) -> GateEntry:
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
        decided_at=judgement.decided_at,
        owner=judgement.owner,
    )


def _required_entry(path: str, value: Value, judgement: Judgement) -> GateEntry:
    return _entry(path, "required", judgement.note, judgement, value)


def _gap_entry(gap: NotCompared, judgement: Judgement) -> GateEntry:
    who = {"a": "the baseline", "b": "the fingerprint"}.get(gap.side, "neither side")
    cannot = "can tell" if who == "neither side" else "cannot tell"
    message = f"not compared, {who} {cannot}: {gap.reason}"
    return _entry(gap.path, "not_compared", _with_note(message, judgement), judgement)


def _withheld_entry(gaps: list[tuple[NotCompared, Judgement]]) -> GateEntry:
    """One line for all: without a key every environment has dozens."""
    paths = [gap.path for gap, _ in gaps]
    sections = sorted({path.partition(".")[0] for path in paths})
    path = paths[0] if len(paths) == 1 else f"{sections[0]}.*" if len(sections) == 1 else "*"
    values = "1 value is" if len(paths) == 1 else f"{len(paths)} values are"
    notes = sorted({judgement.note for _, judgement in gaps if judgement.note})
    reasons = sorted({gap.reason for gap, _ in gaps})
    message = "; ".join([f"{values} withheld: {', '.join(reasons)}", *notes])
    return _entry(path, "withheld", message, gaps[0][1])


def _waiver_entry(waiver: Waiver, today: date) -> GateEntry:
    state = "has expired and matches" if today > waiver.expires else "matches"
    message = f"the waiver {state} nothing: remove it"
    judgement = Judgement("warn", str(waiver), waiver.place, owner=waiver.owner)
    return _entry(waiver.what, "waiver", message, judgement)


def _entry(
    path: str, kind: str, message: str, judgement: Judgement, after: Value = None
) -> GateEntry:
    return GateEntry(
        path=path,
        kind=kind,
        before=None,
        after=after,
        origin="",
        message=message,
        decided_by=judgement.decided_by,
        reason=judgement.reason,
        decided_at=judgement.decided_at,
        owner=judgement.owner,
    )


def _with_note(message: str, judgement: Judgement) -> str:
    return f"{message}; {judgement.note}" if judgement.note else message
