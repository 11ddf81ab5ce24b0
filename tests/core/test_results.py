import json
import math

import pytest

from fer_core.geometry import Box
from fer_core.results import EmotionScores, Face, FaceResult, FrameResult, VideoTimeline
from fer_core.testing import make_face

HAPPY = EmotionScores(("happy", "sad"), (0.9, 0.1))
SAD = EmotionScores(("happy", "sad"), (0.3, 0.7))


def reading(scores: EmotionScores, track_id: int = 1) -> FaceResult:
    return FaceResult(make_face(), scores, scores, track_id)


@pytest.mark.parametrize(
    ("labels", "probabilities"),
    [
        ((), ()),
        (("happy",), ()),
        (("happy", "sad"), (1.0,)),
        (("happy", "sad"), (0.9, 0.2)),
        (("happy", "sad"), (1.2, -0.2)),
        (("happy", "sad"), (math.nan, 1.0)),
    ],
)
def test_scores_that_are_no_distribution_are_refused(
    labels: tuple[str, ...], probabilities: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="Expected"):
        EmotionScores(labels, probabilities)


@pytest.mark.parametrize(
    ("top", "intensity"),
    [(0.4, "low"), (0.49, "low"), (0.5, "moderate"), (0.79, "moderate"), (0.8, "strong")],
)
def test_intensity_follows_the_confidence(top: float, intensity: str) -> None:
    scores = EmotionScores(("sad", "happy", "fear"), ((1 - top) / 2, top, (1 - top) / 2))
    assert (scores.top, scores.confidence, scores.intensity) == ("happy", top, intensity)


def test_scores_as_dict() -> None:
    assert HAPPY.as_dict() == {"happy": 0.9, "sad": 0.1}


def test_the_top_label_is_shown_unless_another_is_held() -> None:
    free, held = reading(SAD), FaceResult(make_face(), SAD, SAD, 1, held="happy")
    assert (free.label, free.confidence, free.intensity) == ("sad", 0.7, "moderate")
    assert (held.label, held.confidence, held.intensity) == ("happy", 0.3, "low")
    shown = {"label": "happy", "confidence": 0.3, "intensity": "low"}
    assert held.to_dict().items() >= shown.items()
    assert held.to_dict().keys() == free.to_dict().keys()
    timeline = VideoTimeline((FrameResult(0.0, (640, 480), (held,)),), 1.0)
    assert timeline.to_dataframe()[["label", "confidence"]].values.tolist() == [["happy", 0.3]]
    assert (timeline.summary()["dominant"], timeline.summary()["average_confidence"]) == (
        "happy",
        0.3,
    )


def test_a_held_label_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="held"):
        FaceResult(make_face(), SAD, SAD, 1, held="bored")


def test_timings_do_not_count_in_equality() -> None:
    assert FrameResult(0, (4, 3), timings={"total": 1}) == FrameResult(0, (4, 3))
    assert FrameResult(0, (4, 3)) != FrameResult(0, (4, 3), (reading(HAPPY),))


def test_a_frame_goes_through_json() -> None:
    bare = FaceResult(Face(Box(0, 0, 5, 5), 0.5), SAD, HAPPY, 2, "dark")
    frame = FrameResult(1.5, (640, 480), (reading(HAPPY), bare))
    first, second = json.loads(json.dumps(frame.to_dict()))["faces"]
    assert first["landmarks"]["nose"] == {"x": 320.0, "y": 260.0}
    assert second["landmarks"] is None
    assert (second["label"], second["unsure"], second["raw_scores"]["sad"]) == (
        "happy",
        "dark",
        0.7,
    )


def test_an_empty_clip_has_an_empty_table_and_summary() -> None:
    timeline = VideoTimeline((), 0.0)
    table = timeline.to_dataframe()
    assert len(table) == 0
    assert "timestamp_s" in table.columns
    summary = timeline.summary()
    assert (summary["dominant"], summary["dominant_share"], summary["faces"]) == (None, 0.0, 0)


def test_the_table_has_a_row_a_face_a_frame() -> None:
    frames = (
        FrameResult(0.0, (640, 480)),
        FrameResult(0.5, (640, 480), (reading(HAPPY, 1), reading(SAD, 2))),
    )
    table = VideoTimeline(frames, 1.0).to_dataframe()
    assert table["track_id"].tolist() == [1, 2]
    assert table["label"].tolist() == ["happy", "sad"]
    assert table["raw_sad"].tolist() == [0.1, 0.7]


def test_the_summary_counts_readings() -> None:
    frames = (
        FrameResult(0.0, (640, 480)),
        FrameResult(0.3, (640, 480), (reading(HAPPY),)),
        FrameResult(0.6, (640, 480), (reading(HAPPY), reading(SAD))),
    )
    assert VideoTimeline(frames, 1.0).summary() == {
        "frames": 3,
        "frames_with_faces": 2,
        "faces": 3,
        "duration_s": 1.0,
        "dominant": "happy",
        "dominant_share": pytest.approx(2 / 3),
        "average_confidence": pytest.approx((0.9 + 0.9 + 0.7) / 3),
        "distribution": {"happy": pytest.approx(2 / 3), "sad": pytest.approx(1 / 3)},
    }


def test_people_are_summed_up_by_their_numbers() -> None:
    frames = (
        FrameResult(0.0, (640, 480), (reading(HAPPY, 2),)),
        FrameResult(0.5, (640, 480), (reading(SAD, 1), reading(HAPPY, 2))),
        FrameResult(1.0, (640, 480), (reading(SAD, 2),)),
    )
    first, second = VideoTimeline(frames, 1.5).people()
    assert (first["track_id"], first["first_s"], first["last_s"]) == (1, 0.5, 0.5)
    assert (first["frames"], first["distribution"]) == (1, {"sad": 1.0})
    assert second == {
        "track_id": 2,
        "first_s": 0.0,
        "last_s": 1.0,
        "frames": 3,
        "dominant": "happy",
        "dominant_share": pytest.approx(2 / 3),
        "average_confidence": pytest.approx((2 * HAPPY.confidence + SAD.confidence) / 3),
        "distribution": {"happy": pytest.approx(2 / 3), "sad": pytest.approx(1 / 3)},
    }
    assert VideoTimeline((), 1.5).people() == []
