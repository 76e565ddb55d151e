"""The vulnerabilities of one fingerprint, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection

from ..model import Fingerprint, Section
from .sanitize import printable


def render(fingerprint: Fingerprint, section: Section) -> str:
    """A line for each vulnerability, then what was not checked."""
    lines = []
    for key in sorted(section.facts):
        name, _, identifier = key.partition(".")
        fact = section.facts[key]
        known = fact if isinstance(fact, dict) else {}
        fixed = known.get("fixed_in")
        remedy = (
            f"fixed in {', '.join(map(str, fixed))}"
            if isinstance(fixed, list) and fixed
            else "no release with a fix"
        )
        lines.append(printable(f"{name} {known.get('version')}  {identifier}  {remedy}"))
    installed = _installed(fingerprint)
    checked = sum(f"{name}.*" not in section.gaps for name in installed)
    unchecked = sorted(section.gaps.items())
    affected = len({key.partition(".")[0] for key in section.facts})
    lines += [""] if lines else []
    lines.append(
        f"{len(section.facts)} known vulnerabilities in {affected} of {checked} distributions"
    )
    if not installed:
        lines.append(printable(_why_none(fingerprint)))
    for key, reason in unchecked:
        lines.append(printable(f"{key.removesuffix('.*')}: {reason}"))
    return "\n".join(lines) + "\n"


def _installed(fingerprint: Fingerprint) -> Collection[str]:
    packages = fingerprint.sections.get("python.packages")
    return packages.facts if packages is not None else ()


def _why_none(fingerprint: Fingerprint) -> str:
    """Nothing was found in nothing: why there is nothing to check."""
    packages = fingerprint.sections.get("python.packages")
    reason = packages.reason if packages is not None else None
    return f"nothing to check: {reason or 'no distribution is installed'}"


def render_json(fingerprint: Fingerprint, section: Section) -> str:
    document = {
        "kind": "audit",
        "target": fingerprint.provenance.target,
        "checked": section.status.known,
        "distributions": len(_installed(fingerprint)),
        "vulnerabilities": [
            {"package": key.partition(".")[0], "id": key.partition(".")[2], **fact}
            for key, fact in sorted(section.facts.items())
            if isinstance(fact, dict)
        ],
        "not_checked": [
            {"package": key.removesuffix(".*"), "reason": reason}
            for key, reason in sorted(section.gaps.items())
        ],
    }
    return json.dumps(document, indent=2) + "\n"
