"""The `container` section, from the engine's inspect of a container or an image.

Everything in it was written by somebody (labels, arguments, log options, health checks) and
passes the scrubber. Podman answers in Docker's form but not in all of Docker's words: what means
the same is written the same, and what it does not tell is a gap.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from typing import Any

import docker.errors

from ..agent.redact import Redactor
from ..model import Origin, Section, Status, Value
from .target import CaptureOptions

_IMAGE_KEYS = (
    "architecture", "exposed_ports", "healthcheck", "image_digest", "image_id", "image_layers",
    "os",
)  # fmt: skip

# The layers are what the image's ID is made of: they are recorded, not compared once more.
_IDENTITY = {"id", "name", "image_created", "image_layers"}
# Stated also where there is none: an image that has no user or entrypoint is known to have none,
# while what is decided at its start is not known.
_CONFIGURED = ("command", "entrypoint", "exposed_ports", "healthcheck", "user", "working_dir")
# What Podman puts a placeholder for, leaves out, or works out anew from its own defaults.
_UNTOLD_BY_PODMAN = {
    "oci_runtime": "Podman does not tell it",
    "log_options.*": "Podman does not tell them",
    "sysctls.*": "Podman does not tell them: see kernel and network.sysctl",
    "cap_add": "Podman tells what became of it: see process.capabilities.bounding",
    "cap_drop": "Podman tells what became of it: see process.capabilities.bounding",
}
# Registries and name spaces that stand for a name without any: Docker's command line leaves out
# the first two, Podman writes the third before what was built or loaded locally.
_UNSAID = ("docker.io/library/", "docker.io/", "localhost/")
_DEFAULT_STOP = "SIGTERM"


def image_of(client: Any, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The image's own inspect; empty where the engine no longer has it."""
    try:
        found: Mapping[str, Any] = client.images.get(attrs.get("Image", "")).attrs
    except docker.errors.APIError:
        return {}
    return found


def container_section(
    attrs: Mapping[str, Any],
    image: Mapping[str, Any],
    options: CaptureOptions,
    podman: bool = False,
) -> Section:
    """What `docker inspect CONTAINER` tells about how it was started."""
    redactor = Redactor(options.key, options.show)
    config = attrs.get("Config") or {}
    host = attrs.get("HostConfig") or {}
    facts = _image_facts(image)
    facts["runtime"] = "podman" if podman else "docker"
    facts.update(_configured(config, redactor))
    facts.update(
        {
            "id": attrs.get("Id"),
            "name": str(attrs.get("Name", "")).lstrip("/"),
            "image": _called(str(config.get("Image", "")), str(attrs.get("Image")), redactor),
            "image_id": attrs.get("Image"),
            "network_mode": _network_mode(str(host.get("NetworkMode", ""))),
            "privileged": bool(host.get("Privileged")),
            "read_only_root": bool(host.get("ReadonlyRootfs")),
            "oci_runtime": host.get("Runtime"),
            "init": bool(host.get("Init")),
            "ipc_mode": host.get("IpcMode"),
            "pid_mode": host.get("PidMode") or "private",
            "restart_policy": (host.get("RestartPolicy") or {}).get("Name") or "no",
            "cap_add": _capabilities(host.get("CapAdd")),
            "cap_drop": _capabilities(host.get("CapDrop")),
            "security_opt": _sorted(map(redactor.text, host.get("SecurityOpt") or [])),
            "devices": _sorted(
                redactor.text(str(device.get("PathInContainer")))
                for device in host.get("Devices") or []
            ),
            "log_driver": (host.get("LogConfig") or {}).get("Type"),
        }
    )
    for name, value in ((host.get("LogConfig") or {}).get("Config") or {}).items():
        facts[f"log_options.{redactor.text(name)}"] = redactor.named(name, str(value))
    for name, value in (host.get("Sysctls") or {}).items():
        facts[f"sysctls.{redactor.text(name)}"] = redactor.named(name, str(value))
    for mount in attrs.get("Mounts") or []:
        # As the section filesystem names them: a path may hold a token.
        facts[f"mounts.{redactor.text(str(mount.get('Destination')))}"] = {
            "type": mount.get("Type"),
            "read_only": not mount.get("RW", True),
        }
    gaps = _UNTOLD_BY_PODMAN if podman else {}
    return _section({key: facts[key] for key in facts if key not in gaps}, gaps)


def image_section(
    attrs: Mapping[str, Any],
    name: str | None,
    options: CaptureOptions,
    runtime: str | None = "docker",
) -> Section:
    """What `docker inspect IMAGE` tells, or the same from an archive, which knows no runtime;
    `name` is what it was asked for by."""
    redactor = Redactor(options.key, options.show)
    facts = _image_facts(attrs)
    facts.update(_configured(attrs.get("Config") or {}, redactor))
    tags = sorted(_familiar(str(tag)) for tag in attrs.get("RepoTags") or [])
    asked_for = _familiar(name or "")
    facts["image"] = asked_for if asked_for in tags else next(iter(tags), None)
    facts["image_id"] = attrs.get("Id")
    facts["runtime"] = runtime
    return _section(facts, {"*": "not running: decided when the container is started"})


def _image_facts(attrs: Mapping[str, Any]) -> dict[str, Any]:
    # Podman makes up a digest for what never was in a registry.
    entries = [str(entry) for entry in attrs.get("RepoDigests") or []]
    digests = sorted(
        entry.rpartition("@")[2] for entry in entries if not entry.startswith("localhost/")
    )
    return {
        "image_digest": digests[0] if digests else None,
        "architecture": attrs.get("Architecture"),
        "os": attrs.get("Os"),
        "image_created": attrs.get("Created"),
        "image_layers": list((attrs.get("RootFS") or {}).get("Layers") or []),
    }


def _configured(config: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "entrypoint": _words(config.get("Entrypoint"), redactor),
        "command": _words(config.get("Cmd"), redactor),
        "user": redactor.text(str(config.get("User") or "")) or None,
        # None: the root
        "working_dir": redactor.text(str(config.get("WorkingDir") or "/").rstrip("/")) or None,
        "stop_signal": _stop_signal(str(config.get("StopSignal") or _DEFAULT_STOP)),
        "tty": bool(config.get("Tty")),
        "exposed_ports": _sorted(config.get("ExposedPorts")),
        "healthcheck": _words((config.get("Healthcheck") or {}).get("Test"), redactor),
    }
    for name, value in (config.get("Labels") or {}).items():
        facts[f"labels.{redactor.text(str(name))}"] = redactor.named(str(name), str(value))
    return facts


def _section(facts: dict[str, Any], gaps: Mapping[str, str]) -> Section:
    """Facts without a value are left out: the engine knows that there is none."""
    known: dict[str, Value] = {
        key: value
        for key, value in facts.items()
        if key in _CONFIGURED or value not in (None, [], "")
    }
    return Section(
        status=Status.OK,
        origin=Origin.RUNTIME,
        facts=known,
        gaps=dict(gaps),
        origins={key: Origin.IMAGE for key in _IMAGE_KEYS if key in known},
        identity=frozenset(_IDENTITY & known.keys()),
    )


def _words(value: Any, redactor: Redactor) -> list[str]:
    if isinstance(value, str):
        value = [value]
    return redactor.argv([str(word) for word in value or []])


def _sorted(values: Iterable[Any] | None) -> list[str]:
    return sorted(str(value) for value in values or [])


def _capabilities(values: Iterable[Any] | None) -> list[str]:
    """With or without their prefix, as the engine's version likes."""
    return sorted(str(value).upper().removeprefix("CAP_") for value in values or [])


def _stop_signal(text: str) -> str | None:
    """By name, as Docker tells it; None for the default."""
    if text.isascii() and text.isdigit() and int(text) in signal.valid_signals():
        number = int(text)
        lowest = signal.SIGRTMIN
        text = signal.Signals(number).name if number <= 31 else f"SIGRTMIN+{number - lowest}"
    name = text if text.startswith("SIG") else f"SIG{text}"
    return None if name == _DEFAULT_STOP else name


def _called(name: str, identifier: str, redactor: Redactor) -> str:
    """What a container's image was called when it was started: by a reference, or by its
    identifier or the beginning of that, which would look like a credential."""
    if identifier.removeprefix("sha256:").startswith(name.removeprefix("sha256:")):
        return name
    return redactor.text(_familiar(name))


def _familiar(name: str) -> str:
    """A reference as Docker's command line shows it, with the tag that is meant where none is
    said."""
    for prefix in _UNSAID:
        name = name.removeprefix(prefix)
    said = "@" in name or ":" in name.rpartition("/")[2]
    return name if said else f"{name}:latest"


def _network_mode(mode: str) -> str:
    """`container:ID` names an instance."""
    return mode.partition(":")[0] or "default"
