from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.detection.haar import HaarDetector
from fer_core.errors import DetectorError
from fer_core.geometry import Box, iou
from fer_core.results import RgbImage


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (1, 500), (480, 640)])
def test_a_plain_picture_has_no_face(shape: tuple[int, int]) -> None:
    assert HaarDetector().detect(np.full((*shape, 3), 128, np.uint8)) == []


def test_a_portrait_has_a_face_without_landmarks(astronaut: RgbImage) -> None:
    (face,) = HaarDetector().detect(astronaut)
    assert iou(face.box, Box(173, 68, 280, 175)) > 0.6
    assert face.landmarks is None
    assert 0.6 < face.score < 1


def test_a_lower_limit_lets_doubtful_faces_in_and_1_none(astronaut: RgbImage) -> None:
    doubtful = HaarDetector(min_score=0.3).detect(astronaut)
    assert len(doubtful) > 1
    assert [f.score for f in doubtful] == sorted((f.score for f in doubtful), reverse=True)
    assert all(face.score >= 0.3 for face in doubtful)
    assert all(0 < face.score < 1 for face in HaarDetector(min_score=0.0).detect(astronaut))
    assert HaarDetector(min_score=1.0).detect(astronaut) == []


def test_an_opencv_without_cascades_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cv2, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(DetectorError, match="below version 5"):
        HaarDetector()
