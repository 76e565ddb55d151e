"""LightGBM."""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask() -> dict[str, Any]:
    import lightgbm

    answers = Answers()
    answers.ask("version", lambda: lightgbm.__version__)
    return answers.facts
