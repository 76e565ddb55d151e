"""LightGBM. Its switches are parameters of each training."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .asking import Answers


def ask(answers: Answers) -> None:
    import lightgbm

    answers.ask("version", lambda: lightgbm.__version__)
    answers.ask("threads", _most_threads)


def _most_threads() -> Any:
    """What set_num_threads() of C was told; None: as many as OpenMP has (section threads)."""
    from ctypes import byref, c_int

    from lightgbm.basic import _LIB

    number = c_int(0)
    told = _LIB.LGBM_GetMaxThreads(byref(number)) == 0 and number.value > 0
    return number.value if told else None
