from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.agent.collectors import limits as collector
from auditor.agent.collectors.limits import read_ranges, write_ranges
from auditor.agent.redact import Redactor
from auditor.agent.root import TreeRoot
from auditor.agent.subject import live_subject

from .given import subject_in, subject_with, write_tree

NO_CPU_LIMITS = {"/sys/devices/system/cpu/online": "0-1\n", "/proc/1/limits": ""}


@pytest.fixture
def facts_of(subject_of, collect):
    def facts(name, **options):
        section = collect(collector, subject_of(name, **options))
        assert section.status == "ok"
        return section.facts

    return facts


@pytest.fixture
def limits_in(tmp_path, collect):
    """The section of a tree that consists of the given files alone."""

    def section(files):
        return collect(collector, subject_in(write_tree(tmp_path, files)))

    return section


def test_limits_of_a_docker_container_on_cgroup_v1(facts_of):
    facts = facts_of("debian12-docker-v1")
    assert facts.gaps == {}
    assert {key: value for key, value in facts.values.items() if "rlimit" not in key} == {
        "cgroup.version": "hybrid",
        "cpu.quota": 1.5,
        "cpu.shares": 512,
        "cpuset": "0-1",
        "memory.max": 536870912,
        "memory.swap_max": 268435456,
        "pids.max": 100,
        "affinity": "0-1",
        "affinity.count": 2,
        "python.cpu_count": 2,
        "python.process_cpu_count": 2,
        "shm_size": 134217728,
        "oom_score_adj": 300,
    }


def test_the_same_process_seen_from_its_host_has_the_same_limits(facts_of):
    inside = facts_of("debian12-docker-v1")
    outside = facts_of("debian12-docker-v1-outside")
    assert outside.values == inside.values
    assert outside.gaps == {}


def test_resource_limits(facts_of):
    values = facts_of("debian12-docker-v1").values
    assert values["rlimit.nofile.soft"] == 1024
    assert values["rlimit.nofile.hard"] == 2048
    assert values["rlimit.core.soft"] == 0
    assert values["rlimit.as.soft"] == "max"
    assert values["rlimit.memlock.hard"] == 8388608
    assert values["rlimit.nice.soft"] == 0
    assert len([key for key in values if key.startswith("rlimit.")]) == 32


def test_cgroup_v2_in_a_namespace_of_its_own(facts_of):
    values = facts_of("cgroup2-private").values
    assert values["cgroup.version"] == "2"
    assert values["cpu.quota"] == 0.333
    assert values["cpu.weight"] == 20
    assert "cpu.shares" not in values
    assert values["cpuset"] == "0-3,7"
    assert values["memory.max"] == 536870912
    assert values["memory.high"] == "max"
    assert values["memory.swap_max"] == 268435456
    assert values["pids.max"] == "max"
    assert values["affinity.count"] == 8
    assert values["shm_size"] == 67108864


def test_limits_above_the_group_count_on_cgroup_v2(facts_of):
    """The pod allows less than its container asks for."""
    facts = facts_of("cgroup2-kubepods")
    assert facts["cgroup.version"] == "2"
    assert facts["cpu.quota"] == 1.5
    assert facts["cpu.weight"] == 4
    assert facts["cpuset"] == "1"
    assert facts["memory.max"] == 1073741824
    assert facts["memory.high"] == 966367641
    assert facts["memory.swap_max"] == 0
    assert facts["pids.max"] == 1024


def test_a_tmpfs_without_a_size_is_known_to_the_live_system_only(facts_of):
    facts = facts_of("cgroup2-kubepods")
    assert facts.gaps == {"shm_size": "only the running system tells"}


def test_limits_above_the_group_count_on_cgroup_v1(facts_of):
    facts = facts_of("cgroup1-systemd")
    assert facts.gaps == {}
    assert facts["cgroup.version"] == "1"
    assert facts["cpu.quota"] == 0.5
    assert facts["cpu.shares"] == 2048
    assert facts["cpuset"] == "1"
    assert facts["memory.max"] == 2147483648
    assert facts["memory.swap_max"] == 0
    assert facts["pids.max"] == 4915
    assert facts["shm_size"] == 8000000 * 1024 * 12 // 100


def test_groups_above_the_namespace_are_a_gap_not_a_limit(facts_of):
    facts = facts_of("debian12-docker-v1-outer-mount")
    assert facts["cgroup.version"] == "hybrid"
    unseen = "the process's cgroup is not visible here"
    for key in ("cpu.quota", "cpu.shares", "cpuset", "memory.max", "memory.swap_max", "pids.max"):
        assert key not in facts
        assert facts.gaps[key] == unseen


def test_a_sibling_of_the_namespace_is_found_below_the_outer_mount(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "0::/../other\n",
            "/proc/1/mountinfo": "27 26 0:26 /.. /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/sys/fs/cgroup/other/memory.max": "1048576\n",
            "/sys/fs/cgroup/memory.max": "max\n",
        }
    )
    assert section.facts["memory.max"] == 1048576


def test_a_group_outside_of_the_mount_is_not_taken_for_the_mounted_one(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "0::/../other\n",
            "/proc/1/mountinfo": "27 26 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "/sys/fs/cgroup/memory.max": "1048576\n",
        }
    )
    assert "memory.max" not in section.facts
    assert section.facts.gaps["memory.max"] == "the process's cgroup is not visible here"


@pytest.mark.parametrize(
    ("theirs", "files", "expected"),
    [
        # cgroup v2, each container in a namespace of its own
        ("/../other", {"memory.max": "1048576\n"}, 1048576),
        # the process sees another group there: not its own
        ("/../third", {"memory.max": "1048576\n"}, None),
        # it sees none (a container without /sys)
        ("/../other", {}, None),
    ],
)
def test_a_container_beside_ours_sees_its_own_group(tmp_path, collect, theirs, files, expected):
    """From a debug container that shares the process's PID namespace, through its root."""
    ours = {
        **NO_CPU_LIMITS,
        "/proc/1/cgroup": "0::/../other\n",
        "/proc/1/mountinfo": f"47 46 0:26 {theirs} /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
        "/proc/self/mountinfo": "27 26 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
        "/sys/fs/cgroup/memory.max": "77777\n",
        "/sys/fs/cgroup/other/memory.max": "88888\n",
    }
    subject = subject_in(write_tree(tmp_path / "ours", ours))
    write_tree(tmp_path / "theirs", {f"/sys/fs/cgroup/{name}": files[name] for name in files})

    class Outside(TreeRoot):
        inside = TreeRoot(str(tmp_path / "theirs"))

    subject.root = subject.process.root = Outside(str(tmp_path / "ours"))
    section = collect(collector, subject)
    assert section.facts.get("memory.max") == expected
    if expected is None:
        assert section.facts.gaps["memory.max"] == "the process's cgroup is not visible here"


def test_a_path_that_merely_begins_like_the_mounted_one_is_another_group(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "4:memory:/docker/ab\n",
            "/proc/1/mountinfo": "1 2 0:26 /docker/a /sys/fs/cgroup/m r - cgroup c rw,memory\n",
            "/sys/fs/cgroup/m/memory.limit_in_bytes": "1048576\n",
        }
    )
    assert "memory.max" not in section.facts


def test_no_cgroup_file_system_is_a_gap(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "0::/\n",
            "/proc/1/mountinfo": "1 2 0:26 / / rw - ext4 /dev/root rw\n",
        }
    )
    assert section.facts["cgroup.version"] == "2"
    assert section.facts.gaps["cpu.quota"] == "the cgroup file system is not mounted here"


def test_controllers_that_are_not_passed_on_do_not_limit(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "0::/user.slice\n",
            "/proc/1/mountinfo": "1 2 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
            "/sys/fs/cgroup/user.slice/cgroup.procs": "",
        }
    )
    assert section.facts["cpu.quota"] == "max"
    assert section.facts["memory.max"] == "max"
    assert "cpu.weight" not in section.facts
    assert "cpuset" not in section.facts


@pytest.mark.parametrize(
    "unlimited",
    ["9223372036854771712", "9223372036854710272", "9223372036854775807", "18446744073709551615"],
)
def test_no_limit_on_v1_for_every_page_size_and_kernel(limits_in, unlimited):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "4:memory:/\n",
            "/proc/1/mountinfo": "1 2 0:26 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": unlimited + "\n",
        }
    )
    assert section.facts["memory.max"] == "max"
    assert section.facts["memory.swap_max"] == "max"


def test_v1_tells_memory_limits_of_invisible_groups(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "4:memory:/\n",
            "/proc/1/mountinfo": "1 2 0:26 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/memory.stat": (
                "cache 0\nhierarchical_memory_limit 4096000\nhierarchical_memsw_limit 5096000\n"
            ),
        }
    )
    assert section.facts["memory.max"] == 4096000
    assert section.facts["memory.swap_max"] == 1000000


def test_nonsense_in_a_limit_is_a_gap(limits_in):
    section = limits_in(
        {
            **NO_CPU_LIMITS,
            "/proc/1/cgroup": "0::/\n",
            "/proc/1/mountinfo": "1 2 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
            "/sys/fs/cgroup/memory.max": "a lot\n",
            "/sys/fs/cgroup/cpuset.cpus.effective": "0-999999999\n",
        }
    )
    assert section.facts.gaps["memory.max"] == "cannot be understood (ValueError)"
    assert section.facts.gaps["cpuset"] == "more than 65536 CPUs"


def test_affinity_is_restricted_to_cpus_that_exist(limits_in):
    section = limits_in(
        {
            "/sys/devices/system/cpu/online": "0-1,3\n",
            "/proc/1/status": "Name:\tx\nCpus_allowed_list:\t1-127\n",
            "/proc/1/mountinfo": "",
        }
    )
    assert section.facts["affinity"] == "1,3"
    assert section.facts["affinity.count"] == 2


def test_online_cpus_where_sys_is_masked(limits_in):
    section = limits_in(
        {
            "/proc/stat": "cpu  1 2\ncpu0 1 2\ncpu1 1 2\nintr 5\n",
            "/proc/1/status": "Cpus_allowed_list:\t0-7\n",
            "/proc/1/mountinfo": "",
        }
    )
    assert section.facts["affinity"] == "0-1"


def test_python_cpu_count_can_be_told_since_3_13(subject_of, collect):
    subject = subject_with(subject_of("debian12-docker-v1"), {"PYTHON_CPU_COUNT": "7"})
    assert collect(collector, subject).facts["python.cpu_count"] == 2  # that is Python 3.11
    interpreter = subject.interpreters.chosen
    interpreter.series = "3.13"
    assert collect(collector, subject).facts["python.cpu_count"] == 7
    assert collect(collector, subject).facts["python.process_cpu_count"] == 7
    subject = subject_with(
        subject, {"PYTHON_CPU_COUNT": "7"}, ["python3", "-X", "cpu_count=5", "app.py"]
    )
    subject.interpreters.chosen.series = "3.13"
    assert collect(collector, subject).facts["python.cpu_count"] == 5


def test_an_image_has_no_limits(subject_of, collect):
    section = collect(collector, subject_of("debian12-docker-v1", running=False))
    assert section.status == "skipped"
    assert section.reason == "not running: decided when the container is started"
    assert section.facts.values == {}


def test_this_process(collect):
    section = collect(collector, live_subject(Redactor(), own=True))
    assert section.facts["affinity.count"] == len(os.sched_getaffinity(0))
    assert section.facts["rlimit.nofile.soft"] in {_soft_nofile(), "max"}


def _soft_nofile():
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_ranges_read_back_as_they_were_written(numbers):
    assert read_ranges(write_ranges(sorted(numbers))) == sorted(numbers)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([0], "0"), ([0, 1, 2, 3, 8], "0-3,8"), ([1, 3, 5], "1,3,5"), ([0, 1], "0-1")],
)
def test_ranges_are_written_as_the_kernel_does(numbers, text):
    assert write_ranges(numbers) == text
