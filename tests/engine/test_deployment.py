"""The agent's image, and the files of docs/deploy run as they are, with names of local images."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor import __version__, store
from auditor.agent.summary import MAX_SUMMARY
from auditor.capture import bundle

from ..conftest import IMAGES, ROOT
from ..deploy.manifests import (
    COMPOSE,
    DEBUG_PROFILE,
    DEPLOY,
    Cluster,
    Run,
    compose_run,
    debug_options,
    load,
    pod_of,
)
from .conftest import comparison, docker, snapshot

NAME = f"envaudit-deploy-{uuid.uuid4().hex[:12]}"
AGENT, TOOLS, APPLICATION, REPORT = (
    f"{NAME}-{part}:1" for part in ("agent", "tools", "application", "report")
)
PUBLISHED = {
    f"registry.example.com/envaudit-agent:{__version__}": AGENT,
    f"registry.example.com/envaudit-tools:{__version__}": TOOLS,
    "registry.example.com/scoring:1.4": APPLICATION,
    "registry.example.com/report:2.0": REPORT,
}
WORKLOAD = """\
import os, sys, time
threads = os.environ.get("OMP_NUM_THREADS")
print("threads", threads, "user", os.getuid(), "args", sys.argv[1:], flush=True)
if sys.argv[1:] == ["stay"]:
    time.sleep(100000)
sys.exit(7)
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def build_agent(image: str, pyz: Path, *options: str, **environment: str) -> None:
    environ = {**os.environ, "ENVAUDIT_PYZ": str(pyz), **environment}
    words = [str(IMAGES / "agent/build.sh"), image, "--quiet", *options]
    subprocess.run(words, env=environ, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def build(image: str, dockerfile: Path, folder: Path, base: str, *options: str) -> None:
    """A Dockerfile of docs/deploy, on images that are here."""
    text = dockerfile.read_text()
    for published, local in {**PUBLISHED, "python:3.12-slim": base}.items():
        text = text.replace(published, local)
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(WORKLOAD)
    subprocess.run(
        ["docker", "build", "--quiet", "--network", "none", "--tag", image, *options, "--file", "-",
         str(folder)],
        input=text, text=True, check=True, capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # By another name than in the image.
    path = tmp_path_factory.mktemp("agent") / "of-today.pyz"
    path.write_bytes(bundle.zipapp())
    return path


@pytest.fixture(scope="module")
def images(base_image: str, pyz: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("context")
    try:
        build_agent(AGENT, pyz, ENVAUDIT_SOURCE="https://git.example.com/envaudit")
        build(TOOLS, DEPLOY / "tools.Dockerfile", folder, base_image)
        build(APPLICATION, DEPLOY / "Dockerfile", folder, base_image)
        report = folder / "report.Dockerfile"
        report.write_text("FROM python:3.12-slim\nCOPY main.py /app/\n")
        build(REPORT, report, folder, base_image)
        yield
    finally:
        docker("rmi", "--force", *PUBLISHED.values(), check=False)


@pytest.fixture
def running(images: None) -> Iterator[Callable[..., str]]:
    """Starts containers that stay up; their names."""
    started: list[str] = []

    def start(*words: str) -> str:
        started.append(f"{NAME}-{len(started)}")
        docker("run", "--detach", "--name", started[-1], "--network", "none", *words)
        return started[-1]

    yield start
    if started:
        docker("rm", "--force", "--volumes", *started, check=False)


def started(run: Run, *more: str, engine: str = "docker") -> Ended:
    words = [engine, "run", "--rm", "--network", "none", *run.options, *more]
    words += [PUBLISHED.get(run.image, run.image), *run.words]
    ended = subprocess.run(
        words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


# -- the agent's image


def layers(image: str, engine: str = "docker") -> list[list[tarfile.TarInfo]]:
    saved = subprocess.run([engine, "save", image], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        found = []
        for name in json.load(manifest)[0]["Layers"]:
            layer = archive.extractfile(name)
            assert layer is not None
            with tarfile.open(fileobj=layer) as members:
                found.append(members.getmembers())
        return found


def test_the_only_file_is_the_agent(images: None, pyz: Path, tmp_path: Path) -> None:
    (members,) = layers(AGENT)
    assert [member.name for member in members] == ["envaudit.pyz"]
    assert members[0].mode & 0o777 == 0o755
    docker("create", "--name", f"{NAME}-copied-from", AGENT, "-")
    try:
        docker("cp", f"{NAME}-copied-from:/envaudit.pyz", str(tmp_path))
    finally:
        docker("rm", f"{NAME}-copied-from")
    assert (tmp_path / "envaudit.pyz").read_bytes() == pyz.read_bytes()


def test_its_labels(images: None) -> None:
    labels = json.loads(docker("inspect", "--format", "{{json .Config.Labels}}", AGENT))
    labels = {name.removeprefix("org.opencontainers.image."): labels[name] for name in labels}
    assert labels["title"] == "envaudit agent"
    assert labels["description"]
    assert labels["licenses"] == "Apache-2.0"
    assert labels["version"] == __version__
    assert labels["source"] == "https://git.example.com/envaudit"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", labels["created"])
    if shutil.which("git") and (ROOT / ".git").exists():
        head = subprocess.run(
            ["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        assert labels["revision"] in (head, f"{head}-dirty")
    # One place states the version.
    assert __version__ not in (IMAGES / "agent/Dockerfile").read_text()


def test_the_same_bytes_in_two_builds(images: None, pyz: Path, tmp_path: Path) -> None:
    def content(image: str) -> list[str]:
        found: list[str] = json.loads(
            docker("inspect", "--format", "{{json .RootFS.Layers}}", image)
        )
        return found

    copies = [pyz, tmp_path / "envaudit.pyz"]
    copies[1].write_bytes(pyz.read_bytes())
    os.utime(copies[1], (0, 0))
    copies[1].chmod(0o600)
    names = [f"{NAME}-again:{number}" for number in range(3)]
    try:
        for name, copy in zip(names, copies, strict=False):
            build_agent(name, copy, "--no-cache")
        build_agent(names[2], pyz, "--no-cache", SOURCE_DATE_EPOCH="1000000000")
        assert content(names[0]) == content(names[1]) == content(AGENT)
        assert content(names[2]) != content(AGENT)
    finally:
        docker("rmi", "--force", *names, check=False)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"ENVAUDIT_PYZ": "/nowhere/x"}, "agent image: no agent at /nowhere/x: make agent"),
        ({"SOURCE_DATE_EPOCH": "now"}, "agent image: SOURCE_DATE_EPOCH takes seconds, not now"),
        ({"ENVAUDIT_BUILDER": "nowhere"}, "agent image: no command nowhere: make engine"),
    ],
)
def test_what_cannot_be_built(
    images: None, pyz: Path, environment: dict[str, str], said: str
) -> None:
    environ = {**os.environ, "ENVAUDIT_PYZ": str(pyz), **environment}
    words = [str(IMAGES / "agent/build.sh"), f"{NAME}-never:1"]
    ended = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", said + "\n")


# -- plain Docker


def test_the_entrypoint(images: None, tmp_path: Path) -> None:
    """The agent was copied from its image, with the application's arguments and exit code."""
    tmp_path.chmod(0o777)
    ended = started(Run(APPLICATION), "--volume", f"{tmp_path}:/run/envaudit", "--env", "A=b")
    assert (ended.code, ended.out) == (7, "threads None user 0 args []\n")
    fingerprint = store.load(tmp_path / "fingerprint.json")
    assert fingerprint.get("env.A") == {"set": True}
    # Without a place for the fingerprint, the application runs all the same.
    ended = started(Run(APPLICATION), "--read-only")
    assert (ended.code, ended.out) == (7, "threads None user 0 args []\n")
    assert re.fullmatch(r"envaudit: no snapshot: [^\n]+: read-only file system\n", ended.err)


def test_the_commands_of_the_page(images: None, tmp_path: Path) -> None:
    """`docker run` and what follows, as they stand in README.md; with `stay` as its command."""
    page = (DEPLOY / "README.md").read_text()
    block = page.split("## Plain Docker")[1].split("```console\n")[1].split("```")[0]
    lines = [line.removeprefix("$ ") for line in block.replace("\\\n     ", "").splitlines()]
    assert lines[0] == "docker build --tag scoring ."
    assert len(lines) == 4
    name = f"{NAME}-page"
    run = lines[1].replace("--name scoring", f"--name {name} --network none")
    assert run.endswith(" scoring")
    run = f"{run.removesuffix(' scoring')} {APPLICATION} python3 /app/main.py stay"
    try:
        subprocess.run(["bash", "-c", run], check=True, capture_output=True)
        _wait_for(lambda: "threads" in docker("logs", name))
        read = lines[2].replace("exec scoring", f"exec {name}")
        subprocess.run(["bash", "-c", read], check=True, cwd=tmp_path)
        assert lines[3] == "envaudit compare production.json docker:scoring"
        code, document = comparison(tmp_path / "production.json", f"docker:{name}")
        assert (code, document["changes"]) == (0, [])
        assert docker("diff", name) == ""
    finally:
        docker("rm", "--force", name, check=False)


# -- Compose


def test_compose(images: None) -> None:
    run = compose_run(load(COMPOSE), "scoring", NAME)
    try:
        ended = started(run)
        assert (ended.code, ended.out) == (7, "threads 2 user 10001 args []\n")
        # As its first lines say: the volume outlives the container.
        reader = Run(
            run.image, ["--entrypoint", "cat", "--volume", f"{NAME}_fingerprints:/run/envaudit"]
        )
        reader.words = ["/run/envaudit/fingerprint.json"]
        fingerprint = store.parse(started(reader).out.encode(), "fingerprint")
    finally:
        docker("volume", "rm", f"{NAME}_fingerprints", check=False)
    assert fingerprint.provenance.name == "compose/scoring"
    assert fingerprint.get("filesystem.root.read_only") is True
    assert fingerprint.get("process.uid") == 10001
    assert fingerprint.get("process.capabilities") == []
    assert fingerprint.get("process.no_new_privs") is True


# -- Kubernetes


def pod(folder: Path, number: int) -> Cluster:
    """The same workload in two places."""
    fields = {
        "metadata.name": f"scoring-7d9c5b6f4-x2x7{number}",
        "metadata.namespace": "prod",
        "spec.nodeName": f"node-{number}",
    }
    return Cluster(folder / str(number), fields)


def test_the_deployment(images: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    spec = pod_of(load(DEPLOY / "kubernetes/deployment.yaml"))
    (container,) = spec["containers"]
    for number in (1, 2):
        cluster = pod(tmp_path, number)
        cluster.folder.mkdir()
        ended = started(cluster.run(spec, container))
        assert (ended.code, ended.out) == (7, "threads 2 user 10001 args []\n")
        fingerprint = store.load(cluster.volume("envaudit") / "fingerprint.json")
        name = f"prod/scoring-7d9c5b6f4-x2x7{number}"
        assert fingerprint.provenance.name == name
        assert {"POD_NAME", "NODE_NAME"} <= fingerprint.sections["env"].identity
        assert fingerprint.get("filesystem.root.read_only") is True
        assert fingerprint.get("limits.memory.max") == 512 * 1024**2
        assert fingerprint.get("limits.cpu.quota") == 2
        message = cluster.folder / "termination-log-scoring"
        assert 0 < message.stat().st_size <= MAX_SUMMARY
        lines = message.read_text().splitlines()
        assert lines[:3] == [
            f"envaudit {__version__}", f"digest {fingerprint.digest}", f"name {name}",
        ]  # fmt: skip
    # The replicas are the same, though everything that names them differs.
    one, two = (pod(tmp_path, number).volume("envaudit") / "fingerprint.json" for number in (1, 2))
    assert store.load(one).get("container.id") != store.load(two).get("container.id")
    code, document = comparison(one, two)
    assert (code, document["changes"]) == (0, [])


def test_the_init_container(images: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    cluster = pod(tmp_path, 1)
    cluster.folder.mkdir()
    spec = pod_of(load(DEPLOY / "kubernetes/init-container.yaml"))
    (init,), (container,) = spec["initContainers"], spec["containers"]
    without = started(cluster.run(spec, container))
    assert without.code != 7, "the image holds the agent: nothing is tested"
    assert started(cluster.run(spec, init)) == Ended(0, "", "")
    ended = started(cluster.run(spec, container))
    assert (ended.code, ended.out) == (7, "threads None user 10001 args []\n")
    assert store.load(cluster.volume("envaudit") / "fingerprint.json").get("process.uid") == 10001
    assert (cluster.folder / "termination-log-report").read_text().startswith("envaudit ")


def test_a_full_termination_message(images: None, tmp_path: Path) -> None:
    """The application overwrites it, and what cannot be written costs the application nothing."""
    tmp_path.chmod(0o755)
    cluster = pod(tmp_path, 1)
    cluster.folder.mkdir()
    spec = pod_of(load(DEPLOY / "kubernetes/deployment.yaml"))
    container = {**spec["containers"][0], "args": ["sh", "-c", "echo died >/dev/termination-log"]}
    assert started(cluster.run(spec, container)).code == 0
    assert (cluster.folder / "termination-log-scoring").read_text() == "died\n"
    run = cluster.run(spec, spec["containers"][0])
    (cluster.folder / "termination-log-scoring").chmod(0o444)
    ended = started(run)
    assert (ended.code, ended.out) == (7, "threads 2 user 10001 args []\n")
    assert ended.err == "envaudit: no snapshot: /dev/termination-log: permission denied\n"
    assert store.load(cluster.volume("envaudit") / "fingerprint.json").get("process.uid") == 10001


DEBUG = ["python3", "-I", "-S", "-B", "/opt/envaudit.pyz", "snapshot", "--quiet", "pid:1"]


@pytest.mark.parametrize("by", ["SYS_PTRACE", "its own user"])
def test_a_debug_container(running: Callable[..., str], tmp_path: Path, by: str) -> None:
    """`kubectl debug --target`: another image, and the application's process namespace."""
    page = (DEPLOY / "README.md").read_text()
    assert " ".join(DEBUG) in page
    name = running(
        *("--user", "10001:10001", "--read-only", "--cap-drop", "ALL", "--memory", "200m"),
        *("--env", "OMP_NUM_THREADS=5", "--entrypoint", "python3", REPORT, "/app/main.py", "stay"),
    )
    _wait_for(lambda: "threads" in docker("logs", name))
    options = (
        ["--cap-add", "SYS_PTRACE"] if by == "SYS_PTRACE" else debug_options(load(DEBUG_PROFILE))
    )
    ended = started(Run(TOOLS, ["--pid", f"container:{name}", *options], DEBUG))
    assert (ended.code, ended.err) == (0, "")
    (tmp_path / "debug.json").write_text(ended.out)
    fingerprint = store.load(tmp_path / "debug.json")
    assert fingerprint.get("env.OMP_NUM_THREADS") == "5"
    assert fingerprint.get("limits.memory.max") == 200 * 1024**2
    outside = snapshot(f"docker:{name}", tmp_path / "outside.json")
    assert fingerprint.sections["os.packages"].facts == outside.sections["os.packages"].facts
    code, document = comparison(tmp_path / "debug.json", tmp_path / "outside.json")
    assert (code, document["changes"]) == (0, [])


@pytest.mark.parametrize(
    "options",
    [
        ["--user", "10002:10002"],
        ["--user", "0:0", "--cap-drop", "ALL"],
        [],  # root with the engine's usual capabilities, as the profile "baseline" gives it
    ],
)
def test_a_debug_container_without_the_rights(
    running: Callable[..., str], options: list[str]
) -> None:
    name = running(
        "--user", "10001:10001", "--entrypoint", "python3", REPORT, "/app/main.py", "stay"
    )
    _wait_for(lambda: "threads" in docker("logs", name))
    ended = started(Run(TOOLS, ["--pid", f"container:{name}", *options], DEBUG))
    assert ended == Ended(
        3,
        "",
        "envaudit: the snapshot failed: process 1 may not be looked into: run as its user with "
        "no fewer capabilities, or with SYS_PTRACE\n",
    )


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition did not become true"
        time.sleep(0.1)
