"""SHA-256 and HMAC-SHA-256 without loading OpenSSL, which costs several milliseconds.

CPython's own implementation is the module behind `hashlib` where OpenSSL is missing.
"""

from __future__ import annotations

import sys

try:
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]  # CPython 3.12+
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found,unused-ignore]  # older ones
    except ImportError:
        from hashlib import sha256

_BLOCK = 64
_MUCH = 16 * 1024  # bytes: from here on OpenSSL is faster, once it is loaded


def sha256_hex(content: bytes) -> str:
    if len(content) >= _MUCH and "_ssl" in sys.modules:
        try:
            from _hashlib import openssl_sha256

            return str(openssl_sha256(content).hexdigest())
        except (ImportError, ValueError):  # ValueError: a policy of the system forbids it
            pass
    return str(sha256(content).hexdigest())


def hmac_sha256_hex(key: bytes, message: bytes) -> str:
    """HMAC after RFC 2104; the `hmac` module would load OpenSSL."""
    if len(key) > _BLOCK:
        key = sha256(key).digest()
    key = key.ljust(_BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return str(sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest())
