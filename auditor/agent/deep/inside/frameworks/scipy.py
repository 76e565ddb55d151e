"""SciPy: the BLAS it was built with, which is its own copy in wheels."""

from __future__ import annotations

from .numpy import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import scipy

    answers.ask("version", lambda: scipy.__version__)
    try:
        dependencies = scipy.show_config(mode="dicts")["Build Dependencies"]
    except (TypeError, KeyError):
        dependencies = {}
    for part in ("blas", "lapack"):
        for detail in ("name", "version"):
            answers.ask(
                "%s.%s" % (part, detail),
                lambda part, detail: told(dependencies[part][detail]),
                part,
                detail,
            )
