"""How the policy judges one change, one gap, one requirement or one finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from ..model import Change, ChangeKind, Finding, NotCompared, Value, Weight
from ..model.verdict import Action
from .constraint import Case, shown
from .policy import STRICTNESS, Line, Policy, Requirement, RuleLine, Waiver

# What becomes of an entry, from mild to strict.
Outcome = Literal["ignore", "waive", "warn", "fail"]
SEVERITY: dict[Outcome, int] = {"ignore": 0, "waive": 1, "warn": 2, "fail": 3}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`decided_by` names the policy's line, `decided_at` its place; `reason` and `owner` are
    of the waiver that applies; `note` is what the message adds."""

    outcome: Outcome
    decided_by: str
    decided_at: str | None = None
    reason: str | None = None
    owner: str | None = None
    note: str = ""
    line: Line | None = None  # the policy's own line on this path
    requirement: Requirement | None = None  # that decided
    by_policy: bool = False  # by a line, a leeway or a waiver, not by default


@dataclass(frozen=True)
class Judge:
    policy: Policy
    today: date
    changes: Mapping[str, Change]
    findings: tuple[Finding, ...] = ()
    fact: Callable[[str], Value] = field(default=lambda _path: None)  # of the fingerprint

    def change(self, change: Change, seen: frozenset[str] = frozenset()) -> Judgement:
        own = self._own(change)
        cause = self.changes.get(change.folded_under or "")
        seen = seen | {change.path}
        if cause is None or cause.path in seen or own.requirement is not None:
            return own
        if own.line is not None and not own.line.pattern.matches(cause.path):
            return own  # the policy speaks of the consequence itself
        inherited = self.change(cause, seen)
        if not inherited.by_policy or SEVERITY[inherited.outcome] >= SEVERITY[own.outcome]:
            return own
        return replace(
            inherited, decided_by=f"follows {cause.path}: {inherited.decided_by}", requirement=None
        )

    def gap(self, gap: NotCompared) -> Judgement:
        if self.is_withheld(gap):
            setting, action = "withheld", self.policy.withheld
        elif gap.side == "b" or gap.withheld:
            setting, action = "not_compared", self.policy.not_compared
        else:
            setting, action = "not_compared", _milder(self.policy.not_compared, "warn")
        judgement = Judgement(
            action, f"{setting} = {action}", decided_at=self.policy.settings.get(setting)
        )
        line = self._softening(gap.path)
        if line is not None and STRICTNESS[line.action] < STRICTNESS[action]:
            judgement = _by_line(line)
        return self._waived(gap.path, judgement)

    def is_withheld(self, gap: NotCompared) -> bool:
        """Only where the baseline could not tell the value either: one with keyed digests held
        against a fingerprint without, or under another key, is a loss, judged as not compared."""
        if not gap.withheld or gap.side == "b":
            return False
        return gap.side == "a" or not _has_digest(self.fact(gap.path))

    def requirement(self, path: str, value: Value, required: Requirement) -> Judgement | None:
        """Of a fact that did not change; None where it is met."""
        why = required.constraint.why_not(Case(value, value, {}, self.fact))
        if why is None:
            return None
        return self._waived(path, _by_requirement(required, f"{shown(value)} {why}"))

    def unmet(self, path: str, required: Requirement, why: str) -> Judgement:
        """Of a fact that is not there, or that nobody can tell."""
        return self._waived(path, _by_requirement(required, why))

    def entry(self, path: str, default: Action, decided_by: str) -> Judgement:
        """Of what a lock file says: the lines on `lock.` decide, else the default."""
        line = self.policy.line_for(path)
        judgement = Judgement(default, decided_by) if line is None else _by_line(line)
        return self._waived(path, judgement)

    def finding(self, finding: Finding) -> Judgement | None:
        """None where the policy does not speak of the rule."""
        line = self.policy.rule_line_for(finding.rule)
        waiver = self.policy.waiver_for_rule(finding.rule, self.today)
        if line is None:
            return None
        judgement = Judgement(line.action, str(line), line.place, by_policy=True)
        return self._with_waiver(waiver, judgement)

    # --- one change

    def _own(self, change: Change) -> Judgement:
        line = self.policy.line_for(change.path)
        judgement = _by_line(line) if line else _by_default(change)
        requirement = self.policy.requirement_for(change.path)
        if change.kind is ChangeKind.UNKNOWN:  # never a difference
            action = _milder(self.policy.not_compared, "warn")
            if SEVERITY[action] < SEVERITY[judgement.outcome]:
                place = self.policy.settings.get("not_compared")
                judgement = Judgement(action, f"not_compared = {action}", place, line=line)
        elif requirement is not None:
            judgement = self._required(change, requirement)
        else:
            judgement = self._by_leeway(change, line) or self._by_rules(change, judgement)
        return self._waived(change.path, judgement)

    def _required(self, change: Change, requirement: Requirement) -> Judgement:
        why = requirement.constraint.why_not(self._case(change))
        if why is None:
            return Judgement(
                "ignore",
                str(requirement),
                requirement.place,
                requirement=requirement,
                by_policy=True,
            )
        return _by_requirement(requirement, f"{shown(change.after)} {why}")

    def _by_leeway(self, change: Change, line: Line | None) -> Judgement | None:
        leeway = self.policy.leeway_for(change.path)
        if leeway is None or change.kind is ChangeKind.REMOVED:
            return None
        if line is not None and line.pattern.specificity > leeway.pattern.specificity:
            return None
        if leeway.allowed.why_not(self._case(change)) is not None:
            return None
        return Judgement("ignore", str(leeway), leeway.place, line=line, by_policy=True)

    def _by_rules(self, change: Change, judgement: Judgement) -> Judgement:
        """A rule's line may soften what its findings name: a mechanism is more specific than a
        glob and less than a whole path. Where several rules name the change, all must."""
        line = judgement.line
        if line is not None and line.pattern.exact:
            return judgement
        lines = self._rule_lines.get(change.path, ())
        if not lines or None in lines:
            return judgement
        strictest = max(filter(None, lines), key=lambda line: STRICTNESS[line.action])
        if SEVERITY[strictest.action] >= SEVERITY[judgement.outcome]:
            return judgement
        return Judgement(
            strictest.action, str(strictest), strictest.place, line=line, by_policy=True
        )

    def _case(self, change: Change) -> Case:
        return Case(change.before, change.after, change.detail, self.fact)

    @cached_property
    def _rule_lines(self) -> dict[str, list[RuleLine | None]]:
        """For each path that findings name, the line of each of their rules."""
        found: dict[str, list[RuleLine | None]] = {}
        for finding in self.findings:
            line = self.policy.rule_line_for(finding.rule)
            for evidence in finding.evidence:
                found.setdefault(evidence.path, []).append(line)
        return found

    @cached_property
    def _rule_waivers(self) -> dict[str, list[Waiver]]:
        found: dict[str, list[Waiver]] = {}
        for finding in self.findings:
            waiver = self.policy.waiver_for_rule(finding.rule, self.today)
            for evidence in finding.evidence if waiver is not None else ():
                found.setdefault(evidence.path, []).append(waiver)  # type: ignore[arg-type]
        return found

    # --- gaps

    def _softening(self, path: str) -> Line | None:
        """The line that may soften a gap. Of a whole section that is unknown it is the
        strictest of those within: whoever fails `python.packages.numpy` wants to see it."""
        line = self.policy.line_for(path)
        if line is None or not path.endswith(".*"):
            return line
        within = [other for other in self.policy.lines if other.pattern.text.startswith(path[:-1])]
        return max([line, *within], key=lambda line: STRICTNESS[line.action])

    # --- waivers

    def _waived(self, path: str, judgement: Judgement) -> Judgement:
        waiver = self.policy.waiver_for(path, self.today)
        if waiver is None or self.today > waiver.expires:
            of_rules = self._rule_waivers.get(path, [])
            waiver = next((one for one in of_rules if self.today <= one.expires), waiver)
        return self._with_waiver(waiver, judgement)

    def _with_waiver(self, waiver: Waiver | None, judgement: Judgement) -> Judgement:
        if waiver is None or judgement.outcome == "ignore":
            return judgement
        if self.today <= waiver.expires:
            return replace(
                judgement,
                outcome="waive",
                decided_by=str(waiver),
                decided_at=waiver.place,
                reason=waiver.reason,
                owner=waiver.owner,
                by_policy=True,
            )
        note = f"its waiver expired on {waiver.expires} ({waiver.reason})"
        note = f"{judgement.note}; {note}" if judgement.note else note
        if judgement.outcome == "fail":
            return replace(judgement, note=note, owner=waiver.owner)
        # Whoever wrote the waiver wanted to hear of it by that day, not to be warned for ever.
        return replace(
            judgement,
            outcome="fail",
            decided_by=str(waiver),
            decided_at=waiver.place,
            owner=waiver.owner,
            note=note,
        )


def _has_digest(value: Value) -> bool:
    """Of a value that cannot be told on either side: then the baseline's has one, too."""
    if isinstance(value, str):
        return "hmac-sha256:" in value
    if isinstance(value, (list, dict)):
        members = value.values() if isinstance(value, dict) else value
        return any(map(_has_digest, members))
    return False


def idle_waivers(
    policy: Policy, paths: Iterable[str], findings: tuple[Finding, ...]
) -> Iterable[Waiver]:
    """Those that match nothing that was judged."""
    paths = list(paths)
    for waiver in policy.waivers:
        if waiver.rule is not None:
            used = any(waiver.matches_rule(finding.rule) for finding in findings)
        else:
            used = any(waiver.matches(path) for path in paths)
        if not used:
            yield waiver


def _by_line(line: Line) -> Judgement:
    return Judgement(line.action, str(line), line.place, line=line, by_policy=True)


def _by_requirement(required: Requirement, note: str) -> Judgement:
    return Judgement(
        required.otherwise,
        str(required),
        required.place,
        note=note,
        requirement=required,
        by_policy=True,
    )


def _by_default(change: Change) -> Judgement:
    if change.weight is Weight.LOW:
        return Judgement("warn", "default: a change of low weight warns")
    return Judgement("fail", "default: every change fails")


def _milder(first: Action, second: Action) -> Action:
    return min(first, second, key=STRICTNESS.__getitem__)
