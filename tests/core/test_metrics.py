"""Figures against hand-made cases."""

import numpy as np
import pytest

from fer_core.metrics import confusion_matrix, metrics_of, neutral_drift

LABELS = ("a", "b", "c")


def one_hot(predicted: list[int], confidence: float = 1.0) -> np.ndarray:
    rest = (1 - confidence) / 2
    return np.array([[confidence if k == p else rest for k in range(3)] for p in predicted])


def test_confusion_rows_are_true_and_columns_predicted() -> None:
    matrix = confusion_matrix(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert confusion_matrix(np.array([], int), np.array([], int), 2).tolist() == [[0, 0], [0, 0]]


def test_figures_of_a_small_case() -> None:
    # a: 2 of 3 found; b: 1 of 1 found, 1 false; c never occurs and is never said.
    figures = metrics_of(one_hot([0, 0, 1, 1], 0.8), np.array([0, 0, 0, 1]), LABELS)
    assert figures["accuracy"] == 0.75
    assert figures["per_class"]["a"] == pytest.approx(
        {"precision": 1.0, "recall": 2 / 3, "f1": 0.8, "support": 3}
    )
    assert figures["per_class"]["b"] == pytest.approx(
        {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 1}
    )
    assert figures["per_class"]["c"]["support"] == 0
    assert figures["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert figures["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert figures["log_loss"] == pytest.approx(-(3 * np.log(0.8) + np.log(0.1)) / 4)
    assert figures["ece"] == pytest.approx(0.05)
    assert figures["images"] == 4
    assert figures["confusion_matrix"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert figures["neutral_drift"] is None


@pytest.mark.parametrize(
    ("labels", "truth", "drift"),
    [
        (("happy", "neutral", "sad"), [0, 0, 2, 2], 0.5),  # of 4 others, 2 are called neutral
        (("happy", "neutral", "sad"), [0, 1, 0, 2], 1 / 3),
        (("happy", "neutral", "sad"), [0, 1, 1, 2], 0.0),
        (("happy", "neutral", "sad"), [1, 1, 1, 1], None),  # there is no other face
        (("happy", "angry", "sad"), [0, 0, 2, 2], None),  # there is no such label
    ],
)
def test_neutral_drift(labels: tuple[str, ...], truth: list[int], drift: float | None) -> None:
    assert neutral_drift(np.array([0, 1, 1, 2]), np.array(truth), labels) == drift
