"""The container is confined by another security profile.

What it means
    seccomp filters the system calls that a container may make; AppArmor and SELinux bound what
    it may touch. The engine has defaults, `--security-opt` (Kubernetes: seccompProfile,
    appArmorProfile, seLinuxOptions) replaces or removes them. The sides differ.

Why it matters
    A call that is filtered fails with EPERM ("Operation not permitted") or ENOSYS, and the
    program or library fails in a place that has nothing to do with it: "can't start new thread"
    where an old profile refuses clone3 to a newer glibc, NUMA calls (mbind, set_mempolicy),
    io_uring, perf_event_open, ptrace, keyctl, userfaultfd. With SELinux, files of a volume
    without the right label give "Permission denied" whatever their modes say.

How to confirm
    Run the failing side with `--security-opt seccomp=unconfined` (then with
    `apparmor=unconfined`, `label=disable`): what helps names the profile.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

KINDS = {"seccomp": "seccomp profile", "apparmor": "AppArmor profile", "label": "SELinux label"}

RULE = Rule(
    id="EA328",
    name="security-profile",
    effects=("crash", "behaviour"),
    severity="high",
    reads=(
        "process.seccomp",
        "container.security_opt",
        "container.pid_mode",
        "container.ipc_mode",
    ),
    remedy=Remedy(
        runtime="docker run --security-opt seccomp=profile.json ... with the same profile on "
        "both sides (Kubernetes: securityContext: {seccompProfile: {type: RuntimeDefault}}); "
        "volumes under SELinux: -v DIR:DIR:z",
        host="an engine and a libseccomp that know the system calls of the image's C library",
    ),
    sources=(
        "https://github.com/docker/docs/blob/main/content/manuals/engine/security/seccomp.md",
        "https://github.com/moby/moby/issues/42680",
        "https://github.com/actions/runner-images/issues/3812",
        "https://github.com/docker/docs/blob/main/content/manuals/engine/storage/bind-mounts.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if pair.change("container.privileged") is not None:
        return  # without any confinement on one side: EA329
    mode = pair.change("process.seccomp")
    options = pair.change("container.security_opt")
    differing = (
        sorted(_kinds(options.before) ^ _kinds(options.after)) if options is not None else []
    )
    if any(pair.change(f"container.{mode}_mode") is not None for mode in ("pid", "ipc")):
        # Docker adds it to a container that shares one of the machine's namespaces.
        differing = [one for one in differing if one != ("label", "disable")]
    kinds = sorted({kind for kind, _ in differing})
    if mode is not None:
        yield Hit(
            message=f"System calls are filtered (seccomp): {sides(mode)}; calls that the filter "
            "refuses fail with 'Operation not permitted' on one side only.",
            changes=(mode, *([options] if options is not None else [])),
            confidence=0.6,
        )
    elif options is not None and kinds:
        what = ", ".join(KINDS[kind] for kind in kinds)
        yield Hit(
            message=f"The container is started with another {what}: system calls or files that "
            "the stricter one refuses fail with 'Operation not permitted' or 'Permission "
            "denied'.",
            changes=(options,),
            confidence=0.65,
        )


def _kinds(options: Value) -> set[tuple[str, str]]:
    """The options that name a profile; `seccomp=...` and the older `seccomp:...`."""
    found = set()
    for option in options if isinstance(options, list) else []:
        kind, _, value = str(option).replace(":", "=", 1).partition("=")
        if kind in KINDS:
            found.add((kind, value))
    return found
