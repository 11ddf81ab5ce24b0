"""A correction of a head's bias, so that rare and timid labels are found: pure numpy.

A network fitted to uneven data answers with the common labels too often; faces that people
call afraid become sad, and many of all kinds become neutral. Adding a constant to each logit
moves the balance without touching the features. It is chosen on PublicTest from a family of
few parameters, because the rarest labels have only a handful of faces there.
"""

import numpy as np
from numpy.typing import NDArray

from fer_core.calibration import Truth

Logits = NDArray[np.float64]

# The recall that no label should fall short of. Wanted is 0.50 on faces that nobody chose by;
# the recall of a label with 500 faces is known to 0.02.
LEAST_RECALL = 0.52
MOST_LOST = 0.005
# Labels with fewer faces neither vote nor get a correction of their own.
LEAST_FACES = 50
STEP = 0.05
_TAUS = np.arange(0, 1.001, STEP)
_MOST_RAISED = 2.0


def fit_bias(
    logits: Logits,
    truth: Truth,
    *,
    least_recall: float = LEAST_RECALL,
    most_lost: float = MOST_LOST,
) -> NDArray[np.float64]:
    """The constants to add to the logits of a head.

    Of all b = -τ log(share of the label) + r, the logit adjustment of Menon et al. (2021,
    arXiv:2007.07314) with r raised where a label is still found too seldom, it is the one with
    the best mean recall among those that lose at most `most_lost` of the accuracy. r follows
    from the recall that is asked for, so only τ is searched. When no correction that cheap
    brings every label to `least_recall`, less is asked for.

    Args:
        logits: (N, K), or log probabilities.
        truth: (N,) positions; labels with fewer than 50 faces are corrected by their share alone.
        least_recall: 0..1, what every other label should reach.
        most_lost: share of accuracy that may be given up, 0..1.

    Returns:
        (K,) float64, mean 0; zeros when nothing is better.
    """
    counts = np.bincount(truth, minlength=logits.shape[1])
    voters = counts >= LEAST_FACES
    if not voters.any():
        return np.zeros(logits.shape[1])
    log_shares = np.log((counts + 1) / (counts + 1).sum())
    allowed = _accuracy(logits, truth) - most_lost
    for floor in np.arange(least_recall, -STEP, -0.01):
        biases = [_raised(logits, truth, -tau * log_shares, floor, voters) for tau in _TAUS]
        able = [
            b
            for b in biases
            if _accuracy(logits + b, truth) >= allowed
            and recalls(logits + b, truth)[voters].min() >= floor
        ]
        if able:
            best = max(able, key=lambda b: recalls(logits + b, truth)[voters].mean())
            return np.asarray(best - best.mean())
    return np.zeros(logits.shape[1])


def recalls(logits: Logits, truth: Truth) -> NDArray[np.float64]:
    """(K,) share of each label's faces that is found; 0 for labels without faces."""
    classes = logits.shape[1]
    found = np.bincount(truth[logits.argmax(axis=1) == truth], minlength=classes)
    return found / np.maximum(np.bincount(truth, minlength=classes), 1)


def _accuracy(logits: Logits, truth: Truth) -> float:
    return float(np.mean(logits.argmax(axis=1) == truth))


def _raised(
    logits: Logits, truth: Truth, start: Logits, floor: float, voters: NDArray[np.bool_]
) -> Logits:
    """`start`, raised step by step where a label is found too seldom."""
    bias = start.copy()
    while True:
        low = voters & (recalls(logits + bias, truth) < floor)
        low &= bias < start + _MOST_RAISED
        if not low.any():
            return bias
        bias[low] += STEP
