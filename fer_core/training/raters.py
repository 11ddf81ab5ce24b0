"""The model beside the ten people who labelled each face for FER+: pure numpy.

Votes are (N, 10) counts in the order of `VOTE_COLUMNS`: the eight labels of FER+, then
"unknown" and "no face".
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.calibration import Probabilities, mean, threshold_of
from fer_core.faces import LABELS, FaceSet
from fer_core.fer2013 import majority
from fer_core.results import LEVELS

Votes = NDArray[np.float32]

EXPRESSIONS = LABELS["ferplus"]
MODERATE, STRONG = 0.5, 0.8  # share of the raters who choose the label


def agreement(predicted: NDArray[np.int64], labels: Sequence[str], votes: Votes) -> Probabilities:
    """The share of the raters of each face who chose what the model says, 0..1.

    Args:
        predicted: (N,) positions in `labels`.
        labels: names, all of them known to FER+.
        votes: (N, 10).

    Returns:
        (N,); raters who could not tell or saw no face count as disagreeing.
    """
    column = np.array([EXPRESSIONS.index(label) for label in labels])
    chosen = votes[np.arange(len(votes)), column[predicted]]
    return np.asarray(chosen / np.maximum(votes.sum(axis=1), 1), np.float64)


def vote_cross_entropy(probabilities: Probabilities, votes: Votes) -> float:
    """How well the model foretells a vote: mean cross entropy against the votes, in nats.

    Args:
        probabilities: (N, 8) over FER+'s labels; N at least 1.
        votes: (N, 10); single votes count, "unknown" and "no face" do not. Each face has a
            vote for an expression.

    Returns:
        The mean over faces of the mean over their votes of -log p.
    """
    return float((_shares(votes) * -np.log(np.maximum(probabilities, 1e-12))).sum(axis=1).mean())


def raters_cross_entropy(votes: Votes) -> float:
    """How well people foretell a vote: `vote_cross_entropy` of the others' votes, leave one out.

    Each vote in turn is foretold by the other votes for the same face. One more vote, spread
    evenly over the eight labels, keeps the probability of a lone vote above 0; on PublicTest
    hardly any other weight of it serves the raters better.
    """
    counts = votes[:, : len(EXPRESSIONS)].astype(np.float64)
    # For a vote that was cast; elsewhere the share below is 0.
    others = np.maximum(counts - 1, 0) + 1 / len(EXPRESSIONS)
    foretold = others / counts.sum(axis=1, keepdims=True)
    return float((_shares(votes) * -np.log(foretold)).sum(axis=1).mean())


def _shares(votes: Votes) -> Probabilities:
    counts = votes[:, : len(EXPRESSIONS)].astype(np.float64)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def intensity_thresholds(
    probabilities: Probabilities, labels: tuple[str, ...], votes: Votes
) -> tuple[float, float]:
    """Where the scores of expressions reach the agreement of half and of eight tenths.

    Args:
        probabilities: (N, K) calibrated.
        labels: K names.
        votes: (N, 10) of the same faces.

    Returns:
        The least confidence that is moderate, and the least that is strong: the thresholds of
        `EmotionScores.intensity`.
    """
    confidence, agreed = _expressive(probabilities, labels, votes)
    moderate = threshold_of(MODERATE, agreed, confidence)
    return moderate, max(moderate, threshold_of(STRONG, agreed, confidence))


def intensity_table(
    probabilities: Probabilities,
    labels: tuple[str, ...],
    votes: Votes,
    thresholds: tuple[float, float],
) -> dict[str, Any] | None:
    """The levels of `EmotionScores.intensity` checked against the raters.

    Returns:
        levels: level, from and to (bounds of the score), faces, agreement (mean share of the
        raters who chose the label; None without faces). spearman: rank correlation of score
        and agreement over all faces not called neutral. None when there is no correlation to
        speak of: fewer than two such faces, or all alike.
    """
    confidence, agreed = _expressive(probabilities, labels, votes)
    if len(np.unique(confidence)) < 2 or len(np.unique(agreed)) < 2:
        return None
    level = np.searchsorted(thresholds, confidence, side="right")
    bounds = (0.0, *thresholds, 1.0)
    rows = [
        {
            "level": name,
            "from": bounds[k],
            "to": bounds[k + 1],
            "faces": int((level == k).sum()),
            "agreement": mean(agreed[level == k]),
        }
        for k, name in enumerate(LEVELS)
    ]
    return {"levels": rows, "spearman": _spearman(confidence, agreed)}


def _expressive(
    probabilities: Probabilities, labels: tuple[str, ...], votes: Votes
) -> tuple[Probabilities, Probabilities]:
    """Confidence and agreement of the faces that the model does not call neutral."""
    top = probabilities.argmax(axis=1)
    rows = np.array(labels)[top] != "neutral"
    return probabilities.max(axis=1)[rows], agreement(top, labels, votes)[rows]


def _spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(pd.Series(a).rank(), pd.Series(b).rank())[0, 1])


def agreed_names(faces: FaceSet) -> NDArray[np.str_]:
    """The label of each face on which FER-2013 and the majority of the FER+ raters agree.

    Args:
        faces: with votes.

    Returns:
        (N,) names; "" where the two differ or the raters have no majority.
    """
    assert faces.votes is not None
    single = np.array(LABELS["fer2013"])[faces.labels]
    many = np.array([*EXPRESSIONS, ""])[majority(faces.votes)]
    return np.where(single == many, single, "")
