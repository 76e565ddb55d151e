"""What a rule is, and what it yields.

A rule is a module of `rules/`: its docstring is its page, `RULE` its description, `check` its
judgement. It needs no wiring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..model import Change
    from .pair import Pair

Effect = Literal["numerics", "behaviour", "crash", "performance", "text", "time", "security"]
Severity = Literal["high", "medium", "low"]

EFFECTS: tuple[Effect, ...] = (
    "numerics",
    "behaviour",
    "crash",
    "performance",
    "text",
    "time",
    "security",
)
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
# The parts of a rule's docstring, in order.
HEADINGS = ("What it means", "Why it matters", "How to confirm")


@dataclass(frozen=True, slots=True)
class Remedy:
    """How to make both sides alike, for each place where that can be done: the very line of a
    Dockerfile, of `docker run` or Kubernetes, of the machine's set-up. At least one is given."""

    image: str | None = None
    runtime: str | None = None
    host: str | None = None

    def text(self) -> str:
        parts = (("image", self.image), ("runtime", self.runtime), ("host", self.host))
        return "\n".join(f"{place}: {line}" for place, line in parts if line)


@dataclass(frozen=True, slots=True)
class Rule:
    """Knowledge: which changes, together with which other facts, cause which effect.

    - `id`: `EA` and three digits; `name`: the pattern, in words joined by hyphens.
    - `effects`: what it can cause, the most likely first.
    - `severity`: how bad that is where it happens.
    - `reads`: globs on the fact paths that it looks at; its evidence lies within them.
    - `sources`: addresses of documentation, issues, release notes or papers.
    - `fallback`: it speaks in general of what no rule knows in particular; where others name
      all of its changes, it is silent.
    """

    id: str
    name: str
    effects: tuple[Effect, ...]
    severity: Severity
    reads: tuple[str, ...]
    remedy: Remedy
    sources: tuple[str, ...]
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired once.

    - `message`: what differs and what that does to the program, for somebody who does not
      know the mechanism; one or two sentences, with the values.
    - `changes`: the changes that are the cause, the decisive one first.
    - `facts`: paths of other facts that the judgement rests on (the library that reads the
      variable, the quota that nothing pins).
    - `confidence`: how likely this very change causes the effect here, 0 to 1 (see ranking).
    - `effects`, `severity`, `remedy`, `sources`: instead of the rule's own (sources: beside
      them), where the case is a special one.
    """

    message: str
    changes: tuple[Change, ...]
    confidence: float
    facts: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    severity: Severity | None = None
    remedy: Remedy | None = None
    sources: tuple[str, ...] = field(default=())


Check = Callable[["Pair"], Iterator[Hit]]
