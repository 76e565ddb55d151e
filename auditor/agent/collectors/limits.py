"""What the process may use: cgroup limits, CPU affinity, resource limits.

"No limit" is always `max`.

- `cgroup.version`: `1`, `2`, or `hybrid` (controllers on v1 with a v2 hierarchy beside them);
  always text. The cgroup facts are those of kernel documentation admin-guide/cgroup-v1 and
  admin-guide/cgroup-v2, each the lowest on the visible way up (see `cgroup.py`):
  `cpu.quota` in CPUs; `cpu.weight` on v2 and `cpu.shares` on v1, as the kernel shows them,
  since they mean something only beside their siblings; `cpuset` as a range list;
  `memory.max`, `memory.high` (v2), `memory.swap_max` (swap alone, also on v1) in bytes;
  `pids.max` in tasks.
- `affinity`, `affinity.count`: the online CPUs that the scheduler may choose for the process:
  Cpus_allowed_list of /proc/PID/status (proc(5)), as sched_getaffinity(2) tells it.
- `python.cpu_count`, `python.process_cpu_count`: what `os.cpu_count()` and
  `os.process_cpu_count()` say, `PYTHON_CPU_COUNT` and `-X cpu_count` included (3.13).
  Neither knows of `cpu.quota`. Before 3.13 the latter is `len(os.sched_getaffinity(0))`.
- `rlimit.NAME.soft`, `rlimit.NAME.hard`: /proc/PID/limits (getrlimit(2)), by the names of
  Python's `resource` module, in the kernel's units: bytes, seconds (`rttime`: microseconds)
  or counts.
- `shm_size`: bytes of the tmpfs that /dev/shm lies on (shm_overview(7), tmpfs(5)).
- `oom_score_adj`: -1000 to 1000 (proc(5)).
"""

from __future__ import annotations

from ..application import find_interpreter, runs_on_musl
from ..cgroup import (
    cpu_quota,
    cpu_shares,
    cpu_weight,
    cpuset,
    memory_high,
    memory_max,
    pids_max,
    read_cgroups,
    swap_max,
)
from ..mounts import mount_of
from ..root import whole_number
from ..section import RUNTIME, Unreadable, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "limits"
ORIGIN = RUNTIME

# Fact -> (controller, how it is read).
CGROUP_FACTS = {
    "cpu.quota": ("cpu", cpu_quota),
    "cpu.weight": ("cpu", cpu_weight),
    "cpu.shares": ("cpu", cpu_shares),
    "memory.max": ("memory", memory_max),
    "memory.high": ("memory", memory_high),
    "memory.swap_max": ("memory", swap_max),
    "pids.max": ("pids", pids_max),
}
# The first words of the lines of /proc/PID/limits -> RLIMIT_ name.
RESOURCES = {
    "Max cpu time": "cpu",
    "Max file size": "fsize",
    "Max data size": "data",
    "Max stack size": "stack",
    "Max core file size": "core",
    "Max resident set": "rss",
    "Max processes": "nproc",
    "Max open files": "nofile",
    "Max locked memory": "memlock",
    "Max address space": "as",
    "Max file locks": "locks",
    "Max pending signals": "sigpending",
    "Max msgqueue size": "msgqueue",
    "Max nice priority": "nice",
    "Max realtime priority": "rtprio",
    "Max realtime timeout": "rttime",
}
_LIMIT_NAME_WIDTH = 26  # of /proc/PID/limits: "%-25s "
MAX_CPUS = 65536  # far above the kernel's own bound, NR_CPUS = 8192
ONLINE = "/sys/devices/system/cpu/online"
SHARED_MEMORY = "/dev/shm"  # noqa: S108  looked at, never written to


def collect(subject: Subject, facts: Facts) -> None:
    subject.require_running()
    collect_cgroup(subject, facts)
    collect_processors(subject, facts)
    collect_resource_limits(subject, facts)
    facts.attempt("shm_size", shared_memory_size, subject)
    facts.attempt("oom_score_adj", oom_score_adj, subject)


# -- control groups ---------------------------------------------------------------------------


def collect_cgroup(subject: Subject, facts: Facts) -> None:
    try:
        cgroups = read_cgroups(subject.root, subject.process, subject.mounts)
    except (OSError, ValueError) as error:
        for key in ("cgroup.version", "cpuset", *CGROUP_FACTS):
            facts.gap(key, why(error))
        return
    facts["cgroup.version"] = cgroups.version
    for key, (controller, read) in CGROUP_FACTS.items():
        try:
            group = cgroups.group(controller)
        except ValueError as error:
            facts.gap(key, why(error))
            continue
        if group is not None:
            facts.attempt(key, read, group)

    def processors() -> str | None:
        group = cgroups.group("cpuset")
        listed = None if group is None else cpuset(group)
        return None if not listed else write_ranges(read_ranges(listed))

    facts.attempt("cpuset", processors)


# -- processors -------------------------------------------------------------------------------


def collect_processors(subject: Subject, facts: Facts) -> None:
    try:
        online = online_processors(subject.root)
    except (OSError, ValueError) as error:
        for key in ("affinity", "affinity.count", "python.cpu_count", "python.process_cpu_count"):
            facts.gap(key, "online CPUs: " + why(error))
        return
    try:
        listed = read_ranges(subject.process.status.get("Cpus_allowed_list", ""))
    except (OSError, ValueError) as error:
        for key in ("affinity", "affinity.count", "python.process_cpu_count"):
            facts.gap(key, why(error))
        listed = None
    allowed = None if listed is None else sorted(set(listed) & set(online))
    if allowed is not None:
        facts["affinity"] = write_ranges(allowed)
        facts["affinity.count"] = len(allowed)
    collect_python_counts(subject, facts, len(online), None if allowed is None else len(allowed))


def online_processors(root: Root) -> list[int]:
    """As glibc counts them for sysconf(3): /sys, and /proc/stat where that is masked."""
    try:
        return read_ranges(root.value(ONLINE))
    except OSError:
        lines = root.text("/proc/stat").splitlines()
        names = [line.split(" ", 1)[0] for line in lines if line.startswith("cpu")]
        numbers = [whole_number(name[3:]) for name in names]
        return [number for number in numbers if number is not None]


def collect_python_counts(subject: Subject, facts: Facts, online: int, allowed: int | None) -> None:
    interpreter = find_interpreter(subject)
    if interpreter is None:
        return
    told = told_count(subject) if interpreter.series_number >= (3, 13) else None
    if told is not None:
        facts["python.cpu_count"] = facts["python.process_cpu_count"] = told
        return
    if not runs_on_musl(subject):
        facts["python.cpu_count"] = online
    elif allowed is not None:
        facts["python.cpu_count"] = allowed  # musl's sysconf(3) counts the affinity mask
    else:
        facts.gap("python.cpu_count", "the affinity is not known")
    if allowed is not None:
        facts["python.process_cpu_count"] = allowed


def told_count(subject: Subject) -> int | None:
    """`-X cpu_count=N` before PYTHON_CPU_COUNT=N; `default` and nonsense do not count."""
    settings = subject.settings
    option = settings.x_option("cpu_count")
    told = settings.variable("PYTHON_CPU_COUNT") if option is None else option
    return whole_number(told) or None


def read_ranges(text: str) -> list[int]:
    """The numbers of a kernel list such as `0-3,8` (cpuset(7), List Format)."""
    numbers: set[int] = set()
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            start, end = int(first), int(last or first)
            if end >= MAX_CPUS:
                raise Unreadable("more than %d CPUs" % MAX_CPUS)
            numbers.update(range(start, end + 1))
    return sorted(numbers)


def write_ranges(numbers: list[int]) -> str:
    """The shortest list in the kernel's own form."""
    parts: list[str] = []
    start = previous = None
    for number in [*numbers, None]:
        if previous is not None and number == previous + 1:
            previous = number
            continue
        if start is not None:
            parts.append(str(start) if start == previous else "%d-%d" % (start, previous or 0))
        start = previous = number
    return ",".join(parts)


# -- resource limits --------------------------------------------------------------------------


def collect_resource_limits(subject: Subject, facts: Facts) -> None:
    try:
        lines = subject.root.text(subject.process.path("limits"), 64 * 1024).splitlines()
    except (OSError, ValueError) as error:
        for name in RESOURCES.values():
            facts.gap("rlimit.%s.soft" % name, why(error))
            facts.gap("rlimit.%s.hard" % name, why(error))
        return
    for line in lines:
        resource = RESOURCES.get(line[:_LIMIT_NAME_WIDTH].strip())
        values = line[_LIMIT_NAME_WIDTH:].split()[:2]
        if resource is not None and len(values) == 2:
            facts.attempt("rlimit.%s.soft" % resource, resource_limit, values[0])
            facts.attempt("rlimit.%s.hard" % resource, resource_limit, values[1])


def resource_limit(text: str) -> int | str:
    return "max" if text == "unlimited" else int(text)


# -- memory -----------------------------------------------------------------------------------


def shared_memory_size(subject: Subject) -> int | str | None:
    """None where there is no shared memory; `max` where nothing but memory limits it."""
    if not subject.root.is_dir(SHARED_MEMORY):
        return None
    mount = mount_of(subject.mounts, subject.root.realpath(SHARED_MEMORY))
    if mount is None or mount.fstype not in ("tmpfs", "ramfs"):
        raise Unreadable(SHARED_MEMORY + " is not on a tmpfs")
    if mount.fstype == "ramfs":
        return "max"
    for option in mount.super_options:
        name, _, value = option.partition("=")
        if name == "size":
            return tmpfs_size(subject.root, value)
    # The kernel shows no size where it is the default, half of the memory at that time.
    status = subject.root.statvfs(SHARED_MEMORY)
    return status.f_blocks * status.f_frsize


def tmpfs_size(root: Root, text: str) -> int | str:
    """`size=` takes k, m, g and, of the physical memory, %; 0 means no limit."""
    unit = text[-1:].lower()
    number = int(text.rstrip("kKmMgG%"))
    if unit == "%":
        for line in root.text("/proc/meminfo", 64 * 1024).splitlines():
            if line.startswith("MemTotal:"):
                return int(line.split()[1]) * 1024 * number // 100
        raise Unreadable("no MemTotal in /proc/meminfo")
    return number * {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(unit, 1) or "max"


def oom_score_adj(subject: Subject) -> int:
    return int(subject.root.value(subject.process.path("oom_score_adj")))
