"""The C library's mathematical functions, by way of `math`.

Which of them differ tells versions of glibc, its FMA variants and other libraries apart.
"""

from __future__ import annotations

import math
from array import array

from .inputs import numbers
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_COUNT = 400


def functions() -> dict[str, Any]:
    values = numbers("libm", _COUNT)
    positive = numbers("libm positive", _COUNT, signed=False)
    of_one: dict[str, tuple[Callable[[float], float], array[float]]] = {
        "exp": (math.exp, values),
        "expm1": (math.expm1, values),
        "log": (math.log, positive),
        "log1p": (math.log1p, positive),
        "log2": (math.log2, positive),
        "log10": (math.log10, positive),
        "sin": (math.sin, values),
        "cos": (math.cos, values),
        "tan": (math.tan, values),
        "atan": (math.atan, values),
        "asin": (lambda x: math.asin(x / 2), values),
        "sinh": (math.sinh, values),
        "tanh": (math.tanh, values),
        "erf": (math.erf, values),
        "gamma": (math.gamma, positive),
        "lgamma": (math.lgamma, positive),
    }
    found = {}
    for name, (function, inputs) in of_one.items():
        found["libm." + name] = probe(
            lambda function, inputs: _doubles(map(function, inputs)), function, inputs
        )
    found["libm.pow"] = probe(lambda: _doubles(x ** (3 * y) for x, y in zip(positive, values)))
    found["libm.atan2"] = probe(lambda: _doubles(map(math.atan2, values, positive)))
    found["libm.fmod"] = probe(
        lambda: _doubles(math.fmod(1e6 * x, y) for x, y in zip(values, positive))
    )
    return found


def _doubles(values: Any) -> tuple[str, bytes]:
    return "d", array("d", values).tobytes()
