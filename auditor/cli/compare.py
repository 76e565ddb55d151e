"""`envaudit compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..compare import compare as join
from ..report import json as json_report
from ..report import text as text_report
from .console import emit, width
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


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=TARGET_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="text|json", help="How to report.")
    ] = "text",
    show_all: Annotated[
        bool, typer.Option("--all", help="Show noise and consequences too.")
    ] = False,
    output: Output = None,
    python: Python = None,
    integrity: Integrity = "fast",
    show: Show = None,
    key_file: KeyFile = None,
) -> None:
    """Compare two environments; exit code 1 where they differ."""
    if format_ not in ("text", "json"):
        raise typer.BadParameter(f"--format takes text or json, not {format_!r}")
    options = capture_options(configuration(), python, integrity, None, show, key_file)
    comparison = join(captured(a, options), captured(b, options))
    if format_ == "json":
        report = json_report.render(json_report.comparison_document(comparison))
    else:
        report = text_report.render_comparison(comparison, show_all=show_all, width=width())
    emit(report, output)
    raise typer.Exit(0 if comparison.same else 1)
