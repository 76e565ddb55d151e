"""Numbers in text that somebody else wrote.

`str.isdigit()` also takes `²`, which `int()` refuses, and `int()` takes `1_000`, ` 1` and digits of
every script, and refuses more than 4,300 of them.
"""

from __future__ import annotations

# Any of them is a number that a fingerprint can hold.
MOST_DIGITS = 18


def whole_number(text: str) -> int | None:
    """What at most 18 plain digits spell; None for any other text."""
    if 0 < len(text) <= MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    return None
