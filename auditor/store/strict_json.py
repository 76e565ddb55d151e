"""JSON from strangers: what the `json` module lets pass, doubles or chokes on is refused."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from ..model import InvalidInput

# Deeper than any document of ours (a fact inside a baseline stands at 6), and shallow enough
# for every recursive reader.
MAX_DEPTH = 32
# Bounds the memory that a small file of tiny values can claim (about 64 bytes each).
MAX_VALUES = 2_000_000
# The integers that any other reader of JSON can hold: signed or unsigned, 64 bits.
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1
# What an error message quotes of a document, in characters.
MAX_QUOTED = 60

# A string, also one that the end of the file cuts off: so each is matched once, in linear time.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_OPENING, _CLOSING, _SEPARATOR = b"[{", b"]}", b","
_NOT_STRUCTURE = bytes(set(range(256)) - set(_OPENING + _CLOSING + _SEPARATOR))
# The longest token that a cut can leave half: `"\ud83d\ude0` has 12 characters.
_LONGEST_RUMP = 12


def decode(data: bytes) -> object:
    """The value of a JSON text.

    Raises `InvalidInput` (without the name of the file) for an empty, binary, truncated or
    malformed text, one that is not UTF-8, nests deeper than `MAX_DEPTH`, holds more than
    `MAX_VALUES` values, a key twice in one object, NaN, Infinity or a number too large.
    """
    text = _text(data)
    open_brackets = _measure(data)
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        rest = len(text.rstrip()) - error.pos
        if open_brackets > 0 and (rest <= _LONGEST_RUMP or error.msg.startswith("Unterminated")):
            raise InvalidInput("is truncated: the JSON document is not complete") from None
        raise InvalidInput(
            f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None


def quoted(text: str) -> str:
    """A piece of a document as a message may show it: short, on one line, ASCII."""
    return json.dumps(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "...")


def _text(data: bytes) -> str:
    if not data.strip():
        raise InvalidInput("is empty")
    if b"\0" in data:
        raise InvalidInput("is binary, not a JSON document")
    try:
        return data.decode("utf-8-sig")  # editors on Windows begin a file with a mark
    except UnicodeDecodeError as error:
        raise InvalidInput(f"is not UTF-8 (byte {error.start + 1})") from None


def _measure(data: bytes) -> int:
    """Bound depth and count before anything recurses; return the brackets left open."""
    structure = _STRING.sub(b"", data).translate(None, _NOT_STRUCTURE)
    if len(structure) > MAX_VALUES:
        raise InvalidInput(f"holds more than {MAX_VALUES:,} values")
    depth = 0
    for byte in structure:
        if byte in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidInput(f"is nested deeper than {MAX_DEPTH} levels")
        elif byte in _CLOSING:
            depth -= 1
    return depth


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise InvalidInput(f"holds the key {quoted(key)} twice in one object")
        seen.add(key)
    raise AssertionError("unreachable")


def _integer(text: str) -> int:
    # The length first: to convert a million digits takes Python minutes (or is an error).
    if len(text) > len(str(MIN_INTEGER)) or not MIN_INTEGER <= int(text) <= MAX_INTEGER:
        raise InvalidInput(f"holds the integer {_short(text)}, which does not fit in 64 bits")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InvalidInput(f"holds the number {_short(text)}, which is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise InvalidInput(f"holds {name}, which is not JSON")


def _short(number: str) -> str:
    return number if len(number) <= MAX_QUOTED else number[:MAX_QUOTED] + "..."
