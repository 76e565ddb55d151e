"""Blessing: a fingerprint becomes the baseline, for the first time or in place of another."""

from __future__ import annotations

from datetime import datetime, timezone

from ..model import Baseline, Blessing, Fingerprint, InvalidInput, Status, UsageError

MAX_HISTORY = 1000  # earlier blessings that a baseline keeps; the oldest go


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


def bless_again(
    old: Baseline, fingerprint: Fingerprint, at: datetime, reason: str, by: str | None = None
) -> Baseline:
    """The baseline that replaces another one and keeps when and why each one before it was
    blessed. Raises `UsageError` without a reason, `InvalidInput` as `bless` does."""
    if not reason.strip():
        raise UsageError("--update needs a reason: --reason TEXT says why the baseline changes")
    new = bless(fingerprint, at, reason.strip(), by)
    before = Blessing(
        at=old.blessed_at,
        by=old.blessed_by,
        reason=old.reason,
        digest=old.fingerprint.digest or None,
    )
    history = (*old.history, before)[-MAX_HISTORY:]
    return Baseline(
        new.fingerprint,
        blessed_at=new.blessed_at,
        blessed_by=by,
        reason=new.reason,
        history=history,
    )
