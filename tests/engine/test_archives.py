"""One image captured in every way there is, and containers that hold no Python."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import os
import platform
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from auditor import store
from auditor.capture import capture, container
from auditor.capture.archive_file import ArchiveFile, Meter
from auditor.capture.blobs import TarFile
from auditor.capture.container import is_visible
from auditor.capture.files import merged
from auditor.capture.image_archive import StoredLayers
from auditor.capture.manifests import Choice, choose
from auditor.capture.tree import Node
from auditor.model import Fingerprint, Origin, Status

from .conftest import comparison, docker, envaudit, snapshot

SITE = "/usr/lib/python3/dist-packages"
MODULE = "VALUE = 1\n" * 300_000
DOCKERFILE = f"""\
FROM %s
COPY demo {SITE}/demo
COPY demo-1.0.dist-info {SITE}/demo-1.0.dist-info
COPY demo-1.0.dist-info {SITE}/gone-1.0.dist-info
RUN rm -r {SITE}/gone-1.0.dist-info && ln {SITE}/demo/data.txt {SITE}/demo/hard.txt
RUN echo 'import os' > {SITE}/sitecustomize.py && rm -f /etc/debian_version
ENV OMP_NUM_THREADS=3 TZ=Etc/UTC APP_TOKEN=hunter2
LABEL team=ml
USER 1234
WORKDIR /srv
CMD ["python3", "-c", "import demo"]
"""


@pytest.fixture(scope="module")
def image(base_image: str) -> Iterator[str]:
    """A Python image of several layers, which remove, link and replace files."""
    hashed = base64.urlsafe_b64encode(hashlib.sha256(MODULE.encode()).digest()).rstrip(b"=")
    record = f"demo/__init__.py,sha256={hashed.decode()},{len(MODULE)}\n"
    record += "demo/data.txt,,4\ndemo/hard.txt,,4\n"
    context = {
        "Dockerfile": DOCKERFILE % base_image,
        "demo/__init__.py": MODULE,
        "demo/data.txt": "data",
        "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        "demo-1.0.dist-info/RECORD": record,
        "demo-1.0.dist-info/INSTALLER": "pip\n",
    }
    name = f"{unique()}:1"
    build(name, {path: content.encode() for path, content in context.items()})
    yield name
    docker("rmi", "--force", name, check=False)


def build(name: str, context: dict[str, bytes]) -> None:
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"],
        input=tar(context),
        check=True,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )


def unique() -> str:
    """A name for a container or image, and none that the scrubber takes for a token."""
    return f"envaudit-arch-test-{os.getpid()}-{next(_numbers)}"


_numbers = itertools.count()


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def captures(image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fingerprint]:
    """The image in every way, with everything that is installed read."""
    folder = tmp_path_factory.mktemp("captures")
    saved, exported, packed = (folder / name for name in ("saved.tar", "root.tar", "packed.tgz"))
    docker("save", "--output", str(saved), image)
    made = unique()
    docker("create", "--name", made, image)
    try:
        docker("export", "--output", str(exported), made)
        (folder / "root").mkdir()
        with tarfile.open(exported) as archive:
            members = [m for m in archive if m.isreg() or m.isdir() or m.issym() or m.islnk()]
            archive.extractall(folder / "root", members, filter="tar")
        subprocess.run(f"gzip -1 < {saved} > {packed}", shell=True, check=True)
        targets = {
            "agent": f"image:{image}",
            "saved": f"image:{saved}",
            "packed": f"image:{packed}",
            "never started": f"docker:{made}",
            "root tar": f"rootfs:{exported}",
            "root directory": f"rootfs:{folder / 'root'}",
        }
        return {
            name: snapshot(target, folder / f"{number}.json", "--integrity", "full")
            for number, (name, target) in enumerate(targets.items())
        }
    finally:
        docker("rm", "--force", made)


# What may differ from the agent's answer, and why. Every entry has to be needed.
NO_CONFIGURATION = "the files alone hold no configuration of the image"
ALLOWED: dict[str, dict[str, str]] = {
    "saved": {},
    "packed": {},
    "never started": {},
    "root tar": {
        "python.chosen_because": NO_CONFIGURATION,
        "container.architecture": NO_CONFIGURATION,
        "container.exposed_ports": NO_CONFIGURATION,
        "container.healthcheck": NO_CONFIGURATION,
        "container.image_id": NO_CONFIGURATION,
        "container.image_layers": NO_CONFIGURATION,
        "container.os": NO_CONFIGURATION,
    },
}
ALLOWED["root directory"] = ALLOWED["root tar"]
# And what only the interpreter tells, which is not run from outside: the other side says so.
INTERPRETER = "told only by the interpreter itself: run the agent with it (--python)"


def image_facts(fingerprint: Fingerprint) -> dict[str, Any]:
    """What the image decides, and which sections could be read."""
    found: dict[str, Any] = {}
    for name, section in fingerprint.sections.items():
        if section.origin is Origin.IMAGE:
            found[f"{name} (status)"] = section.status
        for key, value in section.facts.items():
            if section.origins.get(key, section.origin) is Origin.IMAGE:
                found[f"{name}.{key}"] = value
    return found


@pytest.mark.parametrize("way", ALLOWED)
def test_every_way_tells_the_same_of_the_image(captures: dict[str, Fingerprint], way: str) -> None:
    agent, other = image_facts(captures["agent"]), image_facts(captures[way])
    assert len(agent) > 60
    assert agent["python.packages.demo"] == "1.0"
    assert agent["python.integrity.demo"] == "intact"
    assert "python.packages.gone" not in agent
    differing = {path for path in agent.keys() | other.keys() if agent.get(path) != other.get(path)}
    gaps = captures[way].sections["python"].gaps
    untold = {f"python.{key}" for key, reason in gaps.items() if reason == INTERPRETER}
    assert untold, "the agent's Python facts are not even named as missing"
    assert differing - untold == ALLOWED[way].keys()


def test_the_engine_and_its_archive_describe_the_image_alike(
    captures: dict[str, Fingerprint],
) -> None:
    """The sections `container` and `env`, which the configuration fills."""
    for section in ("container", "env"):
        agent, saved = (captures[way].sections[section] for way in ("agent", "saved"))
        # Which engine holds it, and what registries call it, no archive knows; and the agent is
        # asked in a container, which has a name.
        unknown = {"runtime", "image_digest", "HOSTNAME"}
        assert {key: value for key, value in agent.facts.items() if key not in unknown} == dict(
            saved.facts
        )
        assert agent.gaps == saved.gaps
        assert agent.origins == saved.origins
    assert captures["saved"].sections["container"].facts["user"] == "1234"


def test_no_way_differs_in_a_comparison(image: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.tar"
    docker("save", "--output", str(saved), image)
    code, document = comparison(f"image:{image}", f"image:{saved}")
    assert (code, document["changes"]) == (0, [])


def test_the_interpreter_that_answers_is_not_the_applications(
    image: str, made: list[str], tmp_path: Path
) -> None:
    """An image that starts a shell and holds a virtual environment beside the system's Python:
    the agent runs by one, and both ways take the other as the application's."""
    name = unique()
    made.append(name)
    steps = 'USER root\nRUN python3 -m venv --without-pip /venv\nCMD ["bash"]\n'
    build(name, {"Dockerfile": f"FROM {image}\n{steps}".encode()})
    saved = tmp_path / "saved.tar"
    docker("save", "--output", str(saved), name)
    agent = snapshot(f"image:{name}", tmp_path / "agent.json")
    assert agent.get("python.executable") == "/venv/bin/python"
    assert agent.get("python.environment") == "venv"
    code, document = comparison(tmp_path / "agent.json", f"image:{saved}")
    assert (code, document["changes"]) == (0, [])


def test_docker_save_into_a_pipe(image: str, captures: dict[str, Fingerprint]) -> None:
    command = f"docker save {image} | {sys.executable} -m auditor snapshot image:- --quiet"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=True, text=True)
    fingerprint = store.parse(ended.stdout.encode(), "-")
    assert image_facts(fingerprint).keys() == image_facts(captures["saved"]).keys()
    assert ended.stderr == ""


def test_several_images_in_one_archive(image: str, base_image: str, tmp_path: Path) -> None:
    saved = tmp_path / "two.tar"
    docker("save", "--output", str(saved), image, base_image)
    refused = envaudit("snapshot", f"image:{saved}")
    assert refused.returncode == 2
    assert f"choose one with #NAME:TAG of {', '.join(sorted((image, base_image)))}" in (
        refused.stderr.replace(f"{base_image}, {image}", f"{image}, {base_image}")
    )
    fingerprint = snapshot(f"image:{saved}#{base_image}", tmp_path / "a.json")
    assert fingerprint.get("container.image") == base_image


# -- without Python ---------------------------------------------------------------------------


@pytest.fixture
def made() -> Iterator[list[str]]:
    """Names of containers and images that are removed in the end."""
    names: list[str] = []
    yield names
    for name in names:
        docker("rm", "--force", name, check=False)
        docker("rmi", "--force", name, check=False)


def imported(files: dict[str, bytes], made: list[str], *changes: str) -> str:
    """An image of these files and nothing else."""
    name = unique()
    made.append(name)
    options = [word for change in changes for word in ("--change", change)]
    subprocess.run(
        ["docker", "import", *options, "-", name], input=tar(files), check=True, capture_output=True
    )
    return name


def files_of(image: str, *paths: str) -> dict[str, bytes]:
    """Files of an image, links followed."""
    found = {}
    for path in paths:
        ended = subprocess.run(
            ["docker", "run", "--rm", "--network", "none", image, "cat", path],
            capture_output=True,
            check=True,
        )
        found[path.lstrip("/")] = ended.stdout
    return found


# A program of its own, without a library: pause(2) in a loop (elf(5), x86-64).
STATIC = (
    b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (62).to_bytes(2, "little")
    + (1).to_bytes(4, "little") + (0x400078).to_bytes(8, "little") + (64).to_bytes(8, "little")
    + bytes(12) + (64).to_bytes(2, "little") + (56).to_bytes(2, "little")
    + (1).to_bytes(2, "little") + bytes(6)
    + (1).to_bytes(4, "little") + (5).to_bytes(4, "little") + bytes(8)
    + (0x400000).to_bytes(8, "little") * 2 + (0x81).to_bytes(8, "little") * 2
    + (0x1000).to_bytes(8, "little")
    + b"\xb8\x22\x00\x00\x00\x0f\x05\xeb\xf7"
)  # fmt: skip


def sees_processes(container: str) -> bool:
    pid = docker("inspect", "--format", "{{.State.Pid}}", container)
    try:
        os.readlink(f"/proc/{pid}/root")
    except OSError:
        return False
    return True


RUNNING = ("--memory", "100m", "--cpus", "0.5", "--env", "OMP_NUM_THREADS=3", "--network", "none")
SEEN = {
    "limits.memory.max": 100 * 1024**2,
    "limits.cpu.quota": 0.5,
    "env.OMP_NUM_THREADS": "3",
    "process.uid": 0,
    "container.image": None,
}


def captured_running_and_stopped(
    image: str, made: list[str], tmp_path: Path
) -> tuple[Fingerprint, Fingerprint]:
    """The same container, which has no Python, while it runs and once it has stopped."""
    name = unique()
    made.append(name)
    docker("run", "--detach", "--name", name, *RUNNING, image)
    if not sees_processes(name):
        pytest.skip("needs the right to look into other users' processes (root)")
    running = snapshot(f"docker:{name}", tmp_path / "running.json")
    assert docker("diff", name) == ""
    docker("stop", "--time", "0", name)
    stopped = snapshot(f"docker:{name}", tmp_path / "stopped.json")
    code, document = comparison(tmp_path / "running.json", tmp_path / "stopped.json")
    assert (code, document["changes"]) == (0, [])
    assert running.provenance.target == stopped.provenance.target == f"docker:{name}"
    expected = {**SEEN, "container.image": f"{image}:latest"}
    assert {path: running.get(path) for path in expected} == expected
    assert running.sections["kernel"].status is Status.OK
    assert stopped.sections["limits"].status is Status.SKIPPED
    assert stopped.get("env.OMP_NUM_THREADS") == "3"
    return running, stopped


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the program is made for x86-64")
def test_a_static_program_and_nothing_else(engine: None, made: list[str], tmp_path: Path) -> None:
    """As Go's images are: no shell, no libc, no os-release."""
    image = imported({"app": STATIC}, made, 'ENTRYPOINT ["/app"]', "ENV OMP_NUM_THREADS=1")
    saved = tmp_path / "saved.tar"
    docker("save", "--output", str(saved), image)
    for target in (f"image:{image}", f"image:{saved}"):
        fingerprint = snapshot(target, tmp_path / "image.json")
        assert dict(fingerprint.sections["os"].facts) == {"arch": "x86_64"}
        assert fingerprint.get("env.OMP_NUM_THREADS") == "1"
        assert fingerprint.get("container.entrypoint") == ["/app"]
        assert fingerprint.sections["python"].status is Status.ABSENT
        assert fingerprint.sections["os.packages"].status is Status.ABSENT
    for fingerprint in captured_running_and_stopped(image, made, tmp_path):
        assert dict(fingerprint.sections["os"].facts) == {"arch": "x86_64"}


def test_libraries_without_a_shell(base_image: str, made: list[str], tmp_path: Path) -> None:
    """As distroless images are: a program with its loader and libc, and packages listed apart."""
    machine = platform.machine()
    loader = docker(
        "run", "--rm", "--network", "none", base_image, "sh", "-c", "echo /lib*/ld-linux*.so.*"
    ).split()[0]
    libc = f"/lib/{machine}-linux-gnu/libc.so.6"
    files = files_of(base_image, "/bin/sleep", loader, libc, "/etc/os-release")
    files["var/lib/dpkg/status.d/libc6"] = b"Package: libc6\nVersion: 2.36-9\n\n"
    image = imported(files, made, 'ENTRYPOINT ["/bin/sleep"]', 'CMD ["100000"]')
    saved = tmp_path / "saved.tar"
    docker("save", "--output", str(saved), image)
    expected = {
        "os.id": "debian",
        "os.arch": machine,
        "os.libc.family": "glibc",
        "os.libc.version": "2.36",
        "os.packages.libc6": "2.36-9",
    }
    for target in (f"image:{image}", f"image:{saved}"):
        fingerprint = snapshot(target, tmp_path / "image.json")
        assert {path: fingerprint.get(path) for path in expected} == expected
    for fingerprint in captured_running_and_stopped(image, made, tmp_path):
        assert {path: fingerprint.get(path) for path in expected} == expected


def test_a_container_of_another_machine_has_its_files(
    base_image: str, made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its processes are not to be seen: what is read is a copy of its files."""
    image = imported({**files_of(base_image, "/bin/sleep"), "etc/os-release": b"ID=x\n"}, made)
    name = unique()
    made.append(name)
    docker("create", "--name", name, image, "/bin/sleep", "1000")
    monkeypatch.setattr(container, "is_visible", lambda *_: False)
    fingerprint = capture(f"docker:{name}")
    assert fingerprint.get("os.id") == "x"
    assert fingerprint.sections["limits"].status is Status.SKIPPED


# Run in a container one after the other, each making a layer: files for directories and the other
# way round, a directory emptied and filled anew (opaque), one name of two removed, links moved.
STEPS = """\
mkdir -p /t/dir/deep /t/keep /t/moved && for f in a b c; do echo $f > /t/dir/$f; done; \
echo k > /t/keep/k; echo m > /t/moved/m; ln /t/keep/k /t/keep/hard; ln -s dir /t/link; \
echo x > /t/dir/deep/x; mkfifo /t/fifo; mkdir /t/empty; chmod 1777 /t/empty
rm /t/dir/a && mkdir /t/dir/a && echo in > /t/dir/a/in; rm -r /t/dir/deep && echo f > \
/t/dir/deep; rm /t/link && echo no-link > /t/link; chmod 700 /t/keep; echo more >> /t/dir/b
rm -r /t/keep && mkdir /t/keep && echo new > /t/keep/new; mv /t/moved /t/there; \
ln -s there /t/moved; rm /t/fifo; rm -r /t/empty; ln /t/dir/c /t/dir/d
echo through > /t/moved/through; rm -r /t/dir/a; touch -d @1000 /t/dir/b; rm /t/dir/c; \
mkdir '/t/.wh' && echo w > '/t/.wh/w'; ln -sfn dir /t/link
""".splitlines()


def test_layers_are_merged_as_the_engine_merges_them(
    base_image: str, made: list[str], tmp_path: Path
) -> None:
    """Every file of an image of odd layers, against those of a container made from it."""
    name = unique()
    made.append(name)
    dockerfile = f"FROM {base_image}\n" + "".join(f"RUN {step}\n" for step in STEPS)
    build(name, {"Dockerfile": dockerfile.encode()})
    saved, exported = tmp_path / "saved.tar", tmp_path / "root.tar"
    docker("save", "--output", str(saved), name)
    holder = unique()
    made.append(holder)
    docker("create", "--name", holder, name)
    docker("export", "--output", str(exported), holder)
    until = time.monotonic() + 100
    with closing(ArchiveFile(str(saved), until)) as file:
        blobs = TarFile(file, until)
        image, _ = choose(blobs, Choice())
        tree = merged(StoredLayers(blobs, image, until, Meter(None)), until)
    ours = {path: attributes(node) for path, node in walked(tree.root)}
    theirs = exported_files(exported)
    # What the engine puts into every container it makes.
    for path in ("dev", "proc", "sys", "etc", ".dockerenv", "run"):
        for files in (ours, theirs):
            for found in [one for one in files if one == path or one.startswith(path + "/")]:
                del files[found]
    assert {path for path in ours if path.startswith("t/")} >= {"t/moved", "t/there/through"}
    assert len(ours) > 1000
    assert {path: (ours.get(path), theirs.get(path)) for path in ours.keys() | theirs.keys()
            if ours.get(path) != theirs.get(path)} == {}  # fmt: skip


def attributes(node: Node) -> tuple[Any, ...]:
    size = node.size if node.kind == "0" else 0
    mtime = node.mtime if node.kind != "5" else 0  # a directory's is set by what is put into it
    return (node.kind, node.mode, node.uid, node.gid, size, mtime, node.link if node.kind == "2"
            else "")  # fmt: skip


def walked(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    for name, child in (node.children or {}).items():
        yield path + name, child
        yield from walked(child, f"{path}{name}/")


def exported_files(path: Path) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.rstrip("/")
            if member.islnk():
                found[name] = found[member.linkname]
                continue
            kind = {tarfile.SYMTYPE: "2", tarfile.DIRTYPE: "5", tarfile.FIFOTYPE: "6",
                    tarfile.CHRTYPE: "3"}.get(member.type, "0")  # fmt: skip
            mtime = 0 if kind == "5" else int(member.mtime)
            size = member.size if kind == "0" else 0
            link = member.linkname if kind == "2" else ""
            found[name] = (kind, member.mode & 0o7777, member.uid, member.gid, size, mtime, link)
    return found


def test_another_process_is_not_taken_for_the_containers(base_image: str, made: list[str]) -> None:
    """The engine may be on another machine, where its process numbers mean others."""
    name = unique()
    made.append(name)
    docker("run", "--detach", "--name", name, "--network", "none", base_image, "sleep", "10000")
    identity, pid = docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", name).split()
    if not sees_processes(name):
        pytest.skip("needs the right to look into other users' processes (root)")
    assert is_visible(int(pid), identity)
    assert not is_visible(os.getpid(), identity)
    assert not is_visible(2**22 + 1, identity)
    assert not is_visible(0, identity)
