"""Dates, numbers and amounts of money are written by another country's rules.

What it means
    LC_TIME, LC_NUMERIC and LC_MONETARY (by `LC_ALL`, the variable itself or `LANG`) decide what
    `strftime("%A %B %x")`, `strptime`, `locale.format_string`, `locale.currency` and the format
    `:n` write and accept once the program has called `setlocale`. The sides differ in one.

Why it matters
    Names of days and months, the order of a date, the decimal comma and the separator of
    thousands differ: reports and CSV files look different, and a date or a number that one side
    writes is not read by the other (ValueError: "time data ... does not match format").

How to confirm
    `python -c "import locale, time; locale.setlocale(locale.LC_ALL, '');
    print(time.strftime('%A %x'), locale.localeconv()['decimal_point'])"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.locales import differs_in_language, only_musl
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA508",
    name="locale-formats-differ",
    effects=("text", "behaviour"),
    severity="medium",
    reads=(
        "locale.lc_time",
        "locale.lc_numeric",
        "locale.lc_monetary",
        "env.LC_*",
        "env.LANG",
        "os.libc.family",
    ),
    remedy=Remedy(
        image="`ENV LC_ALL=C.UTF-8` in both, or install and set one language's locale in both",
        runtime="docker run -e LC_ALL=C.UTF-8 ... (Kubernetes: env: [{name: LC_ALL, value: "
        "C.UTF-8}]) on both sides",
    ),
    sources=(
        "https://github.com/python/cpython/blob/main/Doc/library/locale.rst",
        "https://github.com/mkerrisk/man-pages/blob/master/man7/locale.7",
    ),
)

WHAT = {
    "locale.lc_time": "dates",
    "locale.lc_numeric": "numbers",
    "locale.lc_monetary": "amounts of money",
}


def check(pair: Pair) -> Iterator[Hit]:
    if only_musl(pair):
        return
    changes = [
        change
        for name in ("lc_time", "lc_numeric", "lc_monetary")
        if (change := pair.change(f"locale.{name}")) is not None and differs_in_language(change)
    ]
    if not changes:
        return
    kinds = " and ".join(WHAT[change.path] for change in changes)
    yield Hit(
        message=f"The locale for {kinds} is {sides(changes[0])}: what the program formats or "
        "reads by locale has other names, orders and separators.",
        changes=tuple(changes),
        confidence=0.5,
    )
