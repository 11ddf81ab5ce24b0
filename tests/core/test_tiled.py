import numpy as np
import pytest

from fer_core.detection import create_detector
from fer_core.detection.tiled import TiledDetector
from fer_core.geometry import Box
from fer_core.results import Face, RgbImage
from fer_core.testing import FakeDetector, make_face


class BrightSpots:
    """Sees the coloured squares of a picture of up to 1000 pixels, as a detector sees faces."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def detect(self, image: RgbImage) -> list[Face]:
        self.sizes.append((image.shape[1], image.shape[0]))
        if max(image.shape[:2]) > 1000:
            return []
        faces = []
        for value in np.unique(image[:, :, 0])[1:]:
            ys, xs = np.nonzero(image[:, :, 0] == value)
            box = Box(*map(float, (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)))
            faces.append(Face(box, value / 255))
        return faces


def test_a_small_picture_is_looked_at_once() -> None:
    inner = FakeDetector([])
    assert TiledDetector(inner).detect(np.zeros((480, 640, 3), np.uint8)) == []
    assert inner.calls == 1


@pytest.mark.parametrize(
    "shape", [(1600, 2400), (2400, 1600), (641, 641), (10, 5000), (900, 900), (1280, 1280)]
)
def test_tiles_cover_the_picture_and_overlap(shape: tuple[int, int]) -> None:
    tiles = list(TiledDetector(FakeDetector([]))._tiles(shape[1], shape[0]))
    seen = np.zeros(shape, np.uint8)
    for left, top, right, bottom in tiles:
        seen[top:bottom, left:right] += 1
    assert seen.min() >= 1
    assert len({(right - left, bottom - top) for left, top, right, bottom in tiles}) == 1
    assert 2 <= len(tiles) <= 16
    assert max(tiles[0][2:]) < 0.6 * max(shape)
    assert seen.max() >= 2


def test_small_faces_are_found_once_in_the_pixels_of_the_picture() -> None:
    image = np.zeros((1500, 2000, 3), np.uint8)
    places = [(10, 10), (985, 700), (1500, 1400), (620, 300)]
    for number, (left, top) in enumerate(places, start=1):
        image[top : top + 40, left : left + 40] = number * 50
    inner = BrightSpots()
    faces = TiledDetector(inner).detect(image)
    assert [(f.box.left, f.box.top) for f in faces] == list(reversed(places))  # best first
    assert all(f.box.width == 40 for f in faces)
    assert inner.sizes[0] == (2000, 1500)


def test_a_face_that_the_first_look_found_is_not_added_again() -> None:
    whole, part = make_face(100, 100, 600, score=0.9), make_face(200, 200, 100, score=0.95)
    inner = FakeDetector([whole], [part], [])
    assert TiledDetector(inner).detect(np.zeros((1280, 1280, 3), np.uint8)) == [whole]


def test_landmarks_move_with_the_box() -> None:
    # Four tiles of 732 pixels, the last of which starts at (548, 548).
    inner = FakeDetector([], [], [], [], [make_face(100, 100, 50)])
    (face,) = TiledDetector(inner).detect(np.zeros((1280, 1280, 3), np.uint8))
    assert face == make_face(648, 648, 50)


def test_thirty_faces_of_a_group_picture_are_found(astronaut: RgbImage) -> None:
    picture = np.tile(astronaut[20:240, 120:340], (5, 6, 1))
    detector = create_detector()
    assert len(detector.detect(picture)) < 30
    assert len(TiledDetector(detector).detect(picture)) == 30
