import pytest

from fer_core.intensity import level_of
from fer_core.results import EmotionScores

THRESHOLDS = (0.6, 0.9)


@pytest.mark.parametrize(
    ("confidence", "level"),
    [
        (0.5, "low"),
        (0.59, "low"),
        (0.6, "moderate"),
        (0.89, "moderate"),
        (0.9, "strong"),
        (1.0, "strong"),
    ],
)
def test_levels_begin_at_their_threshold(confidence: float, level: str) -> None:
    scores = EmotionScores(("happy", "neutral"), (confidence, 1 - confidence))
    assert level_of(scores, THRESHOLDS) == level


def test_a_neutral_face_has_no_level() -> None:
    assert level_of(EmotionScores(("happy", "neutral"), (0.05, 0.95)), THRESHOLDS) is None


def test_without_thresholds_there_is_no_level() -> None:
    assert level_of(EmotionScores(("happy", "neutral"), (0.95, 0.05)), None) is None


def test_a_level_may_be_out_of_reach() -> None:
    scores = EmotionScores(("happy", "sad"), (0.99, 0.01))
    assert level_of(scores, (0.7, 1.0)) == "moderate"
