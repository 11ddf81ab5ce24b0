import math

import numpy as np
import pytest

from fer_core.geometry import Box, Point, clip, iou, similarity_transform, square

UNIT = Box(0, 0, 10, 10)


@pytest.mark.parametrize(
    "sides",
    [(0, 0, 0, 10), (0, 0, 10, 0), (5, 0, 4, 10), (0, math.nan, 1, 1), (0, 0, math.inf, 1)],
)
def test_a_box_without_area_or_end_is_refused(sides: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="left < right"):
        Box(*sides)


def test_measures_of_a_box() -> None:
    box = Box(2, 3, 6, 11)
    assert (box.width, box.height, box.area, box.center) == (4, 8, 32, Point(4, 7))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(20, 20, 30, 30), 0.0),
        (Box(10, 0, 20, 10), 0.0),  # half-open: touching is not overlapping
        (UNIT, 1.0),
        (Box(5, 0, 15, 10), 1 / 3),
        (Box(0, 0, 5, 5), 0.25),
        (Box(-10, -10, 20, 20), 1 / 9),
    ],
)
def test_iou(other: Box, expected: float) -> None:
    assert iou(UNIT, other) == pytest.approx(expected)
    assert iou(other, UNIT) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(-5, -5, 0, 5), None),
        (Box(100, 0, 110, 10), None),
        (Box(0, 50, 10, 60), None),
        (Box(1, 2, 3, 4), Box(1, 2, 3, 4)),
        (Box(-5, -5, 200, 200), Box(0, 0, 100, 50)),
        (Box(90, 40, 110, 60), Box(90, 40, 100, 50)),
    ],
)
def test_clip(box: Box, expected: Box | None) -> None:
    assert clip(box, (100, 50)) == expected


def test_square_keeps_the_centre_and_takes_the_longer_side() -> None:
    assert square(Box(0, 0, 4, 10)) == Box(-3, 0, 7, 10)
    assert square(Box(0, 0, 10, 10), margin=1.2) == Box(-1, -1, 11, 11)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((Point(0, 0), Point(1, 0)), (Point(0, 0), Point(1, 0))),
        ((Point(0, 0), Point(1, 0)), (Point(5, 5), Point(5, 8))),
        ((Point(3, 4), Point(-2, 7)), (Point(0, 1), Point(10, 1))),
    ],
)
def test_similarity_carries_both_points(
    source: tuple[Point, Point], target: tuple[Point, Point]
) -> None:
    matrix = similarity_transform(source, target)
    for start, end in zip(source, target, strict=True):
        assert matrix @ [start.x, start.y, 1] == pytest.approx([end.x, end.y])
    turn = matrix[:, :2]
    assert turn @ turn.T == pytest.approx(np.eye(2) * np.linalg.det(turn))


def test_similarity_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match="two different"):
        similarity_transform((Point(1, 1), Point(1, 1)), (Point(0, 0), Point(1, 0)))
