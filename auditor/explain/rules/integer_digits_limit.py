"""Long integers are converted to and from text on one side only.

What it means
    Since Python 3.11 (and security releases of older ones) int("...") and str(int) of more than
    4,300 decimal digits raise ValueError; PYTHONINTMAXSTRDIGITS and -X int_max_str_digits set
    another limit, 0 none. The sides differ in it.

Why it matters
    Programs that print, parse or log very large integers (cryptography, combinatorics, exact
    fractions, JSON) fail on the side with the lower limit: "Exceeds the limit for integer string
    conversion".

How to confirm
    `python -c "import sys; print(sys.get_int_max_str_digits())"` in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, sides
from ..rule import Hit, Rule

RULE = Rule(
    id="EA231",
    name="integer-digits-limit",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("env.PYTHONINTMAXSTRDIGITS", "python.flags.int_max_str_digits"),
    remedy=variable_remedy("PYTHONINTMAXSTRDIGITS", "0"),
    sources=(
        "https://docs.python.org/3/whatsnew/3.11.html",
        "https://docs.python.org/3/using/cmdline.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    flag = pair.change("python.flags.int_max_str_digits")
    variable = pair.change("env.PYTHONINTMAXSTRDIGITS")
    known = None not in pair.values("python.flags.int_max_str_digits")
    change = flag or (None if known else variable)
    if change is None or {str(value) for value in (change.before, change.after)} == {
        "None",
        "4300",
    }:
        return
    yield Hit(
        message=f"The limit of digits for converting integers is {sides(change)}: longer numbers "
        "raise ValueError when they are printed or parsed.",
        changes=tuple(one for one in (variable, flag) if one is not None),
        confidence=0.6,
    )
