"""Figures of a classifier from its probabilities: pure numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Truth = NDArray[np.int64]

ECE_BINS = 15


def metrics_of(
    probabilities: Probabilities, truth: Truth, labels: tuple[str, ...]
) -> dict[str, Any]:
    """Every figure of metrics.json for one head.

    Args:
        probabilities: (N, K), rows sum to 1; N at least 1.
        truth: (N,) positions in `labels`.
        labels: K names.

    Returns:
        labels, images, accuracy, macro_f1, balanced_accuracy (mean recall), log_loss (nats),
        ece, per_class (precision, recall, f1, support), confusion_matrix (rows true, columns
        predicted). Shares are 0..1; macro_f1 and balanced_accuracy are means over the classes
        that occur.
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


def expected_calibration_error(probabilities: Probabilities, truth: Truth) -> float:
    """Mean gap between confidence and accuracy over 15 equal bins of confidence (Guo 2017)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gap = np.bincount(bins, confidence - right, minlength=ECE_BINS)
    return float(np.abs(gap).sum() / len(truth))


def fit_temperature(probabilities: Probabilities, truth: Truth) -> float:
    """The divisor of the logits that gives the least log loss (Guo et al. 2017).

    Args:
        probabilities: (N, K) at temperature 1.
        truth: (N,) positions.

    Returns:
        A temperature in 0.25..4.
    """
    logits = np.log(np.maximum(probabilities, 1e-12))
    rows = np.arange(len(truth))

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, truth]))

    grid = np.geomspace(0.25, 4.0, 161)  # steps of 1.7 %, finer than the loss can tell apart
    return round(float(min(grid, key=loss)), 4)
