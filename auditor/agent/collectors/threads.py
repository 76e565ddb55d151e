"""Thread pools of the libraries that the application can load, with `--deep`.

- `<owner>.<library>`: `version`, `architecture` (the kernel chosen), `layer`, `threads`; the
  owner is the distribution whose files the library lies among, or `system`

See `deep/inside/threads.py`.
"""

from __future__ import annotations

from ..section import EVERYTHING_ELSE, RUNTIME, Facts, SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..subject import Subject

SECTION = "threads"
ORIGIN = RUNTIME


def collect(subject: Subject, facts: Facts) -> None:
    answers = subject.inside
    if "threads" in answers.failed:
        facts.gap(EVERYTHING_ELSE, answers.failed["threads"])
        return
    pools = answers.found.get("threads")
    if not isinstance(pools, dict):
        facts.gap(EVERYTHING_ELSE, answers.missing or "not told")
        return
    if not pools:
        raise SectionAbsent("no library with a thread pool of its own is loaded")
    for key, pool in pools.items():
        facts[str(key)] = pool
