"""Smaller networks: what is zero, what is left out, and what stays as it was."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from fer_core.training.config import Recipe
from fer_core.training.network import build_network, with_probabilities
from fer_core.training.pruning import can_be_narrowed, leaves, narrowed, pruned
from tests.training.small_network import SIDE, noisy_faces, small_network

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return with_probabilities(small_network("fer2013", "ferplus"), size=SIDE)


def kernel(model: keras.Model, name: str) -> np.ndarray:
    return next(each for each in leaves(model) if each.name == name).get_weights()[0]


def answers(model: keras.Model) -> dict[str, np.ndarray]:
    batch = np.repeat(noisy_faces(14).images[:, :SIDE, :SIDE, None], 3, axis=-1)
    return model.predict_on_batch(batch)


def test_the_smallest_weights_of_wide_layers_become_zero(model: keras.Model) -> None:
    half = pruned(model, 0.5)
    for name in ("last", "fer2013", "ferplus"):
        before, after = kernel(model, name), kernel(half, name)
        assert np.mean(after == 0) == pytest.approx(0.5, abs=0.01)
        assert np.abs(before[after == 0]).max() <= np.abs(after[after != 0]).min()
        assert np.array_equal(after[after != 0], before[after != 0])
    assert (kernel(half, "first") != 0).all()  # 3×3: left as it is
    assert (kernel(model, "last") != 0).all()


def test_pruning_nothing_changes_no_answer(model: keras.Model) -> None:
    for head, values in answers(pruned(model, 0.0)).items():
        assert values == pytest.approx(answers(model)[head], abs=1e-6)


def test_channels_that_nobody_reads_are_left_out_first() -> None:
    network = small_network("fer2013", "ferplus")
    for head in ("fer2013", "ferplus"):
        weights, bias = network.get_layer(head).get_weights()
        weights[::2] = 0
        network.get_layer(head).set_weights([weights, bias])
    model = with_probabilities(network, size=SIDE)
    half = narrowed(model, 0.5)
    assert kernel(half, "last").shape == (1, 1, 8, 8)
    assert kernel(half, "ferplus").shape == (8, 8)
    assert np.array_equal(kernel(half, "fer2013"), kernel(model, "fer2013")[1::2])
    for head, values in answers(half).items():
        assert values == pytest.approx(answers(model)[head], abs=1e-5)


def test_other_networks_are_not_narrowed() -> None:
    known = small_network("fer2013", "ferplus")
    assert can_be_narrowed(with_probabilities(known, size=SIDE))
    hidden = Recipe("x", network="mobilenetv2", size=32, hidden=(8,))
    flat = replace(hidden, network="emotioncnn")
    for recipe in (hidden, flat):
        assert not can_be_narrowed(build_network({"fer2013": ("a", "b")}, recipe, init="none"))


def test_the_average_of_what_is_left_out_stays_in_the_bias() -> None:
    network = small_network("fer2013")
    normalization = network.get_layer("last_norm")
    gamma, beta, *moving = normalization.get_weights()
    gamma[:8], beta[:8] = 0, np.linspace(-1, 8, 8)  # constant channels: relu6(beta)
    normalization.set_weights([gamma, beta, *moving])
    model = with_probabilities(network, size=SIDE)
    half = narrowed(model, 0.5)
    assert answers(half)["fer2013"] == pytest.approx(answers(model)["fer2013"], abs=1e-5)
