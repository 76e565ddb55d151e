"""Stands between a command and the real engine, and acts when a certain request passes."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

PATIENCE = 5  # seconds
DEFAULT = "unix:///var/run/docker.sock"


def engine_address() -> str | None:
    """The path of the engine's socket; None where it is no local one."""
    host = os.environ.get("DOCKER_HOST") or DEFAULT
    return host[len("unix://") :] if host.startswith("unix://") else None


class EngineProxy:
    """`act` is called once, when a request that contains `trigger` arrives: before it is
    passed on, or, with `after`, when its first answer has passed back. With `swallow` it is
    never passed on: an engine that does not answer. With `hold` it is passed on only when a
    request that contains that has passed: an engine that is slow."""

    def __init__(
        self,
        path: Path,
        engine: str,
        trigger: str,
        act: Callable[[], None],
        after: bool = False,
        swallow: bool = False,
        hold: str = "",
    ) -> None:
        self._engine = engine
        self._trigger = trigger.encode()
        self._act = act
        self._after = after
        self._swallow = swallow
        self._hold = hold.encode()
        self._passed = threading.Event()  # what we hold back for
        self.triggered = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._sockets = [self._listener]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for opened in self._sockets:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._engine)
            self._sockets += [client, server]
            waiting = threading.Event()  # for the answer after which we act
            for one, other, requests in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self._pump, args=(one, other, requests, waiting), daemon=True
                ).start()

    def _pump(
        self, one: socket.socket, other: socket.socket, requests: bool, waiting: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if requests and self._trigger in data and not self.triggered.is_set():
                    self.triggered.set()
                    if self._after:
                        waiting.set()
                    else:
                        self._act()
                    if self._swallow:
                        continue
                    if self._hold:
                        self._passed.wait(PATIENCE)
                other.sendall(data)
                if requests and self._hold and self._hold in data:
                    self._passed.set()
                if not requests and waiting.is_set():
                    waiting.clear()
                    self._act()
            other.shutdown(socket.SHUT_WR)
