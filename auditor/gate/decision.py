"""Which line of a policy decides about a path, and why: what `--explain-policy` shows."""

from __future__ import annotations

from datetime import date

from ..model import Consideration, PathDecision, UsageError
from .constraint import Constraint
from .pattern import BadPattern, Pattern
from .policy import STRICTNESS, Line, Policy, RuleLine
from .sections import misspelled


def decide(policy: Policy, path: str, today: date) -> PathDecision:
    """The decision about a fact's path, a lock file's (`lock.extra.pip`) or a rule's id.

    Raises `UsageError` for a section or a glob: a decision is about one fact.
    """
    if path.startswith("EA") and "." not in path:
        return _of_rule(policy, path)
    try:
        pattern = Pattern(path)
    except BadPattern as error:
        raise UsageError(f'--explain-policy: "{path}" {error}') from None
    if not pattern.exact:
        raise UsageError(
            f'--explain-policy: "{path}" is a glob: name one fact, such as env.OMP_NUM_THREADS'
        )
    if right := misspelled(pattern):
        raise UsageError(f'--explain-policy: "{path}" names no section (did you mean "{right}"?)')
    return _of_path(policy, path, today)


def _of_path(policy: Policy, path: str, today: date) -> PathDecision:
    lines = policy.lines_for(path)
    first = lines[0] if lines else None
    requirement = policy.requirement_for(path)
    considered: list[Consideration] = []
    if requirement is not None:
        why = f"decides: its value must meet it, changed or not; otherwise {requirement.otherwise}"
        considered.append(Consideration(str(requirement), requirement.place, why, True))
    for line in lines:
        decides = line is first and requirement is None
        considered.append(Consideration(str(line), line.place, _why(line, first), decides))
    if requirement is not None and first is not None:
        considered[1] = Consideration(
            str(first), first.place, "gives way to the requirement, which is as specific", False
        )
    considered += _leeway(policy, path, first, requirement is not None)
    considered += _waivers(policy, path, today)
    if requirement is not None:
        outcome: str = requirement.otherwise
        by, at = str(requirement), requirement.place
        sentence = f"{path} passes where it meets {requirement.constraint}, else: {outcome}"
    elif first is not None:
        outcome, by, at = first.action, str(first), first.place
        sentence = f"a change of {path}: {_SAID[first.action]}"
    elif path.startswith("lock."):
        outcome, by, at = "fail", "lock: fail by default", None
        sentence = f"{path}: fails (installers are ignored, what may be needed warns)"
    else:
        outcome, by, at = "fail", "default: every change fails", None
        sentence = f"a change of {path}: fails, or warns where its weight is low (noise)"
    return PathDecision(path, outcome, by, at, sentence, tuple(considered))


_SAID = {"fail": "fails", "warn": "warns", "ignore": "passes"}


def _why(line: Line, first: Line | None) -> str:
    if first is None or line is first:
        kind = "it names the whole path" if line.pattern.exact else "no glob is more specific"
        return f"decides: {kind}"
    if line.pattern.specificity != first.pattern.specificity:
        return "is less specific"
    if line.preset and not first.preset:
        return "is as specific, but of a preset: own lines go first"
    if STRICTNESS[line.action] < STRICTNESS[first.action]:
        return "is as specific, but less strict"
    return "says the same"


def _leeway(policy: Policy, path: str, line: Line | None, required: bool) -> list[Consideration]:
    leeway = policy.leeway_for(path)
    if leeway is None:
        return []
    if required:
        why = "does not count: a requirement decides"
    elif line is not None and line.pattern.specificity > leeway.pattern.specificity:
        why = "does not count: the deciding line is more specific"
    else:
        why = f"lets pass what is {_within(leeway.allowed)}"
    return [Consideration(str(leeway), leeway.place, why, False)]


def _within(allowed: Constraint) -> str:
    return f"{allowed}, compared with the baseline" if allowed.relative else str(allowed)


def _waivers(policy: Policy, path: str, today: date) -> list[Consideration]:
    chosen = policy.waiver_for(path, today)
    found = []
    for waiver in policy.waivers:
        if not waiver.matches(path):
            continue
        if today > waiver.expires:
            why = f"has expired: fails with its text ({waiver.reason})"
        elif waiver is chosen:
            why = f"waives what would fail or warn: {waiver.reason}"
        else:
            why = "gives way to a more specific waiver"
        found.append(Consideration(str(waiver), waiver.place, why, False))
    return found


def _of_rule(policy: Policy, rule: str) -> PathDecision:
    first = policy.rule_line_for(rule)
    matching: list[RuleLine] = [line for line in policy.rules if line.matches(rule)]
    matching.sort(key=lambda line: line is not first)
    considered = tuple(
        Consideration(
            str(line),
            line.place,
            "decides: no other is more specific" if line is first else "is less specific or strict",
            line is first,
        )
        for line in matching
    )
    if first is None:
        sentence = f"findings of {rule} are not looked at: the changes that they name are judged"
        return PathDecision(rule, "ignore", "default: findings decide nothing", None, sentence, ())
    sentence = f"a finding of {rule}: {_SAID[first.action]}"
    if first.action != "fail":
        sentence += "; what it alone names is judged no more strictly, unless by its whole path"
    return PathDecision(rule, first.action, str(first), first.place, sentence, considered)
