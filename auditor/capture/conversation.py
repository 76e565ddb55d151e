"""Talking to a process in a container over the engine's attached stream.

The stream is the container's: what comes back is bounded in size and time, and only what
stands in our frame counts.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from docker.utils.socket import SocketError, frames_iter

from ..model import CaptureFailed

MAX_ANSWER = 64 * 1024 * 1024
MAX_NOISE = 1024 * 1024  # what else may come on standard output and standard error
_STDOUT = 1


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
    connection.settimeout(seconds)
    output = bytearray()
    noise = bytearray()
    try:
        try:
            connection.sendall(script)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it ended at once (no such interpreter): what it said comes below
        for number, chunk in frames_iter(stream, tty=False):
            (output if number == _STDOUT else noise).extend(chunk)
            if len(output) > MAX_ANSWER or len(noise) > MAX_NOISE:
                raise CaptureFailed("the container sent more than a fingerprint can be")
            answer = _framed(output, nonce)
            if answer is not None:
                return answer
            if time.monotonic() > until:
                raise CaptureFailed(f"no fingerprint from the container within {seconds:.0f} s")
    except (TimeoutError, socket.timeout):
        raise CaptureFailed(f"no fingerprint from the container within {seconds:.0f} s") from None
    except (SocketError, OSError):
        pass
    finally:
        stream.close()
    raise NoAnswer(_shortened(bytes(noise or output)))


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
