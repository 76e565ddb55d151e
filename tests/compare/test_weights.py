from __future__ import annotations

import pytest

from auditor.model import Value, Weight
from tests.compare.making import change, compared

HIGH = [
    ("env.OMP_NUM_THREADS", "1", "4"),
    ("env.OPENBLAS_CORETYPE", "Haswell", "Zen"),
    ("env.LD_PRELOAD", "libjemalloc.so.2", ""),
    ("env.PYTHONHASHSEED", "0", "1"),
    ("env.TZ", "UTC", "Europe/Berlin"),
    ("env.LC_ALL", "C", "C.UTF-8"),
    ("python.version", "3.11.9", "3.12.1"),
    ("python.packages.numpy", "1.26.4", "1.26.5"),
    ("python.packages.torch", "2.1.0+cpu", "2.1.0+cu121"),
    ("python.packages.requests", "1.9", "2.0"),
    ("python.sources.featurelib", {"installer": "pip"}, {"installer": "pip", "editable": True}),
    ("python.sources.numpy", {"record": "sha256:1"}, {"record": "sha256:2"}),
    ("python.integrity.requests", "intact", {"changed": ["requests/api.py"]}),
    ("conda.packages.libopenblas", "0.3.28", "0.3.29"),
    ("conda.packages.llvm-openmp", "19.1.7", "20.1.0"),
    ("conda.sources.libblas", {"build": "31_a_openblas"}, {"build": "31_b_mkl"}),
    ("python.path.sys_path", ["/a"], ["/b"]),
    ("python.path.pth.x.pth", "import x", "import y"),
    ("os.arch", "x86_64", "aarch64"),
    ("os.libc.version", "2.31", "2.36"),
    ("limits.cpu.quota", 1.0, 2.0),
    ("limits.memory.max", 1, 2),
    ("limits.rlimit.nofile.soft", 1024, 4096),
    ("limits.shm_size", 1, 2),
    ("process.uid", 0, 1),
    ("filesystem.root.read_only", True, False),
    ("time.utc_offset", "+00:00", "+01:00"),
    ("cpu.flags", ["fma"], ["avx512f", "fma"]),
    ("cpu.logical_count", 4, 8),
    ("native.loaded.jemalloc", {"path": "/a"}, {"path": "/b"}),
    ("native.system.libopenblas.so.0", {"version": "0.3.20"}, {"version": "0.3.21"}),
]
MEDIUM = [
    ("env.SCORE_THRESHOLD", "0.5", "0.8"),
    ("env.PATH", "/a", "/b"),
    ("python.packages.requests", "2.31.0", "2.32.0"),
    ("python.version", "3.11.8", "3.11.9"),
    ("os.packages.scoring-policy", "1.5.0", "2.0.0"),
    ("kernel.release", "5.10.0", "6.1.0"),
    ("conda.packages.ffmpeg", "6.1.2", "7.1.0"),
    ("conda.sources.libpng", {"build": "h943b412_0"}, {"build": "h943b412_1"}),
    ("container.image", "a:1", "a:2"),
    ("process.argv", ["a"], ["b"]),
    ("newer.section", 1, 2),
]
LOW = [
    ("env.HOSTNAME", "a", "b"),
    ("env.SHLVL", "1", "2"),
    ("env.PAYMENTS_SERVICE_HOST", "192.0.2.1", "192.0.2.2"),
    ("env.PAYMENTS_PORT_80_TCP_ADDR", "192.0.2.1", "192.0.2.2"),
    ("env.PYTHON_SHA256", "a", "b"),
    ("env.TERM", "xterm", "dumb"),
    ("python.packages.pip", "23.0", "24.0"),
    ("python.sources.numpy", {"installer": "pip"}, {"installer": "uv"}),
    ("conda.packages.libpng", "1.6.46", "1.6.47"),
    ("conda.sources.libpng", {"build": "a", "channel": "x"}, {"build": "a", "channel": "y"}),
    ("container.labels.org.opencontainers.image.created", "a", "b"),
    ("cpu.microcode", "0x1", "0x2"),
    ("cpu.flags", ["ibpb"], ["ibrs"]),
    ("kernel.version", "#1", "#2"),
    ("filesystem.root.free", "1-10 GiB", "10-100 GiB"),
    ("locale.lc_paper", "C", "de_DE.utf8"),
]


@pytest.mark.parametrize(
    ("path", "before", "after", "weight"),
    [
        *((*case, Weight.HIGH) for case in HIGH),
        *((*case, Weight.MEDIUM) for case in MEDIUM),
        *((*case, Weight.LOW) for case in LOW),
    ],
)
def test_weight(path: str, before: Value, after: Value, weight: Weight) -> None:
    found = change(path, before, after)
    assert found is not None
    assert found.weight is weight


@pytest.mark.parametrize(
    ("path", "weight"),
    [
        ("python.packages.left-pad", Weight.HIGH),
        ("python.packages.setuptools", Weight.LOW),
        ("os.packages.procps", Weight.MEDIUM),
        ("os.packages.libjemalloc2", Weight.HIGH),
        ("env.FEATURE_X", Weight.MEDIUM),
    ],
)
def test_weight_of_what_one_side_lacks(path: str, weight: Weight) -> None:
    for found in (*compared({path: "1.0"}, {}).changes, *compared({}, {path: "1.0"}).changes):
        assert found.weight is weight


def test_a_revision_of_an_unrelated_package_is_noise() -> None:
    def package(name: str, version: str) -> dict[str, Value]:
        return {"os.package_manager": "dpkg", f"os.packages.{name}": version}

    (unrelated,) = compared(package("perl", "5.36.0-7"), package("perl", "5.36.0-8")).changes
    assert unrelated.weight is Weight.LOW
    (libc,) = compared(package("libc6", "2.36-9"), package("libc6", "2.36-10")).changes
    assert libc.weight is Weight.HIGH
