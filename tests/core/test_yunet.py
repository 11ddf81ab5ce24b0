from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fer_core.detection.yunet import PATH_VARIABLE, YuNetDetector
from fer_core.errors import DetectorError
from fer_core.geometry import Box, Point

ROW = [10, 20, 40, 50, 20, 35, 40, 35, 30, 45, 22, 60, 38, 58, 0.75]


class FakeNetwork:
    def __init__(self, rows: np.ndarray | None) -> None:
        self.rows = rows
        self.size_wh = (0, 0)
        self.seen: np.ndarray[Any, Any] = np.empty(0)

    def setInputSize(self, size_wh: tuple[int, int]) -> None:  # noqa: N802 - OpenCV's name
        self.size_wh = size_wh

    def detect(self, image: np.ndarray) -> tuple[int, np.ndarray | None]:
        self.seen = image
        return 1, self.rows


def detector_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: FakeNetwork
) -> YuNetDetector:
    (tmp_path / "yunet.onnx").write_bytes(b"weights")
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "yunet.onnx"))
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda *args: network)
    return YuNetDetector()


@pytest.mark.parametrize("value", [None, "", "nowhere.onnx", "."])
def test_without_its_file_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(PATH_VARIABLE, raising=False)
    else:
        monkeypatch.setenv(PATH_VARIABLE, value)
    with pytest.raises(DetectorError, match=PATH_VARIABLE):
        YuNetDetector()


def test_a_file_that_is_no_network_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "yunet.onnx").write_text("no network")
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path / "yunet.onnx"))
    with pytest.raises(DetectorError, match="OpenCV"):
        YuNetDetector()


def test_no_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    detector = detector_with(monkeypatch, tmp_path, FakeNetwork(None))
    assert detector.detect(np.zeros((1, 1, 3), np.uint8)) == []


def test_rows_become_faces_best_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network = FakeNetwork(np.array([ROW, [*ROW[:14], 0.95]], np.float32))
    detector = detector_with(monkeypatch, tmp_path, network)
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :, 0] = 200
    first, second = detector.detect(image)
    assert (first.score, second.score) == (pytest.approx(0.95), 0.75)
    assert first.box == Box(10, 20, 50, 70)
    assert first.landmarks is not None
    assert (first.landmarks.right_eye, first.landmarks.left_eye) == (Point(20, 35), Point(40, 35))
    assert first.landmarks.mouth == Point(30, 59)
    assert network.seen[0, 0].tolist() == [0, 0, 200]  # BGR inside the adapter only


def test_a_large_picture_is_shrunk_and_its_faces_grow_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    network = FakeNetwork(np.array([ROW], np.float32))
    detector = detector_with(monkeypatch, tmp_path, network)
    (face,) = detector.detect(np.zeros((960, 1280, 3), np.uint8))
    assert network.size_wh == (640, 480)
    assert face.box == Box(20, 40, 100, 140)
