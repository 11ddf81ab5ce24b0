"""Haar cascade: the classic detector, as the 2024 and KDEF-video papers use it.

Viola & Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001,
with OpenCV's frontal-face cascade. It gives boxes only, and often sees faces in patterns.
"""

import math
from pathlib import Path

import cv2

from fer_core.errors import DetectorError
from fer_core.geometry import Box
from fer_core.results import Face, RgbImage

_CASCADE = "haarcascade_frontalface_default.xml"
_SCALE_FACTOR = 1.1
_MIN_SIDE_PX = 30
# A cascade has no confidence: n overlapping finds of one face count as n / (n + 4), so that
# a min_score of 0.6 equals OpenCV's usual minNeighbors=5 (a face needs more than 5 finds).
_HALF_SURE_FINDS = 4


class HaarDetector:
    """OpenCV's frontal-face Haar cascade.

    Args:
        min_score: faces below this score are left out, 0..1.

    Raises:
        DetectorError: this OpenCV has no cascades.
    """

    def __init__(self, *, min_score: float = 0.6) -> None:
        path = Path(cv2.__file__).parent / "data" / _CASCADE
        if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
            raise DetectorError(
                "Expected an OpenCV below version 5, which has the Haar cascade. "
                f"Received OpenCV {cv2.__version__}. Run: pip install -r requirements.txt"
            )
        self._cascade = cv2.CascadeClassifier(str(path))
        # Just below 1 no number of finds is enough.
        finds = _HALF_SURE_FINDS * min_score / max(1 - min_score, 1e-6)
        self._needed_finds = max(math.ceil(round(finds, 6)), 2)

    def detect(self, image: RgbImage) -> list[Face]:
        boxes, finds = self._cascade.detectMultiScale2(
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY),
            scaleFactor=_SCALE_FACTOR,
            minNeighbors=self._needed_finds - 1,
            minSize=(_MIN_SIDE_PX, _MIN_SIDE_PX),
        )
        faces = [
            Face(
                Box(float(left), float(top), float(left + width), float(top + height)),
                float(count / (count + _HALF_SURE_FINDS)),
            )
            for (left, top, width, height), count in zip(boxes, finds, strict=True)
        ]
        return sorted(faces, key=lambda face: -face.score)
