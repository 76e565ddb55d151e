"""Blessing: a fingerprint becomes the baseline."""

from __future__ import annotations

from datetime import datetime, timezone

from ..model import Baseline, Fingerprint, InvalidInput, Status


def bless(
    fingerprint: Fingerprint, at: datetime, reason: str | None = None, by: str | None = None
) -> Baseline:
    """The baseline that holds this fingerprint, blessed at that time (which knows its zone).

    Raises `InvalidInput` for a fingerprint in which nothing could be read: a gate would
    have nothing to hold against it and would pass whatever comes.
    """
    if not any(section.status is Status.OK for section in fingerprint.sections.values()):
        name = fingerprint.provenance.name or fingerprint.provenance.target or "the fingerprint"
        raise InvalidInput(f"{name}: no section could be read: there is nothing to bless")
    when = at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Baseline(fingerprint, blessed_at=when, blessed_by=by, reason=reason)
