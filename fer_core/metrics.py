"""Figures of a classifier from its probabilities: pure numpy."""

from typing import Any

import numpy as np

from fer_core.calibration import Probabilities, Truth, expected_calibration_error, mean
from fer_core.confusion import class_report, confusion_matrix

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
    report = class_report(confusion, labels)
    likelihood = probabilities[np.arange(len(truth)), truth]
    return {
        "labels": list(labels),
        "images": len(truth),
        **{name: report[name] for name in ("accuracy", "macro_f1", "balanced_accuracy")},
        "neutral_drift": neutral_drift(probabilities.argmax(axis=1), truth, labels),
        "log_loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        "ece": expected_calibration_error(probabilities, truth),
        "per_class": report["per_class"],
        "confusion_matrix": confusion.tolist(),
    }


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
