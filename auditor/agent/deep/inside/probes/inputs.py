"""Inputs, made without the libraries under test: the same bytes everywhere.

Random bits from SHAKE-128 become the fractions of floating-point numbers between 1 and 2, of either
sign, by setting the bits of the exponent (IEEE 754): no arithmetic that could round.
"""

from __future__ import annotations

try:  # CPython's own: OpenSSL's may be forbidden (FIPS)
    from _sha3 import shake_128  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from hashlib import shake_128

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

# The upper byte: exponent of [1, 2), and a random sign or none.
_SIGNED = bytes(0x3F | (byte & 0x80) for byte in range(256))
_POSITIVE = bytes([0x3F]) * 256
_NEXT_OF_DOUBLE = bytes(0xF0 | (byte & 0x0F) for byte in range(256))
_NEXT_OF_FLOAT = bytes(0x80 | (byte & 0x7F) for byte in range(256))


def doubles(seed: str, count: int, signed: bool = True) -> bytes:
    """`count` little-endian doubles between 1 and 2, or their negatives."""
    return _numbers(seed, count, 8, _NEXT_OF_DOUBLE, signed)


def floats(seed: str, count: int, signed: bool = True) -> bytes:
    """The same in single precision."""
    return _numbers(seed, count, 4, _NEXT_OF_FLOAT, signed)


def _numbers(seed: str, count: int, size: int, table: bytes, signed: bool) -> bytes:
    content = bytearray(shake_128(seed.encode("ascii")).digest(count * size))
    content[size - 1 :: size] = content[size - 1 :: size].translate(
        _SIGNED if signed else _POSITIVE
    )
    content[size - 2 :: size] = content[size - 2 :: size].translate(table)
    return bytes(content)


def numbers(seed: str, count: int, signed: bool = True) -> array[float]:
    """Doubles as an array of the standard library."""
    from array import array

    values = array("d")
    values.frombytes(doubles(seed, count, signed))
    return values
