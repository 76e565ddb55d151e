"""`--format`: which command reports in which form."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from .. import __version__
from ..explain.pages import described
from ..model import Comparison, FactFile, Fingerprint, UsageError, Verdict
from ..report import github, html, junit, markdown, sarif
from ..report import json as json_report
from ..report import text as text_report
from .console import screen

Report = TypeVar("Report")


@dataclass(frozen=True, slots=True)
class Compared:
    """What a report of `compare` is made from: `a` and `b` are what was compared, for formats
    that show what is equal as well."""

    comparison: Comparison
    a: Fingerprint
    b: Fingerprint
    show_all: bool
    output: Path | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a report of `gate` is made from. `comparison` is what was judged, `fingerprint` held
    against `baseline`, with its findings for formats that show them; `file` the one that holds
    the baseline's facts, None where it came through a pipe."""

    verdict: Verdict
    comparison: Comparison
    baseline: Fingerprint
    fingerprint: Fingerprint
    file: FactFile | None
    output: Path | None


def _sarif(judged: Judged) -> str:
    if judged.file is None:
        raise UsageError("--format sarif points at lines of the baseline: name its file")
    pages = {finding.rule: described(finding.rule) for finding in judged.comparison.findings}
    return sarif.render_verdict(
        judged.verdict,
        judged.comparison,
        judged.file,
        {rule: page for rule, page in pages.items() if page is not None},
        __version__,
    )


COMPARE: Mapping[str, Callable[[Compared], str]] = {
    "text": lambda one: text_report.render_comparison(
        one.comparison, show_all=one.show_all, **asdict(screen(one.output))
    ),
    "json": lambda one: json_report.render(json_report.comparison_document(one.comparison)),
    "markdown": lambda one: markdown.render_comparison(one.comparison),
    "html": lambda one: html.render_comparison(one.comparison, one.a, one.b),
}
GATE: Mapping[str, Callable[[Judged], str]] = {
    "text": lambda one: text_report.render_verdict(one.verdict, **asdict(screen(one.output))),
    "json": lambda one: json_report.render(json_report.verdict_document(one.verdict)),
    "markdown": lambda one: markdown.render_verdict(one.verdict, one.comparison, one.file),
    "sarif": _sarif,
    "junit": lambda one: junit.render_verdict(one.verdict),
    "github": lambda one: github.render_verdict(one.verdict, one.file),
    "html": lambda one: html.render_verdict(
        one.verdict, one.comparison, one.baseline, one.fingerprint, one.file
    ),
}

# Those that show findings, which take their time to be found.
WITH_FINDINGS = frozenset({"markdown", "sarif", "html"})


def chosen(
    name: str, formats: Mapping[str, Callable[[Report], str]], command: str
) -> Callable[[Report], str]:
    """The way to report; raises `UsageError` for one that the command does not have."""
    if name not in formats:
        known = ", ".join(formats)
        raise UsageError(f"--format {name!r}: {command} reports as one of {known}")
    return formats[name]


def name_in_repository(path: Path) -> str:
    """A file's path as reports name it: from the root of the repository that holds it, else
    from the working directory."""
    whole = path.resolve()
    for folder in whole.parents:
        if (folder / ".git").exists():
            return whole.relative_to(folder).as_posix()
    return Path(os.path.relpath(whole)).as_posix()
