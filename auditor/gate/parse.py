"""A policy from its TOML table: strict, with the place of every mistake."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn, cast

from ..model import UsageError
from ..model.verdict import Action
from .pattern import BadPattern, Pattern
from .policy import STRICTNESS, Leeway, Level, Line, Policy, Waiver

Table = Mapping[str, object]

_LISTS: tuple[Action, ...] = ("fail", "warn", "ignore")
_KEYS = (*_LISTS, "leeway", "waivers", "not_compared", "withheld")
_ALIKE = 0.7  # from where on a word is taken for a misspelling of another (difflib)
_WAIVER_KEYS = ("path", "reason", "expires", "owner")
_LEVELS = tuple(level.name.lower() for level in Level if level is not Level.EPOCH)


def parse_policy(table: Table, source: str, text: str = "", name: str = "gate") -> Policy:
    """The policy in a `[gate]` or `[tool.envaudit.gate]` table.

    `source` names the file and `text` is its content, from which errors tell the line;
    `name` is the table's full name. Raises `UsageError` for unknown keys, wrong types, bad
    globs, a glob in two lists and bad dates.
    """
    return _Reader(source, text, name).policy(table)


@dataclass(frozen=True, slots=True)
class _Reader:
    source: str
    text: str
    name: str

    def policy(self, table: Table) -> Policy:
        self._known(table, _KEYS, self.name)
        return Policy(
            lines=self._lines(table),
            leeway=self._leeway(table.get("leeway", {})),
            waivers=self._waivers(table.get("waivers", [])),
            not_compared=self._action(table, "not_compared", Policy().not_compared),
            withheld=self._action(table, "withheld", Policy().withheld),
        )

    def _lines(self, table: Table) -> tuple[Line, ...]:
        lines: dict[str, Line] = {}
        for action in _LISTS:
            key = f"{self.name}.{action}"
            globs = table.get(action, [])
            if not isinstance(globs, list):
                self._refuse(key, f"must be a list of globs, not {_type_name(globs)}", action)
            for glob in globs:
                line = Line(self._pattern(glob, key), action)
                earlier = lines.setdefault(line.pattern.text, line)
                if earlier.action != action:
                    self._refuse(key, f'"{glob}" stands in {earlier.action} as well', glob)
        return tuple(lines.values())

    def _leeway(self, table: object) -> tuple[Leeway, ...]:
        key = f"{self.name}.leeway"
        if not isinstance(table, dict):
            self._refuse(key, f"must be a table of glob = level, not {_type_name(table)}", "leeway")
        return tuple(
            Leeway(self._pattern(glob, key), self._level(level, f'{key}."{glob}"', glob))
            for glob, level in table.items()
        )

    def _level(self, value: object, key: str, glob: str) -> Level:
        if not isinstance(value, str) or value not in _LEVELS:
            levels = ", ".join(_LEVELS)
            self._refuse(key, f"must be one of {levels}{_nearest(value, _LEVELS)}", glob)
        return Level[value.upper()]

    def _waivers(self, tables: object) -> tuple[Waiver, ...]:
        key = f"{self.name}.waivers"
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._refuse(key, f"must be an array of tables: [[{key}]]", "waivers")
        return tuple(
            self._waiver(table, f"{key}[{number}]") for number, table in enumerate(tables, start=1)
        )

    def _waiver(self, table: Table, key: str) -> Waiver:
        self._known(table, _WAIVER_KEYS, key)
        near = table.get("path")
        for required in ("path", "reason", "expires"):
            if required not in table:
                self._refuse(f"{key}.{required}", "is missing", near)
        for member in ("path", "reason", "owner"):
            value = table.get(member, "-")
            if not isinstance(value, str) or not value.strip():
                self._refuse(f"{key}.{member}", "must be a text that is not empty", near)
        return Waiver(
            pattern=self._pattern(near, f"{key}.path"),
            reason=cast("str", table["reason"]),
            expires=self._date(table["expires"], f"{key}.expires", near),
            owner=cast("str | None", table.get("owner")),
        )

    def _date(self, value: object, key: str, near: object) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        # Python 3.11 reads more forms than this one, Python 3.10 does not.
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            with suppress(ValueError):
                return date.fromisoformat(value)
        return self._refuse(key, "must be a date such as 2026-12-31", near)

    def _action(self, table: Table, member: str, default: Action) -> Action:
        value = table.get(member, default)
        if not isinstance(value, str) or value not in STRICTNESS:
            hint = _nearest(value, STRICTNESS)
            self._refuse(f"{self.name}.{member}", f"must be fail, warn or ignore{hint}", member)
        return value

    def _pattern(self, glob: object, key: str) -> Pattern:
        if not isinstance(glob, str):
            self._refuse(key, f"must hold globs, not {_type_name(glob)}", key.rpartition(".")[2])
        try:
            return Pattern(glob)
        except BadPattern as error:
            self._refuse(key, f'"{glob}" {error}', glob)

    def _known(self, table: Table, known: Iterable[str], name: str) -> None:
        for key in table:
            if key not in known:
                self._refuse(name, f'unknown key "{key}"{_nearest(key, known)}', key)

    def _refuse(self, key: str, what: str, near: object) -> NoReturn:
        line = self._line(near)
        place = self.source if line is None else f"{self.source}:{line}"
        raise UsageError(f"{place}: {key}: {what}")

    def _line(self, near: object) -> int | None:
        """The first line below the table's header that holds the key or glob.

        TOML readers tell no places, so this looks for the text; where it finds none (escapes,
        dotted keys) the message does without.
        """
        if not isinstance(near, str) or not near:
            return None
        header = re.compile(rf"\s*\[+\s*{re.escape(self.name)}\b")
        word = re.escape(near)
        quoted_or_key = re.compile(rf"""["']{word}["']|(?:^|[\s\[{{,.]){word}\s*[=\]]""")
        inside = False
        for number, line in enumerate(self.text.splitlines(), start=1):
            inside = inside or header.match(line) is not None
            if inside and quoted_or_key.search(line):
                return number
        return None


def _nearest(value: object, known: Iterable[str]) -> str:
    text = value if isinstance(value, str) else ""
    close = difflib.get_close_matches(text, list(known), n=1, cutoff=_ALIKE)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _type_name(value: object) -> str:
    """TOML's name of a value's type, with its article."""
    names = {
        str: "a string",
        bool: "a boolean",
        int: "an integer",
        float: "a float",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")
