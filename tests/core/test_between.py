"""What is drawn between two readings."""

import pytest

from fer_core.between import result_at
from fer_core.results import EmotionScores, FaceResult, FrameResult
from fer_core.testing import make_face

SCORES = EmotionScores(("happy", "sad"), (0.8, 0.2))


def frame(timestamp_s: float, **left_px: float) -> FrameResult:
    """A frame with a face a person: p1=10 is person 1, whose box starts 10 px from the left."""
    faces = tuple(
        FaceResult(make_face(left=left), SCORES, SCORES, int(person[1:]))
        for person, left in left_px.items()
    )
    return FrameResult(timestamp_s, (640, 480), faces)


def lefts(result: FrameResult) -> dict[int, float]:
    return {face.track_id: face.face.box.left for face in result.faces}


def test_nothing_was_read() -> None:
    assert result_at([], 1.0).faces == ()
    assert result_at([frame(2.0, p1=10)], 1.0) == FrameResult(1.0, (640, 480))


@pytest.mark.parametrize(
    ("timestamp_s", "expected"),
    [
        (0.0, {1: 10, 2: 300}),
        (0.25, {1: 20, 2: 300}),  # the second person stays for half of the way
        (0.5, {1: 30}),
        (0.75, {1: 40}),
        (1.0, {1: 50, 3: 200}),  # the third one comes with a reading of their own
        (1.5, {1: 50, 3: 200}),  # nothing follows
    ],
)
def test_boxes_move_between_two_readings(timestamp_s: float, expected: dict[int, float]) -> None:
    frames = [frame(0.0, p1=10, p2=300), frame(1.0, p1=50, p3=200)]
    result = result_at(frames, timestamp_s)
    assert result.timestamp_s == timestamp_s
    assert lefts(result) == pytest.approx(expected)


def test_what_was_read_stays_as_it_was() -> None:
    frames = [frame(0.0, p1=10), frame(1.0, p1=50)]
    assert result_at(frames, 1.0) == frames[1]
    moved = result_at(frames, 0.5).faces[0]
    assert (moved.smoothed, moved.face.box.width) == (SCORES, 200)
