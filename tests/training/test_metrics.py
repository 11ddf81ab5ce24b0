"""Figures against hand-made cases."""

import numpy as np
import pytest

from fer_core.training.metrics import (
    confusion_matrix,
    expected_calibration_error,
    fit_temperature,
    metrics_of,
)

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


@pytest.mark.parametrize(
    ("confidence", "right", "ece"),
    [(1.0, 10, 0.0), (1.0, 5, 0.5), (0.8, 8, 0.0), (0.9, 7, 0.2), (0.5, 9, 0.4)],
)
def test_calibration_error(confidence: float, right: int, ece: float) -> None:
    truth = np.array([0] * right + [1] * (10 - right))
    assert expected_calibration_error(one_hot([0] * 10, confidence), truth) == pytest.approx(ece)


def test_temperature_cools_the_shy_and_warms_the_bold() -> None:
    truth = np.array([0] * 80 + [1] * 20)
    assert fit_temperature(one_hot([0] * 100, 0.99), truth) > 1.3
    assert fit_temperature(one_hot([0] * 100, 0.5), truth) < 0.8
    assert fit_temperature(one_hot([0] * 80 + [1] * 10 + [2] * 10, 0.85), truth) == pytest.approx(
        1.0, abs=0.35
    )
