"""scikit-learn: its global configuration.

https://scikit-learn.org/stable/modules/generated/sklearn.get_config.html
"""

from __future__ import annotations

from .asking import Answers, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import sklearn

    answers.ask("version", lambda: sklearn.__version__)
    for option, value in sorted(sklearn.get_config().items()):
        answers.facts["config." + option] = plain(value)
    answers.ask("openmp", _has_openmp)
    answers.ask("threads", _threads)


def _has_openmp() -> bool:
    from sklearn.utils._openmp_helpers import _openmp_parallelism_enabled

    return bool(_openmp_parallelism_enabled())


def _threads() -> int:
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    return int(_openmp_effective_n_threads())
