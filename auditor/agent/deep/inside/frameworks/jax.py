"""JAX: versions and the switches of its configuration that change results.

https://docs.jax.dev/en/latest/config_options.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers

_SWITCHES = (
    "jax_enable_x64",
    "jax_default_matmul_precision",
    "jax_numpy_dtype_promotion",
    "jax_default_prng_impl",
    "jax_threefry_partitionable",
    "jax_disable_jit",
    "jax_platforms",
)


def ask(answers: Answers) -> None:
    import jax

    answers.ask("version", lambda: jax.__version__)
    answers.ask("jaxlib", lambda: jax.lib.__version__)
    for switch in _SWITCHES:
        answers.ask("config." + switch, lambda switch: getattr(jax.config, switch), switch)
