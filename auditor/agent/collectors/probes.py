"""Bit-exact digests of small computations in the application's interpreter, with `--deep`.

- `<mechanism>`: `digest`, and of floating-point results `type` and some `values` (hexadecimal)

See `deep/inside/probes/`, one file a library. What is not the same on every run is a gap with its
spread: nothing could be told from comparing it.
"""

from __future__ import annotations

from ..section import EVERYTHING_ELSE, RUNTIME, Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..subject import Subject

SECTION = "probes"
ORIGIN = RUNTIME

# How the names of a group's probes begin, where not as the group's.
_FAMILIES = {"interpreter": "python", "random": "python", "hash": "python"}


def collect(subject: Subject, facts: Facts) -> None:
    answers = subject.inside
    for step, reason in answers.failed.items():
        kind, _, group = step.partition(" ")
        if kind == "probes":
            facts.gap(_FAMILIES.get(group, group.split(".")[0]) + ".*", reason)
        elif kind == "import":
            facts.gap(group + ".*", "cannot be imported: " + reason)
    for step, found in answers.found.items():
        if step.startswith("probes ") and isinstance(found, dict):
            for key, value in found.items():
                if isinstance(value, dict) and value.get("deterministic", True):
                    facts[str(key)] = value
                else:
                    spread = value.get("spread") if isinstance(value, dict) else None
                    told = " (%d ulp apart)" % spread if isinstance(spread, int) else ""
                    facts.gap(str(key), "not the same on every run" + told)
    if answers.missing is not None:
        facts.gap(EVERYTHING_ELSE, answers.missing)
