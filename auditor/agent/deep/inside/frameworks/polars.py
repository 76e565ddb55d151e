"""Polars: its thread pool."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import polars as pl

    answers.ask("version", lambda: pl.__version__)
    answers.ask_by_using("threads", lambda: pl.thread_pool_size())
