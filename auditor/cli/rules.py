"""`envaudit explain RULE-ID` and `envaudit rules`."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from ..explain.pages import page
from ..explain.registry import all_rules, rule_by_id
from ..explain.rule import EFFECTS
from ..model import UsageError
from .console import emit, watched


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id (EA101) or name.")],
) -> None:
    """Show a rule's page: what it means, why it matters, how to confirm and to mend it."""
    entry = rule_by_id(rule)
    if entry is None:
        known = [name for e in all_rules() for name in (e.rule.id, e.rule.name)]
        close = difflib.get_close_matches(rule, known, n=1)
        hint = f", did you mean {close[0]}?" if close else " (envaudit rules lists them)"
        raise UsageError(f"no rule {rule!r}{hint}")
    if watched():
        # Here, since other commands must not wait for it.
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(page(entry)))
    else:
        emit(page(entry), None)


def rules(
    effect: Annotated[
        str, typer.Option("--effect", metavar="EFFECT", help="Only rules with this effect.")
    ] = "",
) -> None:
    """List the rules."""
    if effect and effect not in EFFECTS:
        raise UsageError(f"no effect {effect!r}: {', '.join(EFFECTS)}")
    entries = [entry for entry in all_rules() if not effect or effect in entry.rule.effects]
    if not watched():
        lines = (
            f"{e.rule.id}\t{','.join(e.rule.effects)}\t{e.rule.name}\t{_first_line(e.summary)}\n"
            for e in entries
        )
        emit("".join(lines), None)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("rule", "effects", "name", "what it says"):
        table.add_column(title)
    for e in entries:
        table.add_row(e.rule.id, ", ".join(e.rule.effects), e.rule.name, _first_line(e.summary))
    Console().print(table)


def _first_line(text: str) -> str:
    return text.splitlines()[0]
