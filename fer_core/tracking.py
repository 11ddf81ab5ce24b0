"""The same person keeps the same number from frame to frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fer_core.geometry import Box, iou
from fer_core.results import Face

# A face may have moved by this share of its size between two frames; beyond it is another.
_MAX_SHIFT = 0.75
_MAX_GROWTH = 2.0


@dataclass(slots=True)
class _Track:
    box: Box
    seen_s: float


class Tracker:
    """Gives each face a number: 1, 2, 3 …, never used twice by one tracker.

    The pair of a track and a face that lie closest is joined first, then the next closest
    (greedy assignment): enough for faces, which seldom cross.

    Args:
        max_gap_s: a face not seen for longer comes back with a new number.
    """

    def __init__(self, *, max_gap_s: float = 1.0) -> None:
        self._max_gap_s = max_gap_s
        self._tracks: dict[int, _Track] = {}
        self._issued = 0
        self._now_s = -math.inf

    @property
    def alive(self) -> frozenset[int]:
        """Numbers that may still come back."""
        return frozenset(self._tracks)

    def update(self, faces: Sequence[Face], *, timestamp_s: float) -> list[int]:
        """Numbers the faces of one frame.

        Args:
            faces: the faces of the frame.
            timestamp_s: seconds since the start of the stream. A time before the last one
                means another stream: all tracks end.

        Returns:
            One number a face, in the order of `faces`.
        """
        earliest_s = timestamp_s - self._max_gap_s
        if timestamp_s < self._now_s:
            self._tracks.clear()
        self._now_s = timestamp_s
        self._tracks = {i: t for i, t in self._tracks.items() if t.seen_s >= earliest_s}
        joined = self._join(faces)
        numbers = []
        for index, face in enumerate(faces):
            number = joined.get(index)
            if number is None:
                self._issued += 1
                number = self._issued
            self._tracks[number] = _Track(face.box, timestamp_s)
            numbers.append(number)
        return numbers

    def _join(self, faces: Sequence[Face]) -> dict[int, int]:
        """Index of a face → number of the track that it continues."""
        pairs = sorted(
            (
                (-closeness, number, index)
                for number, track in self._tracks.items()
                for index, face in enumerate(faces)
                if (closeness := _closeness(track.box, face.box)) is not None
            ),
        )
        joined: dict[int, int] = {}
        for _, number, index in pairs:
            if index not in joined and number not in joined.values():
                joined[index] = number
        return joined


def _closeness(a: Box, b: Box) -> float | None:
    """Overlap less distance in face sizes; None when the two cannot be one face."""
    sizes = math.sqrt(a.area), math.sqrt(b.area)
    shift = math.hypot(a.center.x - b.center.x, a.center.y - b.center.y) / (sum(sizes) / 2)
    if shift > _MAX_SHIFT or max(sizes) > _MAX_GROWTH * min(sizes):
        return None
    return iou(a, b) - shift
