"""Files in the temporary directory cannot be executed on one side.

What it means
    The file system of the temporary directory is mounted with `noexec` on one side (Docker's
    `--tmpfs` does so unless told otherwise). Programs there do not start, and shared libraries
    there cannot be loaded.

Why it matters
    Native code is unpacked or compiled into the temporary directory and loaded from there:
    PyInstaller, Triton and torch.compile, cffi and cppyy, JNA, snappy-java and Netty under
    PySpark, pip building packages. They fail with "failed to map segment from shared object"
    or "Permission denied".

How to confirm
    `docker exec CONTAINER sh -c 'cp /bin/true /tmp/t && /tmp/t && echo can execute'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

# They load or run what they have put into the temporary directory.
USERS = (
    "triton", "torch", "pyinstaller", "cppyy", "pyspark", "jpype1", "pyjnius", "weave", "pythran",
    "cffi", "pytensor", "aesara", "theano", "jnius", "brian2", "tvm", "taichi", "numba", "shiv",
    "pex", "scalene", "ray", "onnxruntime", "h2o", "tabula-py", "language-tool-python",
)  # fmt: skip

RULE = Rule(
    id="EA320",
    name="temp-noexec",
    effects=("crash",),
    severity="high",
    reads=(
        "filesystem.tmp.noexec",
        "filesystem.mounts.*",
        "env.TMPDIR",
        "python.packages.*",
        "python.path.*",
    ),
    remedy=Remedy(
        runtime="docker run --tmpfs /tmp:exec ... on both sides, or -e TMPDIR=/var/tmp with a "
        "directory that is not mounted noexec",
    ),
    sources=(
        "https://github.com/mitmproxy/mitmproxy/issues/8211",
        "https://github.com/LostRuins/koboldcpp/issues/1517",
        "https://github.com/numpy/numpy/issues/15102",
        "https://github.com/score-p/scorep_binding_python/issues/110",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    change = pair.change("filesystem.tmp.noexec")
    if change is None or True not in (change.before, change.after):
        return
    users = pair.installed(*USERS)
    yield Hit(
        message=f"The temporary directory is mounted noexec: {sides(change)}; programs and "
        "shared libraries that are unpacked or compiled there cannot be run or loaded ('failed "
        "to map segment from shared object').",
        changes=(change,),
        facts=first(users),
        confidence=0.72 if users else 0.65,
    )
