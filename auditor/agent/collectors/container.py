"""Which container this is, as far as it can be told from inside.

- `runtime`: `docker`, `podman`, `containerd`, `cri-o`, `lxc`, `systemd-nspawn`, or what the
  variable `container` of process 1 says (systemd's Container Interface); from the marks that
  runtimes leave: /.dockerenv, /run/.containerenv, cgroup paths, mount sources.
- `orchestrator`: `kubernetes`, `ecs`, `nomad`, by the variables that they set.
- `rootless`: whether podman says so.
- `id`: identity.

The image, its digest, entrypoint, command and labels are known to the engine alone.
"""

from __future__ import annotations

from ..root import KIB
from ..section import EVERYTHING_ELSE, RUNTIME, SectionAbsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..section import Facts
    from ..subject import Subject

SECTION = "container"
ORIGIN = RUNTIME

ONLY_THE_ENGINE = "only the engine tells: capture it with docker:CONTAINER"
PODMAN_MARK = "/run/.containerenv"
ORCHESTRATORS = (
    ("KUBERNETES_SERVICE_HOST", "kubernetes"),
    ("ECS_CONTAINER_METADATA_URI_V4", "ecs"),
    ("ECS_CONTAINER_METADATA_URI", "ecs"),
    ("NOMAD_ALLOC_ID", "nomad"),
)
# Parts of cgroup paths: cgroupfs driver's directories and systemd driver's scopes.
CGROUP_MARKS = (
    ("cri-containerd-", "containerd"),
    ("cri-containerd:", "containerd"),
    ("crio-", "cri-o"),
    ("libpod-", "podman"),
    ("/docker-", "docker"),
    ("/docker/", "docker"),
    ("/lxc/", "lxc"),
    ("/lxc.payload", "lxc"),
    ("/machine.slice/systemd-nspawn", "systemd-nspawn"),
    ("/machine.slice/machine-", "systemd-nspawn"),
)
# Directories on the host that /etc/hostname or /etc/resolv.conf are mounted from, and where
# the container's id stands in them.
MOUNT_MARKS = (
    ("/docker/containers/", "docker"),
    ("/overlay-containers/", "podman"),
    ("/io.containerd.grpc.v1.cri/sandboxes/", "containerd"),
)
_HEX = frozenset("0123456789abcdef")
_ID_LENGTH = 64


def collect(subject: Subject, facts: Facts) -> None:
    subject.require_running()
    orchestrator = find_orchestrator(subject)
    runtime = find_runtime(subject)
    if runtime == "podman" and orchestrator == "kubernetes":
        runtime = "cri-o"  # which leaves podman's marks
    if runtime is None and orchestrator is None:
        raise SectionAbsent("not in a container")
    if runtime is not None:
        facts["runtime"] = runtime
    if orchestrator is not None:
        facts["orchestrator"] = orchestrator
    if runtime == "podman":
        facts.attempt("rootless", podman_rootless, subject)
    identity = find_id(subject)
    if identity is not None:
        facts.identify("id", identity)
    facts.gap(EVERYTHING_ELSE, ONLY_THE_ENGINE)


def find_runtime(subject: Subject) -> str | None:
    # A container inside a container has the outer one's cgroup, too: the innermost mark counts.
    for path in cgroup_paths(subject):
        found = [(path.rfind(mark), runtime) for mark, runtime in CGROUP_MARKS if mark in path]
        if found:
            return max(found)[1]
    if subject.root.exists(PODMAN_MARK):
        return "podman"
    for mark, runtime in MOUNT_MARKS:
        if any(mark in source for source in file_sources(subject)):
            return runtime
    if subject.root.exists("/.dockerenv"):
        return "docker"
    return told_by_init(subject)


def find_orchestrator(subject: Subject) -> str | None:
    for variable, name in ORCHESTRATORS:
        if subject.environ.get(variable):
            return name
    return None


def told_by_init(subject: Subject) -> str | None:
    """https://systemd.io/CONTAINER_INTERFACE: `container` in the environment of process 1."""
    told = subject.environ.get("container")
    if told is None and subject.process.directory != "/proc/1" and subject.root.live:
        from ..process import Process

        try:
            told = Process(subject.root, "/proc/1").environ.get("container")
        except OSError:  # another user's
            told = None
    return subject.redactor.text(told[:64]) if told else None


def podman_rootless(subject: Subject) -> bool | None:
    """podman fills the file in privileged containers only."""
    for line in subject.root.text(PODMAN_MARK, 64 * KIB).splitlines():
        name, _, value = line.partition("=")
        if name == "rootless":
            return value.strip('"') == "1"
    return None


def find_id(subject: Subject) -> str | None:
    """The innermost number of 64 hexadecimal digits in the cgroup, else in the mounts."""
    for path in [*cgroup_paths(subject), *file_sources(subject)]:
        words = path.replace("/", " ").replace("-", " ").replace(".", " ").replace(":", " ")
        for word in reversed(words.split()):
            if len(word) == _ID_LENGTH and _HEX.issuperset(word):
                return word
    return None


def cgroup_paths(subject: Subject) -> list[str]:
    """Longest first: of a hybrid's hierarchies the one that names the container."""
    try:
        text = subject.root.text(subject.process.path("cgroup"), 64 * KIB)
    except (OSError, ValueError):
        return []
    paths = [line.split(":", 2)[-1] for line in text.splitlines()]
    return sorted(set(paths), key=lambda path: (-len(path), path))


def file_sources(subject: Subject) -> list[str]:
    try:
        mounts = subject.mounts
    except (OSError, ValueError):
        return []
    points = ("/etc/hostname", "/etc/resolv.conf", "/etc/hosts")
    return [mount.root for mount in mounts if mount.point in points]
