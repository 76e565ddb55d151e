"""Captures of real containers and images."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auditor import store
from auditor.capture import bundle
from auditor.model import Status

from ..cli.running import default_signals
from .conftest import comparison, docker, envaudit, snapshot

Container = Callable[..., str]


def test_two_captures_of_one_container_are_the_same(container: Container, tmp_path: Path) -> None:
    name = container("--memory", "256m", "--cpus", "0.5", "--env", "APP_MODE=x")
    for path in ("a.json", "b.json"):
        snapshot(f"docker:{name}", tmp_path / path)
    code, document = comparison(tmp_path / "a.json", tmp_path / "b.json")
    assert (code, document["changes"]) == (0, [])
    first, second = (store.load(tmp_path / path) for path in ("a.json", "b.json"))
    assert first.digest == second.digest


def test_two_containers_started_the_same_way_are_the_same(
    container: Container, tmp_path: Path
) -> None:
    options = ("--memory", "256m", "--user", "1234", "--env", "TZ=Asia/Tokyo", "--label", "a=b")
    a, b = container(*options), container(*options)
    code, document = comparison(f"docker:{a}", f"docker:{b}")
    assert (code, document["changes"]) == (0, [])
    # They are told apart all the same: identities are recorded.
    fingerprint = snapshot(f"docker:{a}", tmp_path / "a.json")
    assert fingerprint.get("container.name") == a


def test_where_a_container_runs_is_no_cause(container: Container) -> None:
    """The same image under other names, and with what orchestrators inject."""
    a = container("--hostname", "dev-laptop", "--env", "BUILD_ID=local", "--label", "team=ml")
    b = container(
        "--hostname", "svc-7f9c6d5b4-x2x7k", "--env", "BUILD_ID=20261123.4",
        "--env", "KUBERNETES_SERVICE_HOST=10.96.0.1", "--env", "KUBERNETES_SERVICE_PORT=443",
        "--env", "REDIS_PORT_6379_TCP_ADDR=10.96.7.7", "--env", "POD_NAMESPACE=prod",
        "--env", "GIT_SHA=9fceb02", "--env", "DD_ENV=prod", "--label", "team=platform",
    )  # fmt: skip
    code, document = comparison(f"docker:{a}", f"docker:{b}")
    assert code == 1
    assert document["findings"] == []
    assert document["unexplained"] == []


def test_inside_and_outside_tell_the_same(container: Container, tmp_path: Path) -> None:
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp())
    name = container("--env", "OMP_NUM_THREADS=2", "--volume", f"{tmp_path}:/agent:ro")
    command = ("python3", "-I", "-S", "-B", "/agent/envaudit.pyz", "snapshot", "--quiet")
    (tmp_path / "inside.json").write_text(docker("exec", name, *command))
    code, document = comparison(tmp_path / "inside.json", f"docker:{name}")
    assert (code, document["changes"]) == (0, [])


def test_an_entrypoint_and_a_capture_from_outside_tell_the_same(
    container: Container, tmp_path: Path
) -> None:
    """`exec` as the entrypoint: process 1 is the command's, and was the agent's before."""
    (tmp_path / "envaudit.pyz").write_bytes(bundle.zipapp())
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o777)
    tmp_path.chmod(0o755)
    agent = ("python3", "-I", "-S", "-B", "/agent/envaudit.pyz", "exec")
    application = ("python3", "-c", "import time; time.sleep(100000)")
    for options in ((), ("--user", "65534", "--read-only", "--cap-drop", "ALL")):
        output = tmp_path / "out" / "inside.json"
        name = container(
            *options, "--env", "OMP_NUM_THREADS=2", "--volume", f"{tmp_path}:/agent:ro",
            "--volume", f"{tmp_path}/out:/out",
            command=(*agent, "-o", "/out/inside.json", "--", *application),
        )  # fmt: skip
        _wait_for(output.exists)
        while "envaudit" in docker("exec", name, "cat", "/proc/1/cmdline"):
            time.sleep(0.1)
        assert docker("exec", name, "cat", "/proc/1/cmdline").startswith("python3\0-c\0")
        code, document = comparison(output, f"docker:{name}")
        assert (code, document["changes"]) == (0, [])
        output.unlink()


def test_limits_are_the_containers(container: Container, tmp_path: Path) -> None:
    name = container(
        *("--memory", "300m", "--memory-swap", "400m", "--cpus", "0.75", "--pids-limit", "77"),
        *("--cpuset-cpus", "0", "--ulimit", "nofile=1234:2345", "--shm-size", "32m"),
    )
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    expected = {
        "memory.max": 300 * 1024**2,
        "memory.swap_max": 100 * 1024**2,
        "cpu.quota": 0.75,
        "cpuset": "0",
        "affinity": "0",
        "pids.max": 77,
        "rlimit.nofile.soft": 1234,
        "rlimit.nofile.hard": 2345,
        "shm_size": 32 * 1024**2,
    }
    assert {key: fingerprint.get(f"limits.{key}") for key in expected} == expected


def test_a_locked_down_container(container: Container, tmp_path: Path) -> None:
    name = container(
        *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--user", "65534", "--env", "HOME=/nonexistent"),
    )
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    expected = {
        "process.uid": 65534,
        "process.capabilities": [],
        "process.no_new_privs": True,
        "filesystem.root.read_only": True,
        "filesystem.home.exists": False,
        "filesystem.tmp.writable": False,
        "env.HOME": "/nonexistent",
    }
    assert {path: fingerprint.get(path) for path in expected} == expected
    assert docker("diff", name) == ""


def test_what_cannot_be_read_is_named(container: Container, tmp_path: Path) -> None:
    """A directory of packages that only its owner may list."""
    packages = tmp_path / "packages"
    packages.mkdir(mode=0o700)
    volume = f"{packages}:/usr/lib/python3/dist-packages:ro"
    locked = container("--user", "65534", "--cap-drop", "ALL", "--volume", volume)
    fingerprint = snapshot(f"docker:{locked}", tmp_path / "a.json")
    gaps = fingerprint.sections["python.packages"].gaps
    assert gaps == {"*": "/usr/lib/python3/dist-packages may not be read"}


def test_the_environment_is_the_main_processs(container: Container, tmp_path: Path) -> None:
    """Not of `docker exec`'s: the main process was started with another one."""
    name = container(
        "--env",
        "OMP_NUM_THREADS=1",
        command=("env", "OMP_NUM_THREADS=7", "python3", "-c", "import time; time.sleep(1e5)"),
    )
    _wait_for(lambda: "python3" in docker("top", name))
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    assert fingerprint.get("env.OMP_NUM_THREADS") == "7"


def test_a_main_process_of_another_user(container: Container, tmp_path: Path) -> None:
    """The entrypoint dropped its privileges: the agent follows, or it would see nothing."""
    program = "import os, time; os.setgid(4321); os.setuid(4321); time.sleep(100000)"
    launcher = f"import os; os.execvp('python3', ['python3', '-c', {program!r}])"
    name = container("--env", "TZ=UTC", command=("python3", "-c", launcher))
    _wait_for(lambda: "4321" in docker("top", name, "-eo", "pid,uid"))
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    assert fingerprint.get("process.uid") == 4321
    assert fingerprint.sections["process"].status is Status.OK


def test_the_application_is_found_behind_an_init_and_in_its_virtual_environment(
    container: Container, tmp_path: Path
) -> None:
    sleep = "/srv/env/bin/python -c 'import time; time.sleep(1e5)'"
    script = f"python3 -m venv --without-pip /srv/env && exec {sleep}"
    name = container("--init", command=("sh", "-c", script))
    _wait_for(lambda: "/srv/env/bin/python" in docker("top", name, "-eo", "pid,args"))
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    assert fingerprint.get("python.prefix") == "/srv/env"
    assert fingerprint.get("python.executable") == "/srv/env/bin/python"
    assert fingerprint.get("python.environment") == "venv"
    assert "/usr/bin/python3" in str(fingerprint.get("python.others"))


@pytest.mark.parametrize("shared", ["host", "container"])
def test_a_shared_pid_namespace(container: Container, tmp_path: Path, shared: str) -> None:
    """Process 1 is somebody else's there."""
    script = (
        "export OMP_NUM_THREADS=3; ulimit -n 300; exec python3 -c 'import time; time.sleep(1e5)'"
    )
    alone = container(command=("sh", "-c", script))
    mode = "host" if shared == "host" else f"container:{alone}"
    name = container("--pid", mode, command=("sh", "-c", script))
    for one in (alone, name):
        _wait_for(lambda one=one: "sh -c" not in docker("top", one, "-eo", "pid,args"))  # type: ignore[misc]
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    assert fingerprint.get("env.OMP_NUM_THREADS") == "3"
    assert fingerprint.get("limits.rlimit.nofile.soft") == 300
    code, document = comparison(f"docker:{alone}", f"docker:{name}")
    paths = {change["path"] for change in document["changes"]}
    assert (code, paths - {"container.security_opt"}) == (1, {"container.pid_mode"})


def test_a_shell_that_runs_several_programs(container: Container, tmp_path: Path) -> None:
    """The only Python among them is the application; of two none stands out, and that is said."""
    sleep = "python3 -c 'import time; time.sleep(1e5)'"
    one = container(command=("sh", "-c", f"sleep 99999 & OMP_NUM_THREADS=3 {sleep}; true"))
    two = container(command=("sh", "-c", f"{sleep} & OMP_NUM_THREADS=3 {sleep}; true"))
    for name, number in ((one, 1), (two, 2)):
        _wait_for(
            lambda name=name, number=number: (  # type: ignore[misc]
                docker("top", name, "-eo", "pid,comm").count("python3") == number
            )
        )
    assert snapshot(f"docker:{one}", tmp_path / "one.json").get("env.OMP_NUM_THREADS") == "3"
    ended = envaudit("snapshot", f"docker:{two}", "-o", str(tmp_path / "two.json"))
    assert ended.returncode == 0
    assert "its main process runs several programs" in ended.stderr
    assert store.load(tmp_path / "two.json").get("env.OMP_NUM_THREADS") is None


def test_an_image_is_the_same_with_its_tag_said_or_not(
    container: Container, base_image: str, tmp_path: Path
) -> None:
    image = "envaudit-test-unsaid"
    docker("tag", base_image, image)
    try:
        name = container(image=image)
        snapshot(f"image:{image}", tmp_path / "image.json")
        running = snapshot(f"docker:{name}", tmp_path / "running.json")
        assert running.get("container.image") == f"{image}:latest"
        _, document = comparison(tmp_path / "image.json", tmp_path / "running.json")
        assert "container.image" not in {change["path"] for change in document["changes"]}
        by_identifier = docker("inspect", "--format", "{{.Id}}", image).strip()
        other = container(image=by_identifier)
        found = snapshot(f"docker:{other}", tmp_path / "other.json").get("container.image")
        assert found == by_identifier
    finally:
        docker("rmi", image, check=False)


def test_a_stopped_container(container: Container, tmp_path: Path) -> None:
    name = container("--env", "OMP_NUM_THREADS=3", "--memory", "256m", "--label", "team=ml")
    running = snapshot(f"docker:{name}", tmp_path / "running.json")
    docker("stop", "--time", "0", name)
    stopped = snapshot(f"docker:{name}", tmp_path / "stopped.json")
    code, document = comparison(tmp_path / "running.json", tmp_path / "stopped.json")
    assert (code, document["changes"]) == (0, [])
    assert stopped.get("env.OMP_NUM_THREADS") == "3"
    assert stopped.get("container.labels.team") == "ml"
    assert stopped.sections["os.packages"] == running.sections["os.packages"]
    assert stopped.get("os.libc.version") == running.get("os.libc.version")
    assert stopped.sections["limits"].status is Status.SKIPPED
    assert stopped.get("python.version") == running.get("python.version")


def test_an_image(base_image: str, tmp_path: Path) -> None:
    before = docker("ps", "--all", "--quiet")
    fingerprint = snapshot(f"image:{base_image}", tmp_path / "a.json")
    assert docker("ps", "--all", "--quiet") == before
    assert fingerprint.get("os.id") == "debian"
    assert fingerprint.get("python.series") == "3.11"
    assert fingerprint.sections["limits"].status is Status.SKIPPED
    assert fingerprint.sections["kernel"].status is Status.SKIPPED
    assert fingerprint.get("container.image") == base_image


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_image_capture_removes_its_container(
    base_image: str, tmp_path: Path, signal_number: int
) -> None:
    """The interpreter of this image never answers."""
    image = f"envaudit-test-hangs:{signal_number}"
    dockerfile = f"FROM {base_image}\nCOPY python3 /usr/local/bin/python3\n"
    # An image of its own for each signal: containers are looked for by their image.
    waits = f"#!/bin/sh\nexec sleep {100000 + signal_number}\n"
    _build(image, dockerfile, {"python3": waits})
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "auditor", "snapshot", f"image:{image}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            preexec_fn=default_signals,  # noqa: PLW1509 - it calls nothing that takes a lock
        )
        try:
            mine = ("ps", "--all", "--quiet", "--filter", f"ancestor={image}")
            _wait_for(lambda: docker(*mine) != "")
            process.send_signal(signal_number)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        assert process.returncode == 128 + signal_number
        assert out == b""
        assert b"Traceback" not in err
        _wait_for(lambda: docker(*mine) == "")
    finally:
        docker("rmi", "--force", image, check=False)


def test_an_image_without_python(engine: None, tmp_path: Path) -> None:
    """Files alone, read from outside: nothing of it can run."""
    image = "envaudit-test-files:1"
    files = {
        "etc/os-release": 'ID=wolfi\nVERSION_ID="20230201"\n',
        "lib/apk/db/installed": "P:zlib\nV:1.3.1-r5\n\nP:busybox\nV:1.37.0-r0\n\n",
    }
    _import(image, files)
    try:
        fingerprint = snapshot(f"image:{image}", tmp_path / "a.json")
    finally:
        docker("rmi", "--force", image, check=False)
    assert fingerprint.get("os.id") == "wolfi"
    assert dict(fingerprint.sections["os.packages"].facts) == {
        "zlib": "1.3.1-r5",
        "busybox": "1.37.0-r0",
    }
    assert fingerprint.sections["python"].status is Status.ABSENT


def test_a_process_from_outside(container: Container, tmp_path: Path) -> None:
    """Another root and other namespaces, seen through /proc."""
    name = container("--env", "OMP_NUM_THREADS=5", "--memory", "200m")
    pid = docker("inspect", "--format", "{{.State.Pid}}", name)
    try:
        os.readlink(f"/proc/{pid}/root")
    except OSError:
        pytest.skip("needs the right to look into other users' processes (root)")
    fingerprint = snapshot(f"pid:{pid}", tmp_path / "a.json")
    assert fingerprint.get("env.OMP_NUM_THREADS") == "5"
    assert fingerprint.get("limits.memory.max") == 200 * 1024**2
    code, document = comparison(tmp_path / "a.json", f"docker:{name}")
    assert (code, document["changes"]) == (0, [])


def test_bless_and_gate_on_containers(container: Container, tmp_path: Path) -> None:
    blessed = container("--env", "OMP_NUM_THREADS=1")
    same = container("--env", "OMP_NUM_THREADS=1")
    drifted = container("--env", "OMP_NUM_THREADS=2")
    baseline = tmp_path / "baseline.json"
    answer = envaudit("bless", f"docker:{blessed}", "-o", str(baseline), "--reason", "release 1")
    assert answer.returncode == 0, answer.stderr
    against = ("--against", str(baseline), "--format", "json")
    passed = envaudit("gate", f"docker:{same}", *against)
    assert passed.returncode == 0, passed.stdout
    failed = envaudit("gate", f"docker:{drifted}", *against)
    assert failed.returncode == 1
    violations = json.loads(failed.stdout)["violations"]
    assert [violation["path"] for violation in violations] == ["env.OMP_NUM_THREADS"]


def test_the_engines_inspect_is_in_the_fingerprint(container: Container, tmp_path: Path) -> None:
    name = container(
        "--label", "org.opencontainers.image.version=7", "--init", "--cap-add", "NET_RAW"
    )
    fingerprint = snapshot(f"docker:{name}", tmp_path / "a.json")
    facts = fingerprint.sections["container"].facts
    assert facts["runtime"] == "docker"
    assert facts["labels.org.opencontainers.image.version"] == "7"
    assert facts["init"] is True
    assert facts["cap_add"] == ["NET_RAW"] or facts["cap_add"] == ["CAP_NET_RAW"]
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", str(facts["image_id"]))
    assert {"id", "name"} <= fingerprint.sections["container"].identity


@pytest.fixture(autouse=True)
def _no_leftovers(engine: None) -> Iterator[None]:
    """Whatever a test does, no container of ours stays."""
    mine = ("ps", "--all", "--quiet", "--filter", "label=io.envaudit.capture")
    before = docker(*mine).split()
    yield
    assert set(docker(*mine).split()) <= set(before)


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the condition did not become true"
        time.sleep(0.1)


def _import(image: str, files: dict[str, str]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    subprocess.run(
        ["docker", "import", "-", image], input=buffer.getvalue(), check=True, capture_output=True
    )


def _build(image: str, dockerfile: str, files: dict[str, str]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in {"Dockerfile": dockerfile, **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content.encode())
            entry.mode = 0o755
            archive.addfile(entry, io.BytesIO(content.encode()))
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", image, "-"],
        input=buffer.getvalue(),
        check=True,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )


def test_twenty_captures_at_once_do_not_hold_the_engine(
    container: Container, tmp_path: Path
) -> None:
    """While they run, `docker inspect` of each container keeps answering; and each fingerprint
    is of its own container."""
    names = [container("--env", f"LANG=C.{number}") for number in range(20)]
    with ThreadPoolExecutor(len(names)) as pool:
        captures = [
            pool.submit(snapshot, f"docker:{name}", tmp_path / f"{name}.json") for name in names
        ]
        answers = []
        rounds = 0
        while not all(capture.done() for capture in captures):
            rounds += 1
            for name in names:
                begun = time.monotonic()
                docker("inspect", name)
                answers.append(time.monotonic() - begun)
        fingerprints = [capture.result() for capture in captures]
    assert rounds > 1, "the captures were over before the engine was asked"
    # A container's lock could be held for as long as a capture takes. (All processors are taken
    # here, so that one answer may take its time for other reasons.)
    assert sorted(answers)[len(answers) * 95 // 100] < 1
    assert [fingerprint.get("env.LANG") for fingerprint in fingerprints] == [
        f"C.{number}" for number in range(20)
    ]
    assert all(docker("diff", name) == "" for name in names)
