"""`envaudit gate`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import config, store
from .. import gate as gating
from ..compare import compare
from ..report import json as json_report
from ..report import text as text_report
from .console import emit, screen
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
        str, typer.Option("--format", "-f", metavar="text|json", help="How to report.")
    ] = "text",
    output: Output = None,
    python: Python = None,
    integrity: Integrity = "fast",
    show: Show = None,
    key_file: KeyFile = None,
) -> None:
    """Hold an environment against the baseline; exit code 1 where the policy fails it."""
    if format_ not in ("text", "json"):
        raise typer.BadParameter(f"--format takes text or json, not {format_!r}")
    settings = configuration()
    # What is cheap and may be wrong comes before the capture, which takes its time.
    policy = config.policy(settings, policy_file)
    baseline = store.load_baseline(against)
    options = capture_options(settings, python, integrity, None, show, key_file)
    comparison = compare(baseline.fingerprint, captured(target, options))
    verdict = gating.evaluate(comparison, policy, datetime.now(timezone.utc).date())
    if format_ == "json":
        report = json_report.render(json_report.verdict_document(verdict))
    else:
        report = text_report.render_verdict(verdict, **asdict(screen(output)))
    emit(report, output)
    raise typer.Exit(0 if verdict.passed else 1)
