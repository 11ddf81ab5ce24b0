"""Every figure of a head, from what it says of each face: pure numpy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.calibration import (
    CURVE,
    Probabilities,
    Truth,
    coverage_at,
    expected_calibration_error,
    not_sure_threshold,
    reliability,
)
from fer_core.curves import class_curves
from fer_core.faces import FaceSet
from fer_core.fer2013 import truth_of
from fer_core.metrics import NEUTRAL, metrics_of
from fer_core.training.answers import Answers
from fer_core.training.raters import (
    agreed_names,
    intensity_table,
    intensity_thresholds,
    raters_cross_entropy,
    vote_cross_entropy,
)

CHOOSER, REPORTED = "PublicTest", "PrivateTest"
AGREED = ("accuracy", "balanced_accuracy", "neutral_drift")


def figures_of(
    answers: Answers, chooser: FaceSet, tested: FaceSet, *, fresh: NDArray[np.bool_]
) -> dict[str, Any]:
    """Every figure of one head.

    Args:
        answers: of the head, for the faces of the two splits.
        chooser: PublicTest; thresholds are chosen on it.
        tested: the split that is reported.
        fresh: (N,) which faces of `tested` have no near-duplicate in Training.

    Returns:
        The figures of `metrics_of`, and:
        temperature; accuracy_flip, of scores averaged over a face and its mirror image;
        ece_before and reliability_before, at temperature 1; reliability;
        curves (see `class_curves`);
        coverage, a list of `coverage_at`, and not_sure, the chosen one;
        deduplicated: accuracy and macro_f1 without the faces that are not fresh, how many were
        removed and how many images are left; None when none is left;
        intensity (see `intensity_table`), where there are votes;
        vote_cross_entropy, for ferplus: of the model at temperature 1, of the model
        calibrated, and of the raters;
        neutral_drift_before and balanced_accuracy_before, where the head has a correction for
        rare labels: without it.
    """
    truth = truth_of(tested, answers.head, answers.labels)
    rows = truth >= 0
    truth, shown, before = truth[rows], answers.tested[rows], answers.uncalibrated[rows]
    right, confidence = shown.argmax(axis=1) == truth, shown.max(axis=1)
    threshold = _not_sure(answers, chooser)
    figures: dict[str, Any] = {
        **metrics_of(shown, truth, answers.labels),
        "accuracy_flip": accuracy_flip(shown, answers.mirrored[rows], truth),
        "temperature": answers.temperature,
        "ece_before": expected_calibration_error(before, truth),
        "reliability": reliability(shown, truth),
        "reliability_before": reliability(before, truth),
        "curves": class_curves(shown, truth, answers.labels),
        "coverage": [coverage_at(each, confidence, right) for each in CURVE],
        "not_sure": {**coverage_at(threshold, confidence, right), "chosen_on": CHOOSER},
        "deduplicated": _deduplicated(shown, truth, answers.labels, fresh[rows]),
    }
    if answers.uncorrected is not None:
        plain = metrics_of(answers.uncorrected[rows], truth, answers.labels)
        for key in ("neutral_drift", "balanced_accuracy"):
            figures[f"{key}_before"] = plain[key]
    if tested.votes is not None and chooser.votes is not None:
        thresholds = intensity_thresholds(answers.chooser, answers.labels, chooser.votes)
        figures["intensity"] = intensity_table(
            answers.tested, answers.labels, tested.votes, thresholds
        )
    if answers.head == "ferplus" and tested.votes is not None:
        votes = tested.votes[rows]
        figures["vote_cross_entropy"] = {
            "model": vote_cross_entropy(before, votes),
            "model_calibrated": vote_cross_entropy(shown, votes),
            "raters": raters_cross_entropy(votes),
        }
    return figures


def accuracy_flip(shown: Probabilities, mirrored: Probabilities, truth: Truth) -> float:
    """Accuracy (0..1) of the scores averaged over N faces and their mirror images."""
    return float(np.mean((shown + mirrored).argmax(axis=1) == truth))


def _not_sure(answers: Answers, chooser: FaceSet) -> float:
    truth = truth_of(chooser, answers.head, answers.labels)
    rows = truth >= 0
    guesses = answers.chooser[rows]
    return not_sure_threshold(guesses.max(axis=1), guesses.argmax(axis=1) == truth[rows])


def _deduplicated(
    shown: Probabilities, truth: Truth, labels: tuple[str, ...], fresh: NDArray[np.bool_]
) -> dict[str, Any] | None:
    if not fresh.any():
        return None
    figures = metrics_of(shown[fresh], truth[fresh], labels)
    kept = {key: figures[key] for key in ("images", "accuracy", "macro_f1")}
    return {**kept, "removed": int((~fresh).sum())}


def agreed_figures(answers: Sequence[Answers], faces: FaceSet) -> dict[str, Any] | None:
    """All heads on the same faces: those that FER-2013 and most FER+ raters call the same.

    Here, and nowhere else, heads with different label sets can be compared.

    Args:
        answers: of the heads, both with all their labels.
        faces: the tested split.

    Returns:
        images; heads: {head: accuracy, balanced_accuracy, neutral_drift}. None when there is
        but one head, no votes, or no such face except neutral ones.
    """
    if faces.votes is None or len(answers) < 2:
        return None
    names = agreed_names(faces)
    rows = np.flatnonzero(names != "")
    if set(names[rows]) <= {NEUTRAL}:
        return None
    heads = {}
    for each in answers:
        truth = np.array([each.labels.index(name) for name in names[rows]])
        figures = metrics_of(each.tested[rows], truth, each.labels)
        heads[each.head] = {key: figures[key] for key in AGREED}
    return {"images": len(rows), "heads": heads}
