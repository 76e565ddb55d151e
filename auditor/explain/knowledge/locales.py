"""What the names of locales mean, as far as rules have to know."""

from __future__ import annotations

from ...model import Change, Value
from ..pair import Pair

# They compare by code point, and speak English: for a program all the same, but for the charset.
_PLAIN = frozenset({"c", "posix"})


def is_plain(name: Value) -> bool:
    """`C`, `POSIX`, `C.UTF-8`: the locales without a language."""
    return isinstance(name, str) and name.partition(".")[0].lower() in _PLAIN


def language(name: Value) -> str | None:
    """`de_DE` of `de_DE.UTF-8@euro`; `C` for every plain locale."""
    if not isinstance(name, str):
        return None
    return "C" if is_plain(name) else name.partition("@")[0].partition(".")[0]


def differs_in_language(change: Change) -> bool:
    """Whether two locales are more than two charsets of one language."""
    before, after = language(change.before), language(change.after)
    return before != after and None not in (before, after)


def only_musl(pair: Pair) -> bool:
    """Whether both sides run on musl, which knows no locale's collation and formats."""
    return pair.values("os.libc.family") == ("musl", "musl")
