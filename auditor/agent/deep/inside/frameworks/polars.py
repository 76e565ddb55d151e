"""Polars: its thread pool."""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask() -> dict[str, Any]:
    import polars as pl

    answers = Answers()
    answers.ask("version", lambda: pl.__version__)
    answers.ask("threads", lambda: pl.thread_pool_size())
    return answers.facts
