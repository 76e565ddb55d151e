"""Python does not replace the C locale by a UTF-8 one, on one side.

What it means
    In the C locale Python sets LC_CTYPE to C.UTF-8 when it starts, for itself and the programs
    that it starts, unless `PYTHONCOERCECLOCALE=0` or `LC_ALL` is set. The sides differ in that
    variable, and at least one is in the C locale.

Why it matters
    Without the coercion programs that Python starts, and libraries such as readline and
    ncurses, stay in ASCII: question marks or escapes instead of letters, and file names that
    they cannot handle. Python itself still uses UTF-8 through its UTF-8 mode.

How to confirm
    `python -c "import os; print(os.environ.get('LC_CTYPE')); os.system('locale charmap')"` on
    both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA506",
    name="locale-coercion-differs",
    effects=("text", "behaviour"),
    severity="low",
    reads=("env.PYTHONCOERCECLOCALE", "locale.*", "env.LC_*", "env.LANG"),
    remedy=Remedy(
        image="`ENV LC_ALL=C.UTF-8` in both makes the coercion unnecessary",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env: [{name: LC_ALL, value: "
        "C.UTF-8}]) on both sides",
    ),
    sources=(
        "https://github.com/python/peps/blob/main/peps/pep-0538.rst",
        "https://github.com/python/cpython/blob/main/Doc/using/cmdline.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("env.PYTHONCOERCECLOCALE")
    if change is None or "C" not in pair.values("locale.lc_ctype"):
        return
    if (change.before == "0") == (change.after == "0"):
        return  # `warn` only says what happens
    yield Hit(
        message=f"PYTHONCOERCECLOCALE is {sides(change)} and the locale is C: where it is 0, "
        "programs that Python starts stay in ASCII instead of UTF-8.",
        changes=(change,),
        facts=("locale.lc_ctype",),
        confidence=0.35,
    )
