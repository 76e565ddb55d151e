"""TensorFlow computes with or without oneDNN.

What it means
    `TF_ENABLE_ONEDNN_OPTS` decides whether TensorFlow takes oneDNN's code for convolutions,
    matrix products and normalisation, or its own (Eigen). Releases of today have it on by
    default on x86. The sides differ in it.

Why it matters
    The two round at other places and add in another order: TensorFlow itself warns that results
    are slightly different. Training amplifies that.

How to confirm
    Run the program on both sides with `TF_ENABLE_ONEDNN_OPTS=0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

USERS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "intel-tensorflow", "tensorflow-gpu")

RULE = Rule(
    id="EA108",
    name="tensorflow-onednn-switched",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.TF_ENABLE_ONEDNN_OPTS", "env.TF_DISABLE_MKL", "python.packages.*", "os.arch"),
    remedy=variable_remedy("TF_ENABLE_ONEDNN_OPTS", "0"),
    sources=(
        "https://discuss.ai.google.dev/t/tf-enable-onednn-opts-0-issue/22171",
        "https://github.com/tensorflow/tensorflow/issues/56529",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    on = str(pair.either("os.arch")).startswith(("x86", "amd64")) or not pair.either("os.arch")
    changes = tuple(
        change
        for change in settings(pair, "TF_ENABLE_ONEDNN_OPTS", "TF_DISABLE_MKL")
        if acts(change, default="1" if on and change.key == "TF_ENABLE_ONEDNN_OPTS" else "0")
    )
    users = pair.installed(*USERS)
    if not changes or not users:
        return
    yield Hit(
        message=f"{told(changes)}: TensorFlow computes with oneDNN's code on one side and with "
        "its own on the other, which round and add in another order; outputs and trained weights "
        "differ in their last digits.",
        changes=changes,
        facts=first(users),
        confidence=0.9,
    )
