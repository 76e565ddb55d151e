"""LightGBM."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import lightgbm

    answers.ask("version", lambda: lightgbm.__version__)
