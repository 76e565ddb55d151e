"""`envaudit compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import store
from ..advisories import Service
from ..agent.redact import Redactor
from ..compare import compare as join
from ..explain import Symptom, explain, read_symptom
from ..model import InvalidInput, UsageError
from .console import complain, emit
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
)

MAX_LOG = 64 * 1024 * 1024  # bytes; of a larger log give the end


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
    emit(report(Compared(comparison, before, after, show_all, output)), output)
    raise typer.Exit(0 if comparison.same else 1)


def told_symptom(text: str) -> Symptom:
    """`--symptom`: an effect, a message, or `@FILE`; raises `UsageError`."""
    if text.startswith("@"):
        try:
            content = store.read(text[1:], MAX_LOG)
        except InvalidInput as error:
            raise UsageError(str(error)) from None
        text = content.decode("utf-8", "replace")
    symptom = read_symptom(text)
    if symptom.line is not None:
        # A log may hold secrets: of it nothing is shown but the line that matched, scrubbed.
        complain(f"symptom: {symptom.signature}: {Redactor().text(symptom.line)}")
    return symptom
