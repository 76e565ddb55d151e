"""The members of a document, each of the type that it must have, or an error with its path."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import NoReturn

from ..model import InvalidInput
from .strict_json import quoted

MAX_TEXT_LENGTH = 1024 * 1024  # characters

_PLAIN_KEY = re.compile(r"[\w.+-]{1,80}", re.ASCII)

Members = dict[str, object]


def required(members: Members, key: str, where: str | None = None) -> object:
    if key not in members:
        raise InvalidInput(f"{where or key} is missing")
    return members[key]


def an_object(value: object, where: str) -> Members:
    if not isinstance(value, dict):
        wrong(where, "an object", value)
    return value


def a_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        wrong(where, "a string", value)
    if len(value) > MAX_TEXT_LENGTH:
        raise InvalidInput(f"{where} is longer than {MAX_TEXT_LENGTH:,} characters")
    return value


def optional_text(value: object, where: str) -> str | None:
    return None if value is None else a_text(value, where)


def optional_number(value: object, where: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        wrong(where, "a number", value)
    return value


def wrong(where: str, expected: str, value: object) -> NoReturn:
    raise InvalidInput(f"{where} must be {expected}, not {type_name(value)}")


def type_name(value: object) -> str:
    """JSON's name of a value's type, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a string", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")


def path_to(where: str, key: str) -> str:
    return f"{where}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{where}[{quoted(key)}]"


@contextlib.contextmanager
def below(where: str) -> Iterator[None]:
    """Put the path of an inner document before its errors."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error}") from None
