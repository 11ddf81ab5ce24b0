"""Where a clip cuts to another shot, so that nobody there takes over the number of somebody here.

Two frames belong to different shots when their colours differ and hardly any part of the one is
found in the other. The second test looks for each part of the earlier frame in the neighbourhood
by normalised cross-correlation (Lewis, "Fast Template Matching", 1995), which neither a moving
camera nor a change of light disturbs; the first is cheap and spares it for most frames. How often
it errs is measured by `bench.shots`. Slow dissolves, and people who change places before the
same wall, are not seen.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.results import RgbImage

_WIDTH, _HEIGHT = 64, 36  # pixels of the picture that is compared
_COLUMNS, _ROWS = 5, 4  # parts that are looked for
_PART_WH = 12, 9
_REACH_X, _REACH_Y = 20, 8  # how far from its place a part is looked for
_LEAST_CONTRAST = 3.0  # standard deviation of grey: flatter parts look like any other
_LEAST_PARTS = 3  # a picture with fewer of more contrast is black, white or a wall
_FOUND = 0.85  # correlation of a part that is there again
# Chosen by bench.shots.
_MOST_ALIKE = 0.75  # intersection of the colour histograms, 0..1
_MOST_FOUND = 0.2  # share of the parts


@dataclass(frozen=True, slots=True)
class _Look:
    """What is remembered of a frame."""

    gray: NDArray[np.uint8]
    colors: NDArray[np.float32]
    parts: tuple[tuple[int, int], ...]


class ShotCuts:
    """Looks at the frames of one clip, in order, for the beginnings of new shots.

    Frames of a single colour, as in a flash or a fade, are passed over: what comes after is
    compared with what came before.
    """

    def __init__(self) -> None:
        self._before: _Look | None = None

    def begins(self, image: RgbImage) -> bool:
        """Whether a new shot has begun since the frame before; False for the first.

        Args:
            image: (H, W, 3) uint8 RGB.
        """
        now = _look(image)
        if len(now.parts) < _LEAST_PARTS:
            return False
        before, self._before = self._before, now
        if before is None or _alike(before, now) >= _MOST_ALIKE:
            return False
        return _found(before, now) < _MOST_FOUND


def _look(image: RgbImage) -> _Look:
    # Every pixel of a large frame need not be read: twice as many as are kept will do.
    step_y, step_x = max(image.shape[0] // (2 * _HEIGHT), 1), max(image.shape[1] // (2 * _WIDTH), 1)
    sparse = np.ascontiguousarray(image[::step_y, ::step_x])
    small = cv2.resize(sparse, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    counts: Any = cv2.calcHist([hsv], [0, 1, 2], None, [8, 4, 4], [0, 180, 0, 256, 0, 256])
    places = itertools.product(
        np.linspace(0, _WIDTH - _PART_WH[0], _COLUMNS).round().astype(int).tolist(),
        np.linspace(0, _HEIGHT - _PART_WH[1], _ROWS).round().astype(int).tolist(),
    )
    parts = tuple((x, y) for x, y in places if _part(gray, x, y).std() >= _LEAST_CONTRAST)
    return _Look(gray, np.asarray(counts / (_WIDTH * _HEIGHT), np.float32), parts)


def _part(gray: NDArray[np.uint8], x: int, y: int) -> NDArray[np.uint8]:
    return gray[y : y + _PART_WH[1], x : x + _PART_WH[0]]


def _alike(before: _Look, now: _Look) -> float:
    """Intersection of the colour histograms (Swain & Ballard 1991), 0..1."""
    return float(np.minimum(before.colors, now.colors).sum())


def _found(before: _Look, now: _Look) -> float:
    """The share of the parts of a frame that are in the next one too, 0..1."""
    hits = 0
    for x, y in before.parts:
        around = now.gray[
            max(y - _REACH_Y, 0) : y + _PART_WH[1] + _REACH_Y,
            max(x - _REACH_X, 0) : x + _PART_WH[0] + _REACH_X,
        ]
        match = cv2.matchTemplate(around, _part(before.gray, x, y), cv2.TM_CCOEFF_NORMED)
        hits += bool(match.max() >= _FOUND)
    return hits / len(before.parts)
