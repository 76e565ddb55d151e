"""PyTorch on the processor: its BLAS, oneDNN, ATen's vectorised loops, its reductions.

Nothing that is set in the process is changed but for the seed of a generator of our own.
"""

from __future__ import annotations

from .inputs import doubles, floats
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def tensor(seed: str, *shape: int, double: bool = False) -> Any:
    import torch

    count = 1
    for length in shape:
        count *= length
    content = bytearray((doubles if double else floats)(seed, count))
    kind = torch.float64 if double else torch.float32
    return torch.frombuffer(content, dtype=kind).reshape(shape)


def bits(values: Any) -> tuple[str, bytes]:
    """Without NumPy, which need not be there."""
    import ctypes

    values = values.detach().contiguous()
    size = values.element_size() * values.numel()
    content = ctypes.string_at(values.data_ptr(), size)
    return ("d" if values.element_size() == 8 else "f"), content


def matmul() -> dict[str, Any]:
    import torch

    found = {}
    for name, double in (("float32", False), ("float64", True)):
        a = tensor("torch a", 193, 211, double=double)
        b = tensor("torch b", 211, 187, double=double)
        found["torch.mm." + name] = probe(lambda a, b: bits(torch.mm(a, b)), a, b)
        found["torch.mv." + name] = probe(
            lambda a, b: bits(torch.mv(a, b[:, 0].contiguous())), a, b
        )
    return found


def layers() -> dict[str, Any]:
    import torch
    from torch.nn import functional

    with torch.no_grad():
        image = tensor("torch image", 2, 5, 29, 31)
        kernel = tensor("torch kernel", 7, 5, 3, 3)
        rows = tensor("torch rows", 41, 103)
        weight = tensor("torch weight", 59, 103)
        return {
            "torch.conv2d": probe(lambda: bits(functional.conv2d(image, kernel))),
            "torch.linear": probe(lambda: bits(functional.linear(rows, weight))),
            "torch.gelu": probe(lambda: bits(functional.gelu(rows))),
            "torch.softmax": probe(lambda: bits(torch.softmax(rows, 1))),
            "torch.layer_norm": probe(lambda: bits(functional.layer_norm(rows, (103,)))),
            "torch.tanh": probe(lambda: bits(torch.tanh(rows))),
            "torch.exp": probe(lambda: bits(torch.exp(rows))),
        }


def reductions() -> dict[str, Any]:
    values = tensor("torch long", 1_000_003)
    return {
        "torch.sum": probe(lambda: bits(values.sum())),
        "torch.exp.sum": probe(lambda: bits(values.exp().sum())),
        "torch.mean": probe(lambda: bits(values[:100_003].mean())),
        "torch.std": probe(lambda: bits(values[:100_003].std())),
    }


def random_streams() -> dict[str, Any]:
    import torch

    def stream() -> tuple[str, bytes]:
        generator = torch.Generator().manual_seed(20240229)
        drawn = [torch.randn(100, generator=generator), torch.rand(100, generator=generator)]
        drawn.append(torch.randperm(50, generator=generator).to(torch.float32))
        return bits(torch.cat(drawn))

    return {"torch.random": probe(stream)}
