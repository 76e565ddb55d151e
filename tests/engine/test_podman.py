"""Podman as the second engine, by its Docker API: rootful, and rootless as a user of its own.

The service is one of ours, with storage of its own: images/podman.sh.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.capture import bundle
from auditor.model import Fingerprint, Origin, Status

from ..conftest import IMAGES, REQUIRED, ROOT, provided
from ..deploy.manifests import DEPLOY, Cluster, load, pod_of
from .conftest import comparison, docker, snapshot
from .test_deployment import PUBLISHED, WORKLOAD

SCRIPT = IMAGES / "podman.sh"
SLEEP = ("python3", "-c", "import time; time.sleep(100000)")
NAME = f"envaudit-deploy-{uuid.uuid4().hex[:12]}"
AS_ROOT = os.getuid() == 0
# What Podman sets for every container, and Docker does not, on the same image.
SET_BY_PODMAN = {"container.runtime", "env.container", "env.TERM"}


@dataclass
class Podman:
    """`mode` is `rootful` or `rootless`."""

    mode: str
    socket: Path
    started: list[str] = field(default_factory=list)

    def __call__(self, *words: str, check: bool = True, given: bytes = b"") -> str:
        command = ["podman", "--remote", "--url", f"unix://{self.socket}", *words]
        ended = subprocess.run(command, input=given, capture_output=True, check=False, timeout=120)
        assert not check or ended.returncode == 0, ended.stderr.decode()
        return ended.stdout.decode().strip()

    def run(self, *options: str, image: str, command: tuple[str, ...] = SLEEP) -> str:
        name = f"{NAME}-{len(self.started)}"
        self.started.append(name)
        self("run", "--detach", "--name", name, "--network", "none", *options, image, *command)
        return name

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket}"}

    @property
    def local(self) -> dict[str, str]:
        """For the command line that works on the storage itself (as its user)."""
        folder = self.socket.parent
        files = {"CONTAINERS_CONF": "containers.conf", "CONTAINERS_STORAGE_CONF": "storage.conf"}
        return {**os.environ, **{name: str(folder / file) for name, file in files.items()}}


def serve(mode: str, image: str) -> Iterator[Podman]:
    if mode == "rootful" and not AS_ROOT:
        pytest.skip("takes root")
    if not REQUIRED and not shutil.which("podman"):
        pytest.skip(f"no podman ({SCRIPT.name} start installs one on Debian)")
    options = ["--rootless"] if mode == "rootless" else []
    podman = Podman(mode, Path(provided(SCRIPT, "start", *options)))
    try:
        saved = subprocess.run(["docker", "save", image], capture_output=True, check=True)
        podman("load", given=saved.stdout)
        yield podman
    finally:
        subprocess.run([SCRIPT, "stop", *options], capture_output=True, check=False)


@pytest.fixture(scope="module")
def rootful(base_image: str) -> Iterator[Podman]:
    yield from serve("rootful", base_image)


@pytest.fixture(scope="module")
def rootless(base_image: str) -> Iterator[Podman]:
    yield from serve("rootless", base_image)


@pytest.fixture(params=["rootful", "rootless"])
def podman(request: pytest.FixtureRequest) -> Podman:
    found: Podman = request.getfixturevalue(request.param)
    return found


@pytest.fixture(autouse=True)
def _on_podman(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`envaudit` asks Podman; what a test started there is removed, and nothing else is left."""
    names = {"podman", "rootful", "rootless"} & set(request.fixturenames)
    found: list[Podman] = [request.getfixturevalue(name) for name in names]
    for one in found:
        monkeypatch.setenv("DOCKER_HOST", one.environment["DOCKER_HOST"])
    yield
    for one in found:
        if one.started:
            one("rm", "--force", "--time", "0", "--volumes", *one.started, check=False)
            one.started.clear()
        assert one("ps", "--all", "--quiet") == ""


def on_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST")


def test_a_running_container(podman: Podman, base_image: str, tmp_path: Path) -> None:
    name = podman.run("--env", "OMP_NUM_THREADS=3", "--label", "team=ml", image=base_image)
    before = podman("diff", name)
    first = snapshot(f"docker:{name}", tmp_path / "a.json")
    second = snapshot(f"docker:{name}", tmp_path / "b.json")
    assert first.digest == second.digest
    assert podman("diff", name) == before
    expected = {
        "container.runtime": "podman",
        "container.name": name,
        "container.image": base_image,
        "container.labels.team": "ml",
        "env.OMP_NUM_THREADS": "3",
        "env.container": "podman",
        "process.uid": 0,
        "process.ids_mapped": podman.mode == "rootless",
    }
    assert {path: first.get(path) for path in expected} == expected
    # A second one, started the same way, is the same.
    other = podman.run("--env", "OMP_NUM_THREADS=3", "--label", "team=ml", image=base_image)
    code, document = comparison(tmp_path / "a.json", f"docker:{other}")
    assert (code, document["changes"]) == (0, [])


def test_one_image_under_both_engines(
    podman: Podman, base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = snapshot(f"image:{base_image}", tmp_path / "podman.json")
    on_docker(monkeypatch)
    ours = snapshot(f"image:{base_image}", tmp_path / "docker.json")
    assert of_the_image(theirs) == of_the_image(ours)
    code, document = comparison(tmp_path / "docker.json", tmp_path / "podman.json")
    assert code == 1
    assert {change["path"] for change in document["changes"]} == SET_BY_PODMAN
    assert document["findings"] == []


def of_the_image(fingerprint: Fingerprint) -> dict[str, Any]:
    """What is decided in the image."""
    facts = {}
    for name, section in fingerprint.sections.items():
        for key, value in section.facts.items():
            if section.origins.get(key, section.origin) is Origin.IMAGE:
                facts[f"{name}.{key}"] = value
    assert len(facts) > 100
    return facts


def test_containers_of_one_image_under_both_engines(
    rootful: Podman, base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told differently by the two APIs, and means the same."""
    (tmp_path / "data").mkdir()
    options = (
        *("--memory", "300m", "--memory-swap", "400m", "--cpus", "0.5", "--pids-limit", "77"),
        *("--cpuset-cpus", "0", "--ulimit", "nofile=1234:2345", "--ulimit", "nproc=999:1000"),
        *("--shm-size", "32m", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--read-only"),
        *("--security-opt", "no-new-privileges", "--stop-signal", "SIGINT", "--label", "a=b"),
        *("--sysctl", "net.core.somaxconn=77", "--env", "TZ=Asia/Tokyo", "--env", "TERM=dumb"),
        *("--volume", f"{tmp_path}/data:/data:ro", "--workdir", "/usr", "--tmpfs", "/run"),
        *("--device", "/dev/null:/dev/zz", "--restart", "on-failure:3"),
    )
    theirs = rootful.run(*options, image=base_image)
    snapshot(f"docker:{theirs}", tmp_path / "podman.json")
    on_docker(monkeypatch)
    name = f"{NAME}-docker"
    try:
        docker("run", "--detach", "--name", name, "--network", "none", *options, base_image, *SLEEP)
        snapshot(f"docker:{name}", tmp_path / "docker.json")
    finally:
        docker("rm", "--force", name, check=False)
    _, document = comparison(tmp_path / "docker.json", tmp_path / "podman.json")
    changes = {change["path"]: change for change in document["changes"]}
    assert {path for path in changes if changes[path]["origin"] != "runtime"} == set()
    differing = ("kernel.", "network.", "filesystem.")  # which Podman sets up otherwise
    assert {path for path in changes if not path.startswith(differing)} <= {
        *SET_BY_PODMAN,
        "container.ipc_mode",
        "process.groups",
    }
    assert changes["env.container"]["folded_under"] == "container.runtime"
    untold = {entry["path"] for entry in document["not_compared"]}
    assert {"container.oci_runtime", "container.sysctls.*", "container.cap_drop"} <= untold
    fingerprint = store.load(tmp_path / "podman.json")
    assert fingerprint.get("limits.memory.max") == 300 * 1024**2
    assert fingerprint.get("container.stop_signal") == "SIGINT"


def test_a_stopped_container(rootful: Podman, base_image: str, tmp_path: Path) -> None:
    name = rootful.run(
        "--env", "OMP_NUM_THREADS=3", "--user", "1234", "--workdir", "/usr", image=base_image
    )
    snapshot(f"docker:{name}", tmp_path / "running.json")
    rootful("stop", "--time", "0", name)
    stopped = snapshot(f"docker:{name}", tmp_path / "stopped.json")
    code, document = comparison(tmp_path / "running.json", tmp_path / "stopped.json")
    assert (code, document["changes"]) == (0, [])
    assert stopped.sections["limits"].status is Status.SKIPPED


def test_an_image_without_python(rootful: Podman, tmp_path: Path) -> None:
    """No interpreter can be started, which Podman says at another moment than Docker."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=wolfi\n")
    archive = subprocess.run(
        ["tar", "--create", "--directory", tmp_path, "etc"], capture_output=True, check=True
    )
    rootful("import", "-", "localhost/files:1", given=archive.stdout)
    fingerprint = snapshot("image:files:1", tmp_path / "a.json")
    assert fingerprint.get("os.id") == "wolfi"
    assert fingerprint.sections["python"].status is Status.ABSENT


def test_an_interrupted_capture_removes_its_container(rootful: Podman, base_image: str) -> None:
    command = [
        sys.executable,
        "-m",
        "auditor",
        "snapshot",
        f"image:{base_image}",
        "--integrity",
        "full",
    ]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        _wait_for(lambda: rootful("ps", "--all", "--quiet") != "" or process.poll() is not None)
        process.terminate()
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + 15
    assert b"Traceback" not in err
    _wait_for(lambda: rootful("ps", "--all", "--quiet") == "")


def test_a_process_in_a_user_namespace(rootless: Podman, base_image: str, tmp_path: Path) -> None:
    """Root inside, an ordinary user outside: seen from both sides it is the same."""
    name = rootless.run(image=base_image)
    pid = rootless("inspect", "--format", "{{.State.Pid}}", name)
    outside = snapshot(f"pid:{pid}", tmp_path / "outside.json")
    assert (outside.get("process.uid"), outside.get("process.user")) == (0, "root")
    lines = Path(f"/proc/{pid}/uid_map").read_text().splitlines()
    assert outside.get("process.uid_map") == [" ".join(line.split()) for line in lines]
    assert os.stat(f"/proc/{pid}").st_uid == int(lines[0].split()[1]) != 0
    code, document = comparison(tmp_path / "outside.json", f"docker:{name}")
    assert (code, document["changes"]) == (0, [])


# An ordinary user's program, who may not read our files: all is imported before.
AS_ITS_USER = """
import os, sys
from auditor.cli import run
uid, target, output = int(sys.argv[1]), *sys.argv[2:]
assert run(["snapshot", target, "-o", os.devnull, "--quiet"]) == 0
del os.environ["DOCKER_HOST"]
os.setgroups([]), os.setgid(uid), os.setuid(uid)
sys.exit(run(["snapshot", target, "-o", output, "--quiet"]))
"""


@pytest.mark.skipif(not AS_ROOT, reason="takes root to become another user")
def test_a_user_finds_its_own_podman(rootless: Podman, base_image: str) -> None:
    """The system's Docker may not be asked, and no variable names an engine."""
    name = rootless.run(image=base_image)
    folder = rootless.socket.parent
    (folder / "podman").mkdir(exist_ok=True)
    (folder / "podman/podman.sock").symlink_to(rootless.socket)
    uid = rootless.socket.stat().st_uid
    output = folder / "found.json"
    environment = {
        **os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", AS_ITS_USER, str(uid), f"docker:{name}", str(output)],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert store.load(output).get("container.name") == name


# -- the agent's image


@pytest.fixture
def agent_image(rootful: Podman, tmp_path: Path) -> str:
    """A manifest list of two platforms, made without an emulator."""
    name = f"localhost/{NAME}-agent:1"
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp())
    settings = {"ENVAUDIT_BUILDER": "podman", "ENVAUDIT_PYZ": str(tmp_path / "envaudit.pyz")}
    words = [str(IMAGES / "agent/build.sh"), "--no-cache", "--quiet"]
    words += ["--platform", "linux/amd64,linux/arm64", "--manifest", name]
    subprocess.run(words, env={**rootful.local, **settings}, capture_output=True, check=True)
    return name


def test_one_layer_for_every_platform(rootful: Podman, agent_image: str, tmp_path: Path) -> None:
    folder = tmp_path / "pushed"
    subprocess.run(
        ["podman", "manifest", "push", "--all", agent_image, f"dir:{folder}"],
        env=rootful.local, capture_output=True, check=True,
    )  # fmt: skip
    entries = json.loads((folder / "manifest.json").read_text())["manifests"]
    assert {entry["platform"]["architecture"] for entry in entries} == {"amd64", "arm64"}
    manifests = [json.loads(path.read_text()) for path in folder.glob("*.manifest.json")]
    assert len(manifests) == 2
    layers = [[layer["digest"] for layer in manifest["layers"]] for manifest in manifests]
    assert layers[0] == layers[1]
    assert len(layers[0]) == 1


def test_the_image_volume(
    rootful: Podman, agent_image: str, base_image: str, tmp_path: Path
) -> None:
    """The manifest as it is; Docker mounts images from version 28 on only, Podman did before."""
    tmp_path.chmod(0o755)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text(WORKLOAD)
    cluster = Cluster(tmp_path / "pod", {})
    cluster.folder.mkdir()
    spec = pod_of(load(DEPLOY / "kubernetes/image-volume.yaml"))
    (container,) = spec["containers"]
    run = cluster.run(spec, container)
    (published,) = (name for name in PUBLISHED if "envaudit-agent" in name)
    assert any(published in option for option in run.options)
    options = [option.replace(published, agent_image) for option in run.options]
    options += ["--volume", f"{tmp_path}/app:/app:ro"]
    name = rootful.run(*options, image=base_image, command=tuple(run.words))
    state = ("inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", name)
    _wait_for(lambda: not rootful(*state).startswith("true"))
    assert rootful(*state) == "false 7"
    assert "threads None user 10001 args []" in rootful("logs", name)
    assert store.load(cluster.volume("envaudit") / "fingerprint.json").get("process.uid") == 10001
    assert (cluster.folder / "termination-log-report").read_text().startswith("envaudit ")


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition did not become true"
        time.sleep(0.05)
