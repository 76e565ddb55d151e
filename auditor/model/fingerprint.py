"""A fingerprint: schema version, provenance and sections of facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

SCHEMA = "1.0"

Scalar: TypeAlias = str | int | float | bool | None
# A JSON scalar, a list of scalars, or a small object of these.
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"


class Origin(str, Enum):
    """Where a fact is decided, and so where it is mended."""

    IMAGE = "image"  # files baked into the image
    RUNTIME = "runtime"  # how the container is started: environment, limits, mounts, user
    HOST = "host"  # the machine: kernel, CPU, GPU


class Status(str, Enum):
    OK = "ok"
    ABSENT = "absent"  # known not to exist: compares as empty
    DENIED = "denied"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def known(self) -> bool:
        """Whether a fact that is not listed is known not to exist."""
        return self in (Status.OK, Status.ABSENT)


@dataclass(frozen=True, slots=True)
class Section:
    """What one collector yielded.

    `gaps` maps a key that could not be read to the reason; the key `*` stands for all that
    are not listed, `loaded.*` for those of them below `loaded`. `origins` overrides `origin`
    for single keys. `identity` names the keys that identify an instance: recorded, never a
    difference.
    """

    status: Status
    origin: Origin
    facts: Mapping[str, Value]
    reason: str | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    identity: frozenset[str] = frozenset()

    def origin_of(self, key: str) -> Origin:
        return self.origins.get(key, self.origin)

    def why_unknown(self, key: str) -> str | None:
        """Why an unlisted fact is unknown, or None where it is known not to exist."""
        if key in self.gaps:
            return self.gaps[key]
        if not self.status.known:
            return self.reason or self.status.value
        dot = key.rfind(".")
        while dot > 0:
            if f"{key[:dot]}.*" in self.gaps:
                return self.gaps[f"{key[:dot]}.*"]
            dot = key.rfind(".", 0, dot)
        return self.gaps.get("*")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fingerprint comes from. Never compared.

    `captured_at` is an RFC 3339 time in UTC; `extra` keeps what newer minor versions add.
    """

    name: str | None = None
    target: str | None = None
    captured_at: str | None = None
    agent_version: str | None = None
    duration_ms: float | None = None
    extra: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One environment. `digest` names it: SHA-256 over the canonical sections."""

    sections: Mapping[str, Section]
    provenance: Provenance = field(default_factory=Provenance)
    schema: str = SCHEMA
    digest: str = ""

    def facts(self) -> Iterator[tuple[str, Value]]:
        """Every fact as (path, value), in the order of the sections."""
        for name, section in self.sections.items():
            for key, value in section.facts.items():
                yield f"{name}.{key}", value

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split a path into section and key; section names hold dots themselves, so the
        longest section that the fingerprint has counts."""
        position = path.rfind(".")
        while position > 0:
            section = path[:position]
            if section in self.sections and path[position + 1 :] in self.sections[section].facts:
                return section, path[position + 1 :]
            position = path.rfind(".", 0, position)
        return None

    def get(self, path: str, default: Value = None) -> Value:
        """A fact by its path."""
        place = self.locate(path)
        return default if place is None else self.sections[place[0]].facts[place[1]]
