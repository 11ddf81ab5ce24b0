import cv2
import numpy as np
import pytest

from fer_core.following import FaceFinder
from fer_core.results import Face, RgbImage
from fer_core.testing import FakeDetector, make_face

FACE = make_face(220, 140, 160)
TEXTURE = cv2.GaussianBlur(
    np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8), (0, 0), 3
)
TEXTURE = cv2.normalize(TEXTURE, None, 0, 255, cv2.NORM_MINMAX)


def seen(dx: float = 0, dy: float = 0, growth: float = 1) -> RgbImage:
    """A wall with much to see on it, moved and grown about the middle of the face."""
    center = FACE.box.center
    move = np.array(
        [[growth, 0, (1 - growth) * center.x + dx], [0, growth, (1 - growth) * center.y + dy]]
    )
    return cv2.warpAffine(TEXTURE, move, (640, 480), borderMode=cv2.BORDER_REFLECT)


def sides(face: Face) -> tuple[float, float, float, float]:
    return face.box.left, face.box.top, face.box.right, face.box.bottom


def test_without_an_interval_every_frame_is_searched() -> None:
    detector = FakeDetector([FACE], [])
    finder = FaceFinder(detector, every_s=0.0)
    assert finder.find(seen(), timestamp_s=0.0) == [FACE]
    assert finder.find(seen(), timestamp_s=0.0) == []


@pytest.mark.parametrize(
    ("dx", "dy", "growth"), [(0, 0, 1), (12, 0, 1), (-7, 9, 1), (0, 0, 1.1), (5, -5, 0.92)]
)
def test_a_box_goes_along_with_what_is_in_it(dx: float, dy: float, growth: float) -> None:
    detector = FakeDetector([FACE], [])
    finder = FaceFinder(detector, every_s=1.0)
    finder.find(seen(), timestamp_s=0.0)
    (face,) = finder.find(seen(dx, dy, growth), timestamp_s=0.1)
    half = 80 * growth
    expected = (300 + dx - half, 220 + dy - half, 300 + dx + half, 220 + dy + half)
    assert sides(face) == pytest.approx(expected, abs=1.5)
    assert face.score == FACE.score
    assert FACE.landmarks and face.landmarks
    nose = FACE.landmarks.nose
    assert face.landmarks.nose.x == pytest.approx(300 + dx + growth * (nose.x - 300), abs=1.5)
    assert face.landmarks.nose.y == pytest.approx(220 + dy + growth * (nose.y - 220), abs=1.5)
    assert detector.calls == 1


def test_a_search_is_due_after_the_interval() -> None:
    detector = FakeDetector([FACE])
    finder = FaceFinder(detector, every_s=0.2)
    calls = []
    for frame in range(7):
        finder.find(seen(), timestamp_s=frame / 15)
        calls.append(detector.calls)
    assert calls == [1, 1, 1, 2, 2, 2, 3]


def test_nothing_to_follow_is_searched_for_in_every_frame() -> None:
    detector = FakeDetector([], [], [FACE], [])
    finder = FaceFinder(detector, every_s=1.0)
    found = [finder.find(seen(), timestamp_s=frame / 15) for frame in range(4)]
    assert found[:3] == [[], [], [FACE]]
    assert len(found[3]) == 1


def cut() -> RgbImage:
    return TEXTURE[::-1, ::-1].copy()


def covered() -> RgbImage:
    image = seen()
    image[:, 230:] = 90
    return image


def small() -> RgbImage:
    return cv2.resize(seen(), (320, 240))


@pytest.mark.parametrize("after", [cut, covered, small])
def test_what_cannot_be_followed_is_searched_for_at_once(after) -> None:
    detector = FakeDetector([FACE], [])
    finder = FaceFinder(detector, every_s=10.0)
    finder.find(seen(), timestamp_s=0.0)
    assert finder.find(after(), timestamp_s=0.1) == []


def test_time_running_back_is_searched_at_once() -> None:
    detector = FakeDetector([FACE], [])
    finder = FaceFinder(detector, every_s=10.0)
    finder.find(seen(), timestamp_s=5.0)
    assert finder.find(seen(), timestamp_s=4.0) == []


def test_boxes_that_overlap_are_searched_for() -> None:
    detector = FakeDetector([FACE, make_face(260, 140, 160)], [])
    finder = FaceFinder(detector, every_s=10.0)
    finder.find(seen(), timestamp_s=0.0)
    assert finder.find(seen(), timestamp_s=0.1) == []


def test_boxes_past_the_edge_can_be_followed() -> None:
    detector = FakeDetector([make_face(-40, 300, 200)], [])
    finder = FaceFinder(detector, every_s=10.0)
    finder.find(seen(), timestamp_s=0.0)
    assert len(finder.find(seen(4), timestamp_s=0.1)) == 1
