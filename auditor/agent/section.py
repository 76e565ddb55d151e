"""What one collector yields: facts, what could not be read, and why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# Where a fact is decided, and so where it is mended.
IMAGE = "image"
RUNTIME = "runtime"
HOST = "host"

OK = "ok"
ABSENT = "absent"  # known not to exist here: as good as an empty section
DENIED = "denied"
ERROR = "error"
SKIPPED = "skipped"

# A gap under this key stands for every key that the section does not list.
EVERYTHING_ELSE = "*"


class SectionAbsent(Exception):
    """The subject of the section does not exist here (no GPU, no package database)."""


class SectionSkipped(Exception):
    """The section says nothing about this target (the limits of an image that does not run)."""


class Facts:
    """The facts of one section while they are collected.

    `values` maps a key to a JSON scalar, a list of scalars or a small object.
    `gaps` maps a key that could not be read to the reason; a gap is never an absence.
    `origins` overrides the section's origin for single keys.
    `identity` lists keys that name an instance: recorded, never a difference.
    """

    __slots__ = ("gaps", "identity", "origins", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.gaps: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.identity: dict[str, None] = {}  # an ordered set

    def __setitem__(self, key: str, value: Any) -> None:
        self.values[key] = value

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def gap(self, key: str, reason: str) -> None:
        self.gaps[key] = reason

    def identify(self, key: str, value: Any) -> None:
        """Record a fact that names this instance (host name, container id, GPU uuid)."""
        self.values[key] = value
        self.identity[key] = None

    def attempt(self, key: str, read: Callable[..., Any], *args: Any) -> Any:
        """Set the fact to what `read` returns; an `OSError` or `ValueError` becomes a gap.

        A value of None means that there is nothing to record. Returns the value or None.
        """
        try:
            value = read(*args)
        except (OSError, ValueError, LookupError) as error:
            self.gaps[key] = why(error)
            return None
        if value is not None:
            self.values[key] = value
        return value


class Section:
    """A finished section, ready to be written."""

    __slots__ = ("facts", "milliseconds", "name", "origin", "reason", "status")

    def __init__(
        self, name: str, origin: str, status: str, facts: Facts, reason: str | None = None
    ) -> None:
        self.name = name
        self.origin = origin
        self.status = status
        self.facts = facts
        self.reason = reason
        self.milliseconds = 0.0

    def document(self) -> dict[str, Any]:
        """The section as it stands in the fingerprint (design: the wire)."""
        document: dict[str, Any] = {
            "status": self.status,
            "origin": self.origin,
            "facts": self.facts.values,
        }
        optional: tuple[tuple[str, Any], ...] = (
            ("reason", self.reason),
            ("gaps", self.facts.gaps),
            ("origins", self.facts.origins),
            ("identity", sorted(self.facts.identity)),
        )
        document.update((key, value) for key, value in optional if value)
        return document


class Unreadable(ValueError):
    """Something is there but cannot be understood; the message is ours and holds no content."""


def why(error: BaseException) -> str:
    """One short line for an exception that never quotes what was read (it may be secret)."""
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, Unreadable):
        return str(error)
    return "cannot be understood (%s)" % type(error).__name__
