"""A baseline: the fingerprint that somebody blessed, and when and why."""

from __future__ import annotations

from dataclasses import dataclass

from .fingerprint import SCHEMA, Fingerprint


@dataclass(frozen=True, slots=True)
class Blessing:
    """An earlier blessing of a baseline that was updated since: when, by whom, why, and the
    digest of the fingerprint that was blessed then."""

    at: str
    by: str | None = None
    reason: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """`blessed_at` is an RFC 3339 time. `digest` is SHA-256 over the whole document (the
    fingerprint, its provenance and the blessings): what a signature will cover. `history` holds
    the blessings before this one, the oldest first."""

    fingerprint: Fingerprint
    blessed_at: str
    blessed_by: str | None = None
    reason: str | None = None
    schema: str = SCHEMA
    digest: str = ""
    history: tuple[Blessing, ...] = ()
