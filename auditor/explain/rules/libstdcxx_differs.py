"""The C++ library that programs find is of another version.

What it means
    libstdc++ names the version of its symbols (GLIBCXX_3.4.30 came with GCC 12, file
    libstdc++.so.6.0.30). Which libstdc++ is loaded depends on the system, on conda, on
    LD_LIBRARY_PATH and on who loads it first. The sides find different ones.

Why it matters
    Code that was compiled with the newer one cannot be loaded with the older: "ImportError:
    libstdc++.so.6: version `GLIBCXX_3.4.30' not found". With conda this also depends on the
    order of imports, since the first libstdc++ that is loaded serves all.

How to confirm
    `strings $(ldconfig -p | grep -m1 libstdc++.so.6 | sed 's/.* //') | grep GLIBCXX | sort -V |
    tail -1` on both sides; `LD_DEBUG=libs python -c 'import ...' 2>&1 | grep stdc++` shows which
    one is taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Change, Value
from ..pair import Pair, as_mapping, built_locally, first, shown
from ..rule import Hit, Remedy, Rule

PATHS = ("native.loaded.stdc++", "native.system.libstdc++.so.6")

RULE = Rule(
    id="EA303",
    name="libstdcxx-differs",
    effects=("crash",),
    severity="medium",
    reads=(
        "native.loaded.stdc++",
        "native.system.libstdc++.so.6",
        "env.LD_LIBRARY_PATH",
        "python.environment",
        "python.sources.*",
    ),
    remedy=Remedy(
        image="conda install -c conda-forge libstdcxx-ng in both environments, or the same base "
        "image for building and running",
        runtime="docker run -e LD_LIBRARY_PATH=... the same on both sides, or on neither",
    ),
    sources=(
        "https://github.com/isl-org/Open3D/issues/5531",
        "https://github.com/ContinuumIO/anaconda-issues/issues/13100",
        "https://github.com/conda/conda-libmamba-solver/issues/544",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = [
        change
        for path in PATHS
        if (change := pair.change(path)) is not None and _other_version(change)
    ]
    if not changes:
        return
    built = [
        path
        for path, before, after in pair.facts("python.sources.*")
        if built_locally(before) or built_locally(after)
    ]
    conda = "conda" in pair.values("python.environment")
    by_path = pair.change("env.LD_LIBRARY_PATH")
    confidence = 0.6 if by_path is not None else 0.45 if built or conda else 0.2
    change = changes[0]
    yield Hit(
        message=f"libstdc++ is {_version(change.before)} in A, {_version(change.after)} in B: "
        "C++ code that was compiled with the newer one cannot be loaded with the older "
        "('GLIBCXX_... not found').",
        changes=(*changes, *([by_path] if by_path is not None else [])),
        facts=first([*built, *(["python.environment"] if conda else [])]),
        confidence=confidence,
    )


def _other_version(change: Change) -> bool:
    """Both are there, in other versions: a rebuild of one version keeps its symbols."""
    ours, theirs = _version(change.before), _version(change.after)
    return None not in (change.before, change.after) and ours != theirs


def _version(value: Value) -> str:
    copies = value if isinstance(value, list) else [value]
    return ", ".join(shown(as_mapping(copy).get("version")) for copy in copies)
