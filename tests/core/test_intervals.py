"""Differences between runs and how sure they are."""

import numpy as np
import pytest

from fer_core.intervals import differences

LABELS = ("a", "b")


def test_equal_runs_do_not_differ() -> None:
    matrix = [[80, 20], [30, 70]]
    for each in differences(LABELS, matrix, matrix):
        assert each.share == 0
        assert each.low < 0 < each.high
        assert not each.is_clear


def test_all_labels_come_first_then_each() -> None:
    rows = differences(LABELS, [[900, 100], [0, 1000]], [[500, 500], [0, 1000]])
    assert [each.label for each in rows] == ["", "a", "b"]
    assert [each.share for each in rows] == pytest.approx([0.2, 0.4, 0])
    assert [each.is_clear for each in rows] == [True, True, False]


def test_the_interval_is_as_wide_as_theory_says() -> None:
    row = differences(LABELS, [[70, 30], [0, 100]], [[70, 30], [0, 100]])[1]
    spread = np.sqrt(2 * 0.7 * 0.3 / 100)
    assert row.high - row.low == pytest.approx(2 * 1.96 * spread, rel=0.1)


def test_a_label_without_images_is_left_out() -> None:
    rows = differences(LABELS, [[5, 5], [0, 0]], [[5, 5], [1, 1]])
    assert [each.label for each in rows] == ["", "a"]
    assert differences(LABELS, [[0, 0], [0, 0]], [[1, 0], [0, 1]]) == []


def test_the_same_seed_gives_the_same_interval() -> None:
    once, again = (differences(LABELS, [[8, 2], [3, 7]], [[6, 4], [3, 7]]) for _ in range(2))
    assert once == again
