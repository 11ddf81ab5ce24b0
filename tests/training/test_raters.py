"""The model beside the raters, against hand-made votes."""

import math

import numpy as np
import pytest

from fer_core.faces import FaceSet
from fer_core.training.raters import (
    agreed_names,
    agreement,
    intensity_table,
    intensity_thresholds,
    raters_cross_entropy,
    vote_cross_entropy,
)

NEUTRAL, HAPPY, SURPRISE, UNKNOWN = 0, 1, 2, 8


def votes(*faces: dict[int, int]) -> np.ndarray:
    rows = np.zeros((len(faces), 10), np.float32)
    for row, counts in zip(rows, faces, strict=True):
        for column, count in counts.items():
            row[column] = count
    return rows


def test_agreement_goes_by_the_name_of_the_label() -> None:
    cast = votes({HAPPY: 7, NEUTRAL: 2, UNKNOWN: 1}, {HAPPY: 7, NEUTRAL: 2, UNKNOWN: 1}, {})
    said = np.array([0, 1, 0])  # happy, neutral, and happy of a face that nobody judged
    assert agreement(said, ("happy", "neutral"), cast).tolist() == pytest.approx([0.7, 0.2, 0.0])


def test_cross_entropy_of_the_model_is_the_mean_over_faces_of_the_mean_over_votes() -> None:
    sure = [0.3, 0.7, 0, 0, 0, 0, 0, 0]
    even = [1 / 8] * 8
    cast = votes({HAPPY: 1, NEUTRAL: 1}, {HAPPY: 9, UNKNOWN: 1})
    expected = (-(math.log(0.3) + math.log(0.7)) / 2 + math.log(8)) / 2
    assert vote_cross_entropy(np.array([sure, even]), cast) == pytest.approx(expected)


def test_cross_entropy_of_the_raters_leaves_each_of_them_out() -> None:
    faces = ({HAPPY: 10}, {HAPPY: 6, NEUTRAL: 3, SURPRISE: 1}, {HAPPY: 2, UNKNOWN: 8})
    means = []
    for counts in faces:
        cast = [column for column, count in counts.items() for _ in range(count)]
        cast = [column for column in cast if column != UNKNOWN]
        losses = []
        for left_out, column in enumerate(cast):
            others = cast[:left_out] + cast[left_out + 1 :]
            losses.append(-math.log((others.count(column) + 1 / 8) / (len(others) + 1)))
        means.append(sum(losses) / len(losses))
    assert raters_cross_entropy(votes(*faces)) == pytest.approx(sum(means) / 3)


def faces_with_agreement(*shares: float) -> tuple[np.ndarray, np.ndarray]:
    """Confidence in happy rises from 0.55 in steps of 0.1; so many of ten raters say happy."""
    confidence = 0.55 + 0.1 * np.arange(len(shares))
    cast = votes(*({HAPPY: round(10 * s), NEUTRAL: 10 - round(10 * s)} for s in shares))
    return np.stack([confidence, 1 - confidence], axis=1), cast


def test_intensity_thresholds_lie_where_agreement_passes_a_half_and_eight_tenths() -> None:
    probabilities, cast = faces_with_agreement(0.3, 0.6, 0.7, 0.9, 1.0)
    labels = ("happy", "neutral")
    assert intensity_thresholds(probabilities, labels, cast) == (0.56, 0.76)
    weak, cast = faces_with_agreement(0.3, 0.6, 0.7, 0.7, 0.7)
    assert intensity_thresholds(weak, labels, cast) == (0.56, 0.96)


def test_intensity_table_leaves_neutral_faces_out() -> None:
    probabilities, cast = faces_with_agreement(0.3, 0.6, 0.7, 0.9, 1.0)
    probabilities = np.concatenate([probabilities, [[0.1, 0.9]]])
    cast = np.concatenate([cast, votes({NEUTRAL: 10})])
    table = intensity_table(probabilities, ("happy", "neutral"), cast, (0.6, 0.9))
    assert table == {
        "levels": [
            {"level": "low", "from": 0.0, "to": 0.6, "faces": 1, "agreement": pytest.approx(0.3)},
            {
                **{"level": "moderate", "from": 0.6, "to": 0.9},
                **{"faces": 3, "agreement": pytest.approx((0.6 + 0.7 + 0.9) / 3)},
            },
            {"level": "strong", "from": 0.9, "to": 1.0, "faces": 1, "agreement": 1.0},
        ],
        "spearman": pytest.approx(1.0),
    }


def test_no_correlation_without_differences() -> None:
    probabilities, cast = faces_with_agreement(0.6, 0.6)
    labels = ("happy", "neutral")
    assert intensity_table(probabilities, labels, cast, (0.6, 0.9)) is None
    assert intensity_table(probabilities[:0], labels, cast[:0], (0.6, 0.9)) is None


def test_faces_on_which_both_label_sets_agree() -> None:
    cast = votes({HAPPY: 8, NEUTRAL: 2}, {HAPPY: 8}, {HAPPY: 5, NEUTRAL: 5})
    happy, sad = 3, 4
    faces = FaceSet(np.zeros((3, 48, 48), np.uint8), np.array([happy, sad, happy]), cast)
    assert agreed_names(faces).tolist() == ["happy", "", ""]
