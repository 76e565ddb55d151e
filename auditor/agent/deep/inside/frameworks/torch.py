"""PyTorch: build, threads, the code path that ATen chose, determinism and precision switches.

https://pytorch.org/docs/stable/notes/randomness.html,
https://pytorch.org/docs/stable/notes/numerical_accuracy.html
"""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask(answers: Answers) -> None:
    import torch

    backends: Any = torch.backends
    answers.ask("version", lambda: torch.__version__)
    answers.ask("git_version", lambda: torch.version.git_version)
    answers.ask("debug", lambda: torch.version.debug)
    answers.ask("threads.intraop", lambda: torch.get_num_threads())
    answers.ask("threads.interop", lambda: torch.get_num_interop_threads())
    answers.ask("cpu_capability", lambda: backends.cpu.get_cpu_capability())
    answers.ask("mkl", lambda: backends.mkl.is_available())
    answers.ask("mkl.version", lambda: _line(torch.__config__.show(), "Math Kernel Library"))
    answers.ask("onednn", lambda: backends.mkldnn.is_available())
    # Without `(Git Hash ...)`: it looks like a secret.
    answers.ask(
        "onednn.version", lambda: _line(torch.__config__.show(), "MKL-DNN").partition(" (")[0]
    )
    answers.ask("openmp", lambda: _line(torch.__config__.parallel_info(), "omp_get_max_threads"))
    answers.ask("cxx_abi", lambda: torch.compiled_with_cxx11_abi())
    answers.ask("default_dtype", lambda: torch.get_default_dtype())
    answers.ask("deterministic", lambda: torch.are_deterministic_algorithms_enabled())
    answers.ask("matmul_precision", lambda: torch.get_float32_matmul_precision())
    answers.ask("flush_denormal", _flushes_denormals)
    answers.ask("cuda.built", lambda: torch.version.cuda)
    answers.ask("hip.built", lambda: torch.version.hip)
    answers.ask("cuda.arch_list", lambda: torch.cuda.get_arch_list())
    answers.ask("cudnn.version", lambda: backends.cudnn.version())
    answers.ask("cudnn.benchmark", lambda: backends.cudnn.benchmark)
    answers.ask("cudnn.deterministic", lambda: backends.cudnn.deterministic)
    answers.ask("cudnn.allow_tf32", lambda: backends.cudnn.allow_tf32)
    answers.ask("cuda.matmul.allow_tf32", lambda: backends.cuda.matmul.allow_tf32)
    answers.ask(
        "cuda.matmul.reduced_fp16",
        lambda: backends.cuda.matmul.allow_fp16_reduced_precision_reduction,
    )
    answers.ask(
        "cuda.matmul.reduced_bf16",
        lambda: backends.cuda.matmul.allow_bf16_reduced_precision_reduction,
    )
    # Asked of the driver by NVML, so that no CUDA context is made; but the number is kept.
    answers.ask_by_using("cuda.devices", lambda: torch.cuda.device_count())


def _line(text: str, marker: str) -> Any:
    """The first line of a text that holds a marker, as PyTorch shows its build."""
    lines = [line.strip(" -\t") for line in text.splitlines() if marker in line]
    return lines[0] if lines else None


def _flushes_denormals() -> bool:
    import torch

    return float(torch.tensor([1e-310], dtype=torch.float64) * 0.5) == 0.0
