"""Counts of what was said against what is true."""

import numpy as np
import pytest

from fer_core.confusion import class_report, confusion_matrix


def test_nothing_is_counted_as_nothing() -> None:
    assert confusion_matrix(np.array([], int), np.array([], int), 2).tolist() == [[0, 0], [0, 0]]


def test_rows_are_true_and_columns_predicted() -> None:
    matrix = confusion_matrix(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_the_report_follows_from_the_counts() -> None:
    report = class_report(np.array([[3, 1, 0], [0, 1, 1], [0, 0, 0]]), ["a", "b", "c"])
    assert report["accuracy"] == pytest.approx(4 / 6)
    assert report["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert report["macro_f1"] == pytest.approx((6 / 7 + 1 / 2) / 2)
    assert report["per_class"]["a"] == {
        "precision": 1.0,
        "recall": 0.75,
        "f1": pytest.approx(6 / 7),
        "support": 4,
    }
    assert report["per_class"]["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}
