"""`envaudit snapshot --bake`: reused where nothing has changed, and only there.

Each case takes two snapshots in one container: as it starts, and with the baked state set aside.
They must be the same to the digest, whether the baked sections were reused or not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.capture import bundle

from .conftest import docker

SITE = "/usr/local/lib/python3.11/dist-packages"
MODULE = f"{SITE}/sample/deep/module.py"
AGENT = "python3 -I -S /opt/envaudit.pyz"
BOTH = f"""
{AGENT} snapshot -o /out/started.json >&2
ENVAUDIT_BAKED= {AGENT} snapshot --quiet -o /out/read.json
"""


@dataclass(frozen=True)
class Case:
    """`layer`: a later step of the build; `options` of `docker run`; `before`: what the entrypoint
    does first. `changed`: the end of the path that is named, None where all is reused."""

    layer: str = ""
    options: tuple[str, ...] = ()
    before: str = ""
    changed: str | None = None


CASES = {
    "as it was built": Case(),
    "a later layer that changes nothing of it": Case("RUN echo new > /srv/new"),
    "a later layer that writes to a file in place": Case(
        f"RUN echo '# patched' >> {MODULE}", changed="deep/module.py"
    ),
    "a later layer that writes in place and keeps the size": Case(
        f"RUN printf X | dd of={MODULE} conv=notrunc", changed="deep/module.py"
    ),
    "a later layer that replaces a file": Case(
        f"RUN sed -i s/1/2/ {MODULE}", changed="deep/module.py"
    ),
    "a later layer that removes a file": Case(f"RUN rm {MODULE}", changed="sample/deep"),
    "a later layer that installs something": Case(
        f"COPY other {SITE}/", changed="dist-packages"
    ),
    "a later layer that changes an OS package": Case(
        "RUN sed -i 's/^Version: /&1:/' /var/lib/dpkg/status", changed="dpkg/status"
    ),
    "a later layer that turns a link elsewhere": Case(
        "RUN ln -sf python3.9 /usr/bin/python", changed="/usr/bin"
    ),
    "a later layer that changes an owner only": Case(f"RUN chown -R 4242 {SITE}"),
    "another interpreter in a later layer": Case(
        "RUN cp /usr/bin/python3 /usr/local/bin/python3.99", changed="/usr/local/bin"
    ),
    "another interpreter installed at start": Case(
        before="cp /usr/bin/python3 /usr/local/bin/python3.99", changed="/usr/local/bin"
    ),
    "a file patched at start": Case(
        before=f"echo '# patched' >> {MODULE}", changed="deep/module.py"
    ),
    "a distribution installed at start": Case(
        before=f"cp -a {SITE}/sample-1.0.dist-info {SITE}/third-1.0.dist-info",
        changed="dist-packages",
    ),
    "bytecode written at start": Case(before=f"python3 -m compileall -q {SITE}"),
    "a volume over a package": Case(
        options=("--mount", f"type=tmpfs,destination={SITE}/sample/deep"), changed="sample/deep"
    ),
    "a file mounted over a module": Case(
        options=("--volume", f"{{folder}}/other.py:{MODULE}:ro"), changed="deep/module.py"
    ),
    "a read-only root": Case(options=("--read-only",)),
    "another user": Case(options=("--user", "4242:4242")),
    "a variable that says nothing to it": Case(options=("--env", "GREETING=hello")),
    "another import path": Case(
        options=("--env", "PYTHONPATH=/srv"), changed="its import path differs"
    ),
    "another library path": Case(
        options=("--env", "LD_LIBRARY_PATH=/srv"), changed="LD_LIBRARY_PATH differs"
    ),
    "another option of Python": Case(
        options=("--env", "PYTHONOPTIMIZE=2"), changed="PYTHONOPTIMIZE differs"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build's context."""
    folder = tmp_path_factory.mktemp("bake")
    folder.chmod(0o755)
    (folder / "envaudit.pyz").write_bytes(bundle.zipapp())
    (folder / "other.py").write_text("VALUE = 300\n")
    distribution(
        folder / "site",
        "sample",
        {"sample/__init__.py": "", "sample/deep/module.py": "VALUE = 1\n"},
    )
    distribution(folder / "other", "other", {"other.py": ""})
    return folder


def distribution(site: Path, name: str, files: dict[str, str]) -> None:
    """As an installer leaves it."""
    info = f"{name}-1.0.dist-info"
    files = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"}
    rows = []
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
        rows.append(f"{path},sha256={digest.rstrip(b'=').decode()},{len(content)}")
    (site / info / "RECORD").write_text("\n".join([*rows, f"{info}/RECORD,,", ""]))


def build(folder: Path, name: str, *lines: str) -> None:
    subprocess.run(
        [
            "docker",
            "build",
            "--quiet",
            "--network",
            "none",
            "--tag",
            name,
            "--file",
            "-",
            str(folder),
        ],
        input="\n".join(lines).encode(),
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        capture_output=True,
        check=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def baked(base_image: str, folder: Path) -> Iterator[str]:
    name = f"envaudit-test-baked:{uuid.uuid4().hex[:12]}"
    build(
        folder, name, f"FROM {base_image}", "COPY envaudit.pyz /opt/", f"COPY site {SITE}/",
        f"RUN {AGENT} snapshot --bake", "RUN mkdir -m 1777 /out",
    )  # fmt: skip
    yield name
    docker("rmi", "--force", name, check=False)


def outcome(image: str, folder: Path, case: Case) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What is said, and the fingerprints with and without the baked state."""
    out = folder / uuid.uuid4().hex
    out.mkdir()
    out.chmod(0o777)
    options = [option.replace("{folder}", str(folder)) for option in case.options]
    ended = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", "--volume", f"{out}:/out", *options, image,
         "sh", "-c", f"{case.before}\n{BOTH}"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    started, read = (json.loads((out / name).read_text()) for name in ("started.json", "read.json"))
    return ended.stderr, started, read


@pytest.mark.parametrize("name", CASES)
def test_the_fingerprint_is_the_same_either_way(baked: str, folder: Path, name: str) -> None:
    case, image = CASES[name], baked
    if case.layer:
        image = f"envaudit-test-baked:{uuid.uuid4().hex[:12]}"
        build(folder, image, f"FROM {baked}", case.layer)
    try:
        said, started, read = outcome(image, folder, case)
    finally:
        if image != baked:
            docker("rmi", "--force", image, check=False)
    assert "baked" not in read["provenance"]
    assert started["sections"] == read["sections"]
    assert started["digest"] == read["digest"]
    if case.changed is None:
        assert "8 of them baked" in said
        assert len(started["provenance"]["baked"]["sections"]) == 8
        assert "python.integrity" not in started["provenance"]["sections_ms"]
    else:
        unused = started["provenance"]["baked"]["unused"]
        assert unused.removesuffix(" has changed").endswith(case.changed)
        assert f"the baked state is not used: {unused}" in said


def test_an_edit_that_keeps_size_and_time_is_found_by_reading_everything(
    baked: str, folder: Path
) -> None:
    before = (
        f"touch -r {MODULE} /tmp/then; printf X | dd of={MODULE} conv=notrunc 2>/dev/null; "
        f"touch -r /tmp/then {MODULE}"
    )
    said, started, _ = outcome(baked, folder, Case(before=before))
    assert "8 of them baked" in said
    assert started["sections"]["python.integrity"]["facts"]["sample"] == "intact"
    full = docker(
        "run", "--rm", "--network", "none", baked, "sh", "-c",
        f"{before}; {AGENT} snapshot --quiet --integrity full",
    )  # fmt: skip
    found = json.loads(full)
    assert "baked" not in found["provenance"]
    integrity = found["sections"]["python.integrity"]["facts"]["sample"]
    assert integrity == {"changed": ["sample/deep/module.py"]}


def test_an_image_that_was_moved_to_another_engine(baked: str, folder: Path) -> None:
    """Its layers are unpacked anew, so that every change time is another."""
    archive = folder / "image.tar"
    docker("save", "--output", str(archive), baked)
    docker("rmi", "--force", baked)
    docker("load", "--input", str(archive))
    said, started, read = outcome(baked, folder, Case())
    assert "8 of them baked" in said
    assert started["sections"] == read["sections"]


def test_nothing_else_is_written(baked: str) -> None:
    name = f"envaudit-test-{uuid.uuid4().hex[:12]}"
    try:
        docker("run", "--name", name, "--network", "none", baked, *AGENT.split(), "exec",
               "-o", "/out/fingerprint.json", "--", "python3", "-c", "pass")  # fmt: skip
        assert docker("diff", name).splitlines() == ["C /out", "A /out/fingerprint.json"]
        assert json.loads(docker("logs", name) or "{}") == {}
    finally:
        docker("rm", "--force", name, check=False)


def test_exec_reuses_it_whatever_the_command(baked: str) -> None:
    """The command says which interpreter it is, which changes nothing but the reason."""
    for command in (["python3", "-c", "pass"], ["sh", "-c", "true"]):
        ended = subprocess.run(
            ["docker", "run", "--rm", "--network", "none", baked, *AGENT.split(), "exec",
             "-o", "/out/fingerprint.json", "--", *command],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, check=True,
        )  # fmt: skip
        assert "8 of them baked" in ended.stderr
