"""Output is buffered on one side only (python -u, PYTHONUNBUFFERED).

What it means
    Python writes to a pipe or file in blocks of some kilobytes, unless -u or PYTHONUNBUFFERED
    tells it to write at once. The sides differ in it.

Why it matters
    Where it is buffered, the last lines are lost when the process is killed or calls os._exit;
    they appear late, in another order relative to stderr and to child processes, and twice after
    a fork. Log collectors and tests that wait for a line time out.

How to confirm
    Run the program on both sides with `python -u`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA227",
    name="output-buffering",
    effects=("behaviour", "text"),
    severity="low",
    reads=("env.PYTHONUNBUFFERED", "python.flags.unbuffered"),
    remedy=variable_remedy("PYTHONUNBUFFERED", "1"),
    sources=("https://docs.python.org/3/using/cmdline.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable, flag = pair.change("env.PYTHONUNBUFFERED"), pair.change("python.flags.unbuffered")
    known = None not in pair.values("python.flags.unbuffered")
    if flag is None and (known or variable is None):
        return
    changes = tuple(change for change in (variable, flag) if change is not None)
    yield Hit(
        message=f"Unbuffered output is {sides(flag or changes[0])}: with buffers, lines come late, "
        "in another order, or are lost when the process is killed.",
        changes=changes,
        confidence=0.5,
    )
