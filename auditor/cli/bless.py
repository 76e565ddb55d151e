"""`envaudit bless`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import store
from ..advisories import Service
from ..compare import compare
from ..gate import bless as _bless
from ..gate import bless_again
from ..model import Baseline, Fingerprint, UsageError
from ..report import text as text_report
from ..signing.sign import signature_path
from .console import complain, emit, screen
from .options import (
    TARGET_HELP,
    Audit,
    Deep,
    Integrity,
    KeyFile,
    Name,
    OsvUrl,
    Python,
    Quiet,
    Show,
    audited,
    capture_options,
    captured,
    configuration,
)


def bless(
    target: Annotated[str, typer.Argument(metavar="FINGERPRINT|TARGET", help=TARGET_HELP)],
    output: Annotated[
        Optional[Path],
        typer.Option("-o", "--output", metavar="BASELINE", help="The baseline to write."),
    ] = None,
    update: Annotated[
        Optional[Path],
        typer.Option(
            "--update",
            metavar="BASELINE",
            help="Bless in place of this baseline: shows what changes, needs --reason, and "
            "keeps the earlier reasons. Written there unless -o names another file.",
        ),
    ] = None,
    reason: Annotated[
        Optional[str], typer.Option("--reason", metavar="TEXT", help="Why; kept in the baseline.")
    ] = None,
    sign: Annotated[
        Optional[Path],
        typer.Option(
            "--sign", metavar="KEY", help="Sign it with an SSH key: BASELINE.dsse stands beside it."
        ),
    ] = None,
    audit: Audit = False,
    osv_url: OsvUrl = None,
    python: Python = None,
    deep: Deep = False,
    integrity: Integrity = "fast",
    name: Name = None,
    show: Show = None,
    key_file: KeyFile = None,
    quiet: Quiet = False,
) -> None:
    """Make a fingerprint the baseline that `gate` holds others against."""
    if output is None and update is None:
        raise UsageError("Missing option '-o': the baseline to write (or --update BASELINE)")
    if sign is not None and str(output or update) == "-":
        raise UsageError("--sign writes beside the baseline: name a file with -o")
    old = store.load_baseline(update) if update is not None else None
    settings = configuration()
    options = capture_options(
        settings, python, integrity, name or settings.name, show, key_file, deep=deep
    )
    fingerprint = captured(target, options, quiet)
    if audit:
        fingerprint = audited(fingerprint, Service.of("osv", osv_url), quiet)
    now = datetime.now(timezone.utc)
    if old is None or update is None:
        assert output is not None
        baseline = _bless(fingerprint, now, reason)
        written = output
    else:
        written = output or update
        if str(written) != "-":  # where the baseline itself goes, nothing else does
            emit(_changes(old, fingerprint), None)
        if reason is None or not reason.strip():
            raise UsageError(f"{update}: not updated: --reason TEXT says why it changes")
        baseline = bless_again(old, fingerprint, now, reason)
    baseline = store.sealed(baseline)
    envelope = None
    if sign is not None:
        from ..signing.sign import envelope_of

        envelope = envelope_of(baseline, sign).dumps()  # before anything is written
    emit(store.dumps(baseline), written)
    if envelope is not None:
        store.write(signature_path(written), envelope)
    if not quiet and str(written) != "-":
        word = "blessed" if old is None else "blessed again:"
        complain(f"{word} {target} -> {written}")


def _changes(old: Baseline, fingerprint: Fingerprint) -> str:
    """What the new blessing lets in, noise and consequences included."""
    comparison = compare(old.fingerprint, fingerprint)
    return text_report.render_comparison(comparison, show_all=True, **asdict(screen(None)))
