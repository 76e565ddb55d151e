"""NumPy: the BLAS it was built with, and the instruction sets that its loops are dispatched to.

https://numpy.org/doc/stable/reference/simd/index.html
"""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask(answers: Answers) -> None:
    import numpy as np

    answers.ask("version", lambda: np.__version__)
    config: Any = _config(np)
    dependencies = config.get("Build Dependencies", {})
    for part in ("blas", "lapack"):
        for detail in ("name", "version"):
            answers.ask(
                "%s.%s" % (part, detail),
                lambda part, detail: told(dependencies[part][detail]),
                part,
                detail,
            )
    answers.ask("compiler", lambda: _compiler(config["Compilers"]["c"]))
    features = _features()
    answers.ask("simd.baseline", lambda: list(features["baseline"]))
    answers.ask("simd.dispatched", lambda: features["dispatched"])
    answers.ask("simd.not_found", lambda: features["not_found"])
    answers.ask("errors", lambda: ["%s=%s" % pair for pair in sorted(np.geterr().items())])
    # Of NumPy 1.24 to 2.1 (https://numpy.org/neps/nep-0050-scalar-promotion.html).
    answers.ask("promotion_state", lambda: np._get_promotion_state())


def told(detail: str) -> str | None:
    """NumPy 1.26 has a number that the build made up (`dep139863411681952`) for its own LAPACK."""
    return None if detail[:3] == "dep" and detail[3:].isdigit() else detail


def _config(numpy: Any) -> dict[str, Any]:
    """Since 1.26; earlier ones only print theirs."""
    try:
        config: dict[str, Any] = numpy.show_config(mode="dicts")
    except TypeError:
        return {}
    return config


def _compiler(entry: dict[str, Any]) -> str:
    return "%s %s" % (entry["name"], entry["version"])


def _features() -> dict[str, Any]:
    try:
        from numpy._core import _multiarray_umath as core
    except ImportError:
        from numpy.core import _multiarray_umath as core
    found = core.__cpu_features__
    dispatched = core.__cpu_dispatch__
    return {
        "baseline": core.__cpu_baseline__,
        "dispatched": [name for name in dispatched if found.get(name)],
        "not_found": [name for name in dispatched if not found.get(name)],
    }
