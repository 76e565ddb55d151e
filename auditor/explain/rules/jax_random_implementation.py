"""JAX makes other random numbers from the same key.

What it means
    JAX_DEFAULT_PRNG_IMPL chooses the generator (threefry2x32, rbg, unsafe_rbg) and
    JAX_THREEFRY_PARTITIONABLE how threefry's numbers are laid out; the default of the latter
    was changed by a release. The sides differ in one of them, or in the release.

Why it matters
    Every random number that is drawn differs: initial weights, dropout, shuffling, simulations,
    although the seed is the same.

How to confirm
    `python -c "import jax; print(jax.random.uniform(jax.random.key(0), (3,)),
    jax.config.jax_threefry_partitionable)"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

PARTITIONABLE_BY_DEFAULT = Version("0.5.0")

RULE = Rule(
    id="EA140",
    name="jax-random-implementation",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=("env.JAX_DEFAULT_PRNG_IMPL", "env.JAX_THREEFRY_PARTITIONABLE", "python.packages.jax"),
    remedy=variable_remedy("JAX_THREEFRY_PARTITIONABLE", "1"),
    sources=(
        "https://www.github.com/google/jax/discussions/18480",
        "https://newreleases.io/project/github/jax-ml/jax/release/jax-v0.5.0",
        "https://docs.jax.dev/en/latest/jax.random.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    users = pair.installed("jax")
    changes = tuple(
        change
        for change in settings(pair, "JAX_DEFAULT_PRNG_IMPL", "JAX_THREEFRY_PARTITIONABLE")
        if acts(change, default="threefry2x32" if "IMPL" in change.key else "")
    )
    if changes and users:
        yield Hit(
            message=f"{told(changes)}: JAX makes other random numbers from the same key, so that "
            "initial weights, dropout and simulations differ.",
            changes=changes,
            facts=first(users),
            confidence=0.9,
        )
    release = pair.change("python.packages.jax")
    fixed = "env.JAX_THREEFRY_PARTITIONABLE"
    ours, theirs = pair.version("jax")
    if release is None or ours is None or theirs is None or pair.either(fixed) is not None:
        return
    if (ours < PARTITIONABLE_BY_DEFAULT) != (theirs < PARTITIONABLE_BY_DEFAULT):
        yield Hit(
            message=f"jax is {sides(release)}: from 0.5.0 on its default generator lays out its "
            "numbers otherwise, so that the same key gives other random numbers.",
            changes=(release,),
            confidence=0.8,
        )
