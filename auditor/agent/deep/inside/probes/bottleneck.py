"""Bottleneck sums naively where NumPy sums in pairs."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def sums() -> dict[str, Any]:
    import bottleneck

    values = array("bottleneck", 5003, single=True)
    return {
        "bottleneck.nansum": probe(lambda: bits(bottleneck.nansum(values))),
        "bottleneck.nanvar": probe(lambda: bits(bottleneck.nanvar(values))),
    }
