"""Documents to values. Every document is from a stranger: each member is checked by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from os import PathLike, fspath
from typing import TypeVar, cast

from ..model import (
    SCHEMA,
    Baseline,
    Blessing,
    Fingerprint,
    InvalidInput,
    Origin,
    Provenance,
    Section,
    Status,
    Value,
)
from . import strict_json
from .canonical import digest
from .encode import baseline_digest
from .members import (
    MAX_TEXT_LENGTH,
    Members,
    a_text,
    an_object,
    below,
    optional_number,
    optional_text,
    path_to,
    required,
    type_name,
    wrong,
)
from .reading import read
from .strict_json import quoted

MAX_FACTS = 200_000  # a full Debian desktop has about 5,000
MAX_KEY_LENGTH = 8192  # a mount point may have 4,096 bytes
MAX_VALUE_SIZE = MAX_TEXT_LENGTH  # characters of all its strings, plus 8 for each other value
MAX_VALUE_DEPTH = 8

_KINDS = {
    "fingerprint": "a fingerprint",
    "baseline": "a baseline",
    "comparison": "a comparison",
    "verdict": "a verdict",
}
_MAJOR = int(SCHEMA.split(".")[0])
_SCHEMA = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# RFC 3339, section 5.6; `datetime` knows the calendar.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_KNOWN_PROVENANCE = {field.name for field in fields(Provenance)} - {"extra"}

Choice = TypeVar("Choice", Origin, Status)
Decoded = TypeVar("Decoded")


def load(path: str | PathLike[str]) -> Fingerprint:
    """The fingerprint in a file; of a baseline file, the fingerprint that was blessed.

    `-` and `/dev/fd/N` read an open stream. Raises `InvalidInput`, one line that begins with
    the path, for whatever is not a sound document of this major version.
    """
    return parse(read(path), fspath(path))


def parse(data: bytes, source: str) -> Fingerprint:
    """The fingerprint in the content of a file; `source` names it in errors."""
    return _decode(data, source, _fingerprint_or_baseline)


def load_baseline(path: str | PathLike[str]) -> Baseline:
    """The baseline in a file. Raises as `load`; a plain fingerprint must be blessed first."""
    return parse_baseline(read(path), fspath(path))


def parse_baseline(data: bytes, source: str) -> Baseline:
    """The baseline in the content of a file; `source` names it in errors."""
    return _decode(data, source, _only_baseline)


def _decode(data: bytes, source: str, decode: Callable[[Members], Decoded]) -> Decoded:
    try:
        document = strict_json.decode(data)
        if not isinstance(document, dict):
            raise InvalidInput(f"is {type_name(document)}, not an envaudit document")
        return decode(document)
    except InvalidInput as error:
        raise InvalidInput(f"{source}: {error}") from None


def _fingerprint_or_baseline(document: Members) -> Fingerprint:
    kind = _kind(document)
    if kind == "baseline":
        return _baseline(document).fingerprint
    if kind != "fingerprint":
        raise InvalidInput(f"is {_KINDS[kind]}, not a fingerprint")
    return _fingerprint(document)


def _only_baseline(document: Members) -> Baseline:
    kind = _kind(document)
    if kind == "fingerprint":
        raise InvalidInput(
            "is a fingerprint, not a baseline: bless it first "
            "(envaudit bless FINGERPRINT -o BASELINE)"
        )
    if kind != "baseline":
        raise InvalidInput(f"is {_KINDS[kind]}, not a baseline")
    return _baseline(document)


def _kind(document: Members) -> str:
    kind = document.get("kind")
    if kind is None:
        raise InvalidInput('has no "kind": it is not an envaudit document')
    if not isinstance(kind, str):
        raise InvalidInput(f"kind must be a string, not {type_name(kind)}")
    if kind not in _KINDS:
        raise InvalidInput(f"is of the unknown kind {quoted(kind)}")
    return kind


def _baseline(document: Members) -> Baseline:
    schema = _schema(document)
    blessed = an_object(required(document, "blessed"), "blessed")
    inner = an_object(required(document, "fingerprint"), "fingerprint")
    with below("fingerprint"):
        if _kind(inner) != "fingerprint":
            raise InvalidInput("kind must be fingerprint")
        fingerprint = _fingerprint(inner)
    baseline = Baseline(
        fingerprint=fingerprint,
        blessed_at=_time(required(blessed, "at", "blessed.at"), "blessed.at"),
        blessed_by=optional_text(blessed.get("by"), "blessed.by"),
        reason=optional_text(blessed.get("reason"), "blessed.reason"),
        schema=schema,
        digest=_digest(document),
        history=_history(document.get("history", [])),
    )
    if baseline_digest(document) != baseline.digest:
        raise InvalidInput("is damaged or edited: the digest does not match the baseline")
    return baseline


def _history(value: object) -> tuple[Blessing, ...]:
    if not isinstance(value, list):
        wrong("history", "a list", value)
    blessings = []
    for number, one in enumerate(value):
        where = f"history[{number}]"
        members = an_object(one, where)
        blessings.append(
            Blessing(
                at=_time(required(members, "at", f"{where}.at"), f"{where}.at"),
                by=optional_text(members.get("by"), f"{where}.by"),
                reason=optional_text(members.get("reason"), f"{where}.reason"),
                digest=optional_text(members.get("digest"), f"{where}.digest"),
            )
        )
    return tuple(blessings)


def _fingerprint(document: Members) -> Fingerprint:
    schema = _schema(document)
    raw = an_object(required(document, "sections"), "sections")
    sections = {name: _section(name, section) for name, section in raw.items()}
    if sum(len(section.facts) for section in sections.values()) > MAX_FACTS:
        raise InvalidInput(f"holds more than {MAX_FACTS:,} facts")
    fingerprint = Fingerprint(
        sections=sections,
        provenance=_provenance(document.get("provenance", {})),
        schema=schema,
        digest=_digest(document),
    )
    if digest(raw) != fingerprint.digest:
        raise InvalidInput("is damaged or edited: the digest does not match the sections")
    return fingerprint


def _schema(document: Members) -> str:
    schema = a_text(required(document, "schema"), "schema")
    match = _SCHEMA.fullmatch(schema)
    if match is None:
        raise InvalidInput(f"schema is {quoted(schema)}: it must be MAJOR.MINOR, such as {SCHEMA}")
    major = int(match.group(1))
    if major > _MAJOR:
        raise InvalidInput(
            f"schema {schema} is newer than this envaudit reads ({_MAJOR}.x): update envaudit"
        )
    if major < _MAJOR:
        raise InvalidInput(f"schema {schema} is older than this envaudit reads ({_MAJOR}.x)")
    return schema


def _digest(document: Members) -> str:
    value = a_text(required(document, "digest"), "digest")
    if _DIGEST.fullmatch(value) is None:
        raise InvalidInput("digest must be sha256: and 64 hexadecimal digits")
    return value


def _provenance(value: object) -> Provenance:
    members = an_object(value, "provenance")

    def known_text(key: str) -> str | None:
        return optional_text(members.get(key), f"provenance.{key}")

    return Provenance(
        name=known_text("name"),
        target=known_text("target"),
        captured_at=known_text("captured_at"),
        agent_version=known_text("agent_version"),
        duration_ms=optional_number(members.get("duration_ms"), "provenance.duration_ms"),
        extra={
            key: _value(member, path_to("provenance", key))
            for key, member in members.items()
            if key not in _KNOWN_PROVENANCE
        },
    )


def _section(name: str, value: object) -> Section:
    where = path_to("sections", name)
    if not name or len(name) > MAX_KEY_LENGTH:
        raise InvalidInput(f"{where}: a section's name has 1 to {MAX_KEY_LENGTH:,} characters")
    members = an_object(value, where)
    facts = _keyed(required(members, "facts", f"{where}.facts"), f"{where}.facts")
    gaps = _keyed(members.get("gaps", {}), f"{where}.gaps")
    origins = _keyed(members.get("origins", {}), f"{where}.origins")
    return Section(
        status=_choice(members, "status", Status, where),
        origin=_choice(members, "origin", Origin, where),
        facts={key: _value(fact, path_to(f"{where}.facts", key)) for key, fact in facts.items()},
        reason=optional_text(members.get("reason"), f"{where}.reason"),
        gaps={key: a_text(gap, path_to(f"{where}.gaps", key)) for key, gap in gaps.items()},
        origins={key: _choice(origins, key, Origin, f"{where}.origins") for key in origins},
        identity=_names(members.get("identity", []), f"{where}.identity"),
    )


def _choice(members: Members, key: str, choices: type[Choice], where: str) -> Choice:
    path = path_to(where, key)
    value = a_text(required(members, key, path), path)
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(choice.value for choice in choices)
        raise InvalidInput(f"{path} is {quoted(value)}: it must be one of {allowed}") from None


def _names(value: object, where: str) -> frozenset[str]:
    if not isinstance(value, list):
        wrong(where, "a list", value)
    return frozenset(a_text(name, f"{where}[{index}]") for index, name in enumerate(value))


def _keyed(value: object, where: str) -> Members:
    members = an_object(value, where)
    for key in members:
        if len(key) > MAX_KEY_LENGTH:
            raise InvalidInput(
                f"{path_to(where, key)}: the key is longer than {MAX_KEY_LENGTH:,} characters"
            )
    return members


def _value(value: object, where: str) -> Value:
    if _size(value, where, MAX_VALUE_DEPTH) > MAX_VALUE_SIZE:
        raise InvalidInput(f"{where} is larger than {MAX_VALUE_SIZE:,} characters")
    return cast("Value", value)  # what JSON yields is a Value


def _size(value: object, where: str, depth: int) -> int:
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | dict):
        return 8
    if depth == 0:
        raise InvalidInput(f"{where} is nested deeper than {MAX_VALUE_DEPTH} levels")
    keys = sum(map(len, value)) if isinstance(value, dict) else 0
    items = value.values() if isinstance(value, dict) else value
    return 8 + keys + sum(_size(item, where, depth - 1) for item in items)


def _time(value: object, where: str) -> str:
    text = a_text(value, where)
    if not _is_time(text):
        raise InvalidInput(
            f"{where} is {quoted(text)}: it must be a time such as 2026-01-31T12:00:00Z"
        )
    return text


def _is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    try:
        datetime.fromisoformat(f"{match.group(1)}T{match.group(2)}")
    except ValueError:
        return False
    return True
