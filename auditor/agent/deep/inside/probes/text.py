"""Text and time: collation, Unicode, time zones, and how numbers are written."""

from __future__ import annotations

import time

from .inputs import numbers
from .result import of_text, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = (
    "zebra Äpfel apfel Zoo été ete öl ol Straße STRASSE ñandú nandu 10 9 a-b ab A_b İstanbul"
).split()
# Moments around changes of daylight saving time, past and to come, and of a zone's offset.
_MOMENTS = (0, 86399, 1111885200, 1301187600, 1414281600, 1500000000, 1711846800, 2000000000)
_FORMAT = "%c %x %X %p %A %B"
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Casablanca", "Asia/Almaty")


def texts() -> dict[str, Any]:
    import csv
    import io
    import json
    import unicodedata

    values = list(numbers("text", 50))

    def written() -> bytes:
        file = io.StringIO()
        csv.writer(file).writerows([[index, value] for index, value in enumerate(values)])
        return of_text(file.getvalue())

    def forms() -> bytes:
        text = " ".join(_WORDS) + " ﬁ ½ Å \u1e9b\u0323 \u1c8a \ua7cb \U0001d7d8"
        normal = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
        cases = [text.upper(), text.lower(), text.casefold(), text.title()]
        kinds = [unicodedata.category(character) for character in text]
        return of_text("|".join([*normal, *cases, *kinds]))

    return {
        "text.collation": probe(_collated),
        "text.unicode": probe(forms),
        "text.json": probe(lambda: of_text(json.dumps({"values": values, "text": "é"}))),
        "text.csv": probe(written),
    }


def times() -> dict[str, Any]:
    def local() -> bytes:
        return of_text(repr([tuple(time.localtime(moment))[:9] for moment in _MOMENTS]))

    def zones() -> bytes:
        from datetime import datetime, timezone
        from zoneinfo import ZoneInfo

        moments = [datetime.fromtimestamp(moment, timezone.utc) for moment in _MOMENTS]
        return of_text(
            repr([str(one.astimezone(ZoneInfo(zone))) for zone in _ZONES for one in moments])
        )

    found = {
        "time.local": probe(local),
        "time.strftime": probe(lambda: _localised(lambda: time.strftime(_FORMAT, time.gmtime(0)))),
    }
    try:
        found["time.zones"] = probe(zones)
    except Exception:  # no zoneinfo before Python 3.9, or no time zone database
        pass
    return found


def _collated() -> bytes:
    import locale

    return _localised(lambda: " ".join(sorted(_WORDS, key=locale.strxfrm)))


def _localised(compute: Any) -> bytes:
    """In the locale that the environment asks for, if it exists."""
    import locale

    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "")
        return of_text(compute())
    except locale.Error:
        return of_text(compute())
    finally:
        locale.setlocale(locale.LC_ALL, before)
