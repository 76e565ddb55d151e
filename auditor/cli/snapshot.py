"""`envaudit snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import store
from ..advisories import Service
from ..agent.summary import summary as one_line
from ..agent.summary import summary_text
from ..model import Fingerprint
from ..registry.reference import Reference
from .console import complain, emit, registry_output
from .options import (
    TARGET_HELP,
    Audit,
    Deep,
    Integrity,
    KeyFile,
    Name,
    OsvUrl,
    Output,
    Python,
    Quiet,
    Show,
    audited,
    capture_options,
    captured,
    configuration,
)


def snapshot(
    target: Annotated[str, typer.Argument(help=TARGET_HELP)] = ".",
    output: Output = None,
    python: Python = None,
    deep: Deep = False,
    integrity: Integrity = "fast",
    name: Name = None,
    show: Show = None,
    key_file: KeyFile = None,
    deadline: Annotated[
        Optional[float],
        typer.Option("--deadline", metavar="SECONDS", help="End the capture after that time."),
    ] = None,
    audit: Audit = False,
    osv_url: OsvUrl = None,
    bake: Annotated[
        bool,
        typer.Option(
            "--bake",
            help="At the end of an image's build: record what is fixed in it, for later starts.",
        ),
    ] = False,
    summary: Annotated[
        Optional[Path],
        typer.Option(
            "--summary", metavar="FILE", help="Also write it there in a few lines (4096 bytes)."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Fingerprint an environment."""
    if summary is not None and str(summary) == "-":
        raise typer.BadParameter("--summary takes a file, not '-'")
    registry = registry_output(output)
    settings = configuration()
    options = capture_options(
        settings, python, integrity, name or settings.name, show, key_file, deadline, deep
    )
    if bake:
        from ..capture.local import bake_here

        done = bake_here(target, options)
        if not quiet:
            complain(done)
        if output is None:
            return
    fingerprint = captured(target, options, quiet)
    if audit:
        fingerprint = audited(fingerprint, Service.of("osv", osv_url), quiet)
    document = store.document(fingerprint)
    if summary is not None:
        store.write(summary, summary_text(document).decode("ascii"))
    if registry is not None:
        where = _attach(fingerprint, registry)
        if not quiet:
            complain(f"{one_line(document)} -> {where}")
        return
    emit(store.dumps(fingerprint), output)
    if not quiet:
        where = f" -> {output}" if output is not None and str(output) != "-" else ""
        complain(one_line(document) + where)


def _attach(fingerprint: Fingerprint, reference: Reference) -> str:
    """Beside the image in its registry; returns where."""
    from ..registry.artifact import attach

    created = fingerprint.provenance.captured_at or ""
    return attach(reference, store.dumps(fingerprint).encode("ascii"), created)
