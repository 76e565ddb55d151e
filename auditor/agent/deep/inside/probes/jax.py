"""JAX on the processor: XLA's code for it, and JAX's own random streams.

The first computation settles which devices a process uses and reserves most of a GPU's memory, so
these are computed in a process of our own alone, and on the processor whatever else there is.
"""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def computations() -> dict[str, Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_platforms", "cpu")
    # In single precision: whether there is a double one is a switch (jax_enable_x64).
    inputs = (
        array("jax a", 193, 211, single=True),
        array("jax b", 211, 187, single=True),
        array("jax long", 100_003, single=True),
        array("jax positive", 4001, single=True, signed=False),
    )

    def all_of_them(a: Any, b: Any, long: Any, positive: Any) -> tuple[Any, ...]:
        key = jax.random.PRNGKey(20240229)
        return (
            jnp.matmul(a, b),
            # What differs with XLA's instruction set, vector width and fast mathematics, ...
            jnp.matmul(a, b[:, 0]),
            jnp.log1p(positive),
            jax.nn.softmax(a),
            # ... and with the number of threads among which a reduction is split.
            jnp.mean(long),
            jax.random.uniform(key, (100,), jnp.float32),
        )

    compute = jax.jit(all_of_them)  # compiled once: that is what takes the time
    names = ("matmul", "mv", "log1p", "softmax", "mean", "random")
    return {
        "jax." + name: probe(lambda number: bits(compute(*inputs)[number]), number)
        for number, name in enumerate(names)
    }
