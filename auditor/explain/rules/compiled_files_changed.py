"""Files of a package that computes were changed after it was installed.

What it means
    Held against the list that its installer left (RECORD), a package that computes, or one with
    compiled code, has files that were changed, are missing or were added on one side: a patch in
    the Dockerfile, a copied .so, a half-finished upgrade, a build on top of the wheel.

Why it matters
    The version says nothing about the code that runs: another function, another compiled
    kernel. Results differ, and no list of versions shows it.

How to confirm
    `pip install --force-reinstall --no-deps NAME==VERSION` on that side and run the program
    again.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Value
from ..knowledge.compute import COMPUTING
from ..pair import Pair, as_mapping
from ..rule import Hit, Remedy, Rule

RULE = Rule(
    id="EA130",
    name="compiled-files-changed",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=("python.integrity.*", "python.packages.*"),
    remedy=Remedy(
        image="RUN pip install --force-reinstall --no-deps NAME==VERSION, and apply the change "
        "as a release of one's own with a local version (1.2.3+patch1)",
    ),
    sources=(
        "https://github.com/numpy/numpy/blob/main/doc/source/reference/random/compatibility.rst",
        "https://intel.github.io/scikit-learn-intelex/latest/what-is-patching.html",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    for change in pair.changes("python.integrity.*"):
        package = f"python.packages.{change.key}"
        if pair.change(package) is not None or None in (change.before, change.after):
            continue
        ours, theirs = _files(change.before), _files(change.after)
        files = sorted(ours ^ theirs)
        compiled = [name for name in files if ".so" in name or name.endswith((".pyx", ".a"))]
        code = [name for name in files if name.endswith((".py", ".pyd")) or name in compiled]
        if not code or not (compiled or change.key in COMPUTING):
            continue
        side = "B" if theirs - ours else "A"
        yield Hit(
            message=f"{change.key} is not as it was installed in {side}: "
            f"{', '.join((compiled or code)[:3])} was changed, added or removed, so that other "
            "code computes under the same version.",
            changes=(change,),
            facts=(package,) if pair.either(package) is not None else (),
            confidence=0.85 if compiled else 0.8,
        )


def _files(value: Value) -> frozenset[str]:
    verdict = as_mapping(value)
    files: set[str] = set()
    for kind in ("changed", "missing", "extra"):
        found = verdict.get(kind)
        files.update(map(str, found) if isinstance(found, (list, tuple)) else ())
    return frozenset(files)
