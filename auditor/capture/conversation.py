"""Talking to a process in a container over the engine's attached stream.

The stream is the container's: what comes back is bounded in size and time, and only what
stands in our frame counts.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from typing import Any

from ..model import CaptureFailed

MAX_ANSWER = 64 * 1024 * 1024
MAX_NOISE = 1024 * 1024  # what else may come on standard output and standard error
_STDOUT = 1
_CHUNK = 64 * 1024
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class NoAnswer(Exception):
    """The process ended without our frame; `stderr` is what it said, shortened."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


def converse(stream: Any, script: bytes, nonce: str, seconds: float) -> bytes:
    """Send the script, read until the stream ends, and return the framed answer.

    Raises `NoAnswer` where the process ended without one, `CaptureFailed` where it sent too
    much or took too long.
    """
    # A unix or TCP socket is wrapped in a SocketIO, TLS comes as the socket itself.
    connection: socket.socket = getattr(stream, "_sock", stream)
    until = time.monotonic() + seconds
    received = _Received()
    unsent = memoryview(script)
    connection.setblocking(False)
    try:
        while True:
            # Both ways at once: where the interpreter does not exist, the engine says so and
            # never takes the script.
            readable, writable = _wait(connection, bool(unsent), until - time.monotonic())
            if writable:
                unsent = _send(connection, unsent)
            if readable and not _receive(connection, received):
                break
            answer = _framed(received.output, nonce)
            if answer is not None:
                return answer
            if time.monotonic() > until:
                raise CaptureFailed(f"no fingerprint from the container within {seconds:.0f} s")
    finally:
        _close(stream)
    raise NoAnswer(_shortened(bytes(received.noise or received.output)))


def _close(stream: Any) -> None:
    # The library hangs the response that the stream is part of on it. Closed after the stream, as
    # the interpreter would do it, it complains (CPython 3.13.0).
    response = getattr(stream, "_response", None)
    if response is not None:
        response.close()
    stream.close()


def _wait(connection: socket.socket, sending: bool, seconds: float) -> tuple[bool, bool]:
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return True, sending
    writing = [connection] if sending else []
    readable, writable, _ = select.select([connection], writing, [], max(0.0, seconds))
    return bool(readable), bool(writable)


def _send(connection: socket.socket, unsent: memoryview) -> memoryview:
    try:
        return unsent[connection.send(unsent[:_CHUNK]) :]
    except _NOT_NOW:
        return unsent
    except OSError:
        return unsent[:0]  # it ended: what it said is still to be read


def _receive(connection: socket.socket, received: _Received) -> bool:
    """False where the stream has ended."""
    try:
        data = connection.recv(_CHUNK)
    except _NOT_NOW:
        return True
    except OSError:
        return False
    received.add(data)
    return bool(data)


class _Received:
    """The engine's frames taken apart: eight bytes (stream, three zeros, size), then content."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.noise = bytearray()
        self._rest = bytearray()

    def add(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= 8:
            end = 8 + int.from_bytes(self._rest[4:8], "big")
            if len(self._rest) < end:
                break
            (self.output if self._rest[0] == _STDOUT else self.noise).extend(self._rest[8:end])
            del self._rest[:end]
        if max(len(self.output), len(self._rest)) > MAX_ANSWER or len(self.noise) > MAX_NOISE:
            raise CaptureFailed("the container sent more than a fingerprint can be")


def _framed(output: bytearray, nonce: str) -> bytes | None:
    header = f"\x1eenvaudit {nonce} ".encode()
    start = output.find(header)
    if start < 0:
        return None
    end = output.find(b"\n", start, start + len(header) + 12)
    size = output[start + len(header) : end]
    if end < 0 or not size.isdigit():
        return None
    answer = bytes(output[end + 1 : end + 1 + int(size)])
    return answer if len(answer) == int(size) else None


def _shortened(content: bytes) -> str:
    lines = content.decode("utf-8", "backslashreplace").split("\n")
    told = [line.strip() for line in lines if line.strip()]
    return told[-1][:200] if told else ""
