"""Several versions of one package lie in the same environment.

What it means
    The metadata of more than one version of a distribution is on the import path: one hides
    the other. That is so on one side only, or with other versions.

Why it matters
    `pip freeze` and importlib.metadata tell one version, while the files that are imported can
    be those of another, or a mixture of both.

How to confirm
    `ls -d SITE/NAME-*.dist-info` on both sides; `pip install --force-reinstall NAME==VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, as_mapping, shown
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA221",
    name="several-versions-installed",
    effects=("behaviour", "crash"),
    severity="high",
    reads=("python.sources.*", "python.packages.*"),
    remedy=Remedy(
        image="install into a clean environment (`RUN python -m venv /venv`), and do not copy "
        "site-packages over one another in the Dockerfile",
    ),
    sources=("https://github.com/python/peps/blob/main/peps/pep-0376.rst",),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.sources.*"):
        hidden = [as_mapping(value).get("hides") for value in (change.before, change.after)]
        if hidden[0] == hidden[1]:
            continue
        package = f"python.packages.{change.key}"
        yield Hit(
            message=f"Beside {change.key} lies metadata of other versions ("
            f"{shown(hidden[0] or [])} in A, {shown(hidden[1] or [])} in B): files of several "
            "versions may be mixed, and what is imported need not be what pip tells.",
            changes=(change,),
            facts=(package,) if pair.values(package) != (None, None) else (),
            confidence=0.6,
        )
