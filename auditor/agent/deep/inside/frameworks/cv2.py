"""OpenCV: threads, and which of its optimised implementations are switched on.

https://docs.opencv.org/4.x/db/de0/group__core__utils.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Answers


def ask(answers: Answers) -> None:
    import cv2

    answers.ask("version", lambda: cv2.__version__)
    answers.ask("threads", lambda: cv2.getNumThreads())
    answers.ask("optimized", lambda: cv2.useOptimized())
    answers.ask("cpu_features", lambda: cv2.getCPUFeaturesLine())
    answers.ask("ipp", lambda: cv2.ipp.useIPP())
    answers.ask("ipp.version", lambda: cv2.ipp.getIppVersion())
    answers.ask("opencl", lambda: cv2.ocl.useOpenCL())
    answers.ask("parallel", lambda: _build("Parallel framework"))


def _build(name: str) -> str:
    import cv2

    lines = [line for line in cv2.getBuildInformation().splitlines() if name in line]
    return str(lines[0].partition(":")[2].strip())
