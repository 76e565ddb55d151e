"""Where engines are looked for, in which order, and what is said where none answers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.capture import engine as module
from auditor.capture import places as places_module
from auditor.capture.engine import engine, is_podman
from auditor.capture.places import Place, places
from auditor.model import UsageError

Stub = Callable[..., Path]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short one, wherever pytest's lies: the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "home/.docker"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    # The machine's own do not count.
    monkeypatch.setattr(places_module, "DOCKER_SOCKET", str(tmp_path / "docker.sock"))
    monkeypatch.setattr(places_module, "PODMAN_SOCKET", str(tmp_path / "podman.sock"))


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Starts an engine that knows `/version` and `/_ping` and nothing else: its socket."""
    opened: list[socket.socket] = []

    def start(path: Path, server: str = "Docker/20.10.24 (linux)") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        opened.append(listener)
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=serve, args=(listener, server), daemon=True).start()
        return path

    yield start
    for listener in opened:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def serve(listener: socket.socket, server: str) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # closed at the end of the test
            return
        with connection, contextlib.suppress(OSError):  # some only look whether we are there
            request = connection.recv(65536)
            body = b'{"ApiVersion": "1.41"}' if b"/version" in request else b"OK"
            head = f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)


def context(home: Path, name: str, host: str | None) -> None:
    folder = home / ".docker/contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoints = {"docker" if host else "kubernetes": {"Host": host, "SkipTLSVerify": False}}
    metadata = {"Name": name, "Metadata": {}, "Endpoints": endpoints}
    (folder / "meta.json").write_text(json.dumps(metadata))


def choose(home: Path, name: str) -> None:
    (home / ".docker").mkdir(parents=True, exist_ok=True)
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name}))


def answering() -> str:
    """The socket that `engine()` takes."""
    with engine() as client:
        return str(client.api.get_adapter(client.api.base_url).socket_path)


def test_the_order() -> None:
    found = places({"XDG_RUNTIME_DIR": "/run/user/7"}, Path("/home/me"), 7)
    assert [place.address for place in found] == [
        f"unix://{places_module.DOCKER_SOCKET}",
        "unix:///run/user/7/docker.sock",
        "unix:///home/me/.docker/run/docker.sock",
        "unix:///home/me/.docker/desktop/docker.sock",
        "unix:///run/user/7/podman/podman.sock",
        f"unix://{places_module.PODMAN_SOCKET}",
    ]
    assert places({}, Path("/home/me"), 7) == found


def test_a_variable_is_the_only_place() -> None:
    environ = {"DOCKER_HOST": "tcp://a:1", "DOCKER_CONTEXT": "other"}
    assert places(environ, Path("/"), 0) == [Place("DOCKER_HOST=tcp://a:1")]
    assert len(places({"DOCKER_HOST": ""}, Path("/"), 0)) == 6


def test_the_chosen_context_is_the_only_place(tmp_path: Path) -> None:
    home = tmp_path / "home"
    context(home, "remote", "tcp://remote:2376")
    context(home, "rootless", "unix:///run/user/7/docker.sock")
    choose(home, "rootless")
    (place,) = places({}, home, 7)
    assert (place.address, place.tls) == ("unix:///run/user/7/docker.sock", None)
    assert place.said == "the Docker context 'rootless' (unix:///run/user/7/docker.sock)"
    (place,) = places({"DOCKER_CONTEXT": "remote"}, home, 7)
    assert place.address == "tcp://remote:2376"
    choose(home, "default")
    assert len(places({}, home, 7)) == 6


@pytest.mark.parametrize("by", ["chosen", "variable"])
@pytest.mark.parametrize("kind", ["missing", "broken", "for another orchestrator"])
def test_a_context_that_is_none(tmp_path: Path, by: str, kind: str) -> None:
    """Never another engine than the one that was named."""
    home = tmp_path / "home"
    if kind != "missing":
        context(home, "mine", None)
    if kind == "broken":
        (meta,) = home.rglob("meta.json")
        meta.write_text("{")
    choose(home, "mine" if by == "chosen" else "default")
    environ = {"DOCKER_CONTEXT": "mine"} if by == "variable" else {}
    with pytest.raises(UsageError, match="Docker context 'mine'"):
        places(environ, home, 7)


@pytest.mark.parametrize("number", range(6))
def test_the_first_that_answers_is_taken(tmp_path: Path, stub: Stub, number: int) -> None:
    found = [str(place.socket) for place in places(os.environ, tmp_path / "home", os.getuid())]
    for path in found[number:]:
        stub(Path(path))
    if number:  # one that is there and dead, as an engine leaves it that was killed
        Path(found[0]).parent.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(found[0])
    assert answering() == found[number]


@pytest.mark.skipif(os.getuid() == 0, reason="root may use any socket")
def test_a_socket_that_may_not_be_used_is_passed_over(tmp_path: Path, stub: Stub) -> None:
    stub(tmp_path / "docker.sock").chmod(0)
    stub(tmp_path / "run/podman/podman.sock", "Libpod/4.3.1 (linux)")
    assert answering() == str(tmp_path / "run/podman/podman.sock")


def test_what_was_tried_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker.sock").touch()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "podman.sock"))
    with pytest.raises(UsageError) as raised, engine():
        pass
    said = str(raised.value)
    assert said.startswith(
        "no container engine answers: start one, or name it in DOCKER_HOST; tried "
        f"{tmp_path}/docker.sock (nobody listens), {tmp_path}/run/docker.sock (not there), "
    )
    assert said.endswith(
        f"{tmp_path}/run/podman/podman.sock (not there), {tmp_path}/podman.sock (nobody listens)"
    )
    assert "\n" not in said
    monkeypatch.setattr(module, "_why_unreachable", lambda _: "permission denied")
    with (
        pytest.raises(UsageError, match=r"no permission to use .* tried .*permission denied"),
        engine(),
    ):
        pass


# The client library leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_password_in_an_address_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://me:hunter2@127.0.0.1:1")
    with pytest.raises(UsageError, match="no container engine answers") as raised, engine():
        pass
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("server", "expected"),
    [("Docker/20.10.24 (linux)", False), ("Libpod/4.3.1 (linux)", True), ("", False)],
)
def test_which_engine_answers(tmp_path: Path, stub: Stub, server: str, expected: bool) -> None:
    stub(tmp_path / "docker.sock", server)
    with engine() as client:
        assert is_podman(client) is expected
