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
    answers.ask("git_version", lambda: tf.version.GIT_VERSION)
    answers.ask("compiler", lambda: tf.version.COMPILER_VERSION)
    for key in ("cuda_version", "cudnn_version", "is_cuda_build", "is_rocm_build"):
        answers.ask("build." + key, lambda key: build[key], key)
    answers.ask("threads.intraop", lambda: config.threading.get_intra_op_parallelism_threads())
    answers.ask("threads.interop", lambda: config.threading.get_inter_op_parallelism_threads())
    answers.ask("deterministic", lambda: config.experimental.is_op_determinism_enabled())
    answers.ask("tf32", lambda: config.experimental.tensor_float_32_execution_enabled())
    answers.ask("onednn", _uses_onednn)
    answers.ask_by_using("float_type", lambda: tf.keras.backend.floatx())


def _uses_onednn() -> bool:
    from tensorflow.python.util import _pywrap_util_port

    return bool(_pywrap_util_port.IsMklEnabled())
