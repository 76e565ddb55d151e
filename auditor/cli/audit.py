"""`envaudit audit`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..advisories import SECTION, Service
from ..model import CaptureFailed
from ..report import vulnerabilities as report
from .console import emit
from .options import (
    TARGET_HELP,
    KeyFile,
    OsvUrl,
    Output,
    Python,
    Quiet,
    ServiceName,
    Show,
    audited,
    capture_options,
    captured,
    configuration,
)


def audit(
    target: Annotated[str, typer.Argument(metavar="FINGERPRINT|TARGET", help=TARGET_HELP)] = ".",
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="text|json", help="How to report.")
    ] = "text",
    service: ServiceName = "osv",
    osv_url: OsvUrl = None,
    output: Output = None,
    python: Python = None,
    show: Show = None,
    key_file: KeyFile = None,
    quiet: Quiet = False,
) -> None:
    """Known vulnerabilities of Python distributions; exit code 1 where there are any."""
    if format_ not in ("text", "json"):
        raise typer.BadParameter(f"--format takes text or json, not {format_!r}")
    asked = Service.of(service, osv_url)
    options = capture_options(configuration(), python, "off", None, show, key_file)
    fingerprint = audited(captured(target, options, quiet), asked, quiet)
    section = fingerprint.sections[SECTION]
    if not section.status.known:
        raise CaptureFailed(f"{target}: {section.reason}")
    render = report.render_json if format_ == "json" else report.render
    emit(render(fingerprint, section), output)
    raise typer.Exit(1 if section.facts else 0)
