"""A decision of a policy: which of its lines decides about one path."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consideration:
    """One line that speaks of the path: what it says, where it stands (`FILE:LINE`), and what
    came of it."""

    line: str
    place: str | None
    why: str
    decides: bool


@dataclass(frozen=True, slots=True)
class PathDecision:
    """What a policy says of a path before anything is compared.

    `outcome` is fail, warn or ignore; `sentence` says it for a person, with what else may come
    into it; `considered` holds the lines that match, the deciding one first.
    """

    path: str
    outcome: str
    decided_by: str
    decided_at: str | None
    sentence: str
    considered: tuple[Consideration, ...]
