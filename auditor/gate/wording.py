"""Words of messages about TOML values."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ALIKE = 0.7  # from where on a word is taken for a misspelling of another (difflib)
_MAX_WORD = 100  # characters; difflib takes quadratic time


def nearest(value: object, known: Iterable[str], cutoff: float = ALIKE) -> str:
    """` (did you mean "..."?)`, or nothing where no known word is like it."""
    known = list(known)
    text = value[:_MAX_WORD] if isinstance(value, str) else ""
    close = [word for word in known if word.lower() == text.lower()][:1]
    close = close or difflib.get_close_matches(text, known, n=1, cutoff=cutoff)
    if not close and text.lower() != text:
        close = difflib.get_close_matches(text.lower(), known, n=1, cutoff=cutoff)
    return f' (did you mean "{close[0]}"?)' if close else ""


def type_name(value: object) -> str:
    """TOML's name of a value's type, with its article."""
    names = {
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")
