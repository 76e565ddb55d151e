"""The application's Python distributions: normalised name -> version.

From the metadata directories on the application's import path, the first one found of each
name, as an import would meet it.
"""

from __future__ import annotations

from ..section import IMAGE, Facts, SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..subject import Subject

SECTION = "python.packages"
ORIGIN = IMAGE


def collect(subject: Subject, facts: Facts) -> None:
    distributions = subject.distributions
    for directory in subject.unreadable_directories:
        facts.gap("*", "%s may not be read" % directory)
    if not distributions and not facts.gaps:
        raise SectionAbsent("no distribution is installed")
    for name in sorted(distributions):
        facts[name] = distributions[name].version
