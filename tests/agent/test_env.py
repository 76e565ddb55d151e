"""The environment of the main process: names always, values as the redaction allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.agent.collectors import env as collector
from auditor.agent.redact import Redactor
from auditor.agent.section import Section
from auditor.agent.subject import Subject

from .trees import process, write

SET = {"set": True}
Read = Callable[..., Section]


@pytest.fixture
def read(subject_of: Callable[..., Subject], collect: Any, tmp_path: Path) -> Read:
    def section(environ: dict[str, str] | bytes, redactor: Redactor | None = None) -> Section:
        process(tmp_path, 1, environ={} if isinstance(environ, bytes) else environ)
        if isinstance(environ, bytes):
            write(tmp_path, "proc/1/environ", environ)
        found: Section = collect(collector, subject_of(tmp_path, redactor))
        return found

    return section


def test_known_ones_keep_their_values_and_others_their_names(read: Read) -> None:
    environ = {"OMP_NUM_THREADS": "4", "TZ": "UTC", "DB_PASSWORD": "hunter2", "APP_MODE": "x"}
    assert read(environ).facts.values == {
        "OMP_NUM_THREADS": "4", "TZ": "UTC", "DB_PASSWORD": SET, "APP_MODE": SET,
    }  # fmt: skip


def test_a_key_tells_equal_from_different(read: Read) -> None:
    def digest(key: bytes, name: str, value: str) -> str:
        found: str = read({name: value}, Redactor(key)).facts.values[name]
        assert value not in found
        return found

    key, other = b"a key for the tests", b"another key, as long"
    assert digest(key, "APP_MODE", "x") == digest(key, "APP_MODE", "x")
    assert digest(key, "APP_MODE", "x") != digest(key, "APP_MODE", "y")
    # Bound to the name: that two variables hold the same secret is not told.
    assert (
        digest(key, "APP_MODE", "x").rpartition(":")[2]
        != (digest(key, "DB_PASSWORD", "x").rpartition(":")[2])
    )
    assert digest(key, "APP_MODE", "x") != digest(other, "APP_MODE", "x")


def test_what_the_user_wants_shown_still_passes_the_scrubber(read: Read) -> None:
    token = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    values = read({"APP_MODE": "fast", "APP_TOKEN": token}, Redactor(None, ["APP_*"])).facts.values
    assert values["APP_MODE"] == "fast"
    assert token not in str(values)


def test_names_of_an_instance_are_no_difference(read: Read) -> None:
    section = read({
        "HOSTNAME": "svc-7f9c6d5b4-x2x7k", "MY_NODE_NAME": "node-3", "POD_IPS": "10.1.0.7,fd00::7",
        "K8S_POD_UID": "0f5d0b1e", "POD_NAMESPACE": "prod", "TZ": "UTC",
    })  # fmt: skip
    assert sorted(section.facts.identity) == ["HOSTNAME", "K8S_POD_UID", "MY_NODE_NAME", "POD_IPS"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", {}),
        (b"TZ=UTC", {"TZ": "UTC"}),  # without its last NUL
        (b"TZ=UTC\0TZ=Asia/Tokyo\0", {"TZ": "UTC"}),  # getenv(3): the first counts
        (b"TZ=\0LANG=C\0", {"TZ": "", "LANG": "C"}),
        (b"no assignment\0=x\0TZ=UTC\0", {"TZ": "UTC"}),
        (b"LANG=a=b=c\0", {"LANG": "a=b=c"}),
    ],
)
def test_as_the_kernel_shows_it(read: Read, content: bytes, expected: dict[str, str]) -> None:
    assert read(content).facts.values == expected


def test_bytes_that_are_no_text(read: Read) -> None:
    section = read(b"TZ=\xff\xfe\0ODD\xff=x\0")
    assert section.status == "ok"
    assert len(section.facts.values) == 2


def test_very_many_and_very_long_names(read: Read) -> None:
    content = b"".join(b"V%05d=x\0" % number for number in range(5000))
    section = read(content)
    assert len(section.facts.values) == collector.MAX_VARIABLES
    assert section.facts.gaps == {"*": "more than 4096 variables"}
    (name,) = read(b"N" * 5000 + b"=x\0").facts.values
    assert name == "N" * collector.MAX_NAME + "..."


def test_an_environment_that_may_not_be_read(
    subject_of: Callable[..., Subject], collect: Any, tmp_path: Path
) -> None:
    process(tmp_path, 1)
    (tmp_path / "proc/1/environ").mkdir()
    section = collect(collector, subject_of(tmp_path))
    assert section.status == "error"
    assert section.facts.values == {}
