"""Signing a baseline, and requiring that one is signed.

The baseline stays a file that people read and review. Its signature stands beside it
(`baseline.json.dsse`) in an envelope that is complete by itself, so that other tools can verify it
or attach it to the image. What is required is that somebody who is allowed to signed exactly this
baseline; everything else fails closed.
"""

from __future__ import annotations

from pathlib import Path

from .. import store
from ..model import Baseline, InvalidInput
from ..store import strict_json
from . import ssh
from .envelope import Envelope
from .statement import PAYLOAD_TYPE, statement

_MAX_ENVELOPE = 256 * 1024 * 1024


def signature_path(baseline: Path) -> Path:
    return baseline.with_name(baseline.name + ".dsse")


def envelope_of(baseline: Baseline, key: Path) -> Envelope:
    """The baseline's statement, signed. Raises `UsageError` where the key does not sign."""
    unsigned = Envelope(PAYLOAD_TYPE, statement(baseline), ())
    signature = ssh.sign(unsigned.signed_bytes, key)
    return Envelope(unsigned.payload_type, unsigned.payload, (signature,))


def require_signed(baseline: Baseline, path: Path, allowed_signers: Path) -> str:
    """Who signed this very baseline, whose signature stands at `path`.

    Raises `InvalidInput` where nobody did who is allowed to.
    """
    ssh.check_allowed_signers(allowed_signers)
    if not path.exists():
        raise InvalidInput(f"{path}: the baseline is not signed (no such file)")
    envelope = _read(path)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise InvalidInput(f"{path}: what is signed there is no in-toto statement")
    if envelope.payload != statement(baseline):
        raise InvalidInput(f"{path}: is the signature of another baseline than the one given")
    for signature in envelope.signatures:
        principal = ssh.signer(envelope.signed_bytes, signature, allowed_signers)
        if principal is not None:
            return principal
    raise InvalidInput(f"{path}: no signature of anybody whom {allowed_signers} allows")


def _read(path: Path) -> Envelope:
    try:
        return Envelope.parse(strict_json.decode(store.read(path, _MAX_ENVELOPE)))
    except InvalidInput as error:
        message = str(error)
        prefix = "" if message.startswith(str(path)) else f"{path}: "
        raise InvalidInput(prefix + message) from None
