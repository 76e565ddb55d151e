"""Globs on fact paths, and which of two is the more specific."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import cached_property

_WILDCARD = re.compile(r"[*?\[]")
# One bracket expression as `fnmatch` reads it: a `]` that comes first is a member.
_CLASS = re.compile(r"\[!?\]?[^\]]*\]")

MAX_LENGTH = 8192  # as long as a fact's key may be


class BadPattern(ValueError):
    """Not a glob on fact paths; the message says why and continues "PATTERN ..."."""


@dataclass(frozen=True)
class Pattern:
    """A glob as in `fnmatch`: `*` (dots too), `?`, `[abc]`, `[!abc]`; case matters.

    Specificity orders patterns that match one path: a whole path, then the longest text
    before the first wildcard, then the most literal characters.
    """

    text: str

    def __post_init__(self) -> None:
        if not self.text:
            raise BadPattern("is empty")
        if len(self.text) > MAX_LENGTH:
            raise BadPattern(f"is longer than {MAX_LENGTH:,} characters")
        plain = _CLASS.sub("", self.text)
        if "[" in plain or "]" in plain:
            raise BadPattern('has an unbalanced bracket (write "[[]" or "[]]" for the character)')
        if "." not in self.text and not _WILDCARD.search(self.text):
            raise BadPattern(f'names a section, not a fact: write "{self.text}.*"')
        try:
            self._regex  # noqa: B018 (compiled now, so that the error has its place)
        except re.error as error:
            raise BadPattern(f"is not a glob: {error.msg}") from None

    def matches(self, path: str) -> bool:
        if self.exact:
            return path == self.text
        return self._regex.match(path) is not None

    @cached_property
    def exact(self) -> bool:
        """It names one whole path."""
        return _WILDCARD.search(self.text) is None

    @cached_property
    def head(self) -> str | None:
        """The first component of every path that it can match, None where that is open."""
        head, dot, _ = self.text.partition(".")
        return head if (dot or self.exact) and not _WILDCARD.search(head) else None

    @cached_property
    def specificity(self) -> tuple[bool, int, int]:
        wildcard = _WILDCARD.search(self.text)
        literal = re.sub(r"[*?]", "", _CLASS.sub("", self.text))
        prefix = len(self.text) if wildcard is None else wildcard.start()
        return wildcard is None, prefix, len(literal)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        # `translate` makes each `*` atomic: no exponential backtracking on hostile paths.
        return re.compile(fnmatch.translate(self.text))
