"""Faces between detections: each box goes along with what is seen in it.

MedianFlow (Kalal, Mikolajczyk & Matas, "Forward-Backward Error: Automatic Detection of Tracking
Failures", 2010): a grid of points is followed with Lucas and Kanade's optical flow, forward and
back again. Points that do not come back to where they began are dropped, the median shift of
the others moves the box, and the median growth of their distances scales it.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.detection import FaceDetector
from fer_core.geometry import Box, Point, iou
from fer_core.results import Face, Landmarks, RgbImage

_CLOCK_JITTER_S = 5e-3  # a frame that comes this much early is still the one to search
_LONGER_SIDE_PX = 320  # of the small grey picture that motion is read from
_GRID = 6  # points along each side of a box
_INSIDE = 0.75  # share of the box that the grid covers; the rest may be background
_WINDOW_PX, _LEVELS = 11, 2
_MAX_RETURN_PX = 1.0  # in the small picture
_MAX_CHANGE = 12.0  # mean difference of grey about a point: more is something else in its place
_MIN_POINTS = 0.5  # share of the points that must come back
_MAX_GROWTH = 1.2  # from one frame to the next
_MAX_OVERLAP = 0.2  # of two boxes: one face may be hiding the other

Points = NDArray[np.float32]  # (N, 1, 2): x and y in the small picture


class FaceFinder:
    """Finds the faces of a stream: searches from time to time, follows in between.

    Faces are searched for at once when there are none to follow, when one is lost, when two
    come to overlap, and when the picture changes its size.

    Args:
        detector: of this stream alone.
        every_s: seconds from one search to the next; 0 searches every frame.
    """

    def __init__(self, detector: FaceDetector, *, every_s: float) -> None:
        self._detector, self._every_s = detector, every_s
        self._searched_s = -math.inf
        self._faces: list[Face] = []
        self._shape: tuple[int, ...] = ()
        self._before: NDArray[np.uint8] | None = None

    def find(self, image: RgbImage, *, timestamp_s: float) -> list[Face]:
        """The faces of one frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            timestamp_s: seconds since the start of the stream; a time before the last
                search starts anew.

        Returns:
            Faces in the pixels of `image`, best first; while followed, with the score of
            their last detection.
        """
        if self._every_s == 0:
            return self._detector.detect(image)
        now = _small_gray(image)
        faces = None
        if (
            self._faces
            and self._before is not None
            and self._shape == image.shape
            and 0 <= timestamp_s - self._searched_s < self._every_s - _CLOCK_JITTER_S
        ):
            faces = _followed(self._faces, self._before, now, image.shape[1] / now.shape[1])
        if faces is None:
            faces = self._detector.detect(image)
            self._searched_s = timestamp_s
        self._faces, self._before, self._shape = faces, now, image.shape
        return list(faces)


def _small_gray(image: RgbImage) -> NDArray[np.uint8]:
    """The picture that motion is read from."""
    scale = min(_LONGER_SIDE_PX / max(image.shape[:2]), 1.0)
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _followed(
    faces: Sequence[Face],
    before: NDArray[np.uint8],
    now: NDArray[np.uint8],
    scale: float,
) -> list[Face] | None:
    """The faces where they are now; None when one of them cannot be followed."""
    starts = np.concatenate([_grid(face.box, scale) for face in faces])
    ends, found, change = _flow(before, now, starts)
    back, found_back, _ = _flow(now, before, ends)
    returned = np.linalg.norm(back - starts, axis=2)[:, 0] <= _MAX_RETURN_PX
    good = returned & (found & found_back == 1)[:, 0] & (change[:, 0] <= _MAX_CHANGE)
    moved = []
    for index, face in enumerate(faces):
        part = slice(index * _GRID**2, (index + 1) * _GRID**2)
        kept = good[part]
        if kept.mean() < _MIN_POINTS:
            return None
        new = _moved(face, starts[part][kept, 0], ends[part][kept, 0], scale)
        if new is None:
            return None
        moved.append(new)
    boxes = [face.box for face in moved]
    if any(iou(a, b) > _MAX_OVERLAP for a, b in itertools.combinations(boxes, 2)):
        return None
    return moved


def _grid(box: Box, scale: float) -> Points:
    """Points spread evenly over the middle of a box."""
    steps = (np.arange(_GRID) / (_GRID - 1) - 0.5) * _INSIDE
    x, y = np.meshgrid(box.center.x + steps * box.width, box.center.y + steps * box.height)
    return np.asarray(np.stack([x.ravel(), y.ravel()], axis=1)[:, None] / scale, np.float32)


def _flow(before: NDArray[np.uint8], now: NDArray[np.uint8], points: Points) -> Any:
    """Where points went, whether they were found (N, 1), and how much they changed (N, 1)."""
    return cv2.calcOpticalFlowPyrLK(
        before,
        now,
        points,
        points.copy(),
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03),
    )


def _moved(
    face: Face, starts: NDArray[np.float32], ends: NDArray[np.float32], scale: float
) -> Face | None:
    """The face carried along by points (N, 2) of the small picture; None when it is a leap."""
    first, second = np.triu_indices(len(starts), 1)
    was = np.linalg.norm(starts[first] - starts[second], axis=1)
    growth = float(np.median(np.linalg.norm(ends[first] - ends[second], axis=1) / was))
    if not 1 / _MAX_GROWTH <= growth <= _MAX_GROWTH:
        return None
    dx, dy = (scale * np.median(ends - starts, axis=0)).tolist()
    center = face.box.center

    def carried(x: float, y: float) -> Point:
        return Point(
            center.x + dx + growth * (x - center.x), center.y + dy + growth * (y - center.y)
        )

    top_left = carried(face.box.left, face.box.top)
    bottom_right = carried(face.box.right, face.box.bottom)
    marks = face.landmarks and Landmarks(
        *(
            carried(p.x, p.y)
            for p in (
                face.landmarks.right_eye,
                face.landmarks.left_eye,
                face.landmarks.nose,
                face.landmarks.mouth,
            )
        )
    )
    box = Box(top_left.x, top_left.y, bottom_right.x, bottom_right.y)
    return Face(box, face.score, marks)
