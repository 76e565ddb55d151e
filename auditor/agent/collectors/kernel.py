"""The kernel, and those of its settings that programs feel.

- `release`, `version`, `machine`: /proc/sys/kernel/{osrelease,version,arch} (sysctl/kernel.rst).
- `transparent_hugepage`, `transparent_hugepage_defrag`: the bracketed choice of
  /sys/kernel/mm/transparent_hugepage/{enabled,defrag} (mm/transhuge.rst).
- `clocksource`: current_clocksource (some cost a system call for every look at the time).
- `mitigations`: what the kernel does about the processor's vulnerabilities that it has, from
  /sys/devices/system/cpu/vulnerabilities (hw-vuln/).
- the remaining settings: the sysctl of the same name (sysctl/{kernel,vm,fs}.rst), plain numbers.
- settings of the network namespace (sysctl/net.rst, networking/ip-sysctl.rst): how the container
  is started decides them, so their origin is `runtime`.

A setting that this kernel does not have is left out.
"""

from __future__ import annotations

from ..root import KIB
from ..section import HOST, RUNTIME, SectionSkipped, Unreadable, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..root import Root
    from ..section import Facts
    from ..subject import Subject

SECTION = "kernel"
ORIGIN = HOST

NUMBERS = {
    "overcommit_memory": "/proc/sys/vm/overcommit_memory",
    "overcommit_ratio": "/proc/sys/vm/overcommit_ratio",
    "max_map_count": "/proc/sys/vm/max_map_count",
    "swappiness": "/proc/sys/vm/swappiness",
    "zone_reclaim_mode": "/proc/sys/vm/zone_reclaim_mode",
    "nr_hugepages": "/proc/sys/vm/nr_hugepages",
    "randomize_va_space": "/proc/sys/kernel/randomize_va_space",
    "numa_balancing": "/proc/sys/kernel/numa_balancing",
    "perf_event_paranoid": "/proc/sys/kernel/perf_event_paranoid",
    "ptrace_scope": "/proc/sys/kernel/yama/ptrace_scope",
    "io_uring_disabled": "/proc/sys/kernel/io_uring_disabled",
    "nr_open": "/proc/sys/fs/nr_open",
    "inotify_max_user_instances": "/proc/sys/fs/inotify/max_user_instances",
    "inotify_max_user_watches": "/proc/sys/fs/inotify/max_user_watches",
}
NETWORK_NUMBERS = {
    "somaxconn": "/proc/sys/net/core/somaxconn",
    "ip_unprivileged_port_start": "/proc/sys/net/ipv4/ip_unprivileged_port_start",
    "tcp_keepalive_time": "/proc/sys/net/ipv4/tcp_keepalive_time",  # seconds
    "disable_ipv6": "/proc/sys/net/ipv6/conf/all/disable_ipv6",
}
TRANSPARENT_HUGEPAGE = "/sys/kernel/mm/transparent_hugepage/"
CLOCKSOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
VULNERABILITIES = "/sys/devices/system/cpu/vulnerabilities"
MAX_VULNERABILITIES = 128


def collect(subject: Subject, facts: Facts) -> None:
    if not subject.running:
        raise SectionSkipped("not running: decided by the machine it is started on")
    root = subject.root
    facts["release"] = root.value("/proc/sys/kernel/osrelease")
    facts.attempt("version", root.value, "/proc/sys/kernel/version")
    read_setting(facts, "machine", root.value, "/proc/sys/kernel/arch")  # Linux 6.1
    for key, name in (
        ("transparent_hugepage", "enabled"),
        ("transparent_hugepage_defrag", "defrag"),
    ):
        read_setting(facts, key, chosen, root, TRANSPARENT_HUGEPAGE + name)
    for key, path in NUMBERS.items():
        read_setting(facts, key, number, root, path)
    read_setting(facts, "clocksource", root.value, CLOCKSOURCE)
    read_setting(facts, "mitigations", mitigations, root)
    collect_network(subject, facts)


def collect_network(subject: Subject, facts: Facts) -> None:
    # /proc/sys/net shows the namespace of whoever reads it.
    elsewhere = in_other_network(subject)
    for key, path in NETWORK_NUMBERS.items():
        facts.origins[key] = RUNTIME
        if elsewhere:
            facts.gap(key, "the process is in another network namespace")
        else:
            read_setting(facts, key, number, subject.root, path)


def in_other_network(subject: Subject) -> bool:
    try:
        theirs = subject.root.readlink(subject.process.path("ns/net"))
        return theirs != subject.root.readlink("/proc/self/ns/net")
    except (OSError, ValueError):
        return False


def read_setting(facts: Facts, key: str, read: Callable[..., Any], *arguments: Any) -> None:
    """As `facts.attempt`, but a setting without a file is one that the kernel lacks."""
    try:
        facts[key] = read(*arguments)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        facts.gap(key, why(error))


def number(root: Root, path: str) -> int:
    return int(root.text(path, KIB))


def chosen(root: Root, path: str) -> str:
    """`always [madvise] never`: the word in brackets."""
    for word in root.value(path).split():
        if word.startswith("[") and word.endswith("]"):
            return word[1:-1]
    raise Unreadable("no choice is marked")


def mitigations(root: Root) -> list[str]:
    """`name: status` of the vulnerabilities that this processor has."""
    found = []
    for name in root.listdir(VULNERABILITIES)[:MAX_VULNERABILITIES]:
        status = root.value(VULNERABILITIES + "/" + name)
        if status != "Not affected":
            found.append(name + ": " + status)
    return found
