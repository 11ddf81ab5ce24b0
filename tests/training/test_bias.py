"""The correction of a head's bias, on answers made by hand."""

import numpy as np
import pytest

from fer_core.training.bias import LEAST_FACES, fit_bias, recalls


def answers(
    counts: tuple[int, ...], *, shift: tuple[float, ...] = (0.0, 0.0, 0.0), seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Logits that point at the truth, noisily, and lean by `shift`."""
    truth = np.repeat(np.arange(len(counts)), counts)
    noise = np.random.default_rng(seed).normal(0, 1, (len(truth), len(counts)))
    return 2 * np.eye(len(counts))[truth] + noise + shift, truth


def test_recalls_of_a_small_case() -> None:
    logits = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [1.0, 2.0, 0.0]])
    assert recalls(logits, np.array([0, 0, 1])).tolist() == [0.5, 1.0, 0.0]


def test_a_label_that_is_missed_too_often_is_raised() -> None:
    logits, truth = answers((400, 400, 400), shift=(0.0, 0.0, -1.5))
    assert recalls(logits, truth)[2] < 0.5
    bias = fit_bias(logits, truth, least_recall=0.6)
    assert bias[2] == bias.max()
    assert bias.mean() == pytest.approx(0)
    assert recalls(logits + bias, truth).min() >= 0.6


def test_a_label_that_takes_too_many_faces_is_lowered() -> None:
    # Two thirds of the faces are neutral (0), and the network leans to neutral besides.
    logits, truth = answers((1200, 300, 300), shift=(1.0, 0.0, 0.0))
    bias = fit_bias(logits, truth, least_recall=0.0, most_lost=0.02)
    assert bias[0] == bias.min() < 0
    before, after = logits.argmax(axis=1), (logits + bias).argmax(axis=1)
    drift = [np.mean(each[truth != 0] == 0) for each in (before, after)]
    assert drift[1] < drift[0]


def test_accuracy_is_kept_when_the_recall_is_out_of_reach() -> None:
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2], [500, 500, 100])
    logits = np.eye(3)[truth] * 2 + rng.normal(0, 1, (1100, 3))
    logits[truth == 2] = logits[truth == 1][:100]  # label 2 cannot be told from label 1
    bias = fit_bias(logits, truth, least_recall=0.9, most_lost=0.01)
    accuracy = [np.mean(each.argmax(axis=1) == truth) for each in (logits, logits + bias)]
    assert accuracy[1] >= accuracy[0] - 0.01


def test_a_label_with_few_faces_has_no_say() -> None:
    logits, truth = answers((400, 400, LEAST_FACES - 1), shift=(0.0, 0.0, -9.0))
    few = fit_bias(logits, truth)
    logits, truth = answers((400, 400, LEAST_FACES), shift=(0.0, 0.0, -2.0))
    enough = fit_bias(logits, truth, most_lost=0.05)
    assert few == pytest.approx(np.zeros(3), abs=0.01)
    assert enough[2] > 0.5


def test_too_few_faces_of_every_label_leave_the_bias() -> None:
    logits, truth = answers((5, 5, 0))
    assert fit_bias(logits, truth).tolist() == [0, 0, 0]


def test_even_answers_are_left_alone() -> None:
    logits, truth = answers((400, 400, 400))
    assert fit_bias(logits, truth) == pytest.approx(np.zeros(3), abs=1e-6)


def test_the_correction_does_not_depend_on_a_constant() -> None:
    logits, truth = answers((300, 200, 100), shift=(0.0, 0.0, -1.0))
    assert fit_bias(logits + 7, truth) == pytest.approx(fit_bias(logits, truth))
