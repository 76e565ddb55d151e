"""The configuration: a file near the working directory, then `ENVAUDIT_*` variables.

In `envaudit.toml` stand `key_file`, `[env]` with `show`, and `[gate]`; in `pyproject.toml`
the same below `[tool.envaudit]`.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from .model import InvalidInput, UsageError
from .shortcut import OWN_FILE, SHARED_FILE
from .store import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gate import Policy

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_FILE_SIZE = 1024 * 1024  # bytes
MAX_KEY_SIZE = 64 * 1024
# As in the agent: with a shorter key, low-entropy values could be found by trying keys.
MIN_KEY_SIZE = 16

_KEYS = ("env", "gate", "key_file")
_ENV_KEYS = ("show",)

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the user has set. `gate` is the policy's table, unread; `env_show` are globs (`*`
    and `?`) on the names of variables whose values are kept; `key` is secret.

    `source` is the file that was found, `text` its content and `table` the full name of its
    gate table: they give errors in the policy their place. `policy_file` (`ENVAUDIT_POLICY`)
    is a file whose policy counts instead. `name` (`ENVAUDIT_NAME`) is what a fingerprint is called
    unless `--name` says otherwise.
    """

    source: str | None = None
    text: str = field(default="", repr=False)
    table: str = "gate"
    gate: Table | None = None
    env_show: tuple[str, ...] = ()
    key_file: Path | None = None
    key: str | None = field(default=None, repr=False)
    policy_file: Path | None = None
    name: str | None = None


def find(start: Path | None, environ: Mapping[str, str]) -> Configuration:
    """The nearest configuration at `start` or above, with the variables applied; without a
    `start`, of the variables alone.

    In each directory `envaudit.toml` goes before a `pyproject.toml` with `[tool.envaudit]`;
    the search ends at the root of a git repository. Raises `UsageError` for a broken file.
    """
    found = None if start is None else _nearest_file(start)
    return _with_variables(found or Configuration(), environ)


def load(path: Path) -> Configuration:
    """The configuration in one file: `pyproject.toml` by that name, else as `envaudit.toml`."""
    if path.name == SHARED_FILE:
        found = _shared(path)
        if found is None:
            raise UsageError(f"{path}: has no table [tool.envaudit]")
        return found
    text = _text(path)
    return _configuration(path, text, _toml(path, text), prefix="")


def policy(configuration: Configuration, policy_file: Path | None = None) -> Policy:
    """The gate's policy: of `policy_file` (`--policy`) if given, of `ENVAUDIT_POLICY`, of the
    configuration, else the default. Raises `UsageError` for a policy that cannot be accepted."""
    # Here, since other commands read the configuration too, and do not wait for all that a gate
    # needs.
    from .gate import DEFAULT_POLICY, parse_policy

    chosen = policy_file or configuration.policy_file
    if chosen is not None:
        configuration = load(chosen)
        if configuration.gate is None:
            raise UsageError(f"{chosen}: has no table [{configuration.table}]")
    if configuration.gate is None:
        return DEFAULT_POLICY
    return parse_policy(
        configuration.gate,
        source=configuration.source or "configuration",
        text=configuration.text,
        name=configuration.table,
        rules=_rule_ids,
    )


def _rule_ids() -> frozenset[str]:
    """Asked for only by policies that speak of rules: to load them all takes its time."""
    from .explain.registry import all_rules

    return frozenset(entry.rule.id for entry in all_rules())


def secret_key(configuration: Configuration) -> bytes | None:
    """The key for digests of values: of `ENVAUDIT_KEY`, else in the key file (a line end at
    its end does not count), else None. Raises `UsageError` where it is missing or too short."""
    if configuration.key is not None:
        name, key = "ENVAUDIT_KEY", os.fsencode(configuration.key)
    elif configuration.key_file is not None:
        name = str(configuration.key_file)
        key = _bytes(configuration.key_file, MAX_KEY_SIZE).rstrip(b"\r\n")
    else:
        return None
    if len(key) < MIN_KEY_SIZE:
        raise UsageError(f"{name}: the key is shorter than {MIN_KEY_SIZE} bytes")
    return key


def _nearest_file(start: Path) -> Configuration | None:
    start = start.absolute()
    for directory in (start, *start.parents):
        own, shared = directory / OWN_FILE, directory / SHARED_FILE
        if own.is_file():
            return load(own)
        if shared.is_file() and (found := _shared(shared)):
            return found
        if (directory / ".git").exists():
            return None
    return None


def _shared(path: Path) -> Configuration | None:
    text = _text(path)
    if "envaudit" not in text:  # spares other people's mistakes in other people's tables
        return None
    tool = _toml(path, text).get("tool", {})
    table = tool.get("envaudit") if isinstance(tool, dict) else None
    return None if table is None else _configuration(path, text, table, prefix="tool.envaudit.")


def _configuration(path: Path, text: str, table: object, prefix: str) -> Configuration:
    places = _Lazy(text, _shown(path))
    top = _table(places, table, prefix.rstrip("."))
    _known(places, top, _KEYS, prefix)
    env = _table(places, top.get("env", {}), f"{prefix}env")
    _known(places, env, _ENV_KEYS, f"{prefix}env.")
    key_file = top.get("key_file")
    if key_file is not None and (not isinstance(key_file, str) or not key_file):
        _refuse(places, f"{prefix}key_file", "must be the path of a file")
    return Configuration(
        source=_shown(path),
        text=text,
        table=f"{prefix}gate",
        gate=_table(places, top["gate"], f"{prefix}gate") if "gate" in top else None,
        env_show=_globs(places, env.get("show", []), f"{prefix}env.show"),
        key_file=path.parent / key_file if isinstance(key_file, str) else None,
    )


def _shown(path: Path) -> str:
    """As people and their CI name it: from the working directory, where it lies below that."""
    with suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _with_variables(configuration: Configuration, environ: Mapping[str, str]) -> Configuration:
    """An empty variable counts as not set."""
    if key := environ.get("ENVAUDIT_KEY"):
        configuration = replace(configuration, key=key)
    if key_file := environ.get("ENVAUDIT_KEY_FILE"):
        configuration = replace(configuration, key_file=Path(key_file))
    if show := environ.get("ENVAUDIT_ENV_SHOW"):
        globs = [glob.strip() for glob in show.split(",") if glob.strip()]
        checked = _globs(_Lazy("", "ENVAUDIT_ENV_SHOW"), globs, "env.show")
        configuration = replace(configuration, env_show=checked)
    if policy_file := environ.get("ENVAUDIT_POLICY"):
        configuration = replace(configuration, policy_file=Path(policy_file))
    if name := environ.get("ENVAUDIT_NAME"):
        configuration = replace(configuration, name=name)
    return configuration


class _Lazy:
    """The places in a file, looked up when there is a mistake to tell."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source

    def of(self, key: str) -> str:
        from .gate.places import places_of  # a parser that keeps places

        return places_of(self._text, self._source).of(tuple(key.split(".")))


def _globs(places: _Lazy, value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(glob, str) and glob for glob in value):
        _refuse(places, key, "must be a list of globs on names of variables")
    for glob in value:
        if "[" in glob or "]" in glob:
            _refuse(places, key, f'"{glob}": only * and ? are wildcards here')
    return tuple(value)


def _table(places: _Lazy, value: object, key: str) -> Table:
    if not isinstance(value, dict):
        _refuse(places, key, "must be a table")
    return value


def _known(places: _Lazy, table: Table, known: Iterable[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key[:100], list(known), n=1)
            hint = f' (did you mean "{close[0]}"?)' if close else ""
            _refuse(places, f"{prefix}{key[:100]}", f"unknown key{hint}")


def _toml(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{path}: is not TOML: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, and integers that are too long for Python
        message = str(error)
        line = re.search(r" \(at line (\d+), (column \d+)\)$", message)
        if line is None:
            raise UsageError(f"{path}: is not TOML: {message[:200]}") from None
        told = f"{message[: line.start()][:200]} ({line[2]})"
        raise UsageError(f"{path}:{line[1]}: is not TOML: {told}") from None


def _text(path: Path) -> str:
    try:
        # Windows' editors begin it with a mark.
        return _bytes(path, MAX_FILE_SIZE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8") from None


def _bytes(path: Path, limit: int) -> bytes:
    try:
        return read(path, limit)
    except InvalidInput as error:
        raise UsageError(str(error)) from None


def _refuse(places: _Lazy, key: str, what: str) -> NoReturn:
    raise UsageError(f"{places.of(key)}: {key}: {what}")
