"""Bottleneck."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import bottleneck

    answers.ask("version", lambda: bottleneck.__version__)
