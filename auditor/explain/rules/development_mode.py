"""Python's development or debug switches are on, on one side only.

What it means
    `-X dev` or PYTHONDEVMODE turns on additional checks: all warnings, debug hooks of the
    allocator, asyncio's debug mode, checks of encodings and file objects. PYTHONASYNCIODEBUG and
    PYTHONDEBUG do parts of it.

Why it matters
    More warnings, ResourceWarnings, other timing of tasks, logs of slow callbacks, errors at
    once instead of later, and a slower program.

How to confirm
    `python -c "import sys; print(sys.flags.dev_mode)"` in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA229",
    name="development-mode",
    effects=("behaviour", "performance", "text"),
    severity="low",
    reads=("env.PYTHONDEVMODE", "python.flags.dev_mode", "env.PYTHONASYNCIODEBUG"),
    remedy=variable_remedy("PYTHONDEVMODE", ""),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    flag, variable = pair.change("python.flags.dev_mode"), pair.change("env.PYTHONDEVMODE")
    asyncio = pair.change("env.PYTHONASYNCIODEBUG")
    if flag is None and not acts(asyncio):
        return
    changes = tuple(one for one in (variable, flag, asyncio) if one is not None)
    name = "Python's development mode" if flag is not None else "PYTHONASYNCIODEBUG"
    yield Hit(
        message=f"{name} is {sides(flag or changes[0])}: additional checks and warnings run on "
        "one side only, and tasks are timed otherwise.",
        changes=changes,
        confidence=0.5,
    )
