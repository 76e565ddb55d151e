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
    return {
        "cv2.dft": probe(lambda: bits(cv2.dft(image))),
        "cv2.blur": probe(lambda: bits(cv2.GaussianBlur(image, (5, 5), 1.3))),
        "cv2.resize": probe(lambda: cv2.resize(pixels, (41, 43)).tobytes()),
        "cv2.gray": probe(lambda: cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).tobytes()),
    }
