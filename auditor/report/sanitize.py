r"""The one place where untrusted text becomes safe to show on a terminal.

What moves the cursor, changes colours, turns the direction of writing, is invisible or cannot
be encoded is shown as an escape: `\x1b`, `\u202e`, `\udcff`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Controls, formats (bidirectional and zero-width ones), surrogates, private and unassigned
# characters, line and paragraph separators. Of the spaces only U+0020 looks like itself.
_UNSAFE_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"))
# Letters and marks that are drawn as nothing (Default_Ignorable_Code_Point beyond Cf).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Combining marks piled up beyond what any script needs draw over other lines.
_MARKS_IN_A_ROW = 2
# A backslash that could be taken for an escape of ours.
_LOOKALIKE = re.compile(r"\\(?=[xuU])")
# What continuous integration obeys wherever it stands in a line of a log: `##[error]`
# (GitHub, the old form), `##vso[` (Azure Pipelines), `##teamcity[`.
_LOG_COMMAND = re.compile(r"#(?=#\w{0,16}\[)")
# What GitHub obeys at the beginning of a line, blanks before it not counted.
_WORKFLOW_COMMAND = re.compile(r"(\s*):(?=:)")


def is_command(line: str) -> bool:
    """Whether a log of continuous integration would obey this line."""
    return _WORKFLOW_COMMAND.match(line) is not None or _LOG_COMMAND.search(line) is not None


def inert(line: str) -> str:
    """A line of a report that no log obeys, however its text was wrapped."""
    return _LOG_COMMAND.sub(r"\\x23", _WORKFLOW_COMMAND.sub(r"\1\\x3a", line, count=1))


def without_commands(document: str, number_sign: str) -> str:
    """A document of a format that has its own way to write a number sign: in a log, nothing of
    it is a command."""
    return _LOG_COMMAND.sub(lambda _: number_sign, document)


def printable(text: str, *, ascii_only: bool = False) -> str:
    """The text with everything unsafe escaped; with `ascii_only` all but ASCII too."""
    return visible(_LOOKALIKE.sub(r"\\\\", text) if "\\" in text else text, ascii_only=ascii_only)


def visible(text: str, *, ascii_only: bool = False) -> str:
    """As `printable`, for text that may have passed it already: what is safe stays as it is.

    This is what the escaping of every format begins with.
    """
    text = _LOG_COMMAND.sub(r"\\x23", text) if "##" in text else text
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        foreign = ascii_only and not character.isascii()
        if foreign or marks > _MARKS_IN_A_ROW or not _is_safe(character):
            character = _escape(character)  # noqa: PLW2901
        shown.append(character)
    return "".join(shown)


def fitted(text: str, room: int) -> str:
    """As `visible`, in at most `room` characters: however long the text is and whatever it is
    made of (a terminal gives a control no width, a page gives its escape four characters)."""
    shown = visible(text[: room + 1])
    return shown if len(shown) <= room else shown[: room - 1] + "\u2026"


@lru_cache(maxsize=4096)
def _is_safe(character: str) -> bool:
    if character == " ":
        return True
    return unicodedata.category(character) not in _UNSAFE_CATEGORIES and not _INVISIBLE.match(
        character
    )


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
