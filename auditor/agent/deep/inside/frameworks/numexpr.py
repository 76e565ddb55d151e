"""numexpr: its threads, and whether it computes with Intel's VML."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import numexpr

    answers.ask("version", lambda: numexpr.__version__)
    answers.ask("threads", lambda: numexpr.get_num_threads())
    answers.ask("vml", lambda: bool(numexpr.use_vml))
    answers.ask("vml.version", lambda: numexpr.get_vml_version())
