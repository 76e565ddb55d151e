"""numexpr computes with its own loops, or with Intel's VML."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def expressions() -> dict[str, Any]:
    import numexpr

    x, y = array("numexpr x", 5003), array("numexpr y", 5003, signed=False)
    given = {"x": x, "y": y}
    return {
        "numexpr.exp": probe(lambda: bits(numexpr.evaluate("exp(x) * log(y) + sin(x)", given))),
        "numexpr.sum": probe(lambda: bits(numexpr.evaluate("sum(x * y)", given))),
    }
