"""Findings from the table of version steps: what changed between A's and B's version."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .knowledge.version_steps import Step, steps_between
from .pair import Pair, shown
from .rule import Hit, Remedy

MOST_TOLD = 3
MOST_CONFIDENT = 0.88


def step_hits(pair: Pair, wanted: Callable[[Step], bool]) -> Iterator[Hit]:
    """One hit for each distribution of another version with steps in between."""
    for change in pair.changes("python.packages.*"):
        before, after = pair.version(change.key)
        if before is None or after is None:
            continue
        steps = [step for step in steps_between(change.key, before, after) if wanted(step)]
        if not steps:
            continue
        told = steps[:MOST_TOLD]
        also = sum(step.likelihood >= steps[0].likelihood - 0.15 for step in steps[1:])
        yield Hit(
            message=f"{change.key} is {shown(change.before)} in A, {shown(change.after)} in B: "
            + "; ".join(f"since {step.at}, {step.what}" for step in told)
            + ".",
            changes=(change,),
            confidence=round(min(steps[0].likelihood + 0.02 * also, MOST_CONFIDENT), 2),
            effects=tuple(dict.fromkeys(kind for step in told for kind in step.effects)),
            severity=steps[0].severity,
            remedy=_same_version(change.key, str(change.before)),
            sources=tuple(dict.fromkeys(step.source for step in told)),
        )


def _same_version(name: str, version: str) -> Remedy:
    return Remedy(
        image=f"pin one version in both images: `RUN pip install '{name}=={version}'` (better: a "
        "lock file with hashes), or adapt the program to the newer one",
    )
