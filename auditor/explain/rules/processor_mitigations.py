"""The kernel guards against the processor's vulnerabilities otherwise.

What it means
    For Spectre, Meltdown and their kin, kernels isolate, flush and serialise, by the processor,
    by the kernel's version and by its command line (`mitigations=`). The list of what is
    mitigated, and how, differs.

Why it matters
    The measures cost most where a program makes many system calls, switches between threads, or
    takes many page faults: some percent to a third. Computation in one's own memory hardly feels
    them.

How to confirm
    `grep . /sys/devices/system/cpu/vulnerabilities/*` on both machines.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA434",
    name="processor-mitigations",
    effects=("performance",),
    severity="low",
    reads=(
        "kernel.mitigations",
        "kernel.release",
        "cpu.model_name",
    ),
    remedy=Remedy(
        host="the same kernel and the same `mitigations=` on the kernel's command line of both"
        " machines",
    ),
    sources=("https://docs.kernel.org/admin-guide/hw-vuln/spectre.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("kernel.mitigations")
    if change is None or None in (change.before, change.after):
        return
    before, after = (_guarded(value) for value in (change.before, change.after))
    if before == after:
        return
    more = [
        f"{', '.join(sorted(only))} in {side}"
        for only, side in ((before - after, "A"), (after - before, "B"))
        if only
    ]
    yield Hit(
        message=f"Only one side mitigates some of the processor's vulnerabilities "
        f"({'; '.join(more)}): system calls and thread switches cost more there.",
        changes=(change,),
        confidence=0.15,
    )


def _guarded(value: Value) -> set[str]:
    """The vulnerabilities that something is done about, whatever it is."""
    lines = value if isinstance(value, (list, tuple)) else []
    found = (str(line).partition(": ") for line in lines)
    return {name for name, _, status in found if status.startswith("Mitigation")}
