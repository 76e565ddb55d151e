from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given

from auditor.report.sanitize import printable
from tests.strategies import TEXTS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/bold]", "plain [bold]text[/bold]"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\nb\tc\rd", r"a\x0ab\x09c\x0dd"),
        ("\x9b31m", r"\x9b31m"),
        ("\x7f", r"\x7f"),
        ("txt\u202eexe", r"txt\u202eexe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("no\u00a0break", r"no\xa0break"),
        ("line\u2028break", r"line\u2028break"),
        ("\udcff", r"\udcff"),
        ("\ue000", r"\ue000"),
        ("heart\u2764\ufe0f", "heart\u2764" + r"\ufe0f"),
        ("\U000e0041", r"\U000e0041"),
        ("caf\u00e9 \u6771\u4eac", "caf\u00e9 \u6771\u4eac"),
        ("e" + "\u0301" * 4, "e\u0301\u0301" + r"\u0301" * 2),
        (r"C:\temp\x1b", r"C:\temp\\x1b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_ascii_only() -> None:
    assert printable("caf\u00e9 \u2192 \U0001f600", ascii_only=True) == r"caf\xe9 \u2192 \U0001f600"


@given(TEXTS)
def test_nothing_unsafe_is_left(text: str) -> None:
    for character in printable(text):
        assert character == " " or unicodedata.category(character)[0] not in "CZ"
    assert printable(text, ascii_only=True).isascii()
