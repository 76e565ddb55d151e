"""A package may switch off very small numbers for the whole process.

What it means
    A shared library that was linked with -ffast-math (or -Ofast) by GCC before 13 sets the
    processor to flush subnormal numbers (below 2e-308) to zero as soon as it is loaded, for all
    code in that thread. Some packages were published so; one of them is installed on one side
    only, or in an affected version.

Why it matters
    Numbers near zero become zero: algorithms that count on gradual underflow do not converge,
    divide by zero, or give other results, and NumPy warns that "the smallest subnormal is zero".

How to confirm
    `python -c "import NAME, sys; print(sys.float_info.min / 2)"` prints 0.0 where it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from ..pair import Pair, first, sides
from ..rule import Hit, Remedy, Rule

# From the survey of 2022; versions are known of gevent only (the last affected one).
PACKAGES = tuple(
    """
    archive-pdf-tools bgfx-python bicleaner-ai-glove btrees cadbiom ctranslate2 dynet dynet38
    gevent glove-python-binary higra hybridq ikomia ioh jij-cimod lavavu lavavu-osmesa
    multicoretsne neural-compressor nwhy openjij openturns perfmetrics phashpy pyace-lite pyapr
    pycompadre pycompadre-serial pykep pylimer-tools pyqubo pyscf pytat python-prtree qiskit-aer
    qiskit-aer-gpu relstorage sail-ml segmentation sente sinr snapml superman symengine
    systran-align texture-tool tsne-mp xcsf
    """.split()
)
LAST_AFFECTED = {"gevent": Version("21.12.0")}

RULE = Rule(
    id="EA147",
    name="flush-to-zero-library",
    effects=("numerics", "behaviour"),
    severity="high",
    reads=("python.packages.*",),
    remedy=Remedy(
        image="RUN pip install -U NAME (gevent after 21.12), or build it without -ffast-math: "
        "`CFLAGS=-O2 pip install --no-binary NAME NAME`",
    ),
    sources=(
        "https://gcc.gnu.org/onlinedocs/gcc/Link-Options.html",
        "https://moyix.blogspot.com/2022/09/someones-been-messing-with-my-subnormals.html",
        "https://github.com/HypothesisWorks/hypothesis/blob/master/hypothesis-python/src/_hypothesis_ftz_detector.py",
        "https://discuss.python.org/t/gevent-breaks-floating-point-subnormals/19195",
    ),
)


def check(pair: Pair) -> Iterator[Hit]:
    computing = pair.installed("numpy", "scipy", "torch")
    for name in PACKAGES:
        change = pair.change(f"python.packages.{name}")
        if change is None:
            continue
        ours, theirs = (_affected(name, version) for version in pair.version(name))
        if ours == theirs:
            continue
        known = name in LAST_AFFECTED
        yield Hit(
            message=f"{name} is {sides(change)}: releases of it were built with -ffast-math, "
            "which makes the processor treat very small numbers as zero in the whole process.",
            changes=(change,),
            facts=first(computing),
            confidence=(0.6 if computing else 0.45) if known else 0.3,
        )


def _affected(name: str, version: Version | None) -> bool:
    if version is None:
        return False
    return name not in LAST_AFFECTED or version <= LAST_AFFECTED[name]
