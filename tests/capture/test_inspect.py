"""What engines tell in other words and means the same is written the same."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.agent.redact import Redactor
from auditor.capture import CaptureOptions
from auditor.capture.files import ConfiguredProcess
from auditor.capture.inspect import container_section, image_section

from ..agent.given import write_tree

OPTIONS = CaptureOptions()


def container(podman: bool = False, host: Any = None, **config: Any) -> Any:
    attrs = {"Id": "0", "Config": config, "HostConfig": host or {}}
    return container_section(attrs, {}, OPTIONS, podman)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("python:3.12", "python:3.12"),
        ("docker.io/library/python:3.12", "python:3.12"),
        ("docker.io/bitnami/kafka:1", "bitnami/kafka:1"),
        ("localhost/service:1.4", "service:1.4"),
        ("registry.example.com/service:1.4", "registry.example.com/service:1.4"),
        ("localhost:5000/service:1.4", "localhost:5000/service:1.4"),
    ],
)
def test_names_of_images(told: str, name: str) -> None:
    assert container(Image=told).facts["image"] == name
    section = image_section({"RepoTags": ["z:1", told, "a:1"]}, told, OPTIONS)
    assert section.facts["image"] == name
    assert image_section({"RepoTags": ["z:1", "a:1"]}, told, OPTIONS).facts["image"] == "a:1"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (None, None), ("SIGTERM", None), ("15", None), ("TERM", None),
        ("SIGINT", "SIGINT"), ("2", "SIGINT"), ("INT", "SIGINT"),
        ("37", "SIGRTMIN+3"), ("SIGRTMIN+3", "SIGRTMIN+3"), ("RTMIN+3", "SIGRTMIN+3"),
        ("999", "SIG999"),
    ],
)  # fmt: skip
def test_stop_signals(told: str | None, name: str | None) -> None:
    assert container(StopSignal=told).facts.get("stop_signal") == name


@pytest.mark.parametrize(
    ("told", "path"), [("", None), ("/", None), ("/srv", "/srv"), ("/a/", "/a")]
)
def test_working_directories(told: str, path: str | None) -> None:
    assert container(WorkingDir=told).facts.get("working_dir") == path


def test_capabilities_with_and_without_their_prefix() -> None:
    for told in (["CAP_NET_RAW", "CAP_CHOWN"], ["NET_RAW", "chown"]):
        assert container(host={"CapAdd": told}).facts["cap_add"] == ["CHOWN", "NET_RAW"]


def test_a_credential_in_a_name_does_not_leave() -> None:
    """Names are facts' keys: of mounts, as in the section filesystem, of labels and options."""
    token = "ghp_" + "x7Kq9ZbT2mWc4VnR8sLd" * 2
    path = f"/srv/{token}/data"
    attrs = {
        "Id": "0",
        "Config": {"Labels": {token: "1"}, "User": token, "WorkingDir": path},
        "HostConfig": {
            "Devices": [{"PathInContainer": path}],
            "LogConfig": {"Type": "json-file", "Config": {token: "1"}},
            "Sysctls": {f"net.{token}": "1"},
        },
        "Mounts": [
            {"Destination": path, "Type": "bind", "RW": False},
            {"Destination": "/data", "Type": "volume", "RW": True},
        ],
    }
    facts = container_section(attrs, {}, OPTIONS).facts
    assert token not in repr(facts)
    mounts = {key: value for key, value in facts.items() if key.startswith("mounts.")}
    assert mounts == {
        f"mounts.{Redactor().text(path)}": {"type": "bind", "read_only": True},
        "mounts./data": {"type": "volume", "read_only": False},
    }
    for part in ("labels.", "log_options.", "sysctls.net."):
        assert any(key.startswith(part) for key in facts)
    assert facts["devices"] == [facts["working_dir"]] == [Redactor().text(path)]


def test_what_podman_does_not_tell_is_a_gap() -> None:
    host = {"CapAdd": [], "CapDrop": ["CHOWN"], "Runtime": "oci", "IpcMode": "shareable"}
    docker, podman = container(False, host), container(True, host)
    untold = {"cap_add", "cap_drop", "oci_runtime", "sysctls.*", "log_options.*"}
    assert podman.gaps.keys() == untold
    assert not untold & podman.facts.keys()
    assert docker.gaps == {}
    assert docker.facts["cap_drop"] == ["CHOWN"]
    assert (docker.facts["runtime"], podman.facts["runtime"]) == ("docker", "podman")


def test_a_digest_that_no_registry_gave() -> None:
    """Podman makes one up for what was built or loaded."""
    made_up, given = "localhost/x@sha256:1", "registry.example.com/x@sha256:2"
    section = image_section({"RepoDigests": [made_up]}, "x", OPTIONS, "podman")
    assert "image_digest" not in section.facts
    section = image_section({"RepoDigests": [made_up, given]}, "x", OPTIONS, "podman")
    assert section.facts["image_digest"] == "sha256:2"


@pytest.mark.parametrize(
    ("environ", "user", "home"),
    [
        (["container=podman"], "1234", "/usr"),  # an entry that Podman adds to /etc/passwd
        (["container=podman"], "0", "/root"),
        ([], "1234", "/"),
        (["HOME=/srv"], "1234", "/srv"),
    ],
)
def test_the_home_of_a_user(tmp_path: Any, environ: list[str], user: str, home: str) -> None:
    from auditor.agent.root import TreeRoot

    write_tree(tmp_path, {"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"})
    config = {"Env": environ, "User": user, "WorkingDir": "/usr"}
    assert ConfiguredProcess(TreeRoot(str(tmp_path)), config).environ["HOME"] == home
