from __future__ import annotations

import pytest

from auditor.model import Weight
from tests.compare.making import compared

MISSING = object()


def folded(pairs: dict[str, tuple[object, object]]) -> dict[str, str | None]:
    a = {path: before for path, (before, _) in pairs.items() if before is not MISSING}
    b = {path: after for path, (_, after) in pairs.items() if after is not MISSING}
    changes = compared(a, b).changes  # type: ignore[arg-type]
    assert {one.path for one in changes} == set(pairs)
    mirrored = compared(b, a).changes  # type: ignore[arg-type]
    assert {one.path: one.folded_under for one in mirrored} == {
        one.path: one.folded_under for one in changes
    }
    return {one.path: one.folded_under for one in changes}


PRELOADED = {"path": "/usr/lib/libjemalloc.so.2", "source": "preload"}
WHEEL = {"path": "/venv/lib/python3.11/site-packages/numpy.libs/libopenblas.so", "source": "wheel"}

CASES: list[tuple[str, str, dict[str, tuple[object, object]]]] = [
    (
        "native.wheel.numpy.libopenblas.so",
        "python.packages.numpy",
        {"python.packages.numpy": ("1.26.4", "2.1.0")},
    ),
    (
        "python.sources.numpy",
        "python.packages.numpy",
        {"python.packages.numpy": (MISSING, "2.1.0")},
    ),
    (
        "python.path.pth.__editable__.feature_lib-0.3.pth",
        "python.sources.feature-lib",
        {"python.sources.feature-lib": ({"editable": True}, {})},
    ),
    (
        "python.path.pth.__editable___feature_lib_0_3_finder.pth",
        "python.packages.feature-lib-0-3",
        {"python.packages.feature-lib-0-3": (MISSING, "1")},
    ),
    (
        "conda.packages.scikit-learn",
        "python.packages.scikit-learn",
        {"python.packages.scikit-learn": ("1.5", "1.6")},
    ),
    ("conda.sources.pytorch", "python.packages.torch", {"python.packages.torch": ("2.5", "2.6")}),
    (
        "conda.packages.matplotlib-base",
        "python.packages.matplotlib",
        {"python.packages.matplotlib": ("3.9", "3.10")},
    ),
    ("conda.packages.python", "python.version", {"python.version": ("3.11.8", "3.12.1")}),
    ("conda.sources.openssl", "conda.packages.openssl", {"conda.packages.openssl": ("3.3", "3.4")}),
    ("conda.packages.libpng", "conda.prefix", {"conda.prefix": (MISSING, "/opt/conda")}),
    (
        "native.conda.libstdc++.so.6",
        "conda.packages.libstdcxx",
        {"conda.packages.libstdcxx": ("13.3.0", "14.2.0")},
    ),
    (
        "native.conda.libopenblas.so.0",
        "conda.packages.libopenblas",
        {"conda.packages.libopenblas": ("0.3.28", "0.3.29")},
    ),
    (
        "native.conda.libblas.so.3",
        "conda.sources.libblas",
        {"conda.sources.libblas": ({"build": "31_a_openblas"}, {"build": "31_b_mkl"})},
    ),
    (
        "python.openssl.version",
        "conda.packages.openssl",
        {"conda.packages.openssl": ("3.3.2", "3.4.1")},
    ),
    ("time.timezone", "env.TZ", {"env.TZ": ("UTC", "CET")}),
    ("locale.lc_time", "env.LANG", {"env.LANG": ("C", "C.UTF-8")}),
    ("locale.lc_time", "env.LC_ALL", {"env.LC_ALL": ("C", MISSING), "env.LANG": ("C", "C.UTF-8")}),
    ("os.libc.version", "os.version_id", {"os.version_id": ("11", "12")}),
    ("os.version_id", "os.id", {"os.id": ("debian", "alpine")}),
    ("os.packages.perl", "os.version_id", {"os.version_id": ("11", "12")}),
    (
        "native.system.libjemalloc.so.2",
        "os.packages.libjemalloc2",
        {"os.packages.libjemalloc2": (MISSING, "5.3.0-1")},
    ),
    (
        "native.system.libssl.so.3",
        "os.packages.libssl3t64",
        {"os.packages.libssl3t64": ("3.0.1", "3.0.2")},
    ),
    ("native.preload", "env.LD_PRELOAD", {"env.LD_PRELOAD": (MISSING, "x.so")}),
    ("python.path.sys_path", "env.PYTHONPATH", {"env.PYTHONPATH": ("/a", MISSING)}),
    (
        "python.flags.hash_randomization",
        "env.PYTHONHASHSEED",
        {"env.PYTHONHASHSEED": ("0", MISSING)},
    ),
    (
        "python.flags.dont_write_bytecode",
        "env.PYTHONDONTWRITEBYTECODE",
        {"env.PYTHONDONTWRITEBYTECODE": ("1", MISSING)},
    ),
    ("python.compiler", "python.version", {"python.version": ("3.11.9", "3.12.1")}),
    ("limits.python.cpu_count", "cpu.logical_count", {"cpu.logical_count": (4, 8)}),
    ("limits.memory.swap_max", "limits.memory.max", {"limits.memory.max": ("max", 5)}),
    ("process.gid", "process.uid", {"process.uid": (0, 10001)}),
    ("env.HOME", "process.uid", {"process.uid": (0, 10001)}),
    (
        "filesystem.cwd.writable",
        "filesystem.root.read_only",
        {"filesystem.root.read_only": (False, True)},
    ),
    ("cpu.vendor", "cpu.model_name", {"cpu.model_name": ("a", "b")}),
    ("kernel.version", "kernel.release", {"kernel.release": ("5.10", "6.1")}),
    ("container.labels.a.b", "container.image", {"container.image": ("a", "b")}),
]


@pytest.mark.parametrize(("path", "cause", "others"), CASES, ids=[case[0] for case in CASES])
def test_consequence(path: str, cause: str, others: dict[str, tuple[object, object]]) -> None:
    assert folded({**others, path: ("before", "after")})[path] == cause


def test_what_the_engine_was_told_follows_from_what_is_in_effect() -> None:
    stated = {
        "filesystem.mounts./tmp": (MISSING, {"type": "tmpfs"}),
        "container.mounts./tmp": (MISSING, {"type": "tmpfs"}),
        "kernel.somaxconn": (4096, 128),
        "container.sysctls.net.core.somaxconn": ("4096", "128"),
    }
    assert folded(stated) == {
        "filesystem.mounts./tmp": None,
        "container.mounts./tmp": "filesystem.mounts./tmp",
        "kernel.somaxconn": None,
        "container.sysctls.net.core.somaxconn": "kernel.somaxconn",
    }


def test_what_etc_says_and_the_clock_do_not_follow_from_tz() -> None:
    changes: dict[str, tuple[object, object]] = {
        "env.TZ": ("UTC", "CET"),
        "time.utc_offset": ("+00:00", "+01:00"),
        "time.etc_timezone": ("Etc/UTC", "Europe/Paris"),
        "time.clocksource": ("tsc", "kvm-clock"),
    }
    assert {path for path, cause in folded(changes).items() if cause} == {"time.utc_offset"}


def test_nothing_is_folded_under_what_did_not_change() -> None:
    assert folded({"time.timezone": ("UTC", "CET")}) == {"time.timezone": None}


def test_a_loaded_library_follows_from_what_put_it_there() -> None:
    preload: dict[str, tuple[object, object]] = {"env.LD_PRELOAD": (MISSING, "libjemalloc.so.2")}
    assert folded({**preload, "native.loaded.jemalloc": (MISSING, PRELOADED)}) == {
        "env.LD_PRELOAD": None,
        "native.loaded.jemalloc": "env.LD_PRELOAD",
    }
    found = folded(
        {
            **preload,
            "python.packages.numpy": ("1.26.4", "2.1.0"),
            "native.loaded.openblas": ([WHEEL, PRELOADED], [{**WHEEL, "build_id": "x"}, PRELOADED]),
        }
    )
    assert found["native.loaded.openblas"] == "python.packages.numpy"


def test_chains_end_at_what_follows_from_nothing() -> None:
    found = folded(
        {
            "os.id": ("debian", "ubuntu"),
            "os.version_id": ("12", "24.04"),
            "os.packages.libjemalloc2": ("5.2.1", "5.3.0"),
            "native.system.libjemalloc.so.2": ({"path": "/a"}, {"path": "/b"}),
            "native.loaded.jemalloc": (
                {"path": "/a/libjemalloc.so.2"},
                {"path": "/b/libjemalloc.so.2"},
            ),
        }
    )
    assert set(found.values()) == {None, "os.id"}
    assert found["os.id"] is None


def test_a_patch_and_an_editable_install_stand_alone() -> None:
    found = folded(
        {
            "python.packages.numpy": ("1.26.4", "2.1.0"),
            "python.integrity.numpy": ("intact", {"changed": ["numpy/core.py"]}),
            "python.sources.numpy": ({"installer": "pip"}, {"editable": True}),
        }
    )
    assert set(found.values()) == {None}


def test_dependencies_and_cpu_flags_stand_alone() -> None:
    found = folded(
        {
            "python.packages.numpy": ("1.26.4", "2.1.0"),
            "python.packages.scipy": ("1.13.0", "1.14.0"),
            "cpu.model_name": ("a", "b"),
            "cpu.flags": (["avx"], ["avx2"]),
        }
    )
    assert set(found.values()) == {None}


def test_a_cpu_set_follows_from_the_machine_only_where_it_is_all_of_it() -> None:
    machine: dict[str, tuple[object, object]] = {"cpu.logical_count": (8, 44)}
    whole = folded({**machine, "limits.cpuset": ("0-7", "0-21,22-43")})
    assert whole["limits.cpuset"] == "cpu.logical_count"
    pinned = folded({**machine, "limits.cpuset": ("0-7", "0-1")})
    assert pinned["limits.cpuset"] is None


def test_a_cause_is_as_weighty_as_what_follows_from_it() -> None:
    cause, consequence = sorted(
        compared(
            {"cpu.model_name": "a", "cpu.vendor": "x"}, {"cpu.model_name": "b", "cpu.vendor": "y"}
        ).changes,
        key=lambda one: one.path,
    )
    assert (cause.path, cause.weight) == ("cpu.model_name", Weight.HIGH)
    assert (consequence.path, consequence.weight) == ("cpu.vendor", Weight.HIGH)


def test_docker_switches_labels_off_for_shared_namespaces() -> None:
    mode = {"container.pid_mode": ("private", "host")}
    found = folded({**mode, "container.security_opt": (MISSING, ["label=disable"])})
    assert found["container.security_opt"] == "container.pid_mode"
    more = (["seccomp=a.json"], ["seccomp=a.json", "label=disable", "apparmor=unconfined"])
    found = folded({**mode, "container.security_opt": more})
    assert found["container.security_opt"] is None


def test_what_an_init_process_is_mounted_from() -> None:
    found = folded(
        {
            "container.init": (False, True),
            "filesystem.mounts./usr/sbin/docker-init": (MISSING, {"type": "ext4"}),
        }
    )
    assert found["filesystem.mounts./usr/sbin/docker-init"] == "container.init"
