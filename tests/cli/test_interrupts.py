"""Ctrl-C and SIGTERM: the command ends at once, says nothing odd, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.capture.image import LABEL

from .engine_proxy import EngineProxy, engine_address
from .running import PROGRAM, PYTHON, TIMEOUT, Ended, default_signals, docker, environment

# A capture that waits for the test: it says so on a pipe, then hangs as a dead disk would.
HANGS = """
import os, sys, time
import auditor.agent.collectors.{module} as module
def collect(subject, facts):
    os.write(2, b"@")
    time.sleep(1000)
module.collect = collect
from auditor.__main__ import main
main()
"""
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
BEFORE = "what stood here before\n"


def start(
    *words: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(map(str, words)),
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=default_signals,  # noqa: PLW1509 - it calls nothing that takes a lock
    )


def ended(child: subprocess.Popen[bytes]) -> Ended:
    """Its end; one that hangs is killed and fails."""
    try:
        out, err = child.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        pytest.fail("it did not end within moments")
    return Ended(child.returncode, out.decode(), err.decode())


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("module", ["os", "env", "native"])
@pytest.mark.parametrize("arguments", [("snapshot", "-o", "out.json"), ("compare", ".", ".")])
def test_a_capture_of_this_environment(
    tmp_path: Path, module: str, arguments: tuple[str, ...], number: int, code: int
) -> None:
    (tmp_path / "out.json").write_text(BEFORE)
    child = start(PYTHON, "-c", HANGS.format(module=module), *arguments, cwd=tmp_path)
    assert child.stderr is not None
    assert child.stderr.read(1) == b"@"
    child.send_signal(number)
    end = ended(child)
    assert end.code == code
    assert end.out == ""
    assert end.err == ""
    assert os.listdir(tmp_path) == ["out.json"]
    assert (tmp_path / "out.json").read_text() == BEFORE


# The last module that each way imports before anything else can take an interrupt.
IMPORTED = {
    "auditor.cli": ("compare", "a.json", "b.json"),
    "auditor.shortcut": ("snapshot", "-o", "out.json"),
    "auditor.agent.main": ("snapshot", "-o", "out.json"),
}


@pytest.mark.parametrize(("module", "arguments"), IMPORTED.items())
def test_while_the_modules_are_imported(
    tmp_path: Path, module: str, arguments: tuple[str, ...]
) -> None:
    """No traceback through half of the standard library."""
    slow = f"""
import os, sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.write(2, b"@")
            time.sleep(1000)
sys.meta_path.insert(0, Slow())
from auditor.__main__ import main
main()
"""
    child = start(PYTHON, "-c", slow, *arguments, cwd=tmp_path)
    assert child.stderr is not None
    assert child.stderr.read(1) == b"@"
    child.send_signal(signal.SIGINT)
    assert ended(child) == Ended(130, "", "")
    assert os.listdir(tmp_path) == []


def leftovers() -> list[str]:
    """Containers that were made for captures."""
    return docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}").split()


def none_left(before: list[str]) -> bool:
    """The engine removes what ends on its own, and that takes a moment."""
    until = time.monotonic() + TIMEOUT
    while set(leftovers()) - set(before):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def proxied(tmp_path: Path, engine: None) -> Iterator[Path]:
    """A place for the proxy's socket, whose path must be short."""
    if engine_address() is None:
        pytest.skip("the engine is not on a local socket")
    with tempfile.TemporaryDirectory(prefix="envaudit-test-") as directory:
        yield Path(directory) / "engine"


REQUESTS = ["/images/", "/containers/create", "/attach", "/start", "DELETE "]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_capture_of_an_image(
    proxied: Path,
    base_image: str,
    tmp_path: Path,
    request_: str,
    after: bool,
    number: int,
    code: int,
) -> None:
    """Interrupted at every step that makes, starts or removes the container."""
    before = leftovers()
    children: list[subprocess.Popen[bytes]] = []
    address = engine_address()
    assert address is not None

    proxy = EngineProxy(proxied, address, request_, lambda: children[0].send_signal(number), after)
    try:
        env = {"DOCKER_HOST": f"unix://{proxied}"}
        children.append(
            start(
                *PROGRAM, "snapshot", f"image:{base_image}", "-o", "out.json", cwd=tmp_path, env=env
            )
        )
        end = ended(children[0])
    finally:
        proxy.close()
    assert proxy.triggered.is_set()
    assert "Traceback" not in end.err
    assert end.out == ""
    # Where the capture was over already, it may end as if nothing had happened.
    assert end.code == code or (request_ == "DELETE " and end.code == 0)
    assert none_left(before)


@pytest.mark.parametrize("request_", ["/images/", "/containers/create", "/start"])
def test_an_engine_that_does_not_answer(
    proxied: Path, base_image: str, tmp_path: Path, request_: str
) -> None:
    """Ctrl-C ends the waiting."""
    before = leftovers()
    children: list[subprocess.Popen[bytes]] = []
    address = engine_address()
    assert address is not None
    proxy = EngineProxy(
        proxied, address, request_, lambda: children[0].send_signal(signal.SIGINT), swallow=True
    )
    try:
        env = {"DOCKER_HOST": f"unix://{proxied}"}
        children.append(start(*PROGRAM, "snapshot", f"image:{base_image}", cwd=tmp_path, env=env))
        end = ended(children[0])
    finally:
        proxy.close()
    assert end == Ended(130, "", "")
    assert none_left(before)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_container_that_comes_into_being_too_late(
    proxied: Path, base_image: str, tmp_path: Path, number: int, code: int
) -> None:
    """The engine is still making it when we are interrupted, and done only after we first
    asked for its removal."""
    before = leftovers()
    children: list[subprocess.Popen[bytes]] = []
    address = engine_address()
    assert address is not None
    proxy = EngineProxy(
        proxied,
        address,
        "/containers/create",
        lambda: children[0].send_signal(number),
        hold="DELETE ",
    )
    try:
        env = {"DOCKER_HOST": f"unix://{proxied}"}
        children.append(start(*PROGRAM, "snapshot", f"image:{base_image}", cwd=tmp_path, env=env))
        end = ended(children[0])
    finally:
        proxy.close()
    assert end == Ended(code, "", "")
    assert none_left(before)


def test_killed_outright(proxied: Path, base_image: str, tmp_path: Path) -> None:
    """Nothing of ours runs any more: the engine removes the container that has lost us."""
    before = leftovers()
    children: list[subprocess.Popen[bytes]] = []
    address = engine_address()
    assert address is not None
    proxy = EngineProxy(
        proxied, address, "/start", lambda: children[0].send_signal(signal.SIGKILL), after=True
    )
    try:
        env = {"DOCKER_HOST": f"unix://{proxied}"}
        children.append(start(*PROGRAM, "snapshot", f"image:{base_image}", cwd=tmp_path, env=env))
        assert ended(children[0]).code == -signal.SIGKILL
    finally:
        proxy.close()
    assert none_left(before)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("request_", ["/top", '/exec"', "/exec/"])
def test_a_capture_of_a_container(
    proxied: Path, base_image: str, tmp_path: Path, request_: str, number: int, code: int
) -> None:
    """The container goes on, as it was."""
    name = "envaudit-test-interrupted"
    docker("rm", "--force", name, check=False)
    docker("run", "--detach", "--name", name, base_image, "sleep", "1000")
    children: list[subprocess.Popen[bytes]] = []
    address = engine_address()
    assert address is not None
    proxy = EngineProxy(
        proxied, address, request_.replace('"', " "), lambda: children[0].send_signal(number)
    )
    try:
        env = {"DOCKER_HOST": f"unix://{proxied}"}
        children.append(start(*PROGRAM, "snapshot", f"docker:{name}", cwd=tmp_path, env=env))
        end = ended(children[0])
        assert proxy.triggered.is_set()
        assert end == Ended(code, "", "")
        assert docker("diff", name) == ""
        assert docker("inspect", "--format", "{{.State.Running}}", name) == "true"
        until = time.monotonic() + TIMEOUT
        # The agent that was sent in, if it was, has ended or ends on its own.
        while len(docker("top", name).splitlines()) > 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(docker("top", name).splitlines()) == 2
    finally:
        proxy.close()
        docker("rm", "--force", name)
