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


def canonical(value: Any) -> str:
    """Raises `ValueError` for what JSON has no form for (NaN, bytes, cycles)."""
    out: list[str] = []
    _write(value, out, 0)
    return "".join(out)


def digest(sections: Any) -> str:
    """The name of a fingerprint: SHA-256 over its canonical sections."""
    return "sha256:" + sha256_hex(canonical(sections).encode("ascii"))


def readable(document: dict[str, Any]) -> str:
    """The form in files: members in the order given, one fact a line, a newline at the end.

    It reads well in a terminal, in `grep` and in a line-based diff.
    """
    out = ["{\n"]
    for number, (name, value) in enumerate(document.items()):
        out.append(",\n" if number else "")
        if name == "sections":
            out.append('"sections": {')
            _write_sections(value, out)
            out.append("}")
        else:
            out.append(_quote(name) + ": " + canonical(value))
    out.append("\n}\n")
    return "".join(out)


def _write_sections(sections: dict[str, Any], out: list[str]) -> None:
    for number, (name, section) in enumerate(sections.items()):
        out.append(",\n" if number else "\n")
        out.append("  " + _quote(name) + ": {")
        for position, (member, value) in enumerate(section.items()):
            out.append(",\n" if position else "\n")
            out.append("    " + _quote(member) + ": ")
            if isinstance(value, dict) and value:
                out.append("{\n")
                out.append(
                    ",\n".join(
                        "      " + _quote(key) + ": " + canonical(value[key])
                        for key in sorted(value)
                    )
                )
                out.append("\n    }")
            else:
                out.append(canonical(value))
        out.append("\n  }")
    out.append("\n")


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
