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
    a = jnp.asarray(array("jax a", 193, 211, single=True))
    b = jnp.asarray(array("jax b", 211, 187, single=True))
    long = jnp.asarray(array("jax long", 100_003, single=True))

    def stream() -> tuple[str, bytes]:
        key = jax.random.PRNGKey(20240229)
        return bits(jax.random.uniform(key, (100,), jnp.float32))

    positive = jnp.asarray(array("jax positive", 4001, single=True, signed=False))
    return {
        "jax.matmul": probe(lambda: bits(jnp.matmul(a, b))),
        # What differs with XLA's instruction set and vector width, and its fast mathematics.
        "jax.mv": probe(lambda: bits(jnp.matmul(a, b[:, 0]))),
        "jax.log1p": probe(lambda: bits(jnp.log1p(positive))),
        "jax.softmax": probe(lambda: bits(jax.nn.softmax(a))),
        # ... and with the number of threads among which a reduction is split.
        "jax.mean": probe(lambda: bits(jnp.mean(long))),
        "jax.random": probe(stream),
    }
