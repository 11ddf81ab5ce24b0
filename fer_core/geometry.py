"""Boxes and points in source pixels, and pure functions on them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Point:
    """A position in source pixels; x grows to the right, y downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in source pixels, half-open: right and bottom lie just outside.

    Raises:
        ValueError: a side is not finite, or the box has no area.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        sides = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(side) for side in sides) or (
            self.right <= self.left or self.bottom <= self.top
        ):
            raise ValueError(
                f"Expected left < right and top < bottom, all finite. Received {sides}."
            )

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0..1 (Jaccard index)."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    return intersection / (a.area + b.area - intersection)


def clip(box: Box, size_wh: tuple[int, int]) -> Box | None:
    """The part of `box` inside an image of `size_wh` pixels; None when nothing is left."""
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    right, bottom = min(box.right, float(size_wh[0])), min(box.bottom, float(size_wh[1]))
    if right <= left or bottom <= top:
        return None
    return Box(left, top, right, bottom)


def square(box: Box, *, margin: float = 1.0) -> Box:
    """The square around the centre of `box` whose side is `margin` times the longer side."""
    half = max(box.width, box.height) * margin / 2
    center = box.center
    return Box(center.x - half, center.y - half, center.x + half, center.y + half)


def similarity_transform(
    source: tuple[Point, Point], target: tuple[Point, Point]
) -> NDArray[np.float64]:
    """The rotation, scale and shift that carries two source points onto two target points.

    Returns:
        (2, 3) matrix for `cv2.warpAffine`.

    Raises:
        ValueError: the two source points coincide.
    """
    (s0, s1), (t0, t1) = source, target
    sx, sy = s1.x - s0.x, s1.y - s0.y
    tx, ty = t1.x - t0.x, t1.y - t0.y
    norm = sx * sx + sy * sy
    if norm == 0:
        raise ValueError(f"Expected two different source points. Received {s0} twice.")
    a, b = (sx * tx + sy * ty) / norm, (sx * ty - sy * tx) / norm
    return np.array([[a, -b, t0.x - a * s0.x + b * s0.y], [b, a, t0.y - b * s0.x - a * s0.y]])
