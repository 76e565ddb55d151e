"""The environment variables of the application's main process.

Names are always told; values only as `redact` allows. The kernel shows the environment as it
was when the process was started (`/proc/PID/environ`, proc(5)).
"""

from __future__ import annotations

from ..section import RUNTIME, Facts, SectionSkipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..subject import Subject

SECTION = "env"
ORIGIN = RUNTIME

MAX_VARIABLES = 4096
MAX_NAME = 1024


def collect(subject: Subject, facts: Facts) -> None:
    if not subject.configured:
        raise SectionSkipped("only files: no configuration tells the environment")
    redactor = subject.redactor
    for number, (name, value) in enumerate(sorted(subject.environ.items())):
        if number >= MAX_VARIABLES:
            facts.gap("*", "more than %d variables" % MAX_VARIABLES)
            return
        fact = redactor.variable(name, value)
        key = name if len(name) <= MAX_NAME else name[:MAX_NAME] + "..."
        if fact is None:
            continue
        if redactor.is_identity(name):
            facts.identify(key, fact)
        else:
            facts[key] = fact
