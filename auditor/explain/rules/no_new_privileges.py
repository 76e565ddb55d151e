"""The process can gain privileges on one side only.

What it means
    With `no-new-privileges` (Kubernetes: allowPrivilegeEscalation: false) no program that the
    process starts gets more rights than it has: set-user-ID bits and file capabilities are
    ignored. The sides differ in it.

Why it matters
    sudo and su fail ('The "no new privileges" flag is set'), and so do ping, mount helpers and
    servers that rely on a file capability to bind a low port. A process of root has nothing to
    gain and is not concerned.

How to confirm
    `docker exec CONTAINER grep NoNewPrivs /proc/1/status` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA327",
    name="no-new-privileges",
    effects=("crash", "behaviour"),
    severity="medium",
    reads=("process.no_new_privs", "process.uid", "container.security_opt"),
    remedy=Remedy(
        runtime="docker run --security-opt no-new-privileges=false ... (Kubernetes: "
        "securityContext: {allowPrivilegeEscalation: true}) where the program needs it; better: "
        "start it with the rights that it needs and do without sudo",
    ),
    sources=(
        "https://tenable.com/audits/items/CIS_Docker_v1.2.0_L1_Docker_Linux.audit:6c237e5d287ed70f0a875571d19ed697",
        "https://www.tenable.com/audits/items/CIS_RedHat_OpenShift_Container_Platform_4_v1.5.0_L1.audit:d9e57b8394463a20389df0ae0adddbd7",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("process.no_new_privs")
    if change is None or None in (change.before, change.after):
        return
    root = pair.values("process.uid") == (0, 0)
    yield Hit(
        message=f"Gaining privileges is ruled out (no_new_privs): {sides(change)}; there sudo, "
        "su, ping and programs with set-user-ID bits or file capabilities do not get their "
        "rights.",
        changes=(change,),
        facts=("process.uid",) if root else (),
        confidence=0.2 if root else 0.5,
    )
