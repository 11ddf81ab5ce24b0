import pytest

from fer_core.results import EmotionScores
from fer_core.smoothing import LabelHold, Smoother


def scores(happy: float) -> EmotionScores:
    return EmotionScores(("happy", "sad"), (happy, 1 - happy))


def happy(value: EmotionScores) -> float:
    return value.probabilities[0]


def test_the_first_scores_of_a_track_are_the_raw_ones() -> None:
    smoother = Smoother(half_life_s=1.0)
    assert smoother.update(1, scores(0.9), timestamp_s=7.0) == scores(0.9)
    assert smoother.update(2, scores(0.2), timestamp_s=7.0) == scores(0.2)


@pytest.mark.parametrize(
    ("half_life_s", "after_s", "expected"),
    [
        (0.0, 0.1, 1.0),  # off: raw
        (0.0, 0.0, 1.0),
        (1.0, 0.0, 0.0),  # no time has passed
        (1.0, 1.0, 0.5),
        (1.0, 2.0, 0.75),
        (0.5, 1.0, 0.75),
        (0.1, 10.0, 1.0),
    ],
)
def test_half_of_the_past_is_left_after_the_half_life(
    half_life_s: float, after_s: float, expected: float
) -> None:
    smoother = Smoother(half_life_s=half_life_s)
    smoother.update(1, scores(0.0), timestamp_s=3.0)
    shown = smoother.update(1, scores(1.0), timestamp_s=3.0 + after_s)
    assert happy(shown) == pytest.approx(expected, abs=1e-9)


def test_the_frame_rate_does_not_matter() -> None:
    def after_a_second(frames: int) -> float:
        smoother = Smoother(half_life_s=0.4)
        shown = smoother.update(1, scores(0.0), timestamp_s=0.0)
        for frame in range(1, frames + 1):
            shown = smoother.update(1, scores(1.0), timestamp_s=frame / frames)
        return happy(shown)

    assert after_a_second(3) == pytest.approx(after_a_second(30))


def test_a_forgotten_track_starts_anew() -> None:
    smoother = Smoother(half_life_s=1.0)
    smoother.update(1, scores(0.0), timestamp_s=0.0)
    smoother.update(2, scores(0.0), timestamp_s=0.0)
    smoother.keep({2})
    assert happy(smoother.update(1, scores(1.0), timestamp_s=1.0)) == 1.0
    assert happy(smoother.update(2, scores(1.0), timestamp_s=1.0)) == 0.5


def test_many_frames_stay_a_distribution() -> None:
    smoother = Smoother(half_life_s=0.3)
    for frame in range(2000):
        shown = smoother.update(1, scores(frame % 7 / 7), timestamp_s=frame / 30)
    assert sum(shown.probabilities) == pytest.approx(1)


def test_a_negative_half_life_is_refused() -> None:
    with pytest.raises(ValueError, match="half-life"):
        Smoother(half_life_s=-0.1)


@pytest.mark.parametrize(
    ("happiness", "expected"),
    [
        ([0.51], ["happy"]),
        ([0.49], ["sad"]),
        ([0.51, 0.49, 0.51, 0.49], ["happy"] * 4),
        ([0.49, 0.51, 0.49, 0.51], ["sad"] * 4),
        ([0.6, 0.46, 0.44], ["happy", "happy", "sad"]),  # a lead of 0.08, then of 0.12
        ([0.6, 0.44, 0.54, 0.56], ["happy", "sad", "sad", "happy"]),
    ],
)
def test_another_label_takes_over_only_by_a_margin(
    happiness: list[float], expected: list[str]
) -> None:
    hold = LabelHold(switch_margin=0.1)
    assert [hold.label(1, scores(value)) for value in happiness] == expected


def test_without_a_margin_the_most_probable_label_is_shown() -> None:
    hold = LabelHold(switch_margin=0.0)
    assert [hold.label(1, scores(h)) for h in (0.6, 0.49, 0.51)] == ["happy", "sad", "happy"]


def test_doubt_begins_at_the_threshold_and_ends_a_margin_above_it() -> None:
    hold = LabelHold(switch_margin=0.1)
    seen = [hold.doubts(1, c, min_confidence=0.5) for c in (0.5, 0.49, 0.55, 0.49, 0.61, 0.5)]
    assert seen == [False, True, True, True, False, False]


def test_a_full_confidence_ends_any_doubt() -> None:
    hold = LabelHold(switch_margin=0.5)
    assert [hold.doubts(1, c, min_confidence=0.9) for c in (0.1, 1.0)] == [True, False]


def test_holds_of_two_tracks_are_apart_and_can_be_forgotten() -> None:
    hold = LabelHold(switch_margin=0.1)
    assert [hold.label(1, scores(0.6)), hold.label(2, scores(0.4))] == ["happy", "sad"]
    assert [hold.doubts(i, 0.4, min_confidence=0.5) for i in (1, 2)] == [True, True]
    hold.keep({2})
    assert [hold.label(1, scores(0.49)), hold.label(2, scores(0.51))] == ["sad", "sad"]
    assert [hold.doubts(i, 0.55, min_confidence=0.5) for i in (1, 2)] == [False, True]


def test_a_margin_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="switch_margin"):
        LabelHold(switch_margin=1.1)
