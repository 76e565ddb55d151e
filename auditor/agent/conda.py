"""The application's conda environment (conda, mamba, micromamba, pixi), if it has one.

conda's concepts, "Conda environments": each has a directory `conda-meta` with one JSON file for
each package, `NAME-VERSION-BUILD.json`. Neither version nor build string can hold a hyphen
(conda-build's documentation, "Conda package specification").
"""

from __future__ import annotations

from .root import KIB
from .section import SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .subject import Subject

RECORDS = "/conda-meta"
# A record lists the package's files and can have megabytes; the channel stands before them.
RECORD_HEAD = 64 * KIB


def find_prefix(subject: Subject) -> str | None:
    """The environment's directory: that of the application's Python, else the activated one
    (it need not hold a Python); None where there is neither."""
    try:
        interpreter = subject.interpreters.chosen
    except (OSError, ValueError, SectionAbsent):
        pass
    else:
        if interpreter.is_conda:
            return interpreter.base_prefix
    try:
        activated = subject.environ.get("CONDA_PREFIX", "").rstrip("/")
    except (OSError, ValueError):
        return None
    if activated.startswith("/") and subject.root.is_dir(activated + RECORDS):
        return activated
    return None
