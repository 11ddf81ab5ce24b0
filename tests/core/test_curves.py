"""ROC and precision-recall curves against what can be counted by hand."""

import numpy as np
import pytest

from fer_core.curves import POINTS, class_curves, curve_of


def test_by_hand() -> None:
    curve = curve_of(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False]))
    assert curve["auc"] == pytest.approx(3 / 4)  # of four pairs, one is the wrong way round
    assert curve["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert (curve["false_positives"][0], curve["recall"][0]) == (0, 0)
    assert (curve["false_positives"][-1], curve["recall"][-1]) == (1, 1)
    assert (curve["recall_at"][0], curve["precision"][0]) == (0.5, 1)
    assert (curve["recall_at"][-1], curve["precision"][-1]) == (1, 0.5)


def test_equal_scores_are_one_threshold() -> None:
    curve = curve_of(np.full(4, 0.5), np.array([True, False, False, False]))
    assert curve["auc"] == 0.5
    assert curve["average_precision"] == 0.25
    assert curve["recall_at"] == [1.0]


def test_a_perfect_score() -> None:
    curve = curve_of(np.array([0.9, 0.8, 0.2]), np.array([True, True, False]))
    assert (curve["auc"], curve["average_precision"]) == (1, 1)


def test_area_is_the_share_of_pairs_in_order() -> None:
    random = np.random.default_rng(1)
    positive = random.random(2000) < 0.1
    scores = random.random(2000) + positive * 0.5
    curve = curve_of(scores, positive)
    pairs = scores[positive][:, None] > scores[~positive][None]
    assert curve["auc"] == pytest.approx(pairs.mean())
    assert len(curve["recall"]) <= POINTS
    assert len(curve["recall_at"]) <= POINTS
    drawn = np.trapezoid(curve["recall"], curve["false_positives"])
    assert drawn == pytest.approx(curve["auc"], abs=0.01)


def test_labels_that_nobody_has_are_left_out() -> None:
    scores = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]])
    assert list(class_curves(scores, np.array([0, 1]), ("a", "b", "c"))) == ["a", "b"]
    assert class_curves(scores, np.array([0, 0]), ("a", "b", "c")) == {}
