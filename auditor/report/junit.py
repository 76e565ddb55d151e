"""JUnit XML, which most CI systems show as test results.

There is no standard; this is what Jenkins publishes as junit-10.xsd. A violation is a failure, a
waived change is skipped with the waiver's reason, a warning passes and says so.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from ..model import GateEntry, Verdict
from .sanitize import fitted
from .wording import entry_cells, named, verdict_counts, why

_VALUE = 2000
_NAME = 500
_MESSAGE = 4000


def render_verdict(verdict: Verdict) -> str:
    """One suite with a case for each violation, warning and waived change; a single case that
    passes where there is nothing to tell."""
    counts: dict[str, str | int] = {
        "tests": max(1, len(verdict.violations) + len(verdict.warnings) + len(verdict.waived)),
        "failures": len(verdict.violations),
        "errors": 0,
    }
    root = _element(None, "testsuites", {"name": "envaudit gate", **counts})
    suite = _element(
        root,
        "testsuite",
        {
            "name": f"{named(verdict.fingerprint)} against the baseline {named(verdict.baseline)}",
            **counts,
            "skipped": len(verdict.waived),
        },
    )
    if captured_at := verdict.fingerprint.captured_at:
        suite.set("timestamp", _text(captured_at.rstrip("Zz")))
    for entry in verdict.violations:
        case = _case(suite, entry)
        _element(case, "failure", {"message": why(entry), "type": entry.kind}, _values(entry))
    for entry in verdict.warnings:
        lines = [f"warning: {why(entry)}", *_values(entry)]
        _element(_case(suite, entry), "system-out", {}, lines)
    for entry in verdict.waived:
        case = _case(suite, entry)
        _element(case, "skipped", {"message": why(entry), "type": "waived"}, _values(entry))
    if not len(suite):
        _element(suite, "testcase", {"classname": "envaudit", "name": "no difference"})
    result = "passed" if verdict.passed else "failed"
    _element(suite, "system-out", {}, [f"{result}: {verdict_counts(verdict)}"])
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_serialised(root)}\n'


def _case(suite: ET.Element, entry: GateEntry) -> ET.Element:
    """Viewers group cases by their class, up to its last dot: by section, then."""
    section = entry.path.rpartition(".")[0] or entry.path
    names: dict[str, str | int] = {
        "classname": f"envaudit.{section}",
        "name": entry.path,
        "time": 0,
    }
    return _element(suite, "testcase", names)


def _values(entry: GateEntry) -> list[str]:
    cells = entry_cells(entry, _VALUE)
    if not (cells.before or cells.after):
        return []
    return [f"baseline: {cells.before or '(absent)'}", f"now: {cells.after or '(absent)'}"]


# --- the one place where text becomes XML: it holds no character that XML cannot, and the
# --- serialiser escapes what has a meaning.


def _element(
    parent: ET.Element | None,
    name: str,
    attributes: dict[str, str | int],
    lines: Sequence[str] = (),
) -> ET.Element:
    shown = {key: _text(str(value)) for key, value in attributes.items()}
    element = ET.Element(name, shown) if parent is None else ET.SubElement(parent, name, shown)
    if lines:
        element.text = "\n".join(_text(line) for line in lines)
    return element


def _text(text: str) -> str:
    return fitted(text, _MESSAGE)


def _serialised(root: ET.Element) -> str:
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)
