"""DSSE envelopes: what is signed, its type, and the signatures.

https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from ..model import InvalidInput

_MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Signature:
    """`keyid` is a hint that nothing relies on; `content` an SSH signature (PROTOCOL.sshsig)."""

    keyid: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """The pre-authentication encoding: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md."""
        kind = self.payload_type.encode("utf-8")
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)

    def dumps(self) -> str:
        document = {
            "payloadType": self.payload_type,
            "payload": base64.b64encode(self.payload).decode("ascii"),
            "signatures": [
                {"keyid": one.keyid, "sig": base64.b64encode(one.content).decode("ascii")}
                for one in self.signatures
            ],
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def parse(cls, members: object) -> Envelope:
        """From decoded JSON; raises `InvalidInput` for anything but an envelope."""
        if not isinstance(members, dict) or set(members) != {
            "payloadType", "payload", "signatures",
        }:  # fmt: skip
            raise InvalidInput("is not a DSSE envelope (payloadType, payload, signatures)")
        signatures = members["signatures"]
        if not isinstance(signatures, list) or not 0 < len(signatures) <= _MAX_SIGNATURES:
            raise InvalidInput(f"signatures must be a list of 1 to {_MAX_SIGNATURES}")
        if not isinstance(members["payloadType"], str):
            raise InvalidInput("payloadType must be a text")
        return cls(
            members["payloadType"],
            _decoded(members["payload"], "payload"),
            tuple(_signature(one) for one in signatures),
        )


def _signature(entry: object) -> Signature:
    if not isinstance(entry, dict) or not set(entry) <= {"keyid", "sig"}:
        raise InvalidInput("a signature has a keyid and a sig")
    keyid = entry.get("keyid", "")
    if not isinstance(keyid, str):
        raise InvalidInput("keyid must be a text")
    return Signature(keyid, _decoded(entry.get("sig"), "sig"))


def _decoded(value: object, name: str) -> bytes:
    """Standard or URL-safe base64, as DSSE allows; nothing else in it."""
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} must be base64")
    try:
        return base64.b64decode(value.translate({45: 43, 95: 47}), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"{name} must be base64") from None
