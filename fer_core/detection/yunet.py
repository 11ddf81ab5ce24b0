"""YuNet through OpenCV, when its ONNX file is at hand.

Wu, Peng & Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023. No Python package
carries the file (face_detection_yunet_2023mar.onnx of the OpenCV model zoo), so the
environment variable FER_YUNET_MODEL names where it lies.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2

from fer_core.errors import DetectorError
from fer_core.geometry import Box, Point
from fer_core.results import Face, Landmarks, RgbImage

PATH_VARIABLE = "FER_YUNET_MODEL"
_LONGEST_SIDE_PX = 640  # larger pictures are shrunk: time grows with their area
_SAME_FACE_IOU = 0.3


class YuNetDetector:
    """OpenCV's FaceDetectorYN.

    Args:
        min_score: faces below this confidence are left out, 0..1.

    Raises:
        DetectorError: FER_YUNET_MODEL names no file, or one that OpenCV cannot read.
    """

    def __init__(self, *, min_score: float = 0.6) -> None:
        path = Path(os.environ.get(PATH_VARIABLE) or ".")
        if not path.is_file():
            raise DetectorError(
                f"Expected the environment variable {PATH_VARIABLE} to name the ONNX file of "
                f"the YuNet detector. Received {os.environ.get(PATH_VARIABLE)!r}. Set it to the "
                "file's path, or choose the blazeface detector, which needs none."
            )
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(path), "", (320, 320), min_score, _SAME_FACE_IOU
            )
        except cv2.error as error:
            raise DetectorError(
                f"Expected a YuNet network in the ONNX file {path}. Received a file that OpenCV "
                "cannot read. Fetch it again, or choose the blazeface detector."
            ) from error

    def detect(self, image: RgbImage) -> list[Face]:
        height, width = image.shape[:2]
        scale = min(_LONGEST_SIDE_PX / max(height, width), 1.0)
        size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
        small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA) if scale < 1 else image
        self._network.setInputSize(size_wh)
        _, rows = self._network.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        faces = [to_face((row[:14] / scale).tolist(), float(row[14])) for row in rows]
        return sorted(faces, key=lambda face: -face.score)


def to_face(row: Sequence[float], score: float) -> Face:
    """Left, top, width, height, right eye, left eye, nose, right and left corner of the mouth."""
    left, top, width, height, *points = row
    eye_r, eye_l, nose, corner_r, corner_l = (
        Point(points[i], points[i + 1]) for i in range(0, 10, 2)
    )
    mouth = Point((corner_r.x + corner_l.x) / 2, (corner_r.y + corner_l.y) / 2)
    box = Box(left, top, left + width, top + height)
    return Face(box, min(max(score, 0.0), 1.0), Landmarks(eye_r, eye_l, nose, mouth))
