"""breakpoint() does something else (PYTHONBREAKPOINT).

What it means
    A call of breakpoint() starts the debugger, does nothing (PYTHONBREAKPOINT=0), or calls the
    function that the variable names. The sides differ in it.

Why it matters
    Where it starts the debugger, a forgotten breakpoint() stops a service that has no terminal
    (bdb.BdbQuit, or a hang); a named function runs code on one side only.

How to confirm
    `PYTHONBREAKPOINT=0 python PROGRAM` on both sides; `grep -rn "breakpoint()" /app`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA230",
    name="breakpoint-hook",
    effects=("behaviour", "crash"),
    severity="low",
    reads=("env.PYTHONBREAKPOINT",),
    remedy=variable_remedy("PYTHONBREAKPOINT", "0"),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PYTHONBREAKPOINT")
    if change is not None and (change.before or change.after):
        yield Hit(
            message=f"PYTHONBREAKPOINT is {sides(change)}: a breakpoint() left in the program "
            "stops it, is passed over, or runs other code.",
            changes=(change,),
            confidence=0.35,
        )
