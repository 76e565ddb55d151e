"""A policy's decision about one path, for a person and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.text import Text

from ..model import PathDecision
from .layout import QUIET, STRONG, Layout
from .sanitize import printable
from .screen import Screen


def decision_document(decision: PathDecision) -> dict[str, object]:
    """Not versioned as a document of its own: it is shown, never read back."""
    return {"kind": "decision", **asdict(decision)}


def render_decision(
    decision: PathDecision,
    *,
    width: int | None = None,
    color: bool = False,
    ascii_only: bool = False,
) -> str:
    """What becomes of the path, and every line that speaks of it with its place."""
    screen = Screen(width, color, ascii_only)
    return screen.render(_lines(decision, Layout(screen, show_all=True)))


def _lines(decision: PathDecision, layout: Layout) -> Iterator[Text]:
    def safe(text: str) -> str:
        return printable(text, ascii_only=layout.symbols.ascii_only)

    yield from layout.wrapped(safe(decision.sentence), STRONG)
    by = f"decided by {decision.decided_by}"
    yield from layout.wrapped(
        safe(f"{by} ({decision.decided_at})" if decision.decided_at else by), QUIET
    )
    if decision.considered:
        yield Text()
        yield Text("LINES THAT SPEAK OF IT", STRONG)
    for one in decision.considered:
        mark = ">" if one.decides else " "
        place = f"{one.place}: " if one.place else ""
        style = STRONG if one.decides else ""
        yield from layout.wrapped(safe(f"{mark} {place}{one.line}"), style, indent=2, hang=4)
        yield from layout.wrapped(safe(one.why), QUIET, indent=6, hang=2)
