"""joblib runs its work in another way.

What it means
    JOBLIB_MULTIPROCESSING, JOBLIB_START_METHOD, LOKY_PICKLER and JOBLIB_TEMP_FOLDER decide
    whether joblib (and with it scikit-learn) uses processes, how they are started, how arguments
    are pickled and where large arrays lie. The sides differ in them.

Why it matters
    Work that ran in parallel runs in one process; functions that could be pickled no longer can;
    arrays are shared read-only or copied; workers do or do not inherit globals.

How to confirm
    Run the program on B with A's settings: `docker run -e JOBLIB_MULTIPROCESSING=1 ...`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

NAMES = ("JOBLIB_MULTIPROCESSING", "JOBLIB_START_METHOD", "LOKY_PICKLER", "JOBLIB_TEMP_FOLDER")

RULE = Rule(
    id="EA243",
    name="joblib-settings",
    effects=("behaviour", "performance", "crash"),
    severity="medium",
    reads=(*(f"env.{name}" for name in NAMES), "python.packages.*"),
    remedy=variable_remedy("JOBLIB_MULTIPROCESSING", "1"),
    sources=("https://github.com/joblib/joblib/blob/main/doc/user_guide/parallel.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere("joblib", "scikit-learn")
    changes = settings(pair, *NAMES)
    if users and changes:
        yield Hit(
            message=f"{told(changes)}: joblib starts workers, pickles functions or shares arrays "
            "in another way.",
            changes=changes,
            facts=first(users),
            confidence=0.6,
        )
