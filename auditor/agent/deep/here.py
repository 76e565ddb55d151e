"""What the libraries of this very process tell: for a program that takes its own fingerprint.

Nothing is imported that the program has not imported itself, and nothing is started.
"""

from __future__ import annotations

import sys

from .inside.libraries import LIBRARIES
from .inside.main import framework, why
from .inside.probes import PROBES, SETTLING
from .inside.threads import pools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .answers import Answers


def ask_here(answers: Answers, probes: bool) -> None:
    """`probes`: compute those of the loaded libraries, too."""
    loaded = [module for module in LIBRARIES if _is_loaded(module)]
    _run(answers, "threads", pools)
    for module in loaded:
        _run(answers, "frameworks " + module, framework, module, True)
    for module in ["", *loaded] if probes else ():
        for group, compute in PROBES.get(module, {}).items():
            if group in SETTLING:
                answers.failed["probes " + group] = "not computed in a program that goes on"
            else:
                _run(answers, "probes " + group, compute)
    answers.complete = True


def _is_loaded(module: str) -> bool:
    """Not while it is being imported, by this thread or another one."""
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None)
    return loaded is not None and not getattr(spec, "_initializing", False)


def _run(answers: Answers, step: str, ask: Callable[..., Any], *arguments: Any) -> None:
    try:
        found = ask(*arguments)
    except Exception as error:
        answers.failed[step] = why(error)
    else:
        answers.take(step, found)
