"""JAX: versions and the switches of its configuration that change results.

https://docs.jax.dev/en/latest/config_options.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .asking import Answers

_SWITCHES = (
    "jax_enable_x64",
    "jax_default_matmul_precision",
    "jax_numpy_dtype_promotion",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
    "jax_disable_jit",
    "jax_platforms",
    "jax_num_cpu_devices",
    "jax_disable_most_optimizations",
    "jax_random_seed_offset",
    "jax_debug_nans",
)


def ask(answers: Answers) -> None:
    import jax

    answers.ask("version", lambda: jax.__version__)
    answers.ask("jaxlib", lambda: jax.lib.__version__)
    for switch in _SWITCHES:
        answers.ask("config." + switch, _read, switch)


def _read(switch: str) -> Any:
    """Those that are read seldom are no attributes."""
    from jax import config

    try:
        return getattr(config, switch)
    except AttributeError:
        return config.values[switch]
