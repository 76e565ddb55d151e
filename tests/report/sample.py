"""Two fingerprints that differ in every way that a report shows: a service on a developer's
machine (A) and in production (B)."""

from __future__ import annotations

from auditor.compare import compare
from auditor.model import Comparison, Fingerprint, Origin, Provenance, Section, Status, Value

_ORIGINS = {
    "env": Origin.RUNTIME,
    "limits": Origin.RUNTIME,
    "process": Origin.RUNTIME,
    "container": Origin.RUNTIME,
    "locale": Origin.RUNTIME,
    "time": Origin.RUNTIME,
    "filesystem": Origin.RUNTIME,
    "network": Origin.RUNTIME,
    "python.path": Origin.RUNTIME,
    "kernel": Origin.HOST,
    "cpu": Origin.HOST,
    "gpu": Origin.HOST,
}

LOCAL: dict[str, dict[str, Value]] = {
    "os": {"id": "debian", "version_id": "12", "package_manager": "dpkg", "arch": "x86_64"},
    "os.packages": {
        "procps": "2:4.0.2-3",
        "openssl": "3.0.15-1~deb12u1",
        "libssl3": "3.0.15-1~deb12u1",
        "scoring-policy": "1.5.0-1",
        "libc6": "2.36-9+deb12u10",
    },
    "kernel": {"release": "6.1.0-31-amd64", "version": "#1 SMP Debian", "somaxconn": 4096},
    "cpu": {
        "model_name": "AMD EPYC 7B13",
        "vendor": "AuthenticAMD",
        "microcode": "0xffffffff",
        "flags": ["avx", "avx2", "fma", "sse4_2"],
        "logical_count": 8,
        "numa_nodes": 1,
    },
    "limits": {
        "cgroup.version": "2",
        "cpu.quota": "max",
        "cpuset": "0-7",
        "memory.max": "max",
        "memory.swap_max": "max",
        "pids.max": "max",
        "rlimit.nofile.soft": 4096,
        "rlimit.nofile.hard": 4096,
        "shm_size": 268435456,
    },
    "process": {
        "uid": 0,
        "gid": 0,
        "user": "root",
        "umask": "0022",
        "capabilities": ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
        "no_new_privs": False,
        "pid": 7,
    },
    "container": {
        "image": "registry.example.com/scoring:local",
        "labels.org.opencontainers.image.revision": "4f1c2d3",
    },
    "env": {
        "DATABASE_URL": {"set": True},
        "API_TOKEN": {"set": True},
        "SCORE_THRESHOLD": "0.5",
        "TZ": "Europe/Berlin",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": "/app/overrides:/opt/shared/python",
        "PATH": "/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": "5f0e1d2c3b4a",
        "TERM": "xterm",
        "HOME": "/root",
    },
    "locale": {"lc_ctype": "C.UTF-8", "lc_time": "C.UTF-8", "charset": "UTF-8"},
    "time": {"timezone": "Europe/Berlin", "utc_offset": "+01:00"},
    "filesystem": {"root.read_only": False, "home.writable": True, "root.free": "10-100 GiB"},
    "network": {"resolver.options": ["ndots:1"]},
    "python": {"version": "3.11.9", "implementation": "CPython", "flags.hash_randomization": 1},
    "python.path": {
        "sys_path": [
            "/app/overrides",
            "/opt/shared/python",
            "/usr/lib/python3.11",
            "/venv/lib/python3.11/site-packages",
        ],
        "shadowed.statistics": "/app/overrides/statistics.py",
    },
    "python.packages": {
        "bottleneck": "1.4.2",
        "featurelib": "0.3.0",
        "joblib": "1.4.2",
        "numpy": "2.1.3",
        "pandas": "2.2.3",
        "pip": "23.0.1",
        "python-dateutil": "2.9.0.post0",
        "urllib3": "2.2.1",
    },
    "python.sources": {
        "featurelib": {"installer": "pip", "editable": True, "url": "file:///app/featurelib"},
        "numpy": {"installer": "pip", "record": "sha256:1111"},
        "pandas": {"installer": "pip", "record": "sha256:2222"},
    },
    "python.integrity": {"numpy": "intact", "python-dateutil": "intact"},
    "native": {
        "preload": [],
        "system.libssl.so.3": {"path": "/usr/lib/x86_64-linux-gnu/libssl.so.3", "build_id": "aa11"},
        "wheel.numpy.libscipy_openblas64_.so": {"path": "/venv/o.so", "version": "0.3.27"},
    },
}

PROD: dict[str, dict[str, Value]] = {
    "os": {"id": "debian", "version_id": "12", "package_manager": "dpkg", "arch": "x86_64"},
    "os.packages": {
        "libjemalloc2": "5.3.0-1",
        "openssl": "3.0.16-1~deb12u1",
        "libssl3": "3.0.16-1~deb12u1",
        "scoring-policy": "1.4.0-1",
        "libc6": "2.36-9+deb12u10",
    },
    "kernel": {"release": "5.10.0-34-amd64", "version": "#1 SMP Debian old", "somaxconn": 128},
    "cpu": {
        "model_name": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz",
        "vendor": "GenuineIntel",
        "microcode": "0x2b000603",
        "flags": ["avx", "avx2", "avx512f", "avx512vl", "amx_tile", "fma", "sse4_2"],
        "logical_count": 44,
        "numa_nodes": 2,
    },
    "gpu": {"count": 1},
    "limits": {
        "cgroup.version": "2",
        "cpu.quota": 1.5,
        "cpuset": "0-43",
        "memory.max": 536870912,
        "memory.swap_max": 536870912,
        "pids.max": 128,
        "rlimit.nofile.soft": 1024,
        "rlimit.nofile.hard": 2048,
        "shm_size": 67108864,
    },
    "process": {
        "uid": 10001,
        "gid": 10001,
        "umask": "0027",
        "capabilities": [],
        "no_new_privs": True,
        "pid": 1,
    },
    "container": {
        "image": "registry.example.com/scoring:2026.1",
        "labels.org.opencontainers.image.revision": "9a8b7c6",
    },
    "env": {
        "DATABASE_URL": {"set": True},
        "API_TOKEN": {"set": True},
        "SCORE_THRESHOLD": "0.8",
        "TZ": "UTC",
        "LANG": "C",
        "OPENBLAS_CORETYPE": "Haswell",
        "LD_PRELOAD": "libjemalloc.so.2",
        "PYTHONHASHSEED": "0",
        "PATH": "/usr/local/sbin:/usr/local/bin:/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": "scoring-7d9c5b6f4-x2x7p",
        "KUBERNETES_SERVICE_HOST": {"set": True},
        "KUBERNETES_SERVICE_PORT": {"set": True},
        "GREETING": "caf\u00e9 \u202etxt.exe \x1b[31mred",
        "HOME": "/",
    },
    "locale": {"lc_ctype": "C", "lc_time": "C", "charset": "ANSI_X3.4-1968"},
    "time": {"timezone": "UTC", "utc_offset": "+00:00"},
    "filesystem": {"root.read_only": True, "home.writable": False, "root.free": "1-10 GiB"},
    "python": {"version": "3.11.9", "implementation": "CPython", "flags.hash_randomization": 0},
    "python.path": {
        "sys_path": ["/usr/lib/python3.11", "/venv/lib/python3.11/site-packages"],
        "pth.telemetry.pth": "import telemetry_hook",
    },
    "python.packages": {
        "featurelib": "0.3.0",
        "joblib": "1.4.2",
        "numpy": "1.26.4",
        "pandas": "2.2.2",
        "pip": "24.0",
        "python-dateutil": "2.9.0.post0",
        "urllib3": "2.2.3",
    },
    "python.sources": {
        "featurelib": {"installer": "pip", "record": "sha256:9999"},
        "numpy": {"installer": "pip", "record": "sha256:3333"},
        "pandas": {"installer": "pip", "record": "sha256:4444"},
    },
    "python.integrity": {
        "numpy": "intact",
        "python-dateutil": {"changed": ["dateutil/parser/_parser.py"]},
    },
    "native": {
        "preload": ["/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"],
        "system.libjemalloc.so.2": {"path": "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"},
        "system.libssl.so.3": {"path": "/usr/lib/x86_64-linux-gnu/libssl.so.3", "build_id": "bb22"},
        "loaded.jemalloc": {
            "path": "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
            "source": "preload",
        },
        "wheel.numpy.libopenblas64_p-r0.so": {"path": "/venv/p.so", "version": "0.3.23"},
    },
}


def fingerprint(facts: dict[str, dict[str, Value]], provenance: Provenance) -> Fingerprint:
    sections = {
        name: Section(
            Status.OK,
            _ORIGINS.get(name, Origin.IMAGE),
            members,
            identity=frozenset({"pid"} if name == "process" else ()),
        )
        for name, members in facts.items()
    }
    return Fingerprint(sections, provenance)


def sample() -> Comparison:
    return compare(*sides())


def sides() -> tuple[Fingerprint, Fingerprint]:
    local = Provenance("local", "docker:scoring-local", "2026-01-31T12:00:00Z", "0.1.0", 48.2)
    prod = Provenance("prod", "docker:scoring-prod", "2026-01-31T12:00:07Z", "0.1.0", 61.9)
    a, b = fingerprint(LOCAL, local), fingerprint(PROD, prod)
    sections = dict(b.sections)
    sections["network"] = Section(Status.DENIED, Origin.RUNTIME, {}, "permission denied")
    sections["native"] = Section(
        Status.OK,
        Origin.IMAGE,
        PROD["native"],
        gaps={"loaded.*": "maps cannot be read"},
        origins={"preload": Origin.RUNTIME, "loaded.jemalloc": Origin.RUNTIME},
    )
    return a, Fingerprint(sections, prod)
