"""The files of docs/deploy as users copy them, and what an engine has to be told to do the same.

Only what these files use is understood; anything else is an error, so that nothing in them goes
untried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
WORKLOADS = [
    DEPLOY / "kubernetes" / f"{name}.yaml"
    for name in ("deployment", "init-container", "image-volume")
]
DEBUG_PROFILE = DEPLOY / "kubernetes" / "debug-as-user.yaml"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def pod_of(workload: Any) -> Any:
    """The pod's specification in a Deployment or Job."""
    return workload["spec"]["template"]["spec"]


def strings(value: Any) -> Iterator[str]:
    """All texts in a document, names of members excluded."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings(member)


@dataclass
class Run:
    """One container: options of `run`, the image, and the words after it."""

    image: str
    options: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass
class Cluster:
    """What stands for a cluster: where its volumes lie, and what the downward API says."""

    folder: Path
    fields: Mapping[str, str]

    def volume(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o777)  # as the kubelet makes an emptyDir
        return path

    def termination_log(self, container: str) -> Path:
        path = self.folder / f"termination-log-{container}"
        path.touch()
        path.chmod(0o666)  # as the kubelet makes it
        return path

    def run(self, pod: Mapping[str, Any], container: Mapping[str, Any]) -> Run:
        """As the kubelet would start it."""
        known = {"name", "image", "command", "args", "env", "resources", "terminationMessagePath"}
        known |= {"terminationMessagePolicy", "securityContext", "volumeMounts"}
        assert container.keys() <= known
        environment = self._environment(container)
        entrypoint, *rest = container["command"]
        words = [*rest, *container.get("args", [])]
        run = Run(container["image"], words=[_expanded(word, environment) for word in words])
        run.options += ["--entrypoint", entrypoint]
        for name, value in environment.items():
            run.options += ["--env", f"{name}={value}"]
        run.options += _security(pod.get("securityContext", {}), container["securityContext"])
        limits = container.get("resources", {}).get("limits", {})
        if "memory" in limits:
            run.options += ["--memory", limits["memory"].replace("Mi", "m")]
        if "cpu" in limits:
            run.options += ["--cpus", limits["cpu"]]
        for mount in container.get("volumeMounts", []):
            run.options += self._mount(pod, mount)
        log = self.termination_log(container["name"])
        where = container.get("terminationMessagePath", "/dev/termination-log")
        run.options += ["--volume", f"{log}:{where}"]
        return run

    def _environment(self, container: Mapping[str, Any]) -> dict[str, str]:
        environment: dict[str, str] = {}
        for variable in container.get("env", []):
            if "value" in variable:
                value = _expanded(variable["value"], environment)
            elif "fieldRef" in variable["valueFrom"]:
                value = self.fields[variable["valueFrom"]["fieldRef"]["fieldPath"]]
            else:
                kind, resource = variable["valueFrom"]["resourceFieldRef"]["resource"].split(".")
                value = container["resources"][kind][resource]
            environment[variable["name"]] = value
        return environment

    def _mount(self, pod: Mapping[str, Any], mount: Mapping[str, Any]) -> list[str]:
        (volume,) = (one for one in pod["volumes"] if one["name"] == mount["name"])
        target, mode = mount["mountPath"], ":ro" if mount.get("readOnly") else ""
        if "image" in volume:
            source = volume["image"]["reference"]
            return ["--mount", f"type=image,source={source},destination={target}"]
        assert "emptyDir" in volume
        return ["--volume", f"{self.volume(volume['name'])}:{target}{mode}"]


def compose_run(document: Any, service: str, project: str) -> Run:
    """As `docker compose up` would start a service; volumes get the project's name."""
    given = document["services"][service]
    entrypoint, *rest = given["entrypoint"]
    run = Run(given["image"], ["--entrypoint", entrypoint], [*rest, *given["command"]])
    known = {"image", "entrypoint", "command", "environment", "user", "read_only", "cap_drop"}
    assert given.keys() <= known | {"security_opt", "tmpfs", "volumes"}
    for name, value in given.get("environment", {}).items():
        run.options += ["--env", f"{name}={value}"]
    if given.get("read_only"):
        run.options.append("--read-only")
    for option, member in (("--cap-drop", "cap_drop"), ("--security-opt", "security_opt")):
        for value in given.get(member, []):
            run.options += [option, value]
    for value in given.get("tmpfs", []):
        run.options += ["--tmpfs", value]
    for value in given.get("volumes", []):
        name, _, target = value.partition(":")
        assert name in document["volumes"]
        run.options += ["--volume", f"{project}_{name}:{target}"]
    run.options += ["--user", given["user"]]
    return run


def _security(pod: Mapping[str, Any], container: Mapping[str, Any]) -> list[str]:
    context = {**pod, **container}
    known = {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "seccompProfile"}
    known |= {"readOnlyRootFilesystem", "allowPrivilegeEscalation", "capabilities"}
    assert context.keys() <= known
    assert context["runAsNonRoot"]
    assert context["runAsUser"] != 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}  # the engine's, too
    options = ["--user", f"{context['runAsUser']}:{context['runAsGroup']}"]
    if context.get("readOnlyRootFilesystem"):
        options.append("--read-only")
    if context.get("allowPrivilegeEscalation") is False:
        options += ["--security-opt", "no-new-privileges"]
    assert context["capabilities"].keys() == {"drop"}
    for capability in context["capabilities"]["drop"]:
        options += ["--cap-drop", capability]
    return options


def debug_options(profile: Mapping[str, Any]) -> list[str]:
    """What `kubectl debug --custom` changes in a debug container."""
    assert profile.keys() == {"securityContext"}
    return _security({}, profile["securityContext"])


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    """`$(NAME)` of a variable that was defined before, as Kubernetes does."""
    return re.sub(
        r"\$\((\w+)\)", lambda found: environment.get(found.group(1), found.group()), text
    )
