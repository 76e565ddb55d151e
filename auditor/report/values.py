"""A fact's value in words that a person reads at a glance, and in the room that there is.

Everything that comes out of here is safe for a terminal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from rich.cells import cell_len

from ..model import Value
from .sanitize import printable
from .screen import Symbols

_BYTES = (
    "limits.memory.*",
    "limits.shm_size",
    "limits.rlimit.as.*",
    "limits.rlimit.core.*",
    "limits.rlimit.data.*",
    "limits.rlimit.fsize.*",
    "limits.rlimit.memlock.*",
    "limits.rlimit.msgqueue.*",
    "limits.rlimit.rss.*",
    "limits.rlimit.stack.*",
    "gpu.*memory*",
)
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_KIBI = 1024
_DIGEST = re.compile(r"hmac-sha256:[0-9a-f]{1,64}:([0-9a-f]{8})[0-9a-f]*")
# Nobody reads more of a digest than tells it apart.
_HEXADECIMAL = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b")
# Of a text that differs only in the middle, how much of what is around is shown at the least.
_CONTEXT = 8


def words(path: str, value: Value, symbols: Symbols) -> str:
    """One value. `{"set": true}` is "set", 2147483648 bytes are "2 GiB", "max" is "no limit"."""
    if path.startswith("limits.") and (value is None or value == "max"):
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return _number(path, value)
    if isinstance(value, str):
        return _text(value, symbols)
    return "none" if value is None else _members_in_words(path, value, symbols)


def _members_in_words(path: str, value: list[Value] | dict[str, Value], symbols: Symbols) -> str:
    if isinstance(value, dict):
        return _object(path, value, symbols)
    return ", ".join(words(path, member, symbols) for member in value) or "(empty)"


def pair(path: str, before: Value, after: Value, symbols: Symbols) -> tuple[str, str]:
    """Two values, told apart even where their words are the same (1.5 GiB and a byte more)."""
    ours, theirs = words(path, before, symbols), words(path, after, symbols)
    if ours != theirs or before == after:
        return ours, theirs
    return _exactly(before, symbols), _exactly(after, symbols)


def parts(path: str, detail: Mapping[str, Value], symbols: Symbols) -> list[str]:
    """What was added (+), removed (-) and moved within a list or set."""
    signs = (("added", "+"), ("removed", "-"), ("moved", "moved "))
    return [
        sign + (words(path, member, symbols) or '""')
        for name, sign in signs
        for member in _members(detail.get(name))
    ]


def _members(listed: Value) -> list[Value]:
    return listed if isinstance(listed, list) else []


def version_note(detail: Mapping[str, Value], symbols: Symbols) -> str:
    """`major ↑`."""
    level, direction = detail.get("level"), detail.get("direction")
    sign = {"up": symbols.up, "down": symbols.down}.get(str(direction), "")
    shown = printable(level, ascii_only=symbols.ascii_only) if isinstance(level, str) else ""
    return f"{shown} {sign}".strip()


def distance(detail: Mapping[str, Value]) -> str | None:
    """How far apart a probe's values are, and what that points to; None for anything else."""
    mechanisms = detail.get("points_to")
    if not isinstance(mechanisms, list):
        return None
    ulps = detail.get("ulps")
    if isinstance(ulps, int) and not isinstance(ulps, bool):
        apart = f"differs, by up to {ulps:,} ulp" if ulps else "differs in the values not kept"
    else:
        apart = "differs"
    return f"{apart}: {mechanisms[0]}" if mechanisms else apart


def _number(path: str, value: float) -> str:
    if value >= 0 and any(fnmatchcase(path, glob) for glob in _BYTES):
        return humanised(value)
    if path == "limits.cpu.quota":
        return f"{value:g} CPU" + ("" if value == 1 else "s")
    return str(value).removesuffix(".0")


def humanised(size: float) -> str:
    """Bytes in the largest unit that leaves at least 1, with one decimal where it is not whole."""
    power = 0
    while size >= _KIBI and power + 1 < len(_UNITS):
        size /= _KIBI
        power += 1
    whole = math.isclose(size, round(size), rel_tol=1e-9)
    return f"{size:.0f} {_UNITS[power]}" if whole else f"{size:.1f} {_UNITS[power]}"


def _text(value: str, symbols: Symbols) -> str:
    digest = _DIGEST.fullmatch(value)
    if digest:
        return f"withheld ({digest[1]}{symbols.ellipsis})"
    short = _HEXADECIMAL.sub(rf"\1{symbols.ellipsis}", value)
    shown = printable(short, ascii_only=symbols.ascii_only)
    return f'"{shown}"' if not value or value != value.strip() else shown


def _object(path: str, value: Mapping[str, Value], symbols: Symbols) -> str:
    if dict(value) == {"set": True}:
        return "set (value withheld)"
    members = [
        f"{printable(key, ascii_only=symbols.ascii_only)} {words(path, member, symbols)}"
        for key, member in value.items()
    ]
    return ", ".join(members) or "(empty)"


def _exactly(value: Value, symbols: Symbols) -> str:
    shown = printable(str(value), ascii_only=symbols.ascii_only)
    return f"{shown} ({type(value).__name__})" if not isinstance(value, (list, dict)) else shown


# --- fitting text into columns


def clip(text: str, room: int, symbols: Symbols) -> str:
    """The beginning of a text, in at most `room` columns."""
    if cell_len(text) <= room:
        return text
    room = max(0, room - cell_len(symbols.ellipsis))
    kept = text[:room]
    while cell_len(kept) > room:
        kept = kept[:-1]
    return kept + symbols.ellipsis


def shortened(before: str, after: str, room: int, symbols: Symbols) -> tuple[str, str]:
    """Two texts, each in at most `room` columns, around the place where they differ."""
    if max(cell_len(before), cell_len(after)) <= room:
        return before, after
    start, end = common(before, after)
    core = max(len(before), len(after)) - start - end
    around = max(_CONTEXT, (room - core) // 2 - cell_len(symbols.ellipsis))
    return (
        _window(before, start - around, len(before) - end + around, room, symbols),
        _window(after, start - around, len(after) - end + around, room, symbols),
    )


def common(before: str, after: str) -> tuple[int, int]:
    """The lengths of the common beginning and of the common end."""
    start = _common_start(before, after)
    return start, _common_start(before[start:][::-1], after[start:][::-1])


def _common_start(before: str, after: str) -> int:
    """By halves: values may have a megabyte."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _window(text: str, start: int, end: int, room: int, symbols: Symbols) -> str:
    """What lies between `start` and `end`, marked where something is left out."""
    if cell_len(text) <= room:
        return text
    start = 0 if start <= len(symbols.ellipsis) else start
    head = symbols.ellipsis if start else ""
    tail = symbols.ellipsis if end < len(text) else ""
    return head + clip(text[start:end] + tail, room - cell_len(head), symbols)
