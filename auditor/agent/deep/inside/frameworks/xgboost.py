"""XGBoost: build information and global configuration."""

from __future__ import annotations

from .asking import Answers, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers

_BUILD = ("USE_OPENMP", "USE_CUDA", "USE_NCCL", "USE_AVX", "DEBUG", "GCC_VERSION", "CUDA_VERSION")


def ask(answers: Answers) -> None:
    import xgboost

    answers.ask("version", lambda: xgboost.__version__)
    build = xgboost.build_info()
    for key in _BUILD:
        answers.ask("build." + key.lower(), lambda key: build[key], key)
    for option, value in sorted(xgboost.get_config().items()):
        answers.facts["config." + option] = plain(value)
