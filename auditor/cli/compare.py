"""`envaudit compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..advisories import Service
from ..compare import compare as join
from ..explain import explain
from .console import emit
from .formats import COMPARE, Compared, chosen
from .options import (
    TARGET_HELP,
    Audit,
    Deep,
    Integrity,
    KeyFile,
    OsvUrl,
    Output,
    Python,
    Show,
    audited,
    capture_options,
    captured,
    configuration,
    told_symptom,
)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help=TARGET_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    format_: Annotated[
        str, typer.Option("--format", "-f", metavar="|".join(COMPARE), help="How to report.")
    ] = "text",
    show_all: Annotated[
        bool, typer.Option("--all", help="Show noise and consequences too.")
    ] = False,
    symptom: Annotated[
        str,
        typer.Option(
            "--symptom",
            metavar="EFFECT|TEXT|@FILE",
            help="What was seen: numerics, crash, performance, text, time, behaviour, a message, "
            "or a log; what can cause it comes first.",
        ),
    ] = "",
    output: Output = None,
    python: Python = None,
    deep: Deep = False,
    audit: Audit = False,
    osv_url: OsvUrl = None,
    integrity: Integrity = "fast",
    show: Show = None,
    key_file: KeyFile = None,
) -> None:
    """Compare two environments; exit code 1 where they differ."""
    report = chosen(format_, COMPARE, "compare")
    options = capture_options(configuration(), python, integrity, None, show, key_file, deep=deep)
    seen = told_symptom(symptom) if symptom else None
    before, after = captured(a, options), captured(b, options)
    if audit:
        asked = Service.of("osv", osv_url)
        before, after = audited(before, asked), audited(after, asked)
    comparison = explain(before, after, join(before, after), seen)
    emit(report(Compared(comparison, show_all, output)), output)
    raise typer.Exit(0 if comparison.same else 1)
