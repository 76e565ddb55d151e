"""Numba: the processor that it compiles for, its threads and its switches.

https://numba.readthedocs.io/en/stable/reference/envvars.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers

_SWITCHES = ("DISABLE_JIT", "OPT", "CPU_NAME", "CPU_FEATURES", "ENABLE_AVX", "THREADING_LAYER")


def ask(answers: Answers) -> None:
    import numba

    answers.ask("version", lambda: numba.__version__)
    answers.ask("threads", lambda: numba.config.NUMBA_NUM_THREADS)
    for switch in _SWITCHES:
        answers.ask(
            "config." + switch.lower(), lambda switch: getattr(numba.config, switch), switch
        )
    answers.ask("llvm.version", _llvm_version)
    answers.ask("llvm.cpu", _llvm_cpu)
    answers.ask("svml", lambda: numba.config.USING_SVML)


def _llvm_version() -> str:
    from llvmlite import binding

    return ".".join(map(str, binding.llvm_version_info))


def _llvm_cpu() -> str:
    from llvmlite import binding

    return str(binding.get_host_cpu_name())
