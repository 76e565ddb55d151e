"""Canonical JSON and the digest that names a fingerprint.

The same bytes as `json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)`,
without importing `json` (which brings `re` and costs more than the collecting).
"""

from __future__ import annotations

try:  # the C helper that `json` itself is built on
    from _json import encode_basestring_ascii as _quote
except ImportError:  # another implementation of Python
    from json.encoder import encode_basestring_ascii as _quote

from .digests import sha256_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 32
_FINITE = float("inf")


class Written(dict):  # type: ignore[type-arg]  # subscripting it needs Python 3.9
    """A section's document together with its two forms, `canonical` and `readable`: all of its
    facts are then put into text once, or, of a section that was baked, when it was baked."""

    __slots__ = ("canonical", "readable")

    def __init__(self, section: dict[str, Any], canonical: str, readable: str) -> None:
        super().__init__(section)
        self.canonical = canonical
        self.readable = readable


def canonical(value: Any) -> str:
    """Raises `ValueError` for what JSON has no form for (NaN, bytes, cycles)."""
    if isinstance(value, str):
        return _quote(value)
    out: list[str] = []
    _write(value, out, 0)
    return "".join(out)


def written(section: dict[str, Any]) -> Written:
    """A section's document, put into text."""
    canonical_members = []
    readable_members = []
    for member, value in section.items():
        name = _quote(member)
        if isinstance(value, dict) and value:
            items = [(_quote(key), canonical(value[key])) for key in sorted(value)]
            text = "{" + ",".join([key + ":" + item for key, item in items]) + "}"
            lines = ["      " + key + ": " + item for key, item in items]
            readable_members.append("    " + name + ": {\n" + ",\n".join(lines) + "\n    }")
        else:
            text = canonical(value)
            readable_members.append("    " + name + ": " + text)
        canonical_members.append((member, name + ":" + text))
    canonical_members.sort()
    return Written(
        section,
        "{" + ",".join([text for _, text in canonical_members]) + "}",
        "{\n" + ",\n".join(readable_members) + "\n  }",
    )


def digest(sections: dict[str, Any]) -> str:
    """The name of a fingerprint: SHA-256 over its canonical sections."""
    texts = [
        _quote(name) + ":" + _as_written(sections[name]).canonical for name in sorted(sections)
    ]
    return "sha256:" + sha256_hex(("{" + ",".join(texts) + "}").encode("ascii"))


def readable(document: dict[str, Any]) -> str:
    """The form in files: members in the order given, one fact a line, a newline at the end.

    It reads well in a terminal, in `grep` and in a line-based diff.
    """
    members = []
    for name, value in document.items():
        if name == "sections":
            sections = [
                "\n  " + _quote(section) + ": " + _as_written(value[section]).readable
                for section in value
            ]
            members.append('"sections": {' + ",".join(sections) + "\n}")
        else:
            members.append(_quote(name) + ": " + canonical(value))
    return "{\n" + ",\n".join(members) + "\n}\n"


def _as_written(section: dict[str, Any]) -> Written:
    return section if isinstance(section, Written) else written(section)


def _write(value: Any, out: list[str], depth: int) -> None:
    if isinstance(value, str):
        out.append(_quote(value))
    elif value is None:
        out.append("null")
    elif value is True:
        out.append("true")
    elif value is False:
        out.append("false")
    elif isinstance(value, int):
        out.append(int.__repr__(value))
    elif isinstance(value, float):
        if not -_FINITE < value < _FINITE:
            raise ValueError("JSON has no form for a float that is not finite")
        out.append(float.__repr__(value))
    elif depth >= MAX_DEPTH:
        raise ValueError("nested too deeply")
    elif isinstance(value, dict):
        separator = "{"
        for key in sorted(value):
            out.append(separator + _quote(key) + ":")
            _write(value[key], out, depth + 1)
            separator = ","
        out.append("{}" if separator == "{" else "}")
    elif isinstance(value, (list, tuple)):
        separator = "["
        for item in value:
            out.append(separator)
            _write(item, out, depth + 1)
            separator = ","
        out.append("[]" if separator == "[" else "]")
    else:
        raise ValueError("JSON has no form for %s" % type(value).__name__)
