"""Another library does the computing.

What it means
    KERAS_BACKEND chooses what Keras computes on (TensorFlow, JAX, PyTorch),
    VLLM_ATTENTION_BACKEND how attention is computed, USE_TORCH, USE_TF and USE_FLAX which
    framework transformers takes, SCIPY_ARRAY_API whose arrays SciPy computes with. The sides
    differ in one of them.

Why it matters
    Another backend has other kernels, other random generators and other defaults: outputs differ
    from the last digits on, trained models visibly.

How to confirm
    Run the program on B with A's setting of the variable.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, variable_remedy
from ..pair import Pair, first, sides
from ..rule import Hit, Rule

# Variable -> (distributions that read it, default, how likely results differ).
SWITCHES: dict[str, tuple[tuple[str, ...], str, float]] = {
    "KERAS_BACKEND": (("keras",), "tensorflow", 0.9),
    "TF_USE_LEGACY_KERAS": (("tf-keras", "tensorflow"), "0", 0.75),
    "VLLM_ATTENTION_BACKEND": (("vllm",), "", 0.75),
    "USE_TORCH": (("transformers",), "auto", 0.45),
    "USE_TF": (("transformers",), "auto", 0.45),
    "USE_FLAX": (("transformers",), "auto", 0.45),
    "SCIPY_ARRAY_API": (("scipy",), "0", 0.3),
    "MODIN_ENGINE": (("modin",), "", 0.45),
    "OPENMM_DEFAULT_PLATFORM": (("openmm",), "", 0.75),
}

RULE = Rule(
    id="EA149",
    name="compute-backend-chosen",
    effects=("numerics", "behaviour", "performance"),
    severity="high",
    reads=(*(f"env.{name}" for name in SWITCHES), "python.packages.*"),
    remedy=variable_remedy("KERAS_BACKEND", "tensorflow"),
    sources=(
        "https://www.tensorflow.org/versions/r2.16/api_docs/python/tf/keras/config/set_backend",
        "https://docs.vllm.ai/en/v0.11.2/api/vllm/attention/selector/",
        "https://github.com/pytorch/pytorch/blob/main/docs/source/notes/numerical_accuracy.rst",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for name, (distributions, default, confidence) in SWITCHES.items():
        change = pair.change(f"env.{name}")
        users = pair.installed(*distributions)
        if change is None or not acts(change, default) or not users:
            continue
        value = next(str(v) for v in (change.before, change.after) if v is not None)
        yield Hit(
            message=f"{name} is {sides(change)}: another library or solver does the computing, "
            "with other rounding, random numbers and defaults.",
            changes=(change,),
            facts=first(users),
            confidence=confidence,
            remedy=variable_remedy(name, value),
        )
