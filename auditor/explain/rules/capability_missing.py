"""The process has a kernel capability on one side only.

What it means
    Linux divides root's power into capabilities. Docker gives a container about a dozen of
    them; `--cap-drop`, `--cap-add`, Kubernetes' securityContext and other runtimes change that.
    The sides have different sets.

Why it matters
    What a capability allows fails without it, also for root: "PermissionError: [Errno 1]
    Operation not permitted". CHOWN: changing owners; DAC_OVERRIDE: files of other users;
    SETUID, SETGID: dropping privileges, su; NET_BIND_SERVICE: ports below 1024; NET_RAW: ping,
    raw sockets; SYS_PTRACE: py-spy, gdb, strace; SYS_NICE: priorities, affinity, NUMA;
    IPC_LOCK: locked memory; SYS_ADMIN: mounts, namespaces.

How to confirm
    `docker exec CONTAINER grep Cap /proc/1/status` on both sides (`capsh --decode=MASK` names
    them); run the failing side with `--cap-add NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair
from ..rule import Hit, Remedy, Rule

# What each allows, in a few words. The first ones Docker grants unless told otherwise.
GRANTED = {
    "CAP_CHOWN": "changing owners of files",
    "CAP_DAC_OVERRIDE": "opening files of other users",
    "CAP_FOWNER": "changing modes and times of files of other users",
    "CAP_KILL": "signals to processes of other users",
    "CAP_SETUID": "becoming another user",
    "CAP_SETGID": "becoming another group",
    "CAP_NET_BIND_SERVICE": "ports below 1024",
    "CAP_NET_RAW": "raw sockets and ping",
    "CAP_SYS_CHROOT": "chroot",
    "CAP_MKNOD": "device files",
    "CAP_SETFCAP": "capabilities of files",
    "CAP_SETPCAP": "changing capabilities",
    "CAP_FSETID": "keeping set-user-ID bits",
    "CAP_AUDIT_WRITE": "the audit log",
}
EXTRA = {
    "CAP_SYS_PTRACE": "tracing other processes (py-spy, gdb, strace)",
    "CAP_SYS_NICE": "priorities, affinity and NUMA placement of other processes",
    "CAP_IPC_LOCK": "locking memory without limit",
    "CAP_SYS_RESOURCE": "raising resource limits",
    "CAP_NET_ADMIN": "interfaces and routes",
    "CAP_SYS_ADMIN": "mounts and namespaces",
    "CAP_SYS_TIME": "setting the clock",
    "CAP_DAC_READ_SEARCH": "reading any file",
    "CAP_PERFMON": "performance counters",
}

RULE = Rule(
    id="EA326",
    name="capability-missing",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "process.capabilities",
        "process.capabilities.bounding",
        "container.cap_add",
        "container.cap_drop",
        "process.uid",
    ),
    remedy=Remedy(
        runtime="docker run --cap-add NAME ... (Kubernetes: securityContext: {capabilities: "
        "{add: [NAME]}}) on both sides, or drop it on both and do without",
    ),
    sources=(
        "https://github.com/mkerrisk/man-pages/blob/master/man7/capabilities.7",
        "https://github.com/docker/docs/blob/main/content/manuals/engine/security/seccomp.md",
        "https://github.com/benfred/py-spy/pull/459",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    effective = pair.change("process.capabilities")
    bounding = pair.change("process.capabilities.bounding")
    stated = [
        change
        for name in ("cap_add", "cap_drop")
        if (change := pair.change(f"container.{name}")) is not None
    ]
    if pair.change("container.privileged") is not None:
        return  # all of it: EA329
    if effective is not None and effective.folded_under != "process.uid":
        only_a, only_b = _only(effective.before, effective.after)
        granted = any(name in GRANTED for name in only_a + only_b)
        yield Hit(
            message="Kernel capabilities differ: "
            + "; ".join(
                f"only in {side}: {_named(names)}"
                for side, names in (("A", only_a), ("B", only_b))
                if names
            )
            + ". What they allow fails with 'Operation not permitted' on the other side.",
            changes=(effective, *([bounding] if bounding is not None else []), *stated),
            confidence=0.65 if granted else 0.5,
        )
    elif bounding is not None and effective is None:
        only_a, only_b = _only(bounding.before, bounding.after)
        yield Hit(
            message="The capabilities that programs can gain (sudo, set-user-ID programs, file "
            f"capabilities) differ: only in A: {_named(only_a)}; only in B: {_named(only_b)}.",
            changes=(bounding, *stated),
            confidence=0.4,
        )


def _only(before: Value, after: Value) -> tuple[list[str], list[str]]:
    ours = {str(name) for name in before} if isinstance(before, list) else set()
    theirs = {str(name) for name in after} if isinstance(after, list) else set()
    return sorted(ours - theirs), sorted(theirs - ours)


def _named(names: list[str]) -> str:
    known = {**GRANTED, **EXTRA}
    said = [f"{name} ({known[name]})" if name in known else name for name in names[:6]]
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(said) + more if said else "none"
