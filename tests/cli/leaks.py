"""Searches what left the environment for what must not, in every form it may have taken."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

WINDOW = 8
# Eight hexadecimal digits occur by chance among the digests of a fingerprint; twelve do not.
HEX_WINDOW = 12
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Leak:
    """`secret` is what was searched for: a label, never the value."""

    where: str
    secret: str
    form: str
    seen: str


class Needles:
    """All forms of some secrets, cut into windows: a part of a secret counts as well."""

    def __init__(self) -> None:
        # The first characters of a window -> the windows that begin so.
        self._windows: dict[str, dict[str, tuple[str, str]]] = {}
        self._short: dict[str, str] = {}

    def add(self, label: str, secret: str) -> None:
        if len(secret) < WINDOW:
            self._short[secret] = label
            return
        for form, text in forms(secret):
            size = HEX_WINDOW if _HEX.fullmatch(text) else WINDOW
            size = min(size, len(text))
            for start in range(len(text) - size + 1):
                window = text[start : start + size]
                if _HEX.fullmatch(window):
                    window = text[start : start + HEX_WINDOW]
                self._windows.setdefault(window[:WINDOW], {}).setdefault(window, (label, form))

    def without(self, public: str) -> None:
        """Drop what also stands in a text that is public (the names of variables)."""
        for start in range(len(public) - WINDOW + 1):
            self._windows.pop(public[start : start + WINDOW], None)

    def search(self, where: str, text: str) -> list[Leak]:
        """Each secret and form is told once for a text."""
        found: dict[tuple[str, str], Leak] = {}
        windows = self._windows
        for start in range(len(text) - WINDOW + 1):
            candidates = windows.get(text[start : start + WINDOW])
            if candidates is None:
                continue
            for window, (label, form) in candidates.items():
                if text.startswith(window, start):
                    seen = text[max(0, start - 40) : start + 40]
                    found.setdefault((label, form), Leak(where, label, form, seen))
        for secret, label in self._short.items():
            # Shorter ones as a word of their own: six digits occur in every byte count.
            match = re.search(rf"(?<![\w.]){re.escape(secret)}(?![\w.])", text)
            if match:
                seen = text[max(0, match.start() - 40) : match.end() + 40]
                found.setdefault((label, "whole"), Leak(where, label, "whole", seen))
        return list(found.values())


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """(name of the form, the secret in it)."""
    data = secret.encode()
    yield "plain", secret
    yield "reversed", secret[::-1]
    yield "quote", quote(secret, safe="")
    yield "quote_plus", quote_plus(secret)
    yield "json", json.dumps(secret)[1:-1]
    yield "repr", repr(secret)[1:-1]
    yield "hex", data.hex()
    yield "upper hex", data.hex().upper()
    for offset in range(3):
        yield f"base64 at {offset}", _aligned(base64.b64encode(b"\0" * offset + data), offset, data)
        yield (
            f"urlsafe base64 at {offset}",
            _aligned(base64.urlsafe_b64encode(b"\0" * offset + data), offset, data),
        )


def _aligned(encoded: bytes, offset: int, data: bytes) -> str:
    """The characters that the secret alone decides, whatever stands before and after it."""
    first = (offset * 8 + 5) // 6
    last = (offset + len(data)) * 8 // 6
    return encoded[first:last].decode()


def needles(secrets: Iterable[tuple[str, str]]) -> Needles:
    made = Needles()
    for label, secret in secrets:
        made.add(label, secret)
    return made
