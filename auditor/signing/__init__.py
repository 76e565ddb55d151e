"""Signed baselines: an in-toto statement in a DSSE envelope, signed with SSH keys.

People have those keys, and forges publish them. Everything happens offline, by `ssh-keygen -Y`.
"""

from __future__ import annotations

from .envelope import Envelope
from .sign import envelope_of, require_signed, signature_path

__all__ = ["Envelope", "envelope_of", "require_signed", "signature_path"]
