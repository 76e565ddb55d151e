"""Sentences as Markdown: what stands around code."""

from __future__ import annotations

import pytest

from auditor.report.markdown import prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is `x` in A, `y` in B.", "It is `x` in A, `y` in B."),
        ("`x` first, then `y`", "`x` first, then `y`"),
        ("`x``y`", "`x``y`"),
        ("run `a` `b`", "run `a` `b`"),
        ("`a|b` on both sides", "<code>a&#124;b</code> on both sides"),
        ("  no code  ", "no code"),
        ("", ""),
    ],
)
def test_blanks_around_code(text: str, expected: str) -> None:
    assert prose(text) == expected
