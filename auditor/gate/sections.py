"""Globs whose section is misspelled: they match nothing, and nobody would notice.

Only what is spelled almost like a section is taken for a mistake: a newer minor version of the
schema may have sections that are not listed here.
"""

from __future__ import annotations

import difflib
import re

from .pattern import Pattern

# Sections, and the first components of their names; `lock` is of lock files.
_HEADS = (
    *("os", "kernel", "cpu", "gpu", "limits", "process", "container", "env", "locale", "time"),
    *("filesystem", "network", "python", "native", "threads", "frameworks", "probes", "lock"),
)
_SECOND = {
    "os": ("packages",),
    "python": ("packages", "sources", "integrity", "path"),
    "lock": ("missing", "extra", "version", "integrity", "source", "python", "archive_hashes"),
}
_ALIKE = 0.75
_MUCH_ALIKE = 0.82  # below a section stand many facts of other names


def misspelled(pattern: Pattern) -> str | None:
    """The glob as it was probably meant, None where nothing is wrong with it."""
    head, dot, rest = pattern.text.partition(".")
    if not dot or re.search(r"[*?\[]", head):
        return None
    if head not in _HEADS:
        close = difflib.get_close_matches(head[:40], _HEADS, n=1, cutoff=_ALIKE)
        return f"{close[0]}.{rest}" if close else None
    second, dot, more = rest.partition(".")
    known = _SECOND.get(head, ())
    if not dot or second in known or re.search(r"[*?\[]", second):
        return None
    cutoff = _ALIKE if head == "lock" else _MUCH_ALIKE
    close = difflib.get_close_matches(second[:40], known, n=1, cutoff=cutoff)
    return f"{head}.{close[0]}.{more}" if close else None
