"""Whether each probe is the same in every process of an environment.

    python bench/probes.py PYTHON [PROCESSES]

PYTHON is an interpreter with the libraries that are asked. Ends with 1 where a probe is not the
same in all of the processes (50 by default) and does not say so itself.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from auditor.agent.deep.answers import Answers
from auditor.agent.deep.child import ask
from auditor.agent.redact import Redactor
from auditor.agent.subject import live_subject


def probes(python: str) -> Iterator[tuple[str, Any]]:
    """Of one new process: each probe's name and what it told."""
    answers = Answers()
    subject = live_subject(Redactor(), python=python)
    subject.deep = True
    ask(subject, answers)
    if not answers.complete or answers.failed:
        sys.exit(f"bench: {answers.ended or answers.failed}")
    for step, found in answers.found.items():
        if step.startswith("probes "):
            yield from found.items()


def main(python: str, processes: int) -> int:
    seen: dict[str, Counter[str]] = {}
    begun = time.monotonic()
    for _ in range(processes):
        for name, told in probes(python):
            seen.setdefault(name, Counter())[str(told.get("digest", told))] += 1
    each = (time.monotonic() - begun) / processes
    print(f"{len(seen)} probes in {processes} processes, {each:.2f} s each")
    unsteady = {name: told for name, told in seen.items() if len(told) > 1}
    for name, told in unsteady.items():
        print(f"{name}: {len(told)} results, the commonest {max(told.values())} times")
    return int(bool(unsteady))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50))
