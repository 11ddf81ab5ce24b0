"""Percentages that mean something, and when to say "not sure": pure numpy.

A score is calibrated when guesses made with 80 % confidence are right 80 % of the time. One
temperature for each head brings the scores there; what is chosen here, temperature and
thresholds, is chosen on PublicTest.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Truth = NDArray[np.int64]

BINS = 15
THRESHOLDS = np.arange(101) / 100
CURVE = THRESHOLDS[:100:2]  # 0.00, 0.02 … 0.98: as many points as a chart can show
SHOWN_RIGHT = 0.75


def fit_temperature(probabilities: Probabilities, truth: Truth) -> float:
    """The divisor of the logits that gives the least log loss (Guo et al. 2017).

    Args:
        probabilities: (N, K) at temperature 1.
        truth: (N,) positions.

    Returns:
        A temperature in 1/16..16.
    """
    logits = np.log(np.maximum(probabilities, 1e-12))
    rows = np.arange(len(truth))

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, truth]))

    grid = np.geomspace(1 / 16, 16, 321)  # steps of 1.7 %, finer than the loss can tell apart
    return round(float(min(grid, key=loss)), 4)


def reliability(probabilities: Probabilities, truth: Truth) -> list[dict[str, Any]]:
    """The reliability diagram: confidence against accuracy in 15 equal bins of confidence.

    Args:
        probabilities: (N, K), rows sum to 1.
        truth: (N,) positions.

    Returns:
        low, high (bounds of the bin), count, confidence, accuracy; the last two are means,
        None in an empty bin.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    rows = []
    for k in range(BINS):
        inside = bins == k
        rows.append(
            {
                "low": k / BINS,
                "high": (k + 1) / BINS,
                "count": int(inside.sum()),
                "confidence": mean(confidence[inside]),
                "accuracy": mean(right[inside]),
            }
        )
    return rows


def expected_calibration_error(probabilities: Probabilities, truth: Truth) -> float:
    """Mean gap between confidence and accuracy over the bins of `reliability` (Guo 2017)."""
    gaps = [
        row["count"] * abs(row["confidence"] - row["accuracy"])
        for row in reliability(probabilities, truth)
        if row["count"]
    ]
    return float(sum(gaps) / len(truth))


def coverage_at(
    threshold: float, confidence: NDArray[np.float64], right: NDArray[np.bool_]
) -> dict[str, Any]:
    """What is left when guesses less sure than `threshold` become "not sure".

    Args:
        threshold: 0..1.
        confidence: (N,) probability of each guess.
        right: (N,) whether it is right.

    Returns:
        threshold, coverage (share that is answered), accuracy (share of the answers that is
        right; None when nothing is answered).
    """
    answered = confidence >= threshold
    return {
        "threshold": float(threshold),
        "coverage": float(answered.mean()),
        "accuracy": mean(right[answered]),
    }


def not_sure_threshold(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The least confidence that is worth an answer.

    A guess is given where it is more often right than wrong (Chow 1970, for an error as bad
    as a right answer is good), and in any case only so that 3 of 4 answers are right.

    Args:
        confidence: (N,) calibrated probability of each guess; N at least 1.
        right: (N,) whether it is right.

    Returns:
        A threshold in 0..1, in steps of 0.01. When no threshold makes 3 of 4 answers right,
        the one from which on guesses are more often right than wrong.
    """
    least = threshold_of(0.5, right.astype(np.float64), confidence)
    for threshold in THRESHOLDS[round(least * 100) :]:
        accuracy = coverage_at(threshold, confidence, right)["accuracy"]
        if accuracy is not None and accuracy >= SHOWN_RIGHT:
            return float(threshold)
    return least


def threshold_of(level: float, values: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """The score at which values that rise with it reach a level.

    It is where the isotonic regression of the values on the scores crosses the level (Barlow
    et al. 1972): the threshold that gives the largest sum of (value - level) above it.

    Args:
        level: to be reached.
        values: (N,), whose mean rises with the score.
        scores: (N,) in 0..1.

    Returns:
        A threshold in 0..1, in steps of 0.01: 0 when all values reach the level, above every
        score when none does.
    """
    gains = [float((values[scores >= each] - level).sum()) for each in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(gains))])


def mean(values: NDArray[Any]) -> float | None:
    """The mean, or None of nothing."""
    return float(values.mean()) if values.size else None
