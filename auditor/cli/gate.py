"""`envaudit gate`."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import config, store
from .. import gate as gating
from ..compare import compare
from ..explain import explain
from ..model import FactFile
from .console import emit
from .formats import GATE, Judged, chosen, name_in_repository
from .options import (
    TARGET_HELP,
    Integrity,
    KeyFile,
    Output,
    Python,
    Show,
    capture_options,
    captured,
    configuration,
)


def gate(
    target: Annotated[str, typer.Argument(metavar="FINGERPRINT|TARGET", help=TARGET_HELP)],
    against: Annotated[
        Path, typer.Option("--against", metavar="BASELINE", help="The blessed baseline.")
    ],
    policy_file: Annotated[
        Optional[Path],
        typer.Option("--policy", metavar="FILE", help="Instead of the configuration's policy."),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="|".join(GATE), help="How to report.")
    ] = "text",
    output: Output = None,
    python: Python = None,
    integrity: Integrity = "fast",
    show: Show = None,
    key_file: KeyFile = None,
) -> None:
    """Hold an environment against the baseline; exit code 1 where the policy fails it."""
    report = chosen(format_, GATE, "gate")
    settings = configuration()
    # What is cheap and may be wrong comes before the capture, which takes its time.
    policy = config.policy(settings, policy_file)
    content = store.read(against)
    baseline = store.parse_baseline(content, str(against))
    options = capture_options(settings, python, integrity, None, show, key_file)
    fingerprint = captured(target, options)
    comparison = compare(baseline.fingerprint, fingerprint)
    verdict = gating.evaluate(comparison, policy, datetime.now(timezone.utc).date())
    explained = explain(baseline.fingerprint, fingerprint, comparison)
    emit(report(Judged(verdict, explained, _file(against, content), output)), output)
    raise typer.Exit(0 if verdict.passed else 1)


def _file(against: Path, content: bytes) -> FactFile | None:
    """Where the baseline's facts stand, None where it came through a pipe."""
    if str(against) == "-" or store.stream_number(str(against)) is not None:
        return None
    return store.places(content, name_in_repository(against))
