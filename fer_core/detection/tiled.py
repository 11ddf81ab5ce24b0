"""A second look at the parts of a large picture, for faces too small for the first."""

import math
from collections.abc import Iterator

import numpy as np

from fer_core.detection import FaceDetector
from fer_core.geometry import Box, Point, iou
from fer_core.results import Face, Landmarks, RgbImage

_OVERLAP = 0.25  # of a tile's side: a face up to this size lies wholly in some tile
_SAME_FACE_IOU = 0.3


class TiledDetector:
    """Runs a detector on the whole picture, then on overlapping tiles of it.

    For still pictures: every tile costs as much as the whole picture. A tile adds only faces
    that lie wholly inside it and that were not found before.

    Args:
        detector: runs once for the whole picture and once a tile.
        tile_px: pictures up to this longer side are not divided.
        max_tiles: most tiles along the longer side.
    """

    def __init__(self, detector: FaceDetector, *, tile_px: int = 640, max_tiles: int = 4) -> None:
        self._detector, self._tile_px, self._max_tiles = detector, tile_px, max_tiles

    def detect(self, image: RgbImage) -> list[Face]:
        faces = self._detector.detect(image)
        for left, top, right, bottom in self._tiles(image.shape[1], image.shape[0]):
            tile = np.ascontiguousarray(image[top:bottom, left:right])
            for face in self._detector.detect(tile):
                box = face.box
                whole = (
                    (box.left > 0 or left == 0)
                    and (box.top > 0 or top == 0)
                    and (box.right < right - left or right == image.shape[1])
                    and (box.bottom < bottom - top or bottom == image.shape[0])
                )
                moved = _moved(face, left, top)
                if whole and not any(_same(moved, other) for other in faces):
                    faces.append(moved)
        return sorted(faces, key=lambda face: -face.score)

    def _tiles(self, width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
        """Left, top, right, bottom of each tile, all of one size; none for a small picture."""
        longer = max(width, height)
        if longer <= self._tile_px:
            return
        count = min(math.ceil(longer / self._tile_px), self._max_tiles)
        side = math.ceil(longer / (1 + (count - 1) * (1 - _OVERLAP)))
        for top in _starts(height, side):
            for left in _starts(width, side):
                yield left, top, min(left + side, width), min(top + side, height)


def _starts(length: int, side: int) -> list[int]:
    """Evenly spaced starts of tiles that cover `length` and overlap at least as agreed."""
    if length <= side:
        return [0]
    gaps = math.ceil((length - side) / (side * (1 - _OVERLAP)))
    return [round(i * (length - side) / gaps) for i in range(gaps + 1)]


def _moved(face: Face, dx: int, dy: int) -> Face:
    box, marks = face.box, face.landmarks
    return Face(
        Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy),
        face.score,
        marks
        and Landmarks(
            *(
                Point(p.x + dx, p.y + dy)
                for p in (marks.right_eye, marks.left_eye, marks.nose, marks.mouth)
            )
        ),
    )


def _same(a: Face, b: Face) -> bool:
    """Whether two boxes show one face: they overlap much, or one's middle is in the other."""
    if iou(a.box, b.box) > _SAME_FACE_IOU:
        return True
    small, large = sorted((a.box, b.box), key=lambda box: box.area)
    middle = small.center
    return large.left <= middle.x < large.right and large.top <= middle.y < large.bottom
