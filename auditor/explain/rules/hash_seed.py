"""Sets of strings are iterated in another order (PYTHONHASHSEED).

What it means
    The hashes of strings and bytes, and with them the order of sets and frozensets, depend on a
    seed: a random one for each process, or the one that PYTHONHASHSEED fixes. The sides differ
    in it.

Why it matters
    Whatever is built by iterating over a set (lists of features or columns, vocabularies,
    file names, SQL, the order of tests) comes out in another order, on one side always alike, on
    the other in every run anew.

How to confirm
    `PYTHONHASHSEED=0 python PROGRAM` on both sides: if they now agree, an order depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import variable_remedy
from ..pair import Pair, shown
from ..rule import Hit, Rule

RULE = Rule(
    id="EA212",
    name="hash-seed",
    effects=("behaviour", "numerics"),
    severity="medium",
    reads=("env.PYTHONHASHSEED", "python.flags.hash_seed", "python.flags.hash_randomization"),
    remedy=variable_remedy("PYTHONHASHSEED", "0"),
    sources=(
        "https://docs.python.org/3/using/cmdline.html",
        "https://docs.python.org/3/library/stdtypes.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    variable, flag = pair.change("env.PYTHONHASHSEED"), pair.change("python.flags.hash_seed")
    changes = tuple(change for change in (variable, flag) if change is not None)
    if not changes:
        return
    seeds = [_seed(value) for value in pair.values(changes[0].path)]
    if seeds[0] == seeds[1]:
        return  # not set and `random` are the same
    random = "random" in seeds
    yield Hit(
        message=f"The seed of hashes is {shown(seeds[0])} in A, {shown(seeds[1])} in B: sets of "
        "strings are iterated in another order"
        + (", and in another one at every start where it is random" if random else "")
        + ", which changes whatever is built from them.",
        changes=changes,
        confidence=0.65 if random else 0.8,
    )


def _seed(value: object) -> str:
    return "random" if value in (None, "") else str(value)
