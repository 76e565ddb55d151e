"""TensorFlow on the processor: Eigen's and oneDNN's kernels, reductions, random streams.

The first computation settles which devices a process uses and takes all of a GPU's memory, so
these are computed in a process of our own alone, and on the processor whatever else there is.
"""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def computations() -> dict[str, Any]:
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    found = {}
    for name, single in (("float32", True), ("float64", False)):
        a = tf.constant(array("tf a", 193, 211, single=single))
        b = tf.constant(array("tf b", 211, 187, single=single))
        found["tensorflow.matmul." + name] = probe(
            lambda a, b: bits(tf.linalg.matmul(a, b).numpy()), a, b
        )
    long = tf.constant(array("tf long", 1_000_003, single=True))
    rows = tf.constant(array("tf rows", 41, 103, single=True))
    image = tf.constant(array("tf image", 2, 29, 31, 5, single=True))
    kernel = tf.constant(array("tf kernel", 3, 3, 5, 7, single=True))

    def stream() -> tuple[str, bytes]:
        return bits(tf.random.stateless_uniform([100], [20240229, 1]).numpy())

    found["tensorflow.sum"] = probe(lambda: bits(tf.reduce_sum(long).numpy()))
    found["tensorflow.exp"] = probe(lambda: bits(tf.exp(rows).numpy()))
    found["tensorflow.softmax"] = probe(lambda: bits(tf.nn.softmax(rows).numpy()))
    found["tensorflow.conv2d"] = probe(
        lambda: bits(tf.nn.conv2d(image, kernel, strides=1, padding="VALID").numpy())
    )
    found["tensorflow.random"] = probe(stream)
    return found
