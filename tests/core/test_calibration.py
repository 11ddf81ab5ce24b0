"""Temperature, reliability and thresholds against hand-made cases."""

import numpy as np
import pytest

from fer_core.calibration import (
    BINS,
    coverage_at,
    expected_calibration_error,
    fit_temperature,
    not_sure_threshold,
    reliability,
    threshold_of,
)


def guesses(count: int, confidence: float) -> np.ndarray:
    """All say the first of three labels."""
    rest = (1 - confidence) / 2
    return np.array([[confidence, rest, rest]] * count)


@pytest.mark.parametrize(
    ("confidence", "right", "ece"),
    [(1.0, 10, 0.0), (1.0, 5, 0.5), (0.8, 8, 0.0), (0.9, 7, 0.2), (0.5, 9, 0.4)],
)
def test_calibration_error(confidence: float, right: int, ece: float) -> None:
    truth = np.array([0] * right + [1] * (10 - right))
    assert expected_calibration_error(guesses(10, confidence), truth) == pytest.approx(ece)


def test_reliability_puts_each_guess_into_its_bin() -> None:
    probabilities = np.concatenate([guesses(4, 0.9), guesses(2, 0.5), guesses(1, 1.0)])
    rows = reliability(probabilities, np.array([0, 0, 0, 1, 0, 1, 0]))
    assert [row["count"] for row in rows] == [0] * 7 + [2] + [0] * 5 + [4, 1]
    assert (rows[7]["confidence"], rows[7]["accuracy"]) == (pytest.approx(0.5), 0.5)
    assert (rows[13]["confidence"], rows[13]["accuracy"]) == (pytest.approx(0.9), 0.75)
    assert (rows[0]["confidence"], rows[0]["accuracy"]) == (None, None)
    assert [(row["low"], row["high"]) for row in rows] == [
        (k / BINS, (k + 1) / BINS) for k in range(BINS)
    ]


def test_temperature_cools_the_shy_and_warms_the_bold() -> None:
    truth = np.array([0] * 80 + [1] * 20)
    assert fit_temperature(guesses(100, 0.99), truth) > 1.3
    assert fit_temperature(guesses(100, 0.5), truth) < 0.8


@pytest.mark.parametrize(
    ("threshold", "coverage", "accuracy"),
    [(0.0, 1.0, 0.5), (0.4, 1.0, 0.5), (0.5, 0.75, 2 / 3), (0.9, 0.25, 1.0), (0.95, 0.0, None)],
)
def test_coverage(threshold: float, coverage: float, accuracy: float | None) -> None:
    confidence = np.array([0.4, 0.5, 0.6, 0.9])
    right = np.array([False, False, True, True])
    point = coverage_at(threshold, confidence, right)
    assert point == {
        "threshold": threshold,
        "coverage": coverage,
        "accuracy": None if accuracy is None else pytest.approx(accuracy),
    }


@pytest.mark.parametrize(
    ("values", "threshold"),
    [
        ([1, 1, 1, 1], 0.0),  # all reach the level
        ([0, 0, 1, 1], 0.41),
        ([0, 1, 0, 1], 0.61),  # one success does not outweigh the failure above it
        ([0, 1, 1, 1], 0.21),
        ([0, 0, 0, 0], 0.81),  # none does: above every score
    ],
)
def test_threshold_where_a_level_is_reached(values: list[float], threshold: float) -> None:
    scores = np.array([0.2, 0.4, 0.6, 0.8])
    assert threshold_of(0.6, np.array(values, float), scores) == threshold


def ladder(*steps: tuple[float, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(confidence, right, wrong) → confidence and right of each guess."""
    confidence = np.concatenate([[c] * (r + w) for c, r, w in steps])
    right = np.concatenate([[True] * r + [False] * w for _, r, w in steps])
    return confidence, right


@pytest.mark.parametrize(
    ("steps", "threshold"),
    [
        ([(0.9, 10, 0)], 0.0),
        # Guesses more often wrong than right are not worth giving, whatever the rest is.
        ([(0.3, 4, 6), (0.9, 90, 0)], 0.31),
        # Guesses are right more often than not, but too seldom to give them all.
        ([(0.6, 6, 4), (0.7, 7, 3), (0.9, 9, 1)], 0.61),
        # No threshold makes 3 of 4 right.
        ([(0.3, 3, 7), (0.6, 6, 4), (0.7, 6, 4)], 0.31),
    ],
)
def test_not_sure(steps: list[tuple[float, int, int]], threshold: float) -> None:
    assert not_sure_threshold(*ladder(*steps)) == threshold
