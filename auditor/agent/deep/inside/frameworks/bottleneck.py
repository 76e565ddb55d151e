"""Bottleneck."""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask() -> dict[str, Any]:
    import bottleneck

    answers = Answers()
    answers.ask("version", lambda: bottleneck.__version__)
    return answers.facts
