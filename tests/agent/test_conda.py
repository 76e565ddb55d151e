"""The packages of a conda environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.agent.collectors import conda as collector
from auditor.agent.collectors.conda import named
from auditor.agent.section import Section
from auditor.agent.subject import Subject

from .given import subject_with
from .trees import copy_of, link, process, write

APP = "opt/conda/envs/app/conda-meta"
HOME = {"HOME": "/root", "PATH": "/usr/bin"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of("conda-environment", tmp_path)


@pytest.fixture
def section(subject_of: Callable[..., Subject], collect: Any) -> Callable[..., Section]:
    def read(tree: str | Path, environ: dict[str, str] | None = None) -> Section:
        subject = subject_of(tree)
        found: Section = collect(
            collector, subject if environ is None else subject_with(subject, environ)
        )
        return found

    return read


def record(tree: Path, name: str, **members: object) -> None:
    write(tree, f"{APP}/{name}.json", json.dumps(members))


def test_an_environment(section: Callable[..., Section]) -> None:
    """Of the records two are as conda writes them, the others by rattler's own writer."""
    found = section("conda-environment")
    assert (found.status, found.facts.gaps) == ("ok", {})
    assert found.facts.values == {
        "prefix": "/opt/conda/envs/app",
        "packages.ca-certificates": "2025.1.31",
        "packages.idna": "3.7",
        "packages.libblas": "3.9.0",
        "packages.libopenblas": "0.3.29",
        "packages.openssl": "3.4.1",
        "packages.python": "3.12.4",
        "sources.ca-certificates": {"build": "hbd8a1cb_0", "channel": "conda-forge"},
        "sources.idna": {"build": "pyhd8ed1ab_0", "channel": "conda-forge"},
        "sources.libblas": {"build": "31_h59b9bed_openblas", "channel": "conda-forge"},
        "sources.libopenblas": {"build": "pthreads_h94d23a6_0", "channel": "conda-forge"},
        "sources.openssl": {"build": "h7b32b05_0", "channel": "mirror"},  # and no token
        "sources.python": {"build": "h194c7f8_0_cpython", "channel": "conda-forge"},
    }


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://conda.anaconda.org/conda-forge/linux-64", "conda-forge"),
        ("https://repo.example/pkgs/main/noarch", "pkgs/main"),
        ("https://user:word@mirror.example/conda/t/linux-aarch64/", "conda/t"),
        ("https://mirror.example/t/ab-0a1b2c3d/private/linux-64", "private"),
        ("file:///srv/channel/linux-64", "srv/channel"),
        ("conda-forge", "conda-forge"),
        ("defaults", "defaults"),
        ("https://mirror.example", ""),
    ],
)
def test_channels_without_server_user_and_token(address: str, name: str) -> None:
    assert named(address) == name


@pytest.mark.parametrize("channel", [None, "", "https://mirror.example/"])
def test_no_channel(section: Callable[..., Section], tree: Path, channel: str | None) -> None:
    record(tree, "zstd-1.5.7-hb8e6e7a_1", channel=channel, depends=["x"])
    assert section(tree).facts["sources.zstd"] == {"build": "hb8e6e7a_1"}


def test_a_secret_in_a_channel(section: Callable[..., Section], tree: Path) -> None:
    token = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
    record(tree, "own-1-0", channel=f"https://mirror.example/get/{token}/own")
    assert token not in repr(section(tree).facts.values)


def test_names_with_hyphens_and_dots(section: Callable[..., Section], tree: Path) -> None:
    record(tree, "ruamel.yaml.clib-0.2.8-py312h98912ed_0")
    record(tree, "_openmp_mutex-4.5-2_gnu")
    record(tree, "font-ttf-dejavu-sans-mono-2.37-hab24e00_0")
    facts = section(tree).facts
    assert facts["packages.ruamel.yaml.clib"] == "0.2.8"
    assert facts["packages._openmp_mutex"] == "4.5"
    assert facts["packages.font-ttf-dejavu-sans-mono"] == "2.37"


def test_what_is_no_record(section: Callable[..., Section], tree: Path) -> None:
    write(tree, f"{APP}/pinned", "numpy 1.26.*")
    write(tree, f"{APP}/state", "{}")
    assert section(tree).facts.gaps == {}
    for name in ("notes.json", "-1-0.json", "a-\x1b[31m-0.json"):
        write(tree, f"{APP}/{name}", "{}")
    found = section(tree).facts
    assert found.gaps == {"*": "3 entries could not be understood"}
    assert found["packages.idna"] == "3.7"


def test_an_installation_that_was_broken_off(section: Callable[..., Section], tree: Path) -> None:
    record(tree, "idna-3.10-pyhd8ed1ab_1")
    found = section(tree).facts
    assert "packages.idna" not in found
    assert found.gaps == {
        "packages.idna": "there are 2 records of it",
        "sources.idna": "there are 2 records of it",
    }


@pytest.mark.parametrize("content", ['{"channel": "https://cut', '{"channel": 1}', '{"channel"'])
def test_damaged_records(section: Callable[..., Section], tree: Path, content: str) -> None:
    """The version is still told by the name."""
    write(tree, f"{APP}/odd-2.0-0.json", content)
    found = section(tree).facts
    assert found["packages.odd"] == "2.0"
    assert found.gaps == {"sources.odd": "its record tells no channel"}


def test_a_record_that_is_no_file(section: Callable[..., Section], tree: Path) -> None:
    link(tree, f"{APP}/odd-2.0-0.json", "/dev/zero")
    found = section(tree).facts
    assert found["packages.odd"] == "2.0"
    assert "sources.odd" in found.gaps


def test_more_packages_than_can_be(
    section: Callable[..., Section], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "MAX_PACKAGES", 2)
    found = section(tree).facts
    assert found.gaps == {"*": "more than 2 packages"}
    assert len([key for key in found.values if key.startswith("packages.")]) == 2


def test_an_activated_environment_without_python(
    section: Callable[..., Section], tmp_path: Path
) -> None:
    tree = copy_of("debian12-python-venv", tmp_path)
    assert section(tree).status == "absent"
    assert section(tree, {**HOME, "CONDA_PREFIX": "/opt/tools"}).reason == "no conda environment"
    write(tree, "opt/tools/conda-meta/ffmpeg-7.1.0-gpl_h.json", '{"channel": "conda-forge"}')
    found = section(tree, {**HOME, "CONDA_PREFIX": "/opt/tools/"}).facts.values
    assert found == {
        "prefix": "/opt/tools",
        "packages.ffmpeg": "7.1.0",
        "sources.ffmpeg": {"build": "gpl_h", "channel": "conda-forge"},
    }
    assert section(tree, {**HOME, "CONDA_PREFIX": "opt/tools"}).status == "absent"


def test_the_applications_environment_counts(section: Callable[..., Section], tree: Path) -> None:
    """And not the base's, which is activated."""
    environ = {**HOME, "CONDA_PREFIX": "/opt/conda"}
    app = "/opt/conda/envs/app/bin/python"
    process(tree, 1, argv=[app, "-m", "app"], environ=environ, exe=app + "3.12", cwd="/")
    assert section(tree, environ).facts["prefix"] == "/opt/conda/envs/app"
