"""Files lie on another kind of storage.

What it means
    The working directory, the directory for temporary files, or a mounted volume is on another
    kind of file system: in memory (tmpfs), on a local disk, on the container's layers (overlay),
    or reached over a network or through a virtual machine's share (NFS, SMB, CephFS, FUSE, 9p,
    virtiofs).

Why it matters
    Each kind has other costs: over a network every open and stat is a round trip, so that
    importing thousands of small files or SQLite transactions take many times as long; overlay
    copies a whole file before its first change; files in memory are fast, and count against the
    memory limit.

How to confirm
    `df -T DIRECTORY` on both sides, and `time python -c 'import os; [os.stat("DIRECTORY") for _
    in range(10000)]'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA423",
    name="slow-file-system",
    effects=("performance",),
    severity="medium",
    reads=(
        "filesystem.*",
        "process.cwd",
    ),
    remedy=Remedy(
        runtime="docker run --tmpfs /tmp ... or -v VOLUME:/data ... (a local volume) on both "
        "sides; Kubernetes: an emptyDir for what is temporary",
        host="copy data that is read often to a local disk before the run",
    ),
    sources=(
        "https://docs.kernel.org/filesystems/overlayfs.html",
        "https://docs.kernel.org/filesystems/9p.html",
        "https://docs.kernel.org/filesystems/tmpfs.html",
    ),
)


KINDS = {
    "memory": ("tmpfs", "ramfs"),
    "network or shared": (
        *("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"),
        *("9p", "virtiofs", "vboxsf", "prl_fs", "fakeowner", "grpcfuse", "osxfs"),
    ),
    "layered": ("overlay", "aufs", "fuse-overlayfs"),
}


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("filesystem.*.type", "filesystem.mounts.*"):
        kinds = (_kind(change.before), _kind(change.after))
        if None in kinds or kinds[0] == kinds[1]:
            continue
        place = change.path.removeprefix("filesystem.").removeprefix("mounts.")
        far = "network or shared" in kinds
        yield Hit(
            message=f"The files of {place.removesuffix('.type')} lie on {kinds[0]} storage in A "
            f"and on {kinds[1]} storage in B ({_type(change.before)}, {_type(change.after)}): "
            "opening, reading and writing files takes another time.",
            changes=(change,),
            confidence=0.6 if far else 0.3,
        )


def _type(value: Value) -> str | None:
    told = as_mapping(value).get("type", value)
    return told if isinstance(told, str) else None


def _kind(value: Value) -> str | None:
    name = _type(value)
    if name is None:
        return None
    for kind, names in KINDS.items():
        if name in names:
            return kind
    return "network or shared" if name.startswith("fuse") else "local"
