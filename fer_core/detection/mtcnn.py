"""MTCNN: three small networks in a row; slow, but steady on turned faces.

Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
Networks", 2016, from the package `mtcnn`, which carries its weights. That package runs on
TensorFlow, so TensorFlow is imported when the first detector of this kind is made (seconds).
"""

import warnings
from typing import Any

from fer_core.errors import DetectorError
from fer_core.geometry import Box, Point
from fer_core.results import Face, Landmarks, RgbImage

_MIN_SIDE_PX = 20  # smaller pictures cannot hold the smallest face that it looks for


class MtcnnDetector:
    """The `mtcnn` package's detector on the CPU.

    Args:
        min_score: faces below this confidence are left out, 0..1.

    Raises:
        DetectorError: the package or TensorFlow is not installed.
    """

    def __init__(self, *, min_score: float = 0.6) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from mtcnn import MTCNN

                self._network = MTCNN()
        except ImportError as error:
            raise DetectorError(
                "Expected the Python packages mtcnn and tensorflow for the MTCNN detector. "
                f"Received: {error}. Run: pip install -r requirements.txt"
            ) from error
        self._min_score = min_score

    def detect(self, image: RgbImage) -> list[Face]:
        if min(image.shape[:2]) < _MIN_SIDE_PX:
            return []
        found = self._network.detect_faces(image, fit_to_image=False, box_format="xyxy")
        faces = [to_face(entry) for entry in found if float(entry["confidence"]) >= self._min_score]
        return sorted(faces, key=lambda face: -face.score)


def to_face(entry: dict[str, Any]) -> Face:
    """One entry of the package's answer; its left and right are the viewer's, ours are not."""
    points = {name: Point(float(x), float(y)) for name, (x, y) in entry["keypoints"].items()}
    corner, other = points["mouth_left"], points["mouth_right"]
    mouth = Point((corner.x + other.x) / 2, (corner.y + other.y) / 2)
    left, top, right, bottom = map(float, entry["box"])
    return Face(
        Box(left, top, right, bottom),
        min(float(entry["confidence"]), 1.0),
        Landmarks(points["left_eye"], points["right_eye"], points["nose"], mouth),
    )
