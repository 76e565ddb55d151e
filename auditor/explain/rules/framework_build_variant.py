"""The framework is the same version, built for other hardware.

What it means
    PyTorch, jaxlib and others publish several builds of each version: for CPUs only, for CUDA
    11.8, 12.1, 12.4, for ROCm. The part of the version after the plus (2.4.1+cpu, 2.4.1+cu121)
    differs.

Why it matters
    A CPU build ignores the GPU; builds for another CUDA have other libraries (cuBLAS, cuDNN) and
    kernels; builds for CPUs differ in MKL and OpenMP. Outputs differ from the last digits on,
    and speed differs much.

How to confirm
    `python -c "import torch; print(torch.__version__, torch.version.cuda);
    print(torch.__config__.show())"` on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, sides
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA137",
    name="framework-build-variant",
    effects=("numerics", "performance"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="install one variant in both: `RUN pip install torch==2.4.1+cpu --extra-index-url "
        '...` (PyTorch\'s page "Get started" gives the index)',
    ),
    sources=(
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/randomness.rst",
    ),
)
FRAMEWORKS = ("torch", "torchvision", "torchaudio", "jaxlib", "xformers", "flash-attn", "dgl",
              "torch-scatter", "torch-sparse", "pyg-lib", "vllm", "llama-cpp-python")  # fmt: skip


def check(pair: Pair) -> Iterator[Hit]:
    for name in FRAMEWORKS:
        change = pair.change(f"python.packages.{name}")
        ours, theirs = pair.version(name)
        if change is None or ours is None or theirs is None:
            continue
        if ours.public != theirs.public or ours.local == theirs.local:
            continue
        yield Hit(
            message=f"{name} is {sides(change)}: the same version built for other hardware, with "
            "other kernels and libraries, so that outputs differ from the last digits on.",
            changes=(change,),
            confidence=0.75,
        )
