"""pandas' future behaviour is switched on or off by the environment.

What it means
    PANDAS_FUTURE_INFER_STRING makes pandas 2 read text as dtype `str` as pandas 3 does (and 0
    makes pandas 3 do as 2); PANDAS_COPY_ON_WRITE makes every selection a copy. The sides differ.

Why it matters
    Checks on dtype `object` fail, None becomes NaN, text is stored by pyarrow; changing a
    selection no longer changes the frame. The versions of all packages are the same.

How to confirm
    `python -c "import pandas as pd; print(pd.Series(['a']).dtype)"` in both environments.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair
from ..rule import Hit, Rule

NAMES = ("PANDAS_FUTURE_INFER_STRING", "PANDAS_COPY_ON_WRITE", "PANDAS_DATA_MANAGER")

RULE = Rule(
    id="EA233",
    name="pandas-switch",
    effects=("behaviour", "performance"),
    severity="high",
    reads=(*(f"env.{name}" for name in NAMES), "python.packages.pandas"),
    remedy=variable_remedy("PANDAS_FUTURE_INFER_STRING", "0"),
    sources=(
        "https://github.com/pandas-dev/pandas/blob/main/doc/source/user_guide/migration-3-strings.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed_anywhere("pandas")
    changes = settings(pair, *NAMES)
    if users and changes:
        yield Hit(
            message=f"{told(changes)}: pandas reads text as another type, or treats selections "
            "as copies, under the same version.",
            changes=changes,
            facts=tuple(users),
            confidence=0.85,
        )
