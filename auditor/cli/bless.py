"""`envaudit bless`."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import gate as gating
from .. import store
from .console import complain, emit
from .options import (
    TARGET_HELP,
    Integrity,
    KeyFile,
    Name,
    Python,
    Quiet,
    Show,
    capture_options,
    captured,
    configuration,
)


def bless(
    target: Annotated[str, typer.Argument(metavar="FINGERPRINT|TARGET", help=TARGET_HELP)],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="BASELINE", help="The baseline to write.")
    ],
    reason: Annotated[
        Optional[str], typer.Option("--reason", metavar="TEXT", help="Why; kept in the baseline.")
    ] = None,
    python: Python = None,
    integrity: Integrity = "fast",
    name: Name = None,
    show: Show = None,
    key_file: KeyFile = None,
    quiet: Quiet = False,
) -> None:
    """Make a fingerprint the baseline that `gate` holds others against."""
    settings = configuration()
    options = capture_options(settings, python, integrity, name or settings.name, show, key_file)
    fingerprint = captured(target, options, quiet)
    baseline = gating.bless(fingerprint, datetime.now(timezone.utc), reason)
    emit(store.dumps(store.sealed(baseline)), output)
    if not quiet and str(output) != "-":
        complain(f"blessed {target} -> {output}")
