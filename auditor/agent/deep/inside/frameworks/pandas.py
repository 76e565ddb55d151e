"""pandas: the options and optional engines that change results or how they are computed.

https://pandas.pydata.org/docs/user_guide/options.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers

_OPTIONS = (
    "compute.use_bottleneck",
    "compute.use_numba",
    "compute.use_numexpr",
    "mode.copy_on_write",
    "mode.data_manager",
    "mode.use_inf_as_na",
    "future.infer_string",
    "future.no_silent_downcasting",
    "io.parquet.engine",
    "io.sql.engine",
)


def ask(answers: Answers) -> None:
    import pandas as pd

    answers.ask("version", lambda: pd.__version__)
    for option in _OPTIONS:
        answers.ask("options." + option, pd.get_option, option)
    answers.ask("bottleneck", _uses_bottleneck)
    answers.ask("numexpr", _uses_numexpr)
    answers.ask("string_dtype", lambda: str(pd.Series(["a"]).dtype))


def _uses_bottleneck() -> bool:
    """Installed, recent enough and switched on: then it computes the sums that skip NaN."""
    from pandas.core import nanops

    return bool(nanops._USE_BOTTLENECK and nanops._BOTTLENECK_INSTALLED)


def _uses_numexpr() -> bool:
    from pandas.core.computation import expressions

    return bool(expressions.USE_NUMEXPR)
