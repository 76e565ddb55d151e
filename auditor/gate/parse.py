"""A policy from its TOML table: strict, with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn, TypeVar, cast

from ..model import UsageError
from ..model.verdict import Action
from .constraint import Constraint
from .parse_constraint import BadConstraint, parse_constraint
from .pattern import BadPattern, Pattern
from .places import Path, Places, places_of
from .policy import STRICTNESS, Leeway, Line, Policy, Requirement, RuleLine, Waiver
from .preset_files import PRESETS, preset_text
from .sections import misspelled
from .wording import nearest, type_name

Table = Mapping[str, object]
Parsed = TypeVar("Parsed", Leeway, Requirement)

_LISTS: tuple[Action, ...] = ("fail", "warn", "ignore")
_SETTINGS = ("not_compared", "withheld")
_KEYS = (*_LISTS, "preset", "leeway", "require", "rules", "waivers", *_SETTINGS)
_WAIVER_KEYS = ("path", "rule", "reason", "expires", "owner")
# More lines are no policy that anybody reads, and every fact is held against them.
MAX_LINES = 10_000
_ACTIONS = "fail, warn or ignore"
_RULE_ID = re.compile(r"EA[0-9*?\[\]!-]{1,20}|\*", re.ASCII)


def parse_policy(
    table: Table,
    source: str,
    text: str = "",
    name: str = "gate",
    rules: Callable[[], Collection[str]] | None = None,
) -> Policy:
    """The policy in a `[gate]` or `[tool.envaudit.gate]` table, with the presets it extends.

    `source` names the file and `text` is its content, from which errors and verdicts tell the
    line; `name` is the table's full name; `rules` yields the ids of all rules, so that one
    that does not exist is refused (None: any id is taken). Raises `UsageError` for unknown
    keys, wrong types, bad globs, lines that contradict each other, and bad dates.
    """
    return _Reader(places_of(text, source), tuple(name.split(".")), rules).policy(table)


@dataclass(frozen=True, slots=True)
class _Reader:
    places: Places
    above: Path  # the names of the policy's table
    rule_ids: Callable[[], Collection[str]] | None
    preset: bool = False

    def policy(self, table: Table) -> Policy:
        self._known(table, _KEYS, ())
        own = Policy(
            lines=self._lines(table),
            leeway=self._leeway(table.get("leeway", {})),
            require=self._require(table.get("require", {})),
            rules=self._rules(table.get("rules", {})),
            waivers=self._waivers(table.get("waivers", [])),
        )
        self._contradictions(own)
        if len(own.lines) + len(own.leeway) + len(own.require) + len(own.waivers) > MAX_LINES:
            self._refuse((), f"holds more than {MAX_LINES:,} lines")
        return self._extending(own, table)

    # --- presets

    def _extending(self, own: Policy, table: Table) -> Policy:
        names = self._presets(table)
        bases = [_preset(name, self.rule_ids) for name in names]
        actions: dict[str, Action] = {}
        settings: dict[str, str] = {}
        for setting in _SETTINGS:
            if setting in table:
                actions[setting] = self._action(table, setting)
                settings[setting] = self.places.of((*self.above, setting))
                continue
            strictest = max(
                (base for base in bases if setting in base.settings),
                key=lambda base, name=setting: STRICTNESS[getattr(base, name)],  # type: ignore[misc]
                default=None,
            )
            if strictest is not None:
                actions[setting] = getattr(strictest, setting)
                settings[setting] = strictest.settings[setting]
        default = Policy()
        return Policy(
            lines=own.lines + tuple(line for base in bases for line in base.lines),
            leeway=own.leeway + tuple(leeway for base in bases for leeway in base.leeway),
            require=own.require + tuple(one for base in bases for one in base.require),
            rules=own.rules + tuple(line for base in bases for line in base.rules),
            waivers=own.waivers,
            not_compared=actions.get("not_compared", default.not_compared),
            withheld=actions.get("withheld", default.withheld),
            presets=tuple(names),
            settings=settings,
        )

    def _presets(self, table: Table) -> list[str]:
        value = table.get("preset", [])
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list):
            self._refuse(("preset",), f"must be a preset's name, not {type_name(value)}")
        for number, name in enumerate(names):
            place = ("preset",) if isinstance(value, str) else ("preset", number)
            if not isinstance(name, str) or name not in PRESETS:
                known = ", ".join(PRESETS)
                told = f'"{name}"' if isinstance(name, str) else type_name(name)
                self._refuse(place, f"must be one of {known}, not {told}{nearest(name, PRESETS)}")
            if name in names[:number]:
                self._refuse(place, f'"{name}" stands there twice')
        return cast("list[str]", names)

    # --- lines

    def _lines(self, table: Table) -> tuple[Line, ...]:
        lines: dict[str, Line] = {}
        for action in _LISTS:
            globs = table.get(action, [])
            if not isinstance(globs, list):
                self._refuse((action,), f"must be a list of globs, not {type_name(globs)}")
            for number, glob in enumerate(globs):
                path = (action, number)
                place = self.places.of((*self.above, *path))
                line = Line(self._pattern(glob, path), action, place, self.preset)
                earlier = lines.setdefault(line.pattern.text, line)
                if earlier.action != action:
                    self._refuse(path, f'"{glob}" stands in {_at(earlier.action, earlier.place)}')
        return tuple(lines.values())

    def _leeway(self, table: object) -> tuple[Leeway, ...]:
        return tuple(
            Leeway(
                pattern,
                self._constraint(("leeway", pattern.text), value),
                self.places.of((*self.above, "leeway", pattern.text)),
                self.preset,
            )
            for pattern, value in self._globs(table, "leeway", "glob = what may change")
        )

    def _require(self, table: object) -> tuple[Requirement, ...]:
        found = []
        for pattern, value in self._globs(table, "require", "glob = what must hold"):
            path = ("require", pattern.text)
            otherwise: Action = "fail"
            if isinstance(value, dict) and "otherwise" in value:
                otherwise = self._action(value, "otherwise", path)
                value = {key: member for key, member in value.items() if key != "otherwise"}  # noqa: PLW2901
            constraint = self._constraint(path, value)
            if constraint.relative:
                self._refuse(
                    path,
                    f"{constraint} is relative to the baseline: write it in leeway, "
                    "or require a value of its own",
                )
            place = self.places.of((*self.above, *path))
            found.append(Requirement(pattern, constraint, otherwise, place, self.preset))
        return tuple(found)

    def _globs(self, table: object, key: str, form: str) -> Iterable[tuple[Pattern, object]]:
        if not isinstance(table, dict):
            self._refuse((key,), f"must be a table of {form}, not {type_name(table)}")
        return [(self._pattern(glob, (key, glob)), value) for glob, value in table.items()]

    def _constraint(self, path: Path, value: object) -> Constraint:
        try:
            return parse_constraint(value)
        except BadConstraint as error:
            self._refuse(path if error.key is None else (*path, error.key), str(error))

    def _contradictions(self, own: Policy) -> None:
        """One glob, two things that cannot both be meant."""
        lines = {line.pattern.text: line for line in own.lines}
        leeway = {leeway.pattern.text: leeway for leeway in own.leeway}
        for glob in leeway:
            line = lines.get(glob)
            if line is not None and line.action == "ignore":
                self._refuse(
                    ("leeway", glob), f"contradicts {line} ({_short(line.place)}): all passes"
                )
        for required in own.require:
            glob, path = required.pattern.text, ("require", required.pattern.text)
            if glob in leeway:
                place = _short(leeway[glob].place)
                self._refuse(path, f"contradicts {leeway[glob]} ({place}): write one of them")
            line = lines.get(glob)
            if line is not None and line.action != required.otherwise:
                self._refuse(
                    path,
                    f"contradicts {line} ({_short(line.place)}): "
                    f'write otherwise = "{line.action}" instead',
                )

    # --- rules

    def _rules(self, table: object) -> tuple[RuleLine, ...]:
        if not isinstance(table, dict):
            self._refuse(("rules",), f"must be a table of rule = action, not {type_name(table)}")
        return tuple(
            RuleLine(
                self._rule(rule, ("rules", rule)),
                self._action(table, rule, ("rules",)),
                self.places.of((*self.above, "rules", rule)),
                self.preset,
            )
            for rule in table
        )

    def _rule(self, glob: str, path: Path) -> str:
        if not _RULE_ID.fullmatch(glob):
            hint = self._nearest_rule(glob)
            self._refuse(path, f'"{glob}" is no rule id such as EA101, and no glob on them{hint}')
        pattern = self._pattern(glob + ".", path).text  # its brackets are balanced
        if self.rule_ids is not None:
            line = RuleLine(pattern[:-1], "fail")
            if not any(line.matches(rule) for rule in self.rule_ids()):
                hint = self._nearest_rule(glob)
                self._refuse(path, f'there is no rule "{glob}"{hint}: see `envaudit rules`')
        return glob

    def _nearest_rule(self, glob: str) -> str:
        return "" if self.rule_ids is None else nearest(glob.upper(), self.rule_ids())

    # --- waivers

    def _waivers(self, tables: object) -> tuple[Waiver, ...]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            name = ".".join(map(str, (*self.above, "waivers")))
            self._refuse(("waivers",), f"must be an array of tables: [[{name}]]")
        waivers: dict[str, Waiver] = {}
        for number, table in enumerate(tables):
            waiver = self._waiver(table, ("waivers", number))
            earlier = waivers.setdefault(waiver.what, waiver)
            if earlier is not waiver:
                self._refuse(
                    ("waivers", number),
                    f'"{waiver.what}" is waived already ({_short(earlier.place)}): keep one',
                )
        return tuple(waivers.values())

    def _waiver(self, table: Table, path: Path) -> Waiver:
        self._known(table, _WAIVER_KEYS, path)
        if "rule" in table and "path" in table:
            self._refuse((*path, "rule"), "stands beside path: a waiver is for one of them")
        subject = "rule" if "rule" in table else "path"
        for required in (subject, "reason", "expires"):
            if required not in table:
                self._refuse((*path, required), "is missing")
        for member in (subject, "reason", "owner"):
            value = table.get(member, "-")
            if not isinstance(value, str) or not value.strip():
                self._refuse((*path, member), "must be a text that is not empty")
        what = cast("str", table[subject])
        return Waiver(
            pattern=self._pattern(what, (*path, "path")) if subject == "path" else None,
            rule=self._rule(what, (*path, "rule")) if subject == "rule" else None,
            reason=cast("str", table["reason"]),
            expires=self._date(table["expires"], (*path, "expires")),
            owner=cast("str | None", table.get("owner")),
            place=self.places.of((*self.above, *path)),
        )

    def _date(self, value: object, path: Path) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        # Python 3.11 reads more forms than this one, Python 3.10 does not.
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            with suppress(ValueError):
                return date.fromisoformat(value)
        return self._refuse(path, f"must be a date such as 2026-12-31{_meant_date(value)}")

    # --- what all share

    def _action(self, table: Table, member: str, above: Path = ()) -> Action:
        value = table[member]
        if not isinstance(value, str) or value not in STRICTNESS:
            self._refuse((*above, member), f"must be {_ACTIONS}{nearest(value, STRICTNESS)}")
        return value

    def _pattern(self, glob: object, path: Path) -> Pattern:
        if not isinstance(glob, str):
            self._refuse(path, f"must hold globs, not {type_name(glob)}")
        try:
            pattern = Pattern(glob)
        except BadPattern as error:
            self._refuse(path, f'"{_cut(glob)}" {error}')
        if right := misspelled(pattern):
            self._refuse(path, f'"{glob}" names no section (did you mean "{right}"?)')
        return pattern

    def _known(self, table: Table, known: Iterable[str], path: Path) -> None:
        for key in table:
            if key not in known:
                hint = nearest(key, known)
                self._refuse(path, f'unknown key "{_cut(key)}"{hint}', at=(*path, key))

    def _refuse(self, path: Path, what: str, at: Path | None = None) -> NoReturn:
        place = self.places.of((*self.above, *(path if at is None else at)))
        raise UsageError(f"{place}: {_dotted((*self.above, *path))}: {what}")


def _preset(name: str, rule_ids: Callable[[], Collection[str]] | None) -> Policy:
    """Our own file, read as strictly as a user's."""
    text, table = preset_text(name)
    return _Reader(places_of(text, f"preset {name}"), ("gate",), rule_ids, preset=True).policy(
        table
    )


def _dotted(path: Path) -> str:
    """`gate.waivers[1].reason`, `gate.leeway."os.*"`; the members of lists go by the list."""
    if path and isinstance(path[-1], int) and path[-2:-1] != ("waivers",):
        path = path[:-1]
    told = ""
    for name in path:
        if isinstance(name, int):
            told += f"[{name + 1}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", name):
            told += f".{name}"
        else:
            told += f'."{_cut(name)}"'
    return told.removeprefix(".")


def _at(action: str, place: str | None) -> str:
    """Where an earlier line stands, in a message about a later one."""
    return f"{action} as well ({_short(place)})" if _short(place) else f"{action} as well"


def _short(place: str | None) -> str:
    """`line 3`: the file is named at the beginning of the message."""
    line = (place or "").rpartition(":")[2]
    return f"line {line}" if line.isascii() and line.isdigit() else "in the same policy"


def _cut(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "..."


def _meant_date(value: object) -> str:
    """What other ways to write a date mean, where that is beyond doubt."""
    if isinstance(value, datetime):
        return f" (did you mean {value.date()}?)"
    if isinstance(value, str):
        with suppress(ValueError):
            digits = re.sub(r"[/.]", "-", value.strip())[:10]
            if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", digits, re.ASCII):
                year, month, day = map(int, digits.split("-"))
                return f" (did you mean {date(year, month, day)}?)"
    return ""
