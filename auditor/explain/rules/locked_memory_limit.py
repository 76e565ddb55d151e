"""The memory that a process may lock into RAM is limited differently.

What it means
    RLIMIT_MEMLOCK (`ulimit -l`) bounds the memory that an unprivileged process may pin so that
    it is never swapped out. The sides have different limits.

Why it matters
    RDMA and InfiniBand (NCCL, UCX, MPI), io_uring, DPDK and databases pin their buffers. Where
    the limit is too low, registering memory fails with ENOMEM or EPERM: "ibv_reg_mr failed:
    Cannot allocate memory". Docker's usual limit is 64 KiB or 8 MiB.

How to confirm
    `docker exec CONTAINER sh -c 'grep "locked memory" /proc/1/limits'` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..amounts import in_bytes, limit, sides_in
from ..pair import Pair, first
from ..rule import Hit, Remedy, Rule

# Kernels before 5.16, and after: nobody set these.
DEFAULTS = {65536.0, 8388608.0}
USERS = (
    "torch", "mpi4py", "ucx-py", "horovod", "deepspeed", "cupy", "vllm", "liburing", "pylibnuma",
    "jax", "nvidia-nccl-cu12", "nvidia-nccl-cu11", "nvidia-nccl-cu13", "nixl", "mlc", "ucxx",
)  # fmt: skip

RULE = Rule(
    id="EA315",
    name="locked-memory-limit",
    effects=("crash", "performance"),
    severity="medium",
    reads=("limits.rlimit.memlock.*", "process.capabilities", "python.packages.*"),
    remedy=Remedy(
        runtime="docker run --ulimit memlock=-1:-1 ... on both sides (or --cap-add IPC_LOCK)",
        host="systemd unit of the container runtime: LimitMEMLOCK=infinity",
    ),
    sources=(
        "https://github.com/NVIDIA/nccl-tests/issues/206",
        "https://github.com/open-mpi/ompi/issues/6468",
        "https://github.com/wheelos/apollo-lite/pull/290",
        "https://github.com/mkerrisk/man-pages/blob/master/man2/getrlimit.2",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("limits.rlimit.memlock.soft")
    if change is None:
        return
    users = pair.installed(*USERS)
    chosen = not {limit(change.before), limit(change.after)} <= DEFAULTS
    if not users and not chosen:
        return
    yield Hit(
        message="The memory that a process may lock into RAM is "
        f"{sides_in(change, in_bytes)} (ulimit -l): libraries that pin their "
        "buffers (RDMA, NCCL, io_uring, mlock) fail with 'Cannot allocate memory' beyond that.",
        changes=(change,),
        facts=first(users),
        confidence=(0.5 if users else 0.45) if chosen else 0.25,
    )
