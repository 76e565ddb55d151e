"""Programs look for their configuration in another directory.

What it means
    XDG_CONFIG_HOME, XDG_DATA_HOME, MPLCONFIGDIR, NLTK_DATA and others name the directories in
    which libraries look for configuration files and data; by default they lie in the home
    directory. The sides differ in them.

Why it matters
    matplotlibrc, pip.conf, gitconfig, downloaded models and corpora are found on one side only:
    other styles, other indexes, a LookupError or a download.

How to confirm
    `docker exec CONTAINER env | grep -E 'XDG|CONFIG|DATA'` and a listing of the directories.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

# Variables, and the distributions that read them; none: many do.
READERS = (
    (("MPLCONFIGDIR",), ("matplotlib",), 0.45),
    (("XDG_CONFIG_HOME", "XDG_DATA_HOME"), (), 0.35),
    (("NLTK_DATA",), ("nltk",), 0.6),
    (("TORCH_HOME",), ("torch",), 0.45),
    (("KERAS_HOME",), ("keras", "tensorflow"), 0.45),
)

RULE = Rule(
    id="EA251",
    name="configuration-directory",
    effects=("behaviour", "crash"),
    severity="medium",
    reads=(*(f"env.{name}" for names, _, _ in READERS for name in names), "python.packages.*"),
    remedy=variable_remedy("XDG_CONFIG_HOME", "/app/config"),
    sources=(
        "https://github.com/pypa/pip/blob/main/docs/html/topics/configuration.md",
        "https://github.com/nltk/nltk/blob/develop/nltk/data.py",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for names, distributions, confidence in READERS:
        changes = settings(pair, *names)
        users = pair.installed_anywhere(*distributions)
        if changes and (users or not distributions):
            yield Hit(
                message=f"{told(changes)}: configuration files and data are looked for in another "
                "directory.",
                changes=changes,
                facts=first(users),
                confidence=confidence,
            )
