"""Matrix products on NVIDIA's GPUs may use TF32, a format with three decimal digits.

What it means
    From Ampere on, NVIDIA's GPUs multiply float32 matrices as TF32 (10 bits of the mantissa) if
    allowed. `NVIDIA_TF32_OVERRIDE` and `TORCH_ALLOW_TF32_CUBLAS_OVERRIDE`
    (`HIPBLASLT_ALLOW_TF32` on AMD's, `TF_ENABLE_CUBLAS_TENSOR_OP_MATH_FP32` in TensorFlow)
    decide, over what the program says. The sides differ in one of them.

Why it matters
    Results of matrix products and convolutions differ in the third or fourth decimal digit.

How to confirm
    Run the program on both sides with `NVIDIA_TF32_OVERRIDE=0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.gpus import has_gpu, nvidia_stack, users
from ..knowledge.switches import settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

VARIABLES = (
    "NVIDIA_TF32_OVERRIDE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "HIPBLASLT_ALLOW_TF32",
    "TF_ENABLE_CUBLAS_TENSOR_OP_MATH_FP32",
    "TF_ENABLE_CUDNN_TENSOR_OP_MATH_FP32",
)

RULE = Rule(
    id="EA134",
    name="tensorfloat32-switched",
    effects=("numerics", "performance"),
    severity="high",
    reads=(*(f"env.{name}" for name in VARIABLES), "gpu.*", "native.*", "python.packages.*"),
    remedy=variable_remedy("NVIDIA_TF32_OVERRIDE", "0"),
    sources=(
        "https://docs.pytorch.org/docs/stable/_sources/cuda_environment_variables.rst.txt",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
        "https://tensorflow.org/api_docs/python/tf/config/experimental/enable_tensor_float_32_execution",
        "https://github.com/alibaba/DeepRec/blob/main/docs/docs_en/NVIDIA-TF32.md",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = settings(pair, *VARIABLES)
    computing = users(pair)
    if not changes or not computing:
        return
    yield Hit(
        message=f"{told(changes)}: matrix products on the GPU are computed with three decimal "
        "digits on one side and with seven on the other.",
        changes=changes,
        facts=first(computing),
        confidence=0.9 if has_gpu(pair) else 0.6 if nvidia_stack(pair) else 0.3,
    )
