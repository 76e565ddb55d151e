"""OpenCV computes with other code: Intel's IPP, other vector instructions, or a GPU.

What it means
    OpenCV has several implementations of a filter: plain, for each instruction set, in Intel's
    library IPP (in the wheels for x86), in OpenCL. `OPENCV_IPP`, `OPENCV_CPU_DISABLE`,
    `OPENCV_OPENCL_RUNTIME` and `OPENCV_OPENCL_DEVICE` switch them off or choose. The sides
    differ in one of them.

Why it matters
    The implementations round at other places: resized, blurred or converted images differ by
    one in some pixels, floating-point ones in the last digits; thresholds, features and
    classifiers that follow differ then.

How to confirm
    Run the program on both sides with `OPENCV_IPP=disabled`; `python -c "import cv2;
    print(cv2.ipp.useIPP(), cv2.ocl.useOpenCL())"` shows what is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..knowledge.instruction_sets import DISPATCHERS
from ..knowledge.switches import acts, settings, told, variable_remedy
from ..pair import Pair, first
from ..rule import Hit, Rule

USERS = next(found.distributions for found in DISPATCHERS if found.library == "OpenCV")

RULE = Rule(
    id="EA109",
    name="opencv-code-switched",
    effects=("numerics", "performance"),
    severity="high",
    reads=("env.OPENCV_*", "python.packages.opencv-*", "os.packages.*opencv*"),
    remedy=variable_remedy("OPENCV_IPP", "disabled"),
    sources=("https://docs.opencv.org/4.x/d6/dea/tutorial_env_reference.html",),
)


def check(pair: Pair) -> Iterator[Hit]:
    changes = tuple(
        change
        for change in settings(
            pair,
            "OPENCV_IPP",
            "OPENCV_CPU_DISABLE",
            "OPENCV_OPENCL_RUNTIME",
            "OPENCV_OPENCL_DEVICE",
        )
        if acts(change, alike=("enabled",))
    )
    users = [
        *pair.installed(*USERS),
        *(path for path, _, _ in pair.facts("os.packages.*opencv*")),
    ]
    if not changes or not users:
        return
    opencl = all(change.key.startswith("OPENCV_OPENCL") for change in changes)
    yield Hit(
        message=f"{told(changes)}: OpenCV takes another implementation of its filters, which "
        "rounds at other places, so that pixels of resized, blurred or converted images differ.",
        changes=changes,
        facts=first(users),
        confidence=0.45 if opencl else 0.85,
    )
