"""The control groups of a process and the limits that they set.

Sources: cgroups(7), cgroup_namespaces(7), and the kernel's admin-guide/cgroup-v1 and
admin-guide/cgroup-v2. A process is told its groups as paths (`/proc/PID/cgroup`) relative to
the cgroup namespace of whoever reads them; what is mounted below `/sys/fs/cgroup` may begin
anywhere in the hierarchy (the `root` field of mountinfo, relative to the same namespace). The
directory of a group is found by laying one over the other.

A limit holds for a group and all groups below it, so what counts is the lowest value on the
way up. Inside a container the way up often ends at the container's own group: a limit of the
pod or slice above it is not visible there, except that v1 tells the effective memory limit.
"""

from __future__ import annotations

from .mounts import read_mounts
from .process import Process
from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .mounts import Mount
    from .root import Root

# What every collector says where there is none.
NO_LIMIT = "max"
# v1 has no word for "no limit" in memory: it shows the largest number of whole pages (or of
# bytes, before Linux 3.19), whose exact value depends on the page size.
_V1_UNLIMITED = 1 << 62
_V2 = ""  # the controller under which /proc/PID/cgroup lists the v2 hierarchy
_RESOURCES = ("cpu", "cpuset", "memory", "pids")
_MAX_DEPTH = 64


class Group:
    """The group of a process in one hierarchy: its directory, then those visible above it."""

    __slots__ = ("directories", "root", "version")

    def __init__(self, root: Root, version: int, directories: list[str]) -> None:
        self.root = root
        self.version = version
        self.directories = directories

    def own(self, name: str) -> str | None:
        """The content of a file of the group itself; None where it has no such file."""
        return _content(self.root, self.directories[0] + "/" + name)

    def nearest(self, name: str) -> str | None:
        for content in self.each(name):
            return content
        return None

    def each(self, name: str) -> Iterator[str]:
        """A file's content on every level that has it, from the group itself upwards.

        The topmost group has no limits, and a group whose parent does not pass on the
        controller has no files of it: neither limits anything.
        """
        for directory in self.directories:
            content = _content(self.root, directory + "/" + name)
            if content is not None:
                yield content

    def lowest(self, name: str) -> int | str:
        """The lowest limit of a file that holds a number or `max`."""
        return _lowest(_limit(content) for content in self.each(name))


class Cgroups:
    """The groups of one process, by controller.

    `sides`: where they may be seen, the best first: a root, and what is mounted in it.
    """

    def __init__(self, root: Root, process: Process, sides: list[tuple[Root, list[Mount]]]) -> None:
        self._sides = sides
        self._paths = _memberships(root.text(process.path("cgroup"), 256 * 1024))

    @property
    def version(self) -> str:
        """`1`, `2`, or `hybrid`: controllers on v1 and, beside them, a v2 hierarchy.

        Decided by the process's memberships, so that it is the same from inside and outside.
        """
        on_v1 = any(controller in self._paths for controller in _RESOURCES)
        if not on_v1:
            return "2" if _V2 in self._paths else "1"
        return "hybrid" if _V2 in self._paths else "1"

    def group(self, controller: str) -> Group | None:
        """The process's group; None where the kernel has no such controller.

        Raises `Unreadable` where the group exists but cannot be seen from here.
        """
        version, name, fstype = 1, controller, "cgroup"
        if controller not in self._paths:
            version, name, fstype = 2, _V2, "cgroup2"
        path = self._paths.get(name)
        if path is None:
            return None
        unseen: ValueError | None = None
        for root, mounts in self._sides:
            try:
                return Group(root, version, _directories(root, mounts, path, fstype, name))
            except ValueError as error:
                unseen = unseen or error
        assert unseen is not None
        raise unseen


def _directories(
    root: Root, mounted: list[Mount], path: str, fstype: str, controller: str
) -> list[str]:
    """Of a group, and of those above it."""
    mounts = [
        mount
        for mount in mounted
        if mount.fstype == fstype and (controller == _V2 or controller in mount.super_options)
    ]
    if not mounts:
        raise Unreadable("the cgroup file system is not mounted here")
    # The mount that begins highest shows the most groups above ours.
    for mount in sorted(mounts, key=lambda mount: len(_names(mount.root))):
        below = _below(_names(path), _names(mount.root))
        if below is None:
            continue
        if len(below) > _MAX_DEPTH:
            raise Unreadable("cgroups are nested deeper than %d levels" % _MAX_DEPTH)
        directories = [
            "/".join([mount.point, *below[:depth]]) for depth in range(len(below), -1, -1)
        ]
        if root.is_dir(directories[0]):  # not hidden by another mount
            return directories
    raise Unreadable("the process's cgroup is not visible here")


def read_cgroups(root: Root, process: Process, mounts: list[Mount]) -> Cgroups:
    """The cgroups of a process whose own mounts are `mounts`."""
    sides = [(root, mounts)]
    if not root.live:
        # Seen from outside, /sys is the reader's, and so is what is mounted there. A reader in a
        # container (a debug container beside the process's) has its own group alone there, and
        # the process's is where the process itself sees it.
        own = [(root.inside, mounts)] if root.inside is not root else []
        try:
            sides = [(root, read_mounts(Process(root, "/proc/self"))), *own]
        except OSError:  # a recorded tree of the process's own side
            pass
    return Cgroups(root, process, sides)


def cpu_quota(group: Group) -> float | str:
    """How many CPUs' worth of time the process may use, to a thousandth (CFS bandwidth)."""
    if group.version == 2:
        quotas = [content.split() for content in group.each("cpu.max")]
    else:
        runtimes, periods = group.each("cpu.cfs_quota_us"), group.each("cpu.cfs_period_us")
        quotas = [[runtime, period] for runtime, period in zip(runtimes, periods)]
    shares = [
        int(quota[0]) / int(quota[1])
        for quota in quotas
        if len(quota) == 2 and quota[0] != NO_LIMIT and int(quota[0]) > 0 and int(quota[1]) > 0
    ]
    return round(min(shares), 3) if shares else NO_LIMIT


def cpu_weight(group: Group) -> int | None:
    """v2: 1 to 10000, 100 by default."""
    return _number(group.own("cpu.weight")) if group.version == 2 else None


def cpu_shares(group: Group) -> int | None:
    """v1: 2 to 262144, 1024 by default."""
    return _number(group.own("cpu.shares")) if group.version == 1 else None


def cpuset(group: Group) -> str | None:
    """The CPUs that the process may be given, as the kernel writes them (`0-3,8`)."""
    if group.version == 2:
        return group.nearest("cpuset.cpus.effective")
    return group.nearest("cpuset.effective_cpus") or group.nearest("cpuset.cpus")


def memory_max(group: Group) -> int | str:
    """Bytes at which the process's group is reclaimed and then killed."""
    if group.version == 2:
        return group.lowest("memory.max")
    return _v1_memory(group, "memory.limit_in_bytes", "hierarchical_memory_limit")


def memory_left(group: Group) -> int | None:
    """Bytes until the group, or one above it, reaches its limit; None where there is none.

    Files that were read and can be dropped again count as usage, but not as used up.
    """
    left: list[int] = []
    limit, usage, dropped = "memory.max", "memory.current", "inactive_file"
    if group.version == 1:
        limit, usage, dropped = (
            "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
        )  # fmt: skip
    for directory in group.directories:
        most, used = (_content(group.root, directory + "/" + name) for name in (limit, usage))
        number = None if most is None else _limit(most)
        if used is None or not isinstance(number, int):
            continue
        for line in (_content(group.root, directory + "/memory.stat") or "").splitlines():
            key, _, value = line.partition(" ")
            if key == dropped:
                used = str(int(used) - int(value))
        left.append(number - int(used))
    return max(0, min(left)) if left else None


def memory_high(group: Group) -> int | str | None:
    """v2: bytes above which the group is throttled."""
    return group.lowest("memory.high") if group.version == 2 else None


def swap_max(group: Group) -> int | str:
    """Bytes of swap. v1 limits memory and swap together: what exceeds the memory limit."""
    if group.version == 2:
        return group.lowest("memory.swap.max")
    both = _v1_memory(group, "memory.memsw.limit_in_bytes", "hierarchical_memsw_limit")
    memory = memory_max(group)
    if isinstance(both, str) or isinstance(memory, str):
        return NO_LIMIT
    return max(0, both - memory)


def pids_max(group: Group) -> int | str:
    """Processes and threads together."""
    return group.lowest("pids.max")


def _v1_memory(group: Group, name: str, effective: str) -> int | str:
    """`memory.stat` tells the limit with regard to the groups above, the invisible included,
    and knows whether they count (memory.use_hierarchy)."""
    for line in (group.own("memory.stat") or "").splitlines():
        key, _, value = line.partition(" ")
        if key == effective:
            return _limit(value)
    return group.lowest(name)


def _memberships(text: str) -> dict[str, str]:
    """Controller -> path; lines are `ID:CONTROLLER,...:PATH`, and `0::PATH` for v2."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        fields = line.split(":", 2)
        if len(fields) == 3:
            for controller in fields[1].split(","):
                paths[controller] = fields[2]
    return paths


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]


def _below(names: list[str], top: list[str]) -> list[str] | None:
    """What remains of a group's path below the group that is mounted.

    Both may begin with `..`, which stand for unnamed groups above the namespace's root.
    """
    below = names[len(top) :]
    if names[: len(top)] != top or ".." in below:
        return None
    return below


def _content(root: Root, path: str) -> str | None:
    try:
        return root.value(path)
    except FileNotFoundError:
        return None


def _limit(content: str) -> int | str:
    number = None if content == NO_LIMIT else int(content)
    if number is None or number < 0 or number >= _V1_UNLIMITED:
        return NO_LIMIT
    return number


def _lowest(limits: Iterator[int | str]) -> int | str:
    numbers = [limit for limit in limits if not isinstance(limit, str)]
    return min(numbers) if numbers else NO_LIMIT


def _number(content: str | None) -> int | None:
    return None if content is None else int(content)
