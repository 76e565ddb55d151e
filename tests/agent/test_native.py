"""Which native libraries would be loaded, come with wheels, and are loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.agent.collectors import native as collector
from auditor.agent.collectors.native import FAMILIES, family
from auditor.agent.section import Section
from auditor.agent.subject import Subject

from .trees import copy_of, elf, glibc_cache, link, process, write

SITE = "opt/venv/lib/python3.11/site-packages"
LIB = "/usr/lib/x86_64-linux-gnu"
BUILD_ID = bytes.fromhex("0123456789abcdef0123456789abcdef01234567")
HOME = {"HOME": "/root", "PATH": "/usr/bin"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The recorded tree without its maps, with libraries as Debian places them."""
    made = copy_of("debian12-python-venv", tmp_path)
    write(made, "proc/1/maps", "")
    library(made, "usr/lib/x86_64-linux-gnu/libz.so.1.2.13")
    link(made, "usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13")
    library(made, "usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30")
    link(made, "usr/lib/x86_64-linux-gnu/libstdc++.so.6", "libstdc++.so.6.0.30")
    library(made, "usr/lib/x86_64-linux-gnu/libjemalloc.so.2")
    link(made, "lib", "usr/lib")
    cache = [
        ("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"),
        ("libstdc++.so.6", "/lib/x86_64-linux-gnu/libstdc++.so.6"),
        ("libjemalloc.so.2", "/lib/x86_64-linux-gnu/libjemalloc.so.2"),
        ("libssl.so.3", "/lib/x86_64-linux-gnu/libssl.so.3"),  # removed since
        ("libunknown.so.1", "/lib/x86_64-linux-gnu/libunknown.so.1"),
    ]
    write(made, "etc/ld.so.cache", glibc_cache(cache))
    return made


def library(tree: Path, path: str, build_id: bytes | None = BUILD_ID) -> None:
    write(tree, path, elf(build_id=build_id))


@pytest.fixture
def section(subject_of: Callable[..., Subject], collect: Any) -> Callable[..., Section]:
    def read(tree: Path, **options: Any) -> Section:
        found: Section = collect(collector, subject_of(tree, **options))
        assert found.status == "ok"
        return found

    return read


def test_a_conda_environments_libraries(section: Callable[..., Section], tmp_path: Path) -> None:
    """By sonames, as what is installed there asks for them."""
    tree = copy_of("conda-environment", tmp_path)
    prefix = "opt/conda/envs/app/lib"
    library(tree, f"{prefix}/libopenblasp-r0.3.29.so")
    for name in ("libopenblas.so", "libopenblas.so.0", "libblas.so.3", "liblapack.so.3"):
        link(tree, f"{prefix}/{name}", "libopenblasp-r0.3.29.so")
    library(tree, f"{prefix}/libstdc++.so.6.0.33")
    link(tree, f"{prefix}/libstdc++.so.6", "libstdc++.so.6.0.33")
    library(tree, f"{prefix}/libtorch_cpu.so")
    library(tree, f"{prefix}/libpng16.so.16")  # decides nothing
    write(tree, f"{prefix}/libz.so.1", "not a library")
    library(tree, "opt/conda/lib/libmkl_rt.so.2")  # of the base, which the application is not in
    found = section(tree).facts
    told = {key: value for key, value in found.values.items() if key.startswith("conda.")}
    openblas = {
        "path": "/opt/conda/envs/app/lib/libopenblasp-r0.3.29.so",
        "version": "0.3.29",
        "build_id": BUILD_ID.hex(),
    }
    assert told == {
        "conda.libblas.so.3": openblas,
        "conda.liblapack.so.3": openblas,
        "conda.libopenblas.so.0": openblas,
        "conda.libstdc++.so.6": {
            "path": "/opt/conda/envs/app/lib/libstdc++.so.6.0.33",
            "version": "6.0.33",
            "build_id": BUILD_ID.hex(),
        },
        "conda.libtorch_cpu.so": {
            "path": "/opt/conda/envs/app/lib/libtorch_cpu.so",
            "build_id": BUILD_ID.hex(),
        },
    }
    assert "conda.libz.so.1" in found.gaps


def test_the_systems_libraries(section: Callable[..., Section], tree: Path) -> None:
    found = section(tree)
    assert found.facts.values == {
        "system.libz.so.1": {
            "path": LIB + "/libz.so.1.2.13",
            "version": "1.2.13",
            "build_id": BUILD_ID.hex(),
        },
        "system.libstdc++.so.6": {
            "path": LIB + "/libstdc++.so.6.0.30",
            "version": "6.0.30",
            "build_id": BUILD_ID.hex(),
        },
        "system.libjemalloc.so.2": {
            "path": LIB + "/libjemalloc.so.2",
            "build_id": BUILD_ID.hex(),
        },
        "preload": [],
    }
    assert found.facts.gaps == {}


def test_a_library_path_comes_first(section: Callable[..., Section], tree: Path) -> None:
    library(tree, "opt/lib/libz.so.1", build_id=None)
    process(tree, 1, environ={**HOME, "LD_LIBRARY_PATH": "/opt/lib:relative:"})
    assert section(tree).facts["system.libz.so.1"] == {"path": "/opt/lib/libz.so.1"}


@pytest.mark.parametrize(
    ("variable", "preload", "missing"),
    [
        ("libjemalloc.so.2", [LIB + "/libjemalloc.so.2"], None),
        ("/lib/x86_64-linux-gnu/libjemalloc.so.2", [LIB + "/libjemalloc.so.2"], None),
        (
            "  libjemalloc.so.2:/gone/libx.so libz.so.1",
            [LIB + "/libjemalloc.so.2", LIB + "/libz.so.1.2.13"],
            ["/gone/libx.so"],
        ),
        ("libnothing.so", [], ["libnothing.so"]),
        ("", [], None),
    ],
)
def test_preloaded_libraries(
    section: Callable[..., Section],
    tree: Path,
    variable: str,
    preload: list[str],
    missing: list[str] | None,
) -> None:
    process(tree, 1, environ={**HOME, "LD_PRELOAD": variable})
    found = section(tree)
    assert found.facts["preload"] == preload
    assert found.facts.get("preload.missing") == missing
    assert found.facts.origins["preload"] == "runtime"


def test_what_the_systems_file_preloads(section: Callable[..., Section], tree: Path) -> None:
    """After LD_PRELOAD's; ld.so(8)."""
    environ = {**HOME, "LD_PRELOAD": "libz.so.1"}
    process(tree, 1, environ=environ)
    write(
        tree,
        "etc/ld.so.preload",
        f"# ours\n{LIB}/libjemalloc.so.2 # fast\n/gone.so:{LIB}/libz.so.1\n",
    )
    found = section(tree).facts
    assert found["preload"] == [f"{LIB}/libz.so.1.2.13", f"{LIB}/libjemalloc.so.2"]
    assert found["preload.file"] == [f"{LIB}/libjemalloc.so.2", "/gone.so", f"{LIB}/libz.so.1"]
    assert found["preload.missing"] == ["/gone.so"]
    assert "preload.file" not in found.origins  # of the image


def test_musl_has_no_such_file(
    section: Callable[..., Section], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.agent.application.runs_on_musl", lambda subject: True)
    write(tree, "etc/ld.so.preload", f"{LIB}/libjemalloc.so.2\n")
    found = section(tree).facts
    assert (found["preload"], "preload.file" in found) == ([], False)


@pytest.mark.parametrize("place", ["/opt/{}/libx.so", "/opt/lib{}.so", "{}"])
def test_a_credential_among_the_preloaded_does_not_leave(
    section: Callable[..., Section], tree: Path, place: str
) -> None:
    token = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    process(tree, 1, environ={**HOME, "LD_PRELOAD": place.format(token)})
    found = section(tree)
    assert len(found.facts["preload.missing"]) == 1
    assert token not in repr(found.facts.values)


def record(tree: Path, name: str, paths: list[str]) -> None:
    info = f"{SITE}/{name}-1.0.dist-info"
    write(tree, info + "/METADATA", f"Name: {name}\nVersion: 1.0\n")
    write(tree, info + "/RECORD", "".join(path + ",,\n" for path in paths))


def test_libraries_in_wheels(section: Callable[..., Section], tree: Path) -> None:
    paths = [
        "numpy.libs/libscipy_openblas64_-99b71e71.so",
        "numpy.libs/libgfortran-040039e1-0352e75f.so.5.0.0",
        "numpy.libs/libquadmath-96973f99-934c22de.so.0.0.0",
        "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
        "numpy/libs/readme.libz.txt",
    ]
    record(tree, "numpy", paths)
    record(tree, "torch", ["torch/lib/libgomp-a34b3233.so.1", "torch/lib/libgomp.so.1.0.0"])
    for path in [*paths, "torch/lib/libgomp-a34b3233.so.1", "torch/lib/libgomp.so.1.0.0"]:
        library(tree, f"{SITE}/{path}")
    facts = section(tree).facts
    identity = {"build_id": BUILD_ID.hex()}
    wheels = {key: value for key, value in facts.values.items() if key.startswith("wheel.")}
    assert wheels == {
        "wheel.numpy.openblas": {"path": paths[0], **identity},
        "wheel.numpy.gfortran": {"path": paths[1], "version": "5.0.0", **identity},
        "wheel.numpy.quadmath": {"path": paths[2], "version": "0.0.0", **identity},
        "wheel.torch.gomp": [
            {"path": "torch/lib/libgomp-a34b3233.so.1", **identity},
            {"path": "torch/lib/libgomp.so.1.0.0", "version": "1.0.0", **identity},
        ],
    }


def test_a_library_that_is_gone_or_none(section: Callable[..., Section], tree: Path) -> None:
    record(tree, "gone", ["gone.libs/libgomp.so.1"])
    record(tree, "text", ["text.libs/libgomp.so.1"])
    record(tree, "fifo", ["../../../../../../../etc/libz.so.1"])
    link(tree, "etc/libz.so.1", "/dev/zero")
    write(tree, SITE + "/text.libs/libgomp.so.1", "/* GNU ld script */\n")
    found = section(tree)
    assert found.facts.gaps == {
        "wheel.gone.gomp": "no such file",
        "wheel.text.gomp": "not an ELF file",
        "wheel.fifo.z": "no such file",
    }


MAPS = f"""\
7f0000000000-7f0000001000 r--p 00000000 00:33 1  /usr/lib/x86_64-linux-gnu/libz.so.1.2.13
7f0000001000-7f0000002000 r-xp 00001000 00:33 1  /usr/lib/x86_64-linux-gnu/libz.so.1.2.13
7f0000002000-7f0000003000 r-xp 00000000 00:33 2  /usr/lib/x86_64-linux-gnu/libjemalloc.so.2
7f0000003000-7f0000004000 r-xp 00000000 00:33 3  /{SITE}/numpy.libs/libgomp-a34b3233.so.1.0.0
7f0000004000-7f0000005000 r-xp 00000000 00:33 4  /opt/lib/libgomp.so.1.0.0
7f0000005000-7f0000006000 r-xp 00000000 00:33 5  /opt/conda/lib/libiomp5.so
7f0000006000-7f0000007000 r-xp 00000000 00:33 6  /opt/own/libssl.so.3 (deleted)
7f0000007000-7f0000008000 r-xp 00000000 00:33 7  /usr/lib/x86_64-linux-gnu/libc.so.6
"""


def test_what_the_main_process_has_loaded(section: Callable[..., Section], tree: Path) -> None:
    """And where it is from: told by preloading, paths and distributions."""
    write(tree, "proc/1/maps", MAPS)
    for path in (
        SITE + "/numpy.libs/libgomp-a34b3233.so.1.0.0",
        "opt/lib/libgomp.so.1.0.0",
        "opt/conda/lib/libiomp5.so",
    ):
        library(tree, path, build_id=None)
    process(
        tree, 1,
        environ={**HOME, "LD_PRELOAD": "libjemalloc.so.2", "LD_LIBRARY_PATH": "/opt/lib"},
    )  # fmt: skip
    found = section(tree)
    loaded = {key: value for key, value in found.facts.values.items() if key.startswith("loaded.")}
    assert loaded == {
        "loaded.z": {
            "path": LIB + "/libz.so.1.2.13",
            "version": "1.2.13",
            "build_id": BUILD_ID.hex(),
            "source": "system",
        },
        "loaded.jemalloc": {
            "path": LIB + "/libjemalloc.so.2",
            "build_id": BUILD_ID.hex(),
            "source": "preload",
        },
        "loaded.gomp": [
            {"path": "/opt/lib/libgomp.so.1.0.0", "version": "1.0.0", "source": "LD_LIBRARY_PATH"},
            {
                "path": f"/{SITE}/numpy.libs/libgomp-a34b3233.so.1.0.0",
                "version": "1.0.0",
                "source": "wheel",
            },
        ],
        "loaded.iomp": {"path": "/opt/conda/lib/libiomp5.so", "source": "conda"},
        "loaded.ssl": {"path": "/opt/own/libssl.so.3", "deleted": True, "source": "other"},
        "loaded.deleted": ["/opt/own/libssl.so.3"],
    }
    assert {found.facts.origins[key] for key in loaded} == {"runtime"}


def test_what_is_another_file_by_now(section: Callable[..., Section], tree: Path) -> None:
    """Of any name; what is unpacked into a temporary directory is deleted as a matter of course."""
    lines = [
        "/usr/lib/libssl.so.3 (deleted)",  # there is another one
        "/opt/own/_module.so (deleted)",
        "/tmp/unpacked-x7f3/libz.so.1 (deleted)",
        "/memfd:jit.so (deleted)",
    ]
    maps = "".join(f"7f{n}000-7f{n}fff r-xp 0 00:33 {n} {line}\n" for n, line in enumerate(lines))
    write(tree, "proc/1/maps", maps)
    library(tree, "usr/lib/libssl.so.3")
    process(tree, 1, environ=HOME)
    facts = section(tree).facts.values
    assert {key: value for key, value in facts.items() if key.startswith("loaded.")} == {
        "loaded.ssl": {"path": "/usr/lib/libssl.so.3", "replaced": True, "source": "system"},
        "loaded.z": {
            "path": "/tmp/unpacked-x7f3/libz.so.1", "deleted": True, "source": "other",
        },
        "loaded.replaced": ["/usr/lib/libssl.so.3"],
        "loaded.deleted": ["/opt/own/_module.so"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"running": False}, "not running: nothing is loaded"),
        ({"started": False}, "the application is not started yet"),
    ],
)
def test_nothing_is_loaded_before_the_start(
    section: Callable[..., Section], tree: Path, options: dict[str, bool], reason: str
) -> None:
    write(tree, "proc/1/maps", MAPS)
    found = section(tree, **options)
    assert found.facts.gaps == {"loaded.*": reason}
    assert not [key for key in found.facts.values if key.startswith("loaded.")]


def test_maps_that_may_not_be_read(section: Callable[..., Section], tree: Path) -> None:
    (tree / "proc/1/maps").unlink()
    found = section(tree)
    assert found.facts.gaps == {"loaded.*": "maps cannot be read (FileNotFoundError)"}
    assert "system.libz.so.1" in found.facts


def test_without_any_python(section: Callable[..., Section], tmp_path: Path) -> None:
    library(tmp_path, "usr/lib/x86_64-linux-gnu/libz.so.1")
    write(tmp_path, "etc/ld.so.cache", glibc_cache([("libz.so.1", LIB + "/libz.so.1")]))
    write(tmp_path, "proc/1/maps", "")
    process(tmp_path, 1, environ={})
    assert section(tmp_path).facts["system.libz.so.1"]["path"] == LIB + "/libz.so.1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("libopenblas.so.0", "openblas"), ("libopenblasp-r0.3.21.so", "openblas"),
        ("libscipy_openblas64_-99b71e71.so", "openblas"), ("libblas.so.3", "blas"),
        ("libblis.so.4", "blis"), ("libmkl_rt.so.2", "mkl"), ("libgomp-a34b3233.so.1.0.0", "gomp"),
        ("libomp.so.5", "omp"), ("libompd.so", None), ("libiomp5.so", "iomp"),
        ("libstdc++.so.6", "stdc++"), ("libc++.so.1", "c++"), ("libc.so.6", None),
        ("libcrypto.so.3", "crypto"), ("libcublas.so.12", "cublas"),
        ("libcublasLt.so.12", "cublas"), ("libcudart.so.12", "cudart"), ("libcuda.so.1", "cuda"),
        ("libzstd.so.1", None), ("libz.so.1", "z"), ("libsqlite3.so.0", "sqlite"),
        ("libtorch_cpu.so", "torch"), ("libjemalloc.so.2", "jemalloc"), ("", None),
    ],
)  # fmt: skip
def test_families(name: str, expected: str | None) -> None:
    assert family(name) == expected


def test_no_family_is_hidden_by_an_earlier_one() -> None:
    for name, beginnings in FAMILIES:
        for beginning in beginnings:
            assert family(beginning) == name


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("libopenblasp-r0.3.21.so", "0.3.21"),
        ("libopenblas64_p-r0-0cf96a72.3.23.dev.so", "0.3.23.dev"),
        ("libstdc++.so.6.0.30", "6.0.30"),
        ("libgomp-a34b3233.so.1.0.0", "1.0.0"),
        ("libz.so.1", None),
        ("libz.so", None),
    ],
)
def test_versions_in_names(
    section: Callable[..., Section], tree: Path, file: str, version: str | None
) -> None:
    record(tree, "wheel", ["wheel.libs/" + file])
    library(tree, f"{SITE}/wheel.libs/{file}")
    facts = section(tree).facts.values
    (found,) = [value for key, value in facts.items() if key.startswith("wheel.")]
    assert found.get("version") == version
