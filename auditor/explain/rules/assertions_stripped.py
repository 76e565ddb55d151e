"""Assertions are left out on one side (python -O, PYTHONOPTIMIZE).

What it means
    With optimisation level 1 Python compiles no assert statements and no code under
    `if __debug__`; with level 2 no docstrings either. The sides run at other levels.

Why it matters
    Checks that a program or a library does by assert do not happen: wrong input passes, errors
    appear later or not at all, and side effects within an assert are missing. Without docstrings
    command-line parsers and plug-ins that read them fail.

How to confirm
    `python -c "import sys; print(sys.flags.optimize)"` in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA213",
    name="assertions-stripped",
    effects=("behaviour", "crash"),
    severity="high",
    reads=("env.PYTHONOPTIMIZE", "python.flags.optimize"),
    remedy=variable_remedy("PYTHONOPTIMIZE", "0"),
    sources=(
        "https://docs.python.org/3/using/cmdline.html",
        "https://github.com/python/peps/blob/main/peps/pep-0488.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable, flag = pair.change("env.PYTHONOPTIMIZE"), pair.change("python.flags.optimize")
    known = None not in pair.values("python.flags.optimize")
    if flag is None and (known or variable is None):
        return  # another spelling of the same level
    changes = tuple(change for change in (variable, flag) if change is not None)
    levels = flag or changes[0]
    yield Hit(
        message=f"Python's optimisation level is {sides(levels)}: from level 1 on assert "
        "statements are not executed, so that the checks they make are missing on one side.",
        changes=changes,
        confidence=0.85,
    )
