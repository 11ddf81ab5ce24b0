"""The same person keeps the same number from frame to frame, by place and by motion."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fer_core.geometry import Box, Point
from fer_core.results import Face

# A face may lie this share of its size away from where its motion leads; beyond it is another.
_MAX_SHIFT = 0.75
_MAX_GROWTH = 2.0
# A hidden face may turn or stop, and half hidden it seems small: by how much the limits widen
# a second, in face sizes and in times its size.
_MAX_DRIFT = 1.0
_MORE_GROWTH = 1.5
# Where two tracks could take one face, the one in view goes before the hidden one.
_HIDDEN_COST_PER_S = 0.5
# Long enough that neither the detector's jitter nor a box that shrinks while something begins
# to hide the face makes the face seem to stop.
_VELOCITY_HALF_LIFE_S = 0.25
_MAX_SPEED = 8.0  # face sizes a second; what seems faster is jitter of a short interval


@dataclass(frozen=True, slots=True)
class _Track:
    """Where a face was seen last, and how fast it moved then, in pixels a second."""

    box: Box
    seen_s: float
    velocity: Point = Point(0.0, 0.0)

    @property
    def size(self) -> float:
        return math.sqrt(self.box.area)

    def center_at(self, timestamp_s: float) -> Point:
        """Where the face is now if it went on as before."""
        gap_s, center = timestamp_s - self.seen_s, self.box.center
        return Point(center.x + gap_s * self.velocity.x, center.y + gap_s * self.velocity.y)

    def scaled(self, factor: float) -> "_Track":
        """The track in a picture that is `factor` times as large."""
        box = Box(
            self.box.left * factor,
            self.box.top * factor,
            self.box.right * factor,
            self.box.bottom * factor,
        )
        return _Track(box, self.seen_s, Point(self.velocity.x * factor, self.velocity.y * factor))

    def moved_to(self, box: Box, timestamp_s: float) -> "_Track":
        """The track with one more sight."""
        gap_s = timestamp_s - self.seen_s
        if gap_s <= 0:
            return replace(self, box=box)
        share = 1 - 0.5 ** (gap_s / _VELOCITY_HALF_LIFE_S)
        seen = Point(
            (box.center.x - self.box.center.x) / gap_s, (box.center.y - self.box.center.y) / gap_s
        )
        x = self.velocity.x + share * (seen.x - self.velocity.x)
        y = self.velocity.y + share * (seen.y - self.velocity.y)
        slower = min(1.0, _MAX_SPEED * self.size / max(math.hypot(x, y), 1e-9))
        return _Track(box, timestamp_s, Point(x * slower, y * slower))


class Tracker:
    """Gives each face a number: 1, 2, 3 …, never used twice by one tracker.

    A face continues the track whose motion, at constant velocity, leads closest to it. The
    closest pair is joined first, then the next closest (greedy assignment): with predicted
    places the right pairs lie so much closer than the wrong ones that the best sum over all
    pairs (Kuhn 1955) would choose the same.

    Args:
        max_gap_s: a face not seen for longer comes back with a new number.
        max_gap_frames: unless that is less than so many times the time since the frame before,
            which in a slow clip may be long.
    """

    def __init__(self, *, max_gap_s: float = 1.0, max_gap_frames: float = 0.0) -> None:
        self._max_gap_s, self._max_gap_frames = max_gap_s, max_gap_frames
        self._tracks: dict[int, _Track] = {}
        self._issued = 0
        self._now_s = -math.inf

    @property
    def alive(self) -> frozenset[int]:
        """Numbers that may still come back."""
        return frozenset(self._tracks)

    def update(
        self, faces: Sequence[Face], *, timestamp_s: float, max_faces: int | None = None
    ) -> list[int | None]:
        """Numbers the faces of one frame.

        Args:
            faces: the faces of the frame, best first.
            timestamp_s: seconds since the start of the stream. A time before the last one
                means another stream: all tracks end.
            max_faces: at most this many get a number: first those that have one, the lowest
                number first, then the best newcomers.

        Returns:
            One number a face, in the order of `faces`; None for a face too many.
        """
        if timestamp_s < self._now_s:
            self._tracks.clear()
        step_s = timestamp_s - self._now_s if self._tracks else 0.0
        self._now_s = timestamp_s
        earliest_s = timestamp_s - max(self._max_gap_s, self._max_gap_frames * step_s)
        self._tracks = {i: t for i, t in self._tracks.items() if t.seen_s >= earliest_s}
        joined = self._join(faces, timestamp_s)
        for index, number in joined.items():
            self._tracks[number] = self._tracks[number].moved_to(faces[index].box, timestamp_s)
        room = len(faces) if max_faces is None else max_faces
        known = sorted(joined, key=lambda index: joined[index])
        newcomers = [index for index in range(len(faces)) if index not in joined]
        numbers: list[int | None] = [None] * len(faces)
        for index in (known + newcomers)[:room]:
            if index not in joined:
                self._issued += 1
                joined[index] = self._issued
                self._tracks[self._issued] = _Track(faces[index].box, timestamp_s)
            numbers[index] = joined[index]
        return numbers

    def end_all(self) -> None:
        """Nobody comes back: all numbers given from now on are new."""
        self._tracks.clear()

    def scale(self, factor: float) -> None:
        """The pictures of the stream are `factor` times as large from now on."""
        self._tracks = {number: t.scaled(factor) for number, t in self._tracks.items()}

    def _join(self, faces: Sequence[Face], timestamp_s: float) -> dict[int, int]:
        """Index of a face → number of the track that it continues."""
        pairs = sorted(
            (cost, number, index)
            for number, track in self._tracks.items()
            for index, face in enumerate(faces)
            if (cost := _cost(track, face.box, timestamp_s)) is not None
        )
        joined: dict[int, int] = {}
        for _, number, index in pairs:
            if index not in joined and number not in joined.values():
                joined[index] = number
        return joined


def _cost(track: _Track, box: Box, timestamp_s: float) -> float | None:
    """How far a box lies from where a track leads, in face sizes; None for another face."""
    sizes, gap_s = (track.size, math.sqrt(box.area)), timestamp_s - track.seen_s
    if max(sizes) > (_MAX_GROWTH + _MORE_GROWTH * gap_s) * min(sizes):
        return None
    center, expected = box.center, track.center_at(timestamp_s)
    shift = math.hypot(center.x - expected.x, center.y - expected.y) / max(sizes)
    if shift > _MAX_SHIFT + _MAX_DRIFT * gap_s:
        return None
    return shift + abs(math.log(sizes[1] / sizes[0])) + _HIDDEN_COST_PER_S * gap_s
