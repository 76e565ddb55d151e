"""Output is coloured on one side only (NO_COLOR, FORCE_COLOR, TERM, a terminal).

What it means
    Libraries colour what they print when it goes to a terminal that can show it; variables force
    or forbid it. The sides differ in them, or only one container has a terminal.

Why it matters
    Escape sequences end up in logs, files and comparisons, progress bars are drawn or not, and
    patterns that parse the output no longer match.

How to confirm
    `NO_COLOR=1 TERM=dumb PROGRAM | cat -v` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NAMES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "PYTHON_COLORS")
USERS = ("rich", "click", "typer", "colorama", "termcolor", "loguru", "structlog", "colorlog",
         "tqdm", "uvicorn", "prompt-toolkit", "pytest")  # fmt: skip

RULE = Rule(
    id="EA237",
    name="coloured-output",
    effects=("text", "behaviour"),
    severity="low",
    reads=(*(f"env.{name}" for name in NAMES), "env.TERM", "container.tty", "python.packages.*"),
    remedy=variable_remedy("NO_COLOR", "1"),
    sources=(
        "https://github.com/jcs/no_color/blob/master/index.md",
        "https://github.com/Textualize/rich/blob/master/docs/source/console.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed(*USERS)
    changes = settings(pair, *NAMES)
    terminal = pair.change("container.tty")
    term = pair.change("env.TERM")
    if changes:
        beside = tuple(one for one in (terminal,) if one is not None)
        yield Hit(
            message=f"{told(changes)}: output holds escape sequences for colours on one side only.",
            changes=(*changes, *beside),
            facts=first(users),
            confidence=0.5,
        )
    elif terminal is not None and users:
        yield Hit(
            message="Only one side has a terminal: its output is coloured, and progress bars are "
            "drawn there.",
            changes=(terminal, term) if term is not None else (terminal,),
            facts=first(users),
            confidence=0.35,
        )
