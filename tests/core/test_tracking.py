import pytest

from fer_core.results import Face
from fer_core.testing import make_face
from fer_core.tracking import Tracker

LEFT, RIGHT = make_face(50, 100, 100), make_face(400, 100, 100)


def moved(face: Face, dx: float = 0, dy: float = 0, growth: float = 1) -> Face:
    return make_face(face.box.left + dx, face.box.top + dy, face.box.width * growth)


def test_no_faces_no_numbers() -> None:
    tracker = Tracker()
    assert tracker.update([], timestamp_s=0.0) == []
    assert tracker.alive == frozenset()


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([], []),
        ([LEFT, RIGHT], [1, 2]),
        ([RIGHT, LEFT], [2, 1]),  # the order of detections does not matter
        ([RIGHT], [2]),
        ([moved(LEFT, 60), moved(RIGHT, -60)], [1, 2]),
        ([moved(LEFT, 0, 90)], [3]),  # too far to be the same
        ([moved(LEFT, growth=1.5)], [1]),
        ([moved(LEFT, -60, -60, growth=2.2)], [3]),  # too large to be the same
        ([moved(LEFT, 10), LEFT], [3, 1]),  # the closer one is the same
        ([LEFT, LEFT], [1, 3]),
        ([LEFT, RIGHT, make_face(220, 300, 100)], [1, 2, 3]),
    ],
)
def test_the_next_frame(after: list[Face], expected: list[int]) -> None:
    tracker = Tracker()
    assert tracker.update([LEFT, RIGHT], timestamp_s=0.0) == [1, 2]
    assert tracker.update(after, timestamp_s=0.1) == expected


def test_the_closest_pair_is_joined_first() -> None:
    # Both tracks could take the face at 130; the nearer one gets it, whatever the order.
    tracker = Tracker()
    first, second = make_face(50, 100, 100), make_face(140, 100, 100)
    assert tracker.update([first, second], timestamp_s=0.0) == [1, 2]
    assert tracker.update([make_face(130, 100, 100)], timestamp_s=0.1) == [2]


@pytest.mark.parametrize(("gap_s", "expected"), [(0.1, 1), (1.0, 1), (1.1, 2)])
def test_a_short_gap_keeps_the_number(gap_s: float, expected: int) -> None:
    tracker = Tracker(max_gap_s=1.0)
    tracker.update([LEFT], timestamp_s=5.0)
    tracker.update([], timestamp_s=5.0 + gap_s / 2)
    assert tracker.alive == {1}
    assert tracker.update([LEFT], timestamp_s=5.0 + gap_s) == [expected]


def test_the_gap_counts_from_the_last_sight() -> None:
    tracker = Tracker(max_gap_s=1.0)
    for tenth in range(0, 50, 9):
        assert tracker.update([LEFT], timestamp_s=tenth / 10) == [1]


def test_a_walk_across_the_picture_is_one_person() -> None:
    tracker = Tracker()
    for frame in range(20):
        assert tracker.update([make_face(30.0 * frame, 100, 100)], timestamp_s=frame / 15) == [1]


def walk(start: float, speed: float, seconds: float) -> Face:
    """A face 100 px wide that walks at `speed` px a second."""
    return make_face(start + speed * seconds, 100, 100)


@pytest.mark.parametrize("fps", [3, 15, 30])
def test_two_who_cross_keep_their_numbers(fps: int) -> None:
    # The one in front hides the other while their boxes overlap by half or more.
    tracker = Tracker()
    seen = []
    for frame in range(3 * fps):
        front, back = walk(0, 150, frame / fps), walk(450, -150, frame / fps)
        faces = [front] if abs(front.box.left - back.box.left) < 60 else [front, back]
        seen.append(tracker.update(faces, timestamp_s=frame / fps))
    assert {tuple(numbers) for numbers in seen} == {(1,), (1, 2)}
    assert seen[-1] == [1, 2]


def test_a_walk_behind_a_pillar_keeps_the_number() -> None:
    tracker = Tracker()
    for frame in [*range(15), *range(25, 40)]:  # hidden for 11 frames, 2.2 face widths
        (number,) = tracker.update([walk(0, 300, frame / 15)], timestamp_s=frame / 15)
        assert number == 1


def test_jitter_of_a_short_interval_does_not_throw_a_track_away() -> None:
    tracker = Tracker()
    tracker.update([LEFT], timestamp_s=0.0)
    tracker.update([moved(LEFT, 40)], timestamp_s=0.001)
    assert tracker.update([moved(LEFT, 40)], timestamp_s=0.1) == [1]


def test_a_face_where_two_could_be_continues_the_one_in_view() -> None:
    tracker = Tracker()
    hidden, in_view = LEFT, moved(LEFT, 110)
    tracker.update([hidden, in_view], timestamp_s=0.0)
    for tenth in range(1, 6):
        in_view = moved(LEFT, 110 - 10 * tenth)
        assert tracker.update([in_view], timestamp_s=tenth / 10) == [2]


def test_too_many_faces_those_known_first_then_the_best() -> None:
    tracker = Tracker()
    middle = make_face(220, 300, 100)
    assert tracker.update([RIGHT], timestamp_s=0.0, max_faces=2) == [1]
    assert tracker.update([LEFT, middle, RIGHT], timestamp_s=0.1, max_faces=2) == [2, None, 1]
    assert tracker.update([middle, RIGHT], timestamp_s=0.2, max_faces=2) == [3, 1]
    # Of three that are known, the two known longest.
    assert tracker.update([middle, LEFT, RIGHT], timestamp_s=0.3, max_faces=2) == [None, 2, 1]


def test_smaller_pictures_of_the_same_stream_keep_the_numbers() -> None:
    tracker = Tracker()
    for tenth in range(5):
        tracker.update([walk(300, 200, tenth / 10), LEFT], timestamp_s=tenth / 10)
    tracker.scale(0.5)
    smaller = [make_face(25, 50, 50), make_face((300 + 100) / 2, 50, 50)]
    assert tracker.update(smaller, timestamp_s=0.5) == [2, 1]


def test_time_running_back_starts_anew_without_reusing_numbers() -> None:
    tracker = Tracker()
    tracker.update([LEFT], timestamp_s=5.0)
    assert tracker.update([LEFT], timestamp_s=0.0) == [2]


def test_two_trackers_number_apart() -> None:
    Tracker().update([LEFT, RIGHT], timestamp_s=0.0)
    assert Tracker().update([LEFT], timestamp_s=0.0) == [1]
