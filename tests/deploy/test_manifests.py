"""The files of docs/deploy are valid by the schemas that Kubernetes and Compose publish."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from auditor import __version__

from .manifests import COMPOSE, DEBUG_PROFILE, DEPLOY, WORKLOADS, load, pod_of, strings

COMPOSE_SCHEMA = json.loads((Path(__file__).parent / "schemas/compose-spec.json").read_text())
# From the first that knows image volumes to the newest that the schemas are of.
WITH_IMAGE_VOLUMES = ("1.31", "1.33", "1.35", "1.37")
OLDER = ("1.25", "1.29")

Change = Callable[[Any], object]


def validate(document: Any, version: str) -> None:
    """Strict: a member that the schema does not know is an error."""
    assert kubernetes_validate.validate(document, version, strict=True) == version


def validate_compose(document: Any) -> None:
    jsonschema.Draft202012Validator(COMPOSE_SCHEMA).validate(document)


def as_pod(debug_profile: Any) -> Any:
    """A pod with the ephemeral container that `kubectl debug --custom` would add."""
    ephemeral = {"name": "debugger", "image": "x", "targetContainerName": "y", **debug_profile}
    pod = {"containers": [{"name": "y", "image": "z"}], "ephemeralContainers": [ephemeral]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod}


def test_all_manifests_are_known() -> None:
    assert sorted(DEPLOY.rglob("*.yaml")) == sorted([*WORKLOADS, COMPOSE, DEBUG_PROFILE])


@pytest.mark.parametrize("version", [*OLDER, *WITH_IMAGE_VOLUMES])
@pytest.mark.parametrize("path", WORKLOADS, ids=lambda path: path.stem)
def test_kubernetes_accepts_it(path: Path, version: str) -> None:
    if path.stem == "image-volume" and version in OLDER:
        with pytest.raises(kubernetes_validate.ValidationError, match="'image' was unexpected"):
            validate(load(path), version)
    else:
        validate(load(path), version)


@pytest.mark.parametrize("version", [*OLDER, *WITH_IMAGE_VOLUMES])
def test_kubernetes_accepts_the_debug_profile(version: str) -> None:
    validate(as_pod(load(DEBUG_PROFILE)), version)


def test_compose_accepts_it() -> None:
    validate_compose(load(COMPOSE))


def container(document: Any) -> Any:
    return pod_of(document)["containers"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: container(it).pop("name"),
        lambda it: container(it).update(comand=["x"]),
        lambda it: container(it).update(args="x"),
        lambda it: container(it)["securityContext"].update(readOnlyRootFileSystem=True),
        lambda it: container(it)["securityContext"].update(readOnlyRootFilesystem="yes"),
        lambda it: container(it)["volumeMounts"][0].pop("mountPath"),
        lambda it: pod_of(it)["volumes"][0].update(emptydir={}),
        lambda it: pod_of(it)["securityContext"].update(runAsUser="10001"),
        lambda it: it["spec"].pop("template"),
    ],
)
@pytest.mark.parametrize("path", WORKLOADS, ids=lambda path: path.stem)
def test_a_manifest_that_is_wrong_is_refused(path: Path, change: Change) -> None:
    document = copy.deepcopy(load(path))
    change(document)
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(document, WITH_IMAGE_VOLUMES[-1])


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(securitycontext={}),
        lambda it: it["securityContext"].update(runAsUser="me"),
        lambda it: it["securityContext"]["capabilities"].update(drop="ALL"),
    ],
)
def test_a_debug_profile_that_is_wrong_is_refused(change: Change) -> None:
    document = load(DEBUG_PROFILE)
    change(document)
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(as_pod(document), WITH_IMAGE_VOLUMES[-1])


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["services"]["scoring"].update(readonly=True),
        lambda it: it["services"]["scoring"].update(read_only=["x"]),
        lambda it: it["services"]["scoring"].update(entrypoint={"a": "b"}),
        lambda it: it["services"]["scoring"].update(volumes="fingerprints:/run/envaudit"),
        lambda it: it["services"]["scoring"].update(environment=["a", "a"]),
        lambda it: it.update(volume={}),
    ],
)
def test_a_compose_file_that_is_wrong_is_refused(change: Change) -> None:
    document = load(COMPOSE)
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        validate_compose(document)


@pytest.mark.parametrize("path", WORKLOADS, ids=lambda path: path.stem)
def test_every_mount_has_its_volume(path: Path) -> None:
    """Which no schema says."""
    pod = pod_of(load(path))
    volumes = {volume["name"] for volume in pod["volumes"]}
    containers = [*pod.get("initContainers", []), *pod["containers"]]
    mounted = {mount["name"] for one in containers for mount in one["volumeMounts"]}
    assert mounted == volumes


def test_everything_is_of_this_version() -> None:
    """The agent's images, wherever they are named."""
    found: list[str] = []
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            found += re.findall(r"/envaudit-(?:agent|tools):([\w.]+)", path.read_text())
    assert len(found) > 5
    assert set(found) == {__version__}


@pytest.mark.parametrize("path", [*WORKLOADS, COMPOSE], ids=lambda path: path.stem)
def test_the_agent_is_started_without_a_trace(path: Path) -> None:
    """Isolated from the application's variables, without `site`, writing no bytecode."""
    words = list(strings(load(path)))
    start = words.index("-I")
    assert words[start - 1 : start + 3] == ["python3", "-I", "-S", "-B"]
    assert words[start + 3].endswith("/envaudit.pyz")
    assert words[start + 4] == "exec"
    assert "--" in words[start:]
