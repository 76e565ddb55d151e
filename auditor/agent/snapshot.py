"""Takes one snapshot: runs the collectors and lays their sections out as a document."""

from __future__ import annotations

import time

from . import __version__
from .baked import reuse
from .canonical import digest, written
from .collectors import SECTIONS, load
from .run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .subject import Subject

SCHEMA = "1.0"


def take_snapshot(
    subject: Subject, target: str, name: str | None = None, deadline: float | None = None
) -> dict[str, Any]:
    """The fingerprint document of a subject (design: the wire).

    `target` and `name` are recorded as they are; `deadline` is in seconds from now. Sections
    that were baked into the image are reused where nothing has changed since.
    """
    begun = time.monotonic()
    captured_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    until = None if deadline is None else begun + deadline
    baked, unused = reuse(subject, until)
    wanted = SECTIONS + subject.sections_inside
    finished = run(subject, [load(name) for name in wanted if name not in baked], until)
    read = {section.name: written(section.document()) for section in finished}
    sections = {name: baked[name] if name in baked else read[name] for name in wanted}
    provenance: dict[str, Any] = {
        "name": name,
        "target": target,
        "captured_at": captured_at,
        "agent_version": __version__,
        "duration_ms": round((time.monotonic() - begun) * 1000, 1),
        "sections_ms": {section.name: round(section.milliseconds, 2) for section in finished},
    }
    if baked or unused:
        provenance["baked"] = {"sections": list(baked)} if baked else {"unused": unused}
    return fingerprint_document(provenance, sections)


def fingerprint_document(
    provenance: dict[str, Any], sections: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    return {
        "kind": "fingerprint",
        "schema": SCHEMA,
        "digest": digest(sections),
        "provenance": provenance,
        "sections": sections,
    }
