"""Fingerprints from files alone."""

from __future__ import annotations

from pathlib import Path

from auditor.capture import CaptureOptions
from auditor.capture.files import capture_rootfs
from auditor.model import Status


def test_nothing_is_run_in_files(tmp_path: Path) -> None:
    """`--deep` says so, section by section, and is not silently passed over."""
    (tmp_path / "etc").mkdir()
    fingerprint = capture_rootfs(str(tmp_path), CaptureOptions(deep=True))
    for name in ("threads", "frameworks", "probes"):
        section = fingerprint.sections[name]
        assert section.status is Status.SKIPPED
        assert section.reason == "nothing is run in what is looked at from outside"
