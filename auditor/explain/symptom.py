"""What the user saw: an effect, a message, or a log.

A log is data: bounded, read as text, and never shown beyond the line that matched, scrubbed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model import UsageError
from .knowledge.signatures import SIGNATURES
from .rule import EFFECTS, Effect
from .signature import Signature

# Of a log the end is read: this many characters and lines, and of each line the beginning.
MAX_TEXT = 4_000_000
MAX_LINES = 20_000
MAX_LINE = 2_000
_SPELLINGS: dict[str, Effect] = {
    **{effect: effect for effect in EFFECTS},
    "numeric": "numerics",
    "numbers": "numerics",
    "behavior": "behaviour",
    "slow": "performance",
    "encoding": "text",
    "locale": "text",
    "timezone": "time",
}


@dataclass(frozen=True, slots=True)
class Symptom:
    """`effects` and `rules` are lifted; `signature` and `line` say by what."""

    effects: frozenset[Effect]
    rules: frozenset[str] = frozenset()
    signature: str | None = None
    line: str | None = None


def read_symptom(text: str) -> Symptom:
    """An effect's name, or a message or log in which a known signature is looked for.

    Later lines count first, since a traceback ends with its error. Of one that no signature
    knows that much is clear: the program failed. Raises `UsageError` where nothing is recognised.
    """
    word = text.strip().lower()
    if word in _SPELLINGS:
        return Symptom(frozenset({_SPELLINGS[word]}))
    end = text[-MAX_TEXT:].splitlines()[-MAX_LINES:]
    lines = [line[:MAX_LINE] for line in end if line.strip()]
    whole = "\n".join(lines)
    # Heaviest first: lines are looked at for what could still be better only.
    possible = sorted(
        (signature for signature in SIGNATURES if signature.matches(whole)),
        key=lambda signature: -signature.weight,
    )
    best: tuple[int, Signature, str] | None = None
    for line in reversed(lines):
        for signature in possible:
            if best is not None and signature.weight <= best[0]:
                break
            if signature.matches(line):
                best = (signature.weight, signature, line.strip())
    error = _last_error(lines) if best is None else None
    if error is not None:
        return Symptom(frozenset({"crash"}), signature="an error of Python's", line=error)
    if best is None:
        raise UsageError(
            "the symptom is not recognised: name an effect ("
            + ", ".join(EFFECTS)
            + ") or give a message or @FILE with the log"
        )
    _, signature, line = best
    return Symptom(frozenset(signature.effects), frozenset(signature.rules), signature.name, line)


# How a traceback ends: `sqlite3.OperationalError: attempt to write a readonly database`.
_ERROR = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::|$)", re.ASCII)


def _last_error(lines: list[str]) -> str | None:
    return next((line.strip() for line in reversed(lines) if _ERROR.match(line.strip())), None)
