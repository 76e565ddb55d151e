"""Lock files: what they say is installed, held against what is.

lock.py          what every format says in the end; members of documents
pylock.py, uv.py, poetry.py, requirements.py   the formats
environment.py   markers are evaluated in the fingerprint's environment
check.py         missing, extra, another version or source, integrity

Everything here takes text and frozen values and returns frozen values; `include` is how the
caller reads what a requirements file names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath

from ...model import InvalidInput
from . import poetry, pylock, requirements, uv
from .check import INSTALLERS, LockReport, Mismatch, check_lock
from .lock import Lock
from .requirements import Include

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "INSTALLERS",
    "MAX_LOCK_SIZE",
    "Lock",
    "LockReport",
    "Mismatch",
    "check_lock",
    "read_lock",
]

MAX_LOCK_SIZE = 16 * 1024 * 1024  # bytes; large workspaces have about 5 MiB

_Parse = Callable[[Mapping[str, object], str, str], Lock]
_BY_NAME: tuple[tuple[re.Pattern[str], _Parse], ...] = (
    (re.compile(r"pylock(\.[^.]+)?\.toml"), pylock.parse),
    (re.compile(r"uv\.lock"), uv.parse),
    (re.compile(r"poetry\.lock"), poetry.parse),
)


def read_lock(text: str, source: str, include: Include) -> Lock:
    """The lock in the content of a file, by its name, else by what it holds: `pylock.toml`
    (`pylock.NAME.toml`), `uv.lock`, `poetry.lock`; anything that is neither TOML nor JSON is a
    requirements file. Raises `InvalidInput`, one line that begins with the file."""
    name = PurePath(source).name
    try:
        for pattern, parse in _BY_NAME:
            if pattern.fullmatch(name):
                return parse(_toml(text, source), text, source)
        if name.endswith((".txt", ".in")):
            return requirements.parse(text, source, include)
        return _by_content(text, source, include)
    except RecursionError:
        raise InvalidInput(f"{source}: is nested too deeply") from None


def _by_content(text: str, source: str, include: Include) -> Lock:
    try:
        document = tomllib.loads(text)
    except ValueError:
        # No requirement begins so, other people's lock files do (Pipfile.lock): JSON, broken TOML.
        if source.endswith(".json") or text.lstrip()[:1] in ("{", "["):
            raise _unknown(source) from None
        return requirements.parse(text, source, include)
    if "packages" in document and "lock-version" in document:
        return pylock.parse(document, text, source)
    if "package" in document and "metadata" in document:
        return poetry.parse(document, text, source)
    if "package" in document or "requires-python" in document:
        return uv.parse(document, text, source)
    raise _unknown(source)


def _unknown(source: str) -> InvalidInput:
    return InvalidInput(
        f"{source}: is no lock file that is known: pylock.toml, uv.lock, poetry.lock, "
        "or a requirements file (.txt)"
    )


def _toml(text: str, source: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and integers that are too long for Python
        raise InvalidInput(f"{source}: is not TOML: {str(error)[:200]}") from None
