"""The conversation with an agent that was sent in: what the engine's stream needs."""

from __future__ import annotations

import socket
import struct

import pytest

from auditor.capture.conversation import NoAnswer, converse


class Response:
    def __init__(self, closed: list[str]) -> None:
        self._closed = closed

    def close(self) -> None:
        self._closed.append("response")


class Stream:
    """As docker-py gives it: the socket, and the response that it is part of."""

    def __init__(self, connection: socket.socket) -> None:
        self.closed: list[str] = []
        self._sock = connection
        self._response = Response(self.closed)

    def close(self) -> None:
        self.closed.append("stream")
        self._sock.close()


def frame(content: bytes) -> bytes:
    return struct.pack(">BxxxI", 1, len(content)) + content


@pytest.mark.parametrize("answers", [True, False])
def test_the_response_is_closed_before_the_stream_that_it_reads(answers: bool) -> None:
    """The other way about CPython 3.13.0 shows a traceback when it takes the response away."""
    ours, theirs = socket.socketpair()
    stream = Stream(ours)
    with theirs:
        if answers:
            theirs.sendall(frame(b"\x1eenvaudit aa 2\n{}"))
            assert converse(stream, b"", "aa", 10) == b"{}"
        else:
            theirs.sendall(frame(b"no such program"))
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(NoAnswer, match="no such program"):
                converse(stream, b"", "aa", 10)
    assert stream.closed == ["response", "stream"]
