"""The interpreter's own arithmetic, random streams and hashes."""

from __future__ import annotations

import math
import random
import sys
from array import array

from .inputs import numbers
from .result import of_text, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def arithmetic() -> dict[str, Any]:
    values = numbers("interpreter", 500)
    return {
        # Compensated since CPython 3.12 (https://docs.python.org/3/library/functions.html#sum).
        "python.sum": probe(lambda: _double(sum(values))),
        "python.fsum": probe(lambda: _double(math.fsum(values))),
        # CPython's own, and another one since 3.10.
        "python.hypot": probe(
            lambda: _doubles([math.hypot(x, y) for x, y in zip(values, values[::-1])])
        ),
        "python.float.repr": probe(lambda: of_text(" ".join(map(repr, values)))),
        "python.float.format": probe(
            lambda: of_text(" ".join("%.3g %.17g %e" % (x, x, x) for x in values[:100]))
        ),
        "python.float.parse": probe(
            lambda: _doubles([float("%.17g" % x) for x in values[:100]] + [float("2.2e-308")])
        ),
        "python.float.round": probe(lambda: _doubles([round(x * 1000, 2) for x in values[:200]])),
        # Code built with -ffast-math switches denormals off for the whole thread when it is
        # loaded (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=55522).
        "python.denormals": probe(lambda: _doubles([x * 2.0**-1030 * 0.5 for x in values[:50]])),
        "python.divmod": probe(
            lambda: of_text(" ".join(repr(divmod(x * 1e6, 0.3)) for x in values[:100]))
        ),
    }


def random_streams() -> dict[str, Any]:
    """Seeded: a version that changes an algorithm changes every split and shuffle."""

    def stream() -> tuple[str, bytes]:
        generator = random.Random(20240229)
        drawn = [generator.random(), generator.gauss(0, 1), generator.uniform(1, 2)]
        drawn += [float(generator.randrange(1000)) for _ in range(20)]
        order = list(range(50))
        generator.shuffle(order)
        drawn += [float(number) for number in order]
        drawn += [float(number) for number in generator.sample(range(1000), 20)]
        drawn += [float(number) for number in generator.choices(range(9), range(9), k=20)]
        return _doubles(drawn)

    return {"python.random": probe(stream)}


def hashes() -> dict[str, Any]:
    found = {
        "python.hash.numbers": probe(
            lambda: of_text(repr([hash(0.1), hash(10**30), hash((1, 2.5)), hash(-1)]))
        )
    }
    # Seeded anew in each process unless PYTHONHASHSEED says otherwise: then nothing to compare.
    if not sys.flags.hash_randomization:
        found["python.hash.order"] = probe(lambda: of_text(repr(set("abcdeé"))))
    return found


def _double(value: float) -> tuple[str, bytes]:
    return _doubles([value])


def _doubles(values: list[float]) -> tuple[str, bytes]:
    return "d", array("d", values).tobytes()
