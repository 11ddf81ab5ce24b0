"""Figures of a classifier from its probabilities: pure numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.training.calibration import (
    Probabilities,
    Truth,
    expected_calibration_error,
    mean,
)

NEUTRAL = "neutral"


def metrics_of(
    probabilities: Probabilities, truth: Truth, labels: tuple[str, ...]
) -> dict[str, Any]:
    """The figures that need nothing but probabilities and labels.

    Args:
        probabilities: (N, K), rows sum to 1; N at least 1.
        truth: (N,) positions in `labels`.
        labels: K names.

    Returns:
        labels, images, accuracy, macro_f1, balanced_accuracy (mean recall), neutral_drift (see
        `neutral_drift`), log_loss (nats), ece, per_class (precision, recall, f1, support),
        confusion_matrix (rows true, columns predicted). Shares are 0..1; macro_f1 and
        balanced_accuracy are means over the classes that occur.
    """
    confusion = confusion_matrix(probabilities.argmax(axis=1), truth, len(labels))
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    hits = confusion.diagonal()
    recall = hits / np.maximum(support, 1)
    precision = hits / np.maximum(predicted, 1)
    f1 = 2 * hits / np.maximum(support + predicted, 1)
    likelihood = probabilities[np.arange(len(truth)), truth]
    return {
        "labels": list(labels),
        "images": len(truth),
        "accuracy": float(hits.sum() / len(truth)),
        "macro_f1": float(f1[support > 0].mean()),
        "balanced_accuracy": float(recall[support > 0].mean()),
        "neutral_drift": neutral_drift(probabilities.argmax(axis=1), truth, labels),
        "log_loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        "ece": expected_calibration_error(probabilities, truth),
        "per_class": {
            label: {
                "precision": float(precision[k]),
                "recall": float(recall[k]),
                "f1": float(f1[k]),
                "support": int(support[k]),
            }
            for k, label in enumerate(labels)
        },
        "confusion_matrix": confusion.tolist(),
    }


def confusion_matrix(predicted: Truth, truth: Truth, classes: int) -> NDArray[np.int64]:
    """(K, K) counts, rows true, columns predicted."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def neutral_drift(predicted: Truth, truth: Truth, labels: tuple[str, ...]) -> float | None:
    """The share of the faces with another label that are called neutral.

    Args:
        predicted, truth: (N,) positions in `labels`.
        labels: names.

    Returns:
        0..1; None when no label is neutral, or no face has another one.
    """
    if NEUTRAL not in labels:
        return None
    neutral = labels.index(NEUTRAL)
    return mean(predicted[truth != neutral] == neutral)
