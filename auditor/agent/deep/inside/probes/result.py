"""A probe's result: a digest of all its bytes, and of some elements their value."""

from __future__ import annotations

import struct

try:  # CPython's own, since 3.12 and before: OpenSSL's may be forbidden (FIPS)
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Content = bytes | tuple[str, bytes]

RUNS = 3
_KEPT = 8  # elements whose value is kept
_SIZES = {"d": 8, "f": 4}


def probe(compute: Callable[..., Content], *inputs: Any) -> dict[str, Any]:
    """Computed several times. `compute(*inputs)` returns bytes, or with them what they hold: `d`
    doubles, `f` floats, of which some are kept, so that a difference can be told in units in the
    last place.

    Where the runs differ: `deterministic` False and their largest `spread` in those units.
    """
    runs = [_split(compute(*inputs)) for _ in range(RUNS)]
    kind, content = runs[0]
    if any(other != content for _, other in runs):
        spread = max(_distance(kind, content, other) for _, other in runs)
        return {"deterministic": False, "spread": spread}
    found: dict[str, Any] = {"digest": sha256(content).hexdigest()[:16]}
    if kind:
        values = struct.unpack("<%d%s" % (len(content) // _SIZES[kind], kind), content)
        step = max(1, len(values) // _KEPT)
        found["type"] = "float64" if kind == "d" else "float32"
        found["values"] = " ".join(value.hex() for value in values[::step][:_KEPT])
    return found


def of_text(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _split(content: Content) -> tuple[str, bytes]:
    return ("", content) if isinstance(content, bytes) else content


def _distance(kind: str, a: bytes, b: bytes) -> int:
    """In units in the last place; 0 where that means nothing."""
    if not kind or len(a) != len(b):
        return 0
    count, integer = len(a) // _SIZES[kind], "q" if kind == "d" else "i"
    pairs = zip(
        struct.unpack("<%d%s" % (count, integer), a), struct.unpack("<%d%s" % (count, integer), b)
    )
    return max((abs(_ordered(x, kind) - _ordered(y, kind)) for x, y in pairs), default=0)


def _ordered(bits: int, kind: str) -> int:
    """Bit patterns of floats in the order of their values."""
    return bits if bits >= 0 else -(bits & (2 ** (8 * _SIZES[kind] - 1) - 1))
