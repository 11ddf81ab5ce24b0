import sys

import numpy as np
import pytest

from fer_core.detection.mtcnn import MtcnnDetector, to_face
from fer_core.errors import DetectorError
from fer_core.geometry import Box, Point, iou
from fer_core.results import RgbImage


def test_an_entry_becomes_a_face_with_the_subjects_sides() -> None:
    face = to_face(
        {
            "box": [10, 20, 50, 70],
            "confidence": np.float64(1.0000001),
            "keypoints": {
                "nose": [30, 45],
                "left_eye": [20, 35],
                "right_eye": [40, 35],
                "mouth_left": [22, 60],
                "mouth_right": [38, 58],
            },
        }
    )
    assert (face.box, face.score) == (Box(10, 20, 50, 70), 1.0)
    assert face.landmarks is not None
    assert (face.landmarks.right_eye, face.landmarks.left_eye) == (Point(20, 35), Point(40, 35))
    assert face.landmarks.mouth == Point(30, 59)


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(DetectorError, match="pip install"):
        MtcnnDetector()


def test_the_real_network(astronaut: RgbImage) -> None:
    detector = MtcnnDetector()
    for shape in [(1, 1), (5, 400), (48, 48), (240, 320)]:
        assert detector.detect(np.full((*shape, 3), 128, np.uint8)) == []
    (face,) = detector.detect(astronaut)
    assert iou(face.box, Box(173, 68, 280, 175)) > 0.6
    assert face.landmarks is not None
    assert face.landmarks.right_eye.x < face.landmarks.nose.x < face.landmarks.left_eye.x
    assert MtcnnDetector(min_score=1.0).detect(astronaut) == []
