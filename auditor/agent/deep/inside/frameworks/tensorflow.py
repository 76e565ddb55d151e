"""TensorFlow: build, threads, determinism and precision switches.

https://www.tensorflow.org/api_docs/python/tf/config
"""

from __future__ import annotations

from .asking import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ask(answers: Answers) -> None:
    import tensorflow as tf

    config: Any = tf.config
    build: Any = tf.sysconfig.get_build_info()
    answers.ask("version", lambda: tf.__version__)
    # The commit of `v2.21.0-rc1-5-ga481b10260d`.
    answers.ask("git_version", lambda: tf.version.GIT_VERSION.rpartition("-g")[2])
    answers.ask("compiler", lambda: tf.version.COMPILER_VERSION)
    for key in ("cuda_version", "cudnn_version", "is_cuda_build", "is_rocm_build"):
        answers.ask("build." + key, lambda key: build[key], key)
    answers.ask("threads.intraop", lambda: config.threading.get_intra_op_parallelism_threads())
    answers.ask("threads.interop", lambda: config.threading.get_inter_op_parallelism_threads())
    answers.ask("deterministic", _is_deterministic)
    answers.ask("tf32", lambda: config.experimental.tensor_float_32_execution_enabled())
    answers.ask("onednn", _uses_onednn)
    answers.ask("xla_jit", lambda: str(config.optimizer.get_jit()) or "off")
    answers.ask("optimizer", _optimizer, config)
    answers.ask("eager", lambda: tf.executing_eagerly())
    answers.ask("functions_run_eagerly", lambda: config.functions_run_eagerly())
    answers.ask_by_using("float_type", lambda: tf.keras.backend.floatx())
    answers.ask_by_using("keras.version", lambda: tf.keras.version())
    answers.ask_by_using("keras.dtype_policy", lambda: tf.keras.config.dtype_policy().name)


def _is_deterministic() -> bool:
    """By TF_DETERMINISTIC_OPS or by the program; there is no public name for the question."""
    from tensorflow.python.framework import config

    return bool(config.is_op_determinism_enabled())


def _optimizer(config: Any) -> list[str]:
    """What of the graph optimiser was switched on or off by name."""
    options = config.optimizer.get_experimental_options()
    return ["%s=%s" % pair for pair in sorted(options.items())]


def _uses_onednn() -> bool:
    from tensorflow.python.util import _pywrap_util_port

    return bool(_pywrap_util_port.IsMklEnabled())
