"""Where the application may read and write, and what is mounted over the image.

- `root`, `tmp`, `cwd`, each with `.type` (of the file system), `.read_only` (the mount or the
  file system) and `.free` (a class of the space that statvfs(3) says is left for users).
  `.read_only` and `.type` come from /proc/PID/mountinfo (proc(5)).
- `tmp.path`: the first of TMPDIR, TEMP and TMP, else /tmp; `tmp.noexec`: whether files there
  can be run or mapped as libraries (mount(8)). `cwd.path` is `process.cwd`.
- `home.path`: HOME, else the entry in /etc/passwd, as `os.path.expanduser` does.
- `tmp`, `home`, `cwd` and `shm` (/dev/shm; its size is `limits.shm_size`) with `.exists` and
  `.writable`: whether the process may create files there, decided as path_resolution(7)
  describes, from owners, modes, CAP_DAC_OVERRIDE and mounts, since access(2) would answer for
  the agent's user and writing is out of the question. Access control lists and security
  modules are not looked at.
- `mounts.POINT`: volumes, tmpfs and files laid over the image: type, read_only, noexec,
  nosuid, nodev, and a tmpfs's size in bytes. What a container runtime mounts into every
  container is left out, and so are sources and options that name one instance.
"""

from __future__ import annotations

import stat as stat_module

from ..mounts import mount_of
from ..process import OVERFLOW_ID
from ..section import RUNTIME, Unreadable, why
from .limits import tmpfs_size
from .process import effective, passwd_entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

    from ..mounts import Mount
    from ..section import Facts
    from ..subject import Subject

SECTION = "filesystem"
ORIGIN = RUNTIME

TMP_VARIABLES = ("TMPDIR", "TEMP", "TMP")
DEFAULT_TMP = "/tmp"  # noqa: S108  looked at, never written to
_MIB = 1 << 20
FREE_CLASSES = ((100 * _MIB, "<100MiB"), (1024 * _MIB, "<1GiB"), (10240 * _MIB, "<10GiB"))
MOST_FREE = ">=10GiB"

# Kernel interfaces, which no image and no volume consists of.
KERNEL_TYPES = frozenset(
    "proc sysfs devpts devtmpfs mqueue cgroup cgroup2 securityfs debugfs tracefs pstore bpf "
    "binfmt_misc fusectl configfs hugetlbfs rpc_pipefs nsfs autofs efivarfs selinuxfs "
    "fuse.lxcfs".split()
)
# What container runtimes mount by themselves (OCI runtime specification, config-linux: Default
# Filesystems; moby, podman and the kubelet add the files).
STANDARD_POINTS = frozenset(
    "/ /dev /dev/shm /dev/pts /dev/mqueue /dev/console /dev/termination-log /etc/resolv.conf "
    "/etc/hostname /etc/hosts /run/.containerenv /var/run/.containerenv /.dockerenv "
    "/sbin/docker-init /dev/init".split()
)
STANDARD_BELOW = ("/proc/", "/sys/", "/dev/")
# An engine's own bookkeeping on its host: other containers, each under its id.
ENGINE_BELOW = (
    "/var/lib/docker/",
    "/var/lib/containers/",
    "/var/lib/containerd/",
    "/var/lib/kubelet/pods/",
    "/run/docker/",
    "/run/containerd/",
    "/run/user/",
    "/run/netns/",
)
# Wherever an engine keeps its storage, what belongs to a container lies below one of these and
# its id: `overlay2/ID/merged`, `overlay/ID/lower-mapped`, `containers/ID/mounts/shm`.
ENGINE_FOLDERS = ("overlay", "overlay2", "overlay-containers", "containers")
ID_LENGTH = 64
HEXADECIMAL = "0123456789abcdef"
MAX_MOUNTS = 256

_SEARCH, _WRITE = 1, 2  # the bits of each triple of a mode
CAP_DAC_OVERRIDE = 1  # linux/capability.h


def collect(subject: Subject, facts: Facts) -> None:
    subject.require_running()
    environ = subject.environ
    access = Access(subject)
    collect_mounts(subject, facts)
    collect_file_system(subject, facts, "root", "/")

    tmp = next((environ[name] for name in TMP_VARIABLES if environ.get(name)), DEFAULT_TMP)
    facts["tmp.path"] = subject.redactor.text(tmp)
    collect_directory(subject, facts, access, "tmp", tmp)
    collect_directory(subject, facts, access, "cwd", "")
    collect_access(subject, facts, access, "shm", "/dev/shm")  # noqa: S108  only looked at
    try:
        home = home_of(subject)
    except (OSError, ValueError) as error:
        facts.gap("home.path", why(error))
    else:
        if home is not None:
            facts["home.path"] = subject.redactor.text(home)
            collect_access(subject, facts, access, "home", home)


# -- single directories -----------------------------------------------------------------------


def home_of(subject: Subject) -> str | None:
    home = subject.environ.get("HOME")
    if home is not None:
        return home
    try:
        entry = passwd_entry(subject, effective(subject, "Uid"))
    except FileNotFoundError:
        return None
    return None if entry is None else entry[5]


def collect_directory(subject: Subject, facts: Facts, access: Access, key: str, path: str) -> None:
    """A directory that programs write to; an empty path is the working directory."""
    exists = collect_access(subject, facts, access, key, path)
    if exists:
        mount = collect_file_system(subject, facts, key, absolute(subject, path))
        if key == "tmp" and mount is not None:
            facts["tmp.noexec"] = "noexec" in mount.options


def collect_access(subject: Subject, facts: Facts, access: Access, key: str, path: str) -> bool:
    """Sets `.exists` and `.writable`; returns whether it is known to exist."""
    try:
        path = absolute(subject, path)
        subject.root.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        facts[key + ".exists"] = facts[key + ".writable"] = False
        return False
    except (OSError, ValueError) as error:
        facts.gap(key + ".exists", why(error))
        facts.attempt(key + ".writable", access.may_create_in, path)
        return False
    facts[key + ".exists"] = True
    facts.attempt(key + ".writable", access.may_create_in, path)
    return True


def collect_file_system(subject: Subject, facts: Facts, key: str, path: str) -> Mount | None:
    facts.attempt(key + ".free", free_class, subject, path)
    try:
        mount = mount_of(subject.mounts, subject.root.realpath(path))
        if mount is None:
            raise Unreadable("no mount holds it")
    except (OSError, ValueError) as error:
        facts.gap(key + ".type", why(error))
        facts.gap(key + ".read_only", why(error))
        return None
    facts[key + ".type"] = mount.fstype
    facts[key + ".read_only"] = mount.read_only
    return mount


def absolute(subject: Subject, path: str) -> str:
    if path.startswith("/"):
        return path
    return subject.process.cwd.rstrip("/") + "/" + path


def free_class(subject: Subject, path: str) -> str:
    status = subject.root.statvfs(path)
    free = status.f_bavail * status.f_frsize
    for bound, name in FREE_CLASSES:
        if free < bound:
            return name
    return MOST_FREE


# -- may the process write there --------------------------------------------------------------


class Access:
    """The process's identity as the kernel checks it against files."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        process = subject.process
        self.uid = process.identities("Uid")[3]  # file system identities decide
        self.groups = {int(word) for word in process.status.get("Groups", "").split()}
        self.groups.add(process.identities("Gid")[3])
        mask = int(process.status.get("CapEff", "0"), 16)
        self.overrides = bool(mask >> CAP_DAC_OVERRIDE & 1)
        self._owners = owners_in_reach(subject)

    def may_create_in(self, path: str) -> bool:
        """Whether the process may create files in a directory, which it has to reach first."""
        root = self._subject.root
        names = [name for name in path.split("/") if name]
        for depth in range(len(names)):
            if not self.permits(root.stat("/" + "/".join(names[:depth])), _SEARCH):
                return False
        if not self.permits(root.stat(path), _SEARCH | _WRITE):
            return False
        mount = mount_of(self._subject.mounts, root.realpath(path))
        return mount is None or not mount.read_only

    def permits(self, status: os.stat_result, wanted: int) -> bool:
        if not stat_module.S_ISDIR(status.st_mode):
            return False
        if self.overrides and self._in_reach(status.st_uid):
            return True
        if status.st_uid == self.uid:
            allowed = status.st_mode >> 6
        elif status.st_gid in self.groups:
            allowed = status.st_mode >> 3
        else:
            allowed = status.st_mode
        return allowed & wanted == wanted

    def _in_reach(self, owner: int) -> bool:
        if self._owners is None:
            return True
        return any(first <= owner < first + count for first, count in self._owners)


def owners_in_reach(subject: Subject) -> list[tuple[int, int]] | None:
    """The owners, as (first, count), over whose files the process's capabilities have power.

    None means all. In a user namespace these are the ones that have a number in it
    (user_namespaces(7)); a reader inside sees those numbers, a reader outside its own.
    """
    process = subject.process
    try:
        ranges = process.id_map("Uid")
    except (OSError, ValueError):
        return None
    if ranges is None:
        return None
    column = 0 if process.shares_namespace("user") else 1
    owners = [(one[column], one[2]) for one in ranges]
    if column == 0:
        # All other owners look like this one from inside.
        return [(first, min(count, OVERFLOW_ID - first)) for first, count in owners]
    return owners


# -- what is mounted over the image -----------------------------------------------------------


def collect_mounts(subject: Subject, facts: Facts) -> None:
    listed: dict[str, Any] = {}
    storages = tuple(mount.point + "/" for mount in subject.mounts if _is_a_storage(mount))
    for mount in subject.mounts:
        if is_standard(mount) or (mount.point + "/").startswith(storages):
            continue
        if mount.point not in listed and len(listed) >= MAX_MOUNTS:
            facts.gap("*", "more than %d mounts" % MAX_MOUNTS)
            break
        listed[mount.point] = describe(subject, mount)
    for point, description in sorted(listed.items()):
        facts["mounts." + subject.redactor.text(point)] = description


def is_standard(mount: Mount) -> bool:
    return (
        mount.fstype in KERNEL_TYPES
        or mount.point in STANDARD_POINTS
        or mount.point.startswith(STANDARD_BELOW)
        or mount.point.startswith(ENGINE_BELOW)
        or _is_of_a_container(mount.point)
    )


def describe(subject: Subject, mount: Mount) -> dict[str, Any]:
    description: dict[str, Any] = {"type": mount.fstype, "read_only": mount.read_only}
    for flag in ("noexec", "nosuid", "nodev"):
        description[flag] = flag in mount.options
    if mount.fstype == "tmpfs":
        for option in mount.super_options:
            if option.startswith("size="):
                try:
                    description["size"] = tmpfs_size(subject.root, option[len("size=") :])
                except (OSError, ValueError):
                    continue
    return description


def _is_a_storage(mount: Mount) -> bool:
    """Podman's folder of all containers, mounted on itself (github.com/containers/storage,
    `MakePrivate`), wherever it is."""
    return (
        mount.point.endswith("/overlay")
        and len(mount.root) > 1
        and mount.point.endswith(mount.root)
    )


def _is_of_a_container(point: str) -> bool:
    """A container's root or shared memory, by its id."""
    names = point.split("/")
    return any(
        folder in ENGINE_FOLDERS and len(name) == ID_LENGTH and not name.strip(HEXADECIMAL)
        for folder, name in zip(names, names[1:])
    )
