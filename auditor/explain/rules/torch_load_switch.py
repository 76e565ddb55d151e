"""PyTorch is told by a variable how much of a file it may load.

What it means
    TORCH_FORCE_WEIGHTS_ONLY_LOAD makes every torch.load refuse anything but tensors and plain
    containers; TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD lifts that refusal where the program does not
    decide it. The sides differ.

Why it matters
    A checkpoint that holds other Python objects (whole models, optimisers, NumPy scalars) loads
    on one side and raises "UnpicklingError: Weights only load failed" on the other. Lifting the
    refusal lets a file run code.

How to confirm
    Run the program on B with A's value of the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA346",
    name="torch-load-switch",
    effects=("crash", "security"),
    severity="high",
    reads=(
        "env.TORCH_FORCE_WEIGHTS_ONLY_LOAD",
        "env.TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD",
        "python.packages.torch",
    ),
    remedy=Remedy(
        image="remove the ENV line from the Dockerfile, or set the same in both; pass "
        "weights_only= to torch.load in the program",
        runtime="docker run -e TORCH_FORCE_WEIGHTS_ONLY_LOAD=1 ... on both sides, or on neither",
    ),
    sources=(
        "https://docs.pytorch.org/docs/stable/miscellaneous_environment_variables.html",
        "https://github.com/pytorch/torchchat/issues/1356",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    if not pair.installed("torch"):
        return
    for name in ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        change = pair.change(f"env.{name}")
        if change is not None:
            yield Hit(
                message=f"{name} is {sides(change)}: torch.load accepts checkpoints with Python "
                "objects on one side and refuses them on the other ('Weights only load failed').",
                changes=(change,),
                facts=("python.packages.torch",),
                confidence=0.82,
            )
