"""OpenCV: transforms that IPP, SIMD dispatch and plain code compute differently."""

from __future__ import annotations

from .numpy import array, bits
from .result import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def transforms() -> dict[str, Any]:
    import cv2

    image = array("cv2", 61, 67, single=True)
    pixels = (array("cv2 pixels", 61, 67, 3, signed=False) * 120).astype("u1")
    left, right = array("cv2 left", 61, 53), array("cv2 right", 53, 47)
    square = array("cv2 square", 31, 31)
    return {
        "cv2.gemm": probe(lambda: bits(cv2.gemm(left, right, 1.0, None, 0.0))),
        "cv2.solve": probe(lambda: bits(cv2.solve(square, square[:, :1].copy())[1])),
        "cv2.exp": probe(lambda: bits(cv2.exp(image))),
        "cv2.dft": probe(lambda: bits(cv2.dft(image))),
        "cv2.blur": probe(lambda: bits(cv2.GaussianBlur(image, (5, 5), 1.3))),
        "cv2.resize": probe(lambda: cv2.resize(pixels, (41, 43)).tobytes()),
        "cv2.gray": probe(lambda: cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).tobytes()),
    }
