"""Canonical JSON and the digest over it: one value, one sequence of bytes.

Keys sorted by code point, no white space, ASCII only, floats by `repr`, no NaN. The agent
writes the same bytes with `auditor.agent.canonical`; a test holds the two together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def canonical(value: object) -> bytes:
    """Raises `ValueError` for floats that JSON has no form for."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return text.encode("ascii")


def digest(members: Mapping[str, object]) -> str:
    """`sha256:` and 64 hexadecimal digits. Of a fingerprint's `sections` it is its name."""
    return "sha256:" + hashlib.sha256(canonical(members)).hexdigest()
