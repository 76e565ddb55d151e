from __future__ import annotations

import shutil

import pytest

from auditor.agent.collectors import kernel as collector

from .conftest import TARGETS


@pytest.fixture
def tree(tmp_path):
    return shutil.copytree(TARGETS / "debian12-minbase", tmp_path / "tree", symlinks=True)


@pytest.fixture
def section_of(subject_of, collect):
    def section(name, **options):
        return collect(collector, subject_of(name, **options))

    return section


def test_debian_12(section_of):
    section = section_of("debian12-minbase")
    assert section.status == "ok"
    assert section.origin == "host"
    assert section.facts.gaps == {}
    assert section.facts.values == {
        "release": "6.18.44-fc-v669",
        "version": "#1 SMP PREEMPT_DYNAMIC @0",
        "machine": "x86_64",
        "transparent_hugepage": "madvise",
        "transparent_hugepage_defrag": "madvise",
        "overcommit_memory": 0,
        "overcommit_ratio": 50,
        "max_map_count": 65530,
        "swappiness": 60,
        "zone_reclaim_mode": 0,
        "nr_hugepages": 0,
        "randomize_va_space": 2,
        "numa_balancing": 0,
        "perf_event_paranoid": 2,
        "io_uring_disabled": 0,
        "nr_open": 1048576,
        "inotify_max_user_instances": 128,
        "inotify_max_user_watches": 192536,
        "clocksource": "tsc",
        "mitigations": [
            "spec_rstack_overflow: Vulnerable: Safe RET, no microcode",
            "spec_store_bypass: Vulnerable",
            "spectre_v1: Mitigation: usercopy/swapgs barriers and __user pointer sanitization",
            (
                "spectre_v2: Mitigation: Retpolines; STIBP: disabled; RSB filling; "
                "PBRSB-eIBRS: Not affected; BHI: Not affected"
            ),
        ],
        "somaxconn": 4096,
        "ip_unprivileged_port_start": 1024,
        "tcp_keepalive_time": 7200,
        "disable_ipv6": 0,
    }
    assert section.facts.origins == {
        "somaxconn": "runtime",
        "ip_unprivileged_port_start": "runtime",
        "tcp_keepalive_time": "runtime",
        "disable_ipv6": "runtime",
    }


def test_docker_opens_the_low_ports_in_its_own_network(section_of):
    assert section_of("debian13-minbase").facts["ip_unprivileged_port_start"] == 0


def test_image_has_no_kernel(section_of):
    section = section_of("debian12-minbase", running=False)
    assert section.status == "skipped"
    assert section.reason == "not running: decided by the machine it is started on"
    assert section.facts.values == {}


def test_setting_that_the_kernel_lacks_is_left_out(section_of, tree):
    (tree / "proc/sys/kernel/numa_balancing").unlink()
    shutil.rmtree(tree / "sys")
    section = section_of(tree)
    assert section.facts.gaps == {}
    for key in ("numa_balancing", "transparent_hugepage", "clocksource", "mitigations"):
        assert key not in section.facts


def test_setting_that_cannot_be_understood_is_a_gap(section_of, tree):
    (tree / "proc/sys/vm/swappiness").write_text("sixty\n")
    (tree / "sys/kernel/mm/transparent_hugepage/enabled").write_text("always never\n")
    section = section_of(tree)
    assert section.facts.gaps == {
        "swappiness": "cannot be understood (ValueError)",
        "transparent_hugepage": "no choice is marked",
    }
    assert "swappiness" not in section.facts


def test_without_proc_there_is_nothing(section_of, tmp_path):
    section = section_of(tmp_path)
    assert section.status == "error"
    assert section.reason == "no such file"


def test_process_in_another_network_namespace(section_of, tree):
    (tree / "proc/self/ns").mkdir(parents=True)
    (tree / "proc/self/ns/net").symlink_to("net:[1]")
    section = section_of(tree)
    assert section.facts.gaps["somaxconn"] == "the process is in another network namespace"
    assert "somaxconn" not in section.facts
    assert section.facts["swappiness"] == 60


def test_process_in_our_network_namespace(section_of, tree):
    (tree / "proc/self/ns").mkdir(parents=True)
    (tree / "proc/self/ns/net").symlink_to((tree / "proc/1/ns/net").readlink())
    assert section_of(tree).facts["somaxconn"] == 4096
