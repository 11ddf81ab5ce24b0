"""Sharpness-aware minimisation takes the step that can be worked out on paper."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.training.data import FaceSet
from fer_core.training.sharpness import sharpness_aware
from tests.training.small_runs import SMALL, changed, new_network, run_of

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RADIUS, RATE, START = 0.5, 0.1, 3.0


def parabola() -> tuple[keras.Model, keras.Model]:
    """What leaves its input as it is, and w·x with w = 3: a loss of w² at x = 1, y = 0."""
    inputs = keras.Input((1,))
    line = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(3))
    return keras.Model(inputs, keras.layers.Identity()(inputs)), keras.Sequential([inputs, line])


def test_a_step_follows_the_gradient_at_the_worst_point_nearby() -> None:
    prepare, network = parabola()
    model = sharpness_aware(prepare, network, RADIUS)
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss="mse")
    history = model.fit(np.ones((4, 1)), np.zeros((4, 1)), batch_size=4, verbose=0)
    assert network.get_weights()[0].item() == pytest.approx(START - RATE * 2 * (START + RADIUS))
    assert history.history["loss"][0] == pytest.approx(START**2)


def test_a_recipe_learns_with_it(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    recipe = replace(SMALL, sam_radius=0.05, rotation_deg=10.0)
    network, settings = run_of(recipe, faces, tmp_path / "run")
    assert settings["sam_radius"] == 0.05
    assert all(changed(new_network(recipe), network))


def test_without_tensorflow_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(DataError, match="Expected TensorFlow for a recipe with sam_radius"):
        sharpness_aware(*parabola(), RADIUS)
