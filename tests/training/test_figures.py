"""Every figure of a head, from made answers."""

import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.faces import LABELS, FaceSet
from fer_core.fer2013 import truth_of
from fer_core.training.answers import Answers
from fer_core.training.figures import agreed_figures, figures_of
from tests.training.conftest import votes_for

ANGRY, HAPPY, SAD, NEUTRAL = map(LABELS["fer2013"].index, ("angry", "happy", "sad", "neutral"))
IN_FERPLUS = {ANGRY: 4, HAPPY: 1, SAD: 3, NEUTRAL: 0}


def faces(labels: list[int], voted: list[int] | None = None) -> FaceSet:
    """Blank faces; most raters say what FER-2013 calls `voted`, by default the label."""
    votes = np.array([votes_for(each) for each in (voted or labels)], np.float32)
    return FaceSet(np.zeros((len(labels), 48, 48), np.uint8), np.array(labels), votes)


def saying(said: list[int], confidence: list[float], classes: int) -> np.ndarray:
    rows = [np.full(classes, (1 - c) / (classes - 1)) for c in confidence]
    for row, k, c in zip(rows, said, confidence, strict=True):
        row[k] = c
    return np.array(rows)


def answers(
    said: list[int], confidence: list[float], *, head: str = "fer2013", temperature: float = 1.0
) -> Answers:
    """The same answers for the tested faces, their mirror images and PublicTest."""
    rows = saying(said, confidence, len(LABELS[head]))
    return Answers(head, LABELS[head], temperature, rows, rows, rows)


TRUTH = [HAPPY, HAPPY, SAD, NEUTRAL]
SAID, CONFIDENCE = [HAPPY, NEUTRAL, SAD, NEUTRAL], [0.9, 0.4, 0.8, 0.7]
ALL_FRESH = np.ones(4, bool)


def test_figures_of_a_small_case() -> None:
    figures = figures_of(answers(SAID, CONFIDENCE), faces(TRUTH), faces(TRUTH), fresh=ALL_FRESH)
    assert (figures["images"], figures["accuracy"], figures["accuracy_flip"]) == (4, 0.75, 0.75)
    assert figures["neutral_drift"] == pytest.approx(1 / 3)
    assert figures["ece"] == pytest.approx((0.1 + 0.4 + 0.2 + 0.3) / 4)
    assert figures["ece_before"] == pytest.approx(figures["ece"])
    assert sum(row["count"] for row in figures["reliability"]) == 4
    assert len(figures["reliability_before"]) == len(figures["reliability"])
    assert [point["threshold"] for point in figures["coverage"]] == [k / 50 for k in range(50)]
    assert figures["coverage"][0] == {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.75}
    assert figures["not_sure"] == {
        **{"threshold": 0.41, "coverage": 0.75, "accuracy": 1.0},
        "chosen_on": "PublicTest",
    }
    assert figures["deduplicated"] == {
        **{"images": 4, "removed": 0, "accuracy": 0.75},
        "macro_f1": figures["macro_f1"],
    }
    assert "vote_cross_entropy" not in figures


def test_before_calibration_the_temperature_is_taken_back() -> None:
    one = answers(SAID, CONFIDENCE, temperature=2.0)
    squared = np.square(saying(SAID, CONFIDENCE, 7))  # p ** T
    squared /= squared.sum(axis=1, keepdims=True)
    assert one.uncalibrated == pytest.approx(squared, abs=1e-6)
    figures = figures_of(one, faces(TRUTH), faces(TRUTH), fresh=ALL_FRESH)
    top = squared.max(axis=1)
    gap = (abs(top[[0, 2, 3]].sum() - 3) + top[1]) / 4  # only the second guess is wrong
    assert figures["ece_before"] == pytest.approx(gap, abs=1e-6)
    assert figures["ece"] == pytest.approx((0.1 + 0.4 + 0.2 + 0.3) / 4)


def test_before_a_correction_for_rare_labels_it_is_taken_back() -> None:
    # Of itself the network calls the second face neutral; the correction makes it sad.
    logits = np.zeros((2, 7))
    logits[0, HAPPY], logits[1, [SAD, NEUTRAL]] = 3.0, (1.0, 1.5)
    bias = np.zeros(7)
    bias[NEUTRAL] = -1.0
    powers = np.exp((logits + bias) / 0.5)
    rows = powers / powers.sum(axis=1, keepdims=True)
    one = Answers("fer2013", LABELS["fer2013"], 0.5, rows, rows, rows, tuple(bias))
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert one.uncorrected == pytest.approx(softmax, abs=1e-6)
    both = faces([HAPPY, SAD])
    figures = figures_of(one, both, both, fresh=np.ones(2, bool))
    assert (figures["neutral_drift"], figures["neutral_drift_before"]) == (0.0, 0.5)
    assert (figures["balanced_accuracy"], figures["balanced_accuracy_before"]) == (1.0, 0.5)
    plain = figures_of(answers(SAID, CONFIDENCE), faces(TRUTH), faces(TRUTH), fresh=ALL_FRESH)
    assert "neutral_drift_before" not in plain


def test_the_threshold_is_chosen_on_public_test_and_measured_on_the_other_split() -> None:
    chooser = faces([HAPPY, SAD, SAD, NEUTRAL])  # there, the answers up to 0.4 are wrong
    tested = faces([SAD, HAPPY, SAD, SAD])
    figures = figures_of(answers(SAID, CONFIDENCE), chooser, tested, fresh=ALL_FRESH)
    assert figures["not_sure"]["threshold"] == 0.41
    assert figures["not_sure"]["accuracy"] == pytest.approx(1 / 3)


def test_faces_that_were_learnt_are_left_out_of_the_deduplicated_score() -> None:
    one = answers(SAID, CONFIDENCE)
    fresh = np.array([True, True, False, False])
    figures = figures_of(one, faces(TRUTH), faces(TRUTH), fresh=fresh)
    assert figures["deduplicated"] == {
        **{"images": 2, "removed": 2, "accuracy": 0.5},
        "macro_f1": pytest.approx(2 / 3),  # one of the two happy faces is found
    }
    none_left = figures_of(one, faces(TRUTH), faces(TRUTH), fresh=~ALL_FRESH)
    assert none_left["deduplicated"] is None


def test_the_mirror_image_counts_as_much_as_the_face() -> None:
    unsure, sure = saying([NEUTRAL], [0.4], 7), saying([HAPPY], [0.9], 7)
    one = Answers("fer2013", LABELS["fer2013"], 1.0, unsure, sure, unsure)
    figures = figures_of(one, faces([HAPPY]), faces([HAPPY]), fresh=np.array([True]))
    assert (figures["accuracy"], figures["accuracy_flip"]) == (0.0, 1.0)


def test_intensity_thresholds_are_chosen_on_public_test() -> None:
    said, confidence = [HAPPY, HAPPY, HAPPY, NEUTRAL], [0.5, 0.6, 0.7, 0.9]
    chooser = faces([HAPPY] * 4, [SAD, HAPPY, HAPPY, HAPPY])  # 8 of 10 say happy from 0.6 on
    tested = faces([HAPPY] * 4, [SAD, SAD, HAPPY, HAPPY])
    figures = figures_of(answers(said, confidence), chooser, tested, fresh=ALL_FRESH)
    levels = figures["intensity"]["levels"]
    assert [(row["to"], row["faces"]) for row in levels] == [(0.51, 1), (0.51, 0), (1.0, 2)]
    assert [row["agreement"] for row in levels] == [0.0, None, pytest.approx(0.4)]


def test_ferplus_counts_only_faces_with_a_majority_and_measures_votes() -> None:
    tested = faces(TRUTH)
    assert tested.votes is not None
    tested.votes[1] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]
    said = [IN_FERPLUS[each] for each in SAID]
    one = answers(said, CONFIDENCE, head="ferplus", temperature=0.5)
    figures = figures_of(one, faces(TRUTH), tested, fresh=np.array([True, True, False, True]))
    assert (figures["images"], figures["accuracy"]) == (3, 1.0)
    assert (figures["deduplicated"]["images"], figures["deduplicated"]["removed"]) == (2, 1)
    assert set(figures["vote_cross_entropy"]) == {"model", "model_calibrated", "raters"}
    mild, sharp = (figures["vote_cross_entropy"][key] for key in ("model", "model_calibrated"))
    assert mild > sharp  # every rater agrees with the model, and below temperature 1 it is surer


def test_without_votes_nothing_is_said_of_the_raters() -> None:
    plain = FaceSet(np.zeros((4, 48, 48), np.uint8), np.array(TRUTH))
    figures = figures_of(answers(SAID, CONFIDENCE), plain, plain, fresh=ALL_FRESH)
    assert "intensity" not in figures
    with pytest.raises(DataError, match="FER\\+ votes, by which the head ferplus"):
        truth_of(plain, "ferplus", LABELS["ferplus"])


def test_truth_goes_by_the_names_of_the_labels_that_a_head_has() -> None:
    tested = faces(TRUTH, [HAPPY, SAD, SAD, NEUTRAL])
    assert truth_of(tested, "fer2013", LABELS["fer2013"]).tolist() == TRUTH
    assert truth_of(tested, "fer2013", ("sad", "happy")).tolist() == [1, 1, 0, -1]
    expected = [IN_FERPLUS[each] for each in (HAPPY, SAD, SAD, NEUTRAL)]
    assert truth_of(tested, "ferplus", LABELS["ferplus"]).tolist() == expected


def test_heads_are_compared_on_faces_that_both_label_sets_call_the_same() -> None:
    tested = faces(TRUTH, [HAPPY, HAPPY, ANGRY, NEUTRAL])  # the third face is left out
    one = answers([HAPPY, HAPPY, SAD, SAD], [0.9] * 4)
    other = answers([IN_FERPLUS[each] for each in SAID], [0.9] * 4, head="ferplus")
    figures = agreed_figures([one, other], tested)
    assert figures is not None
    assert figures["images"] == 3
    assert figures["heads"] == {
        "fer2013": {
            **{"accuracy": pytest.approx(2 / 3), "balanced_accuracy": 0.5, "neutral_drift": 0.0}
        },
        "ferplus": {
            **{"accuracy": pytest.approx(2 / 3), "balanced_accuracy": 0.75, "neutral_drift": 0.5}
        },
    }


def test_nothing_to_compare() -> None:
    one = answers(SAID, CONFIDENCE)
    other = answers([IN_FERPLUS[each] for each in SAID], CONFIDENCE, head="ferplus")
    assert agreed_figures([one], faces(TRUTH)) is None
    assert agreed_figures([one, other], faces([NEUTRAL] * 4)) is None
    plain = FaceSet(np.zeros((4, 48, 48), np.uint8), np.array(TRUTH))
    assert agreed_figures([one, other], plain) is None
