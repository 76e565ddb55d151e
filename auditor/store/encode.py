"""Values to documents, and documents to the text that stands in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from ..model import Baseline, Blessing, Fingerprint, Provenance, Section
from .canonical import canonical, digest

# Of a baseline document, what its own digest cannot cover.
OUTSIDE_THE_DIGEST = frozenset({"digest", "signature"})

AnyDocument = TypeVar("AnyDocument", Fingerprint, Baseline)


def document(value: Fingerprint | Baseline) -> dict[str, object]:
    """The JSON document (design: the wire). The digest is always computed, never copied."""
    if isinstance(value, Baseline):
        return _baseline_document(value)
    sections = {name: _section(section) for name, section in value.sections.items()}
    return {
        "kind": "fingerprint",
        "schema": value.schema,
        "digest": digest(sections),
        "provenance": _provenance(value.provenance),
        "sections": sections,
    }


def dumps(value: Fingerprint | Baseline) -> str:
    """The text of a file: sections as given, keys sorted, one fact a line, ASCII.

    Reads well in `grep` and in a line-based diff, and cannot carry a terminal control. A
    baseline holds the very lines of its fingerprint.
    """
    members = document(value)
    if isinstance(value, Baseline):
        lines = {name: _text(member) for name, member in members.items()}
        if value.history:  # one blessing a line
            blessings = ",\n".join("  " + _text(_blessing(one)) for one in value.history)
            lines["history"] = f"[\n{blessings}\n]"
        lines["fingerprint"] = dumps(value.fingerprint).rstrip("\n")
        return _members(lines)
    lines = {name: _text(member) for name, member in members.items()}
    sections = members["sections"]
    assert isinstance(sections, dict)
    lines["sections"] = _expanded(
        {name: _expanded_section(section) for name, section in sections.items()}, indent="  "
    )
    return _members(lines)


def sealed(value: AnyDocument) -> AnyDocument:
    """The same value with the digest that its document carries."""
    if isinstance(value, Baseline):
        value = replace(value, fingerprint=sealed(value.fingerprint))
    return replace(value, digest=str(document(value)["digest"]))


def baseline_digest(members: Mapping[str, object]) -> str:
    """The digest of a baseline document: over all of it but the digest and a signature."""
    return digest({key: members[key] for key in members if key not in OUTSIDE_THE_DIGEST})


def _baseline_document(baseline: Baseline) -> dict[str, object]:
    blessed = {"at": baseline.blessed_at, "by": baseline.blessed_by, "reason": baseline.reason}
    covered: dict[str, object] = {
        "kind": "baseline",
        "schema": baseline.schema,
        "blessed": {key: text for key, text in blessed.items() if text is not None},
        "fingerprint": document(baseline.fingerprint),
    }
    if baseline.history:
        covered["history"] = [_blessing(blessing) for blessing in baseline.history]
    return {
        "kind": "baseline",
        "schema": baseline.schema,
        "digest": baseline_digest(covered),
        "blessed": covered["blessed"],
        **({"history": covered["history"]} if baseline.history else {}),
        "fingerprint": covered["fingerprint"],
    }


def _blessing(blessing: Blessing) -> dict[str, object]:
    members = {
        "at": blessing.at,
        "by": blessing.by,
        "reason": blessing.reason,
        "digest": blessing.digest,
    }
    return {key: text for key, text in members.items() if text is not None}


def _provenance(provenance: Provenance) -> dict[str, object]:
    known: dict[str, object] = {
        "name": provenance.name,
        "target": provenance.target,
        "captured_at": provenance.captured_at,
        "agent_version": provenance.agent_version,
        "duration_ms": provenance.duration_ms,
    }
    return {
        **dict(sorted(provenance.extra.items())),
        **{key: member for key, member in known.items() if member is not None},
    }


def _section(section: Section) -> dict[str, object]:
    members: dict[str, object] = {
        "status": section.status.value,
        "origin": section.origin.value,
        "facts": dict(sorted(section.facts.items())),
    }
    optional: dict[str, object] = {
        "reason": section.reason,
        "gaps": dict(sorted(section.gaps.items())),
        "origins": {key: origin.value for key, origin in sorted(section.origins.items())},
        "identity": sorted(section.identity),
    }
    members.update({key: member for key, member in optional.items() if member})
    return members


def _expanded_section(members: Mapping[str, object]) -> str:
    lines = {}
    for name, member in members.items():
        if isinstance(member, dict) and member:
            member_lines = {key: _text(member[key]) for key in sorted(member)}
            lines[name] = _expanded(member_lines, indent="      ")
        else:
            lines[name] = _text(member)
    return _expanded(lines, indent="    ")


def _members(lines: Mapping[str, str]) -> str:
    return _expanded(lines, indent="") + "\n"


def _expanded(lines: Mapping[str, str], indent: str) -> str:
    """An object with one member a line."""
    if not lines:
        return "{\n" + indent[2:] + "}"
    members = ",\n".join(f"{indent}{_text(name)}: {text}" for name, text in lines.items())
    return "{\n" + members + "\n" + indent[2:] + "}"


def _text(value: object) -> str:
    return canonical(value).decode("ascii")
