"""What was said against what is true: counts, and the figures that follow from them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.integer[Any]]  # (N,) positions in a list of labels


def confusion_matrix(predicted: Positions, truth: Positions, classes: int) -> NDArray[np.int64]:
    """(K, K) counts, rows true, columns predicted."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)


def class_report(confusion: NDArray[np.int64], labels: Sequence[str]) -> dict[str, Any]:
    """The figures of a confusion matrix.

    Args:
        confusion: (K, K) counts, rows true, columns predicted; at least one.
        labels: K names.

    Returns:
        accuracy, macro_f1, balanced_accuracy (mean recall), per_class: label → precision,
        recall, f1, support. Shares are 0..1; those of nothing are 0; macro_f1 and
        balanced_accuracy are means over the labels that occur.
    """
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    hits = confusion.diagonal()
    recall = hits / np.maximum(support, 1)
    precision = hits / np.maximum(predicted, 1)
    f1 = 2 * hits / np.maximum(support + predicted, 1)
    return {
        "accuracy": float(hits.sum() / confusion.sum()),
        "macro_f1": float(f1[support > 0].mean()),
        "balanced_accuracy": float(recall[support > 0].mean()),
        "per_class": {
            label: {
                "precision": float(precision[k]),
                "recall": float(recall[k]),
                "f1": float(f1[k]),
                "support": int(support[k]),
            }
            for k, label in enumerate(labels)
        },
    }
