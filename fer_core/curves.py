"""How well each label's score tells its faces from the others: ROC and precision over recall."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.calibration import Probabilities, Truth

POINTS = 50  # as many as a small chart can show


def class_curves(
    probabilities: Probabilities, truth: Truth, labels: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """The curves of each label against all others.

    Args:
        probabilities: (N, K).
        truth: (N,) positions in `labels`.
        labels: K names.

    Returns:
        label → `curve_of` its scores; a label that no face or every face has is left out.
    """
    wanted = {label: truth == k for k, label in enumerate(labels)}
    return {
        label: curve_of(probabilities[:, k], wanted[label])
        for k, label in enumerate(labels)
        if 0 < wanted[label].sum() < len(truth)
    }


def curve_of(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> dict[str, Any]:
    """ROC and precision-recall curve of one score (Davis & Goadrich 2006).

    Args:
        scores: (N,).
        positive: (N,) which faces have the label; some do, some do not.

    Returns:
        auc: area under the ROC curve. average_precision: mean precision over the recalls that
        are gained, threshold by threshold. false_positives, recall: points of the ROC curve,
        from 0 to 1; recall_at, precision: points of the other curve, the highest threshold
        first. All are shares, 0..1, those of the points rounded to four places; the areas are
        of the whole curves.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]), -1))  # last face at each threshold
    hits = np.cumsum(positive[order])[ends]
    alarms = ends + 1 - hits
    recall, false = hits / positive.sum(), alarms / (~positive).sum()
    precision = hits / (hits + alarms)
    roc_x, roc_y = np.append(0.0, false), np.append(0.0, recall)
    roc = _spread(roc_x, roc_y)
    pairs = _spread(recall, precision)
    return {
        "auc": float(np.trapezoid(roc_y, roc_x)),
        "average_precision": float(np.sum(np.diff(recall, prepend=0.0) * precision)),
        "false_positives": _rounded(roc_x[roc]),
        "recall": _rounded(roc_y[roc]),
        "recall_at": _rounded(recall[pairs]),
        "precision": _rounded(precision[pairs]),
    }


def _spread(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of at most `POINTS` points of a curve, ends included, evenly along its length."""
    length = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    wanted = np.linspace(0, length[-1], POINTS)
    return np.unique(np.clip(np.searchsorted(length, wanted), 0, len(x) - 1))


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
