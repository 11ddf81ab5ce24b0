"""The layers that change training faces, each on a handful of pictures."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from fer_core.training.augmentation import (
    RandomAffine,
    RandomDegrade,
    RandomLight,
    RandomPatch,
    augmentation,
)
from fer_core.training.config import Recipe

LAYERS = [
    RandomAffine(rotation_deg=20, zoom=0.2, shift=0.1, seed=1),
    RandomLight(contrast=0.5, brightness=0.3, seed=1),
    RandomPatch(probability=1.0, seed=1),
    RandomDegrade(probability=1.0, seed=1),
]


def pictures(count: int = 8, side: int = 48) -> np.ndarray:
    """Grey noise, (N, S, S, 1) float32 in 0..255."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (count, side, side, 1)).astype(np.float32)


def changed(layer: keras.Layer, images: np.ndarray) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(layer(images, training=True)))


def degrade(**strengths: float) -> RandomDegrade:
    """The layer with every picture chosen and only these of its strengths above 0."""
    layer = RandomDegrade(probability=1.0, seed=1)
    for name in ("BLUR", "CELL", "LOG_GAMMA", "NOISE"):
        setattr(layer, name, strengths.get(name, 0.0))
    return layer


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_layers_change_pictures_only_in_training(layer: keras.Layer) -> None:
    images = pictures()
    assert np.array_equal(keras.ops.convert_to_numpy(layer(images)), images)
    once, again = changed(layer, images), changed(layer, images)
    assert once.shape == images.shape and once.dtype == np.float32
    assert once.min() >= 0 and once.max() <= 255
    assert not np.array_equal(once, images)
    assert not np.array_equal(once, again)


@pytest.mark.parametrize("kind", [RandomLight, RandomPatch, RandomDegrade])
def test_colours_are_changed_alike(kind: type[keras.Layer]) -> None:
    settings = {"contrast": 0.5, "brightness": 0.3} if kind is RandomLight else {"probability": 1.0}
    grey, colour = (kind(**settings, seed=1) for _ in range(2))
    expected = changed(grey, pictures())
    found = changed(colour, np.repeat(pictures(), 3, axis=-1))
    assert found == pytest.approx(np.repeat(expected, 3, axis=-1), abs=0.01)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_one_network_takes_every_size(layer: keras.Layer) -> None:
    grey = keras.Input((None, None, 1))
    model = keras.Model(grey, layer(grey))
    for count, side in ((1, 32), (3, 45), (2, 96)):
        assert changed(model, pictures(count, side)).shape == (count, side, side, 1)


@pytest.mark.parametrize(("probability", "chosen"), [(0.0, 0), (0.25, 2), (0.3, 2), (1.0, 8)])
def test_degrade_changes_the_share_it_is_told(probability: float, chosen: int) -> None:
    images = pictures()
    same = changed(RandomDegrade(probability=probability, seed=1), images) == images
    whole = same.all(axis=(1, 2, 3))
    assert whole.tolist() == [False] * chosen + [True] * (8 - chosen)


def test_degrade_repeats_with_its_seed() -> None:
    images = pictures()
    a, b, other = (changed(RandomDegrade(probability=1.0, seed=s), images) for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, other)


def test_degrade_without_strength_leaves_pictures_nearly_alone() -> None:
    images = pictures()
    assert np.abs(changed(degrade(), images) - images).max() < 4


@pytest.mark.parametrize("strength", [{"BLUR": 1 / 8}, {"CELL": 1 / 8}])
def test_blur_and_low_resolution_smooth_and_keep_even_grey(strength: dict[str, float]) -> None:
    even = np.full((32, 48, 48, 1), 200, np.float32)
    assert changed(degrade(**strength), even) == pytest.approx(even, abs=0.01)
    spread = changed(degrade(**strength), pictures(32)).std(axis=(1, 2, 3))
    assert spread.max() < 75  # that of the pictures is 74
    assert spread.min() < 30


def test_blur_and_low_resolution_leave_an_edge_where_it_is() -> None:
    edge = np.zeros((32, 48, 48, 1), np.float32)
    edge[:, :, 24:] = 255
    for strength in ({"BLUR": 1 / 16}, {"CELL": 1 / 16}):
        result = changed(degrade(**strength), edge)
        assert result.mean(axis=(1, 2, 3)) == pytest.approx(127.5, abs=3)
        assert result[:, :, :18].max() < 30
        assert result[:, :, 30:].min() > 225


def test_gamma_keeps_black_and_white() -> None:
    even = np.repeat(np.array([0, 64, 255], np.float32), 32)[:, None, None, None]
    images = np.broadcast_to(even, (96, 8, 8, 1)).copy()
    black, dark, white = changed(degrade(LOG_GAMMA=np.log(2)), images)[:, 4, 4, 0].reshape(3, 32)
    assert black == pytest.approx(0, abs=0.1)
    assert white == pytest.approx(255, abs=0.1)
    assert 255 * (64 / 255) ** 2 - 1 <= dark.min() < 50
    assert 90 < dark.max() <= 255 * (64 / 255) ** 0.5 + 1


def test_noise_is_as_coarse_as_a_training_face() -> None:
    even = np.full((48, 96, 96, 1), 128, np.float32)
    noise = changed(degrade(NOISE=20.0), even)[..., 0] - 128
    assert noise.std(axis=(1, 2)).max() < 20
    loud = noise[noise.std(axis=(1, 2)) > 1]
    neighbours = [np.corrcoef(a[:, :-1].ravel(), a[:, 1:].ravel())[0, 1] for a in loud]
    far = [np.corrcoef(a[:, :-6].ravel(), a[:, 6:].ravel())[0, 1] for a in loud]
    assert len(loud) > 2
    assert min(neighbours) > 0.4
    assert max(np.abs(far)) < 0.1


def names(recipe: Recipe) -> list[str]:
    return [type(layer).__name__ for layer in augmentation(recipe)]


def test_a_recipe_without_settings_augments_nothing() -> None:
    assert names(Recipe("x")) == []


@pytest.mark.parametrize(
    ("setting", "layer"),
    [
        ("rotation_deg", "RandomAffine"),
        ("zoom", "RandomAffine"),
        ("shift", "RandomAffine"),
        ("contrast", "RandomLight"),
        ("brightness", "RandomLight"),
        ("degrade", "RandomDegrade"),
        ("erase_probability", "RandomPatch"),
    ],
)
def test_a_setting_brings_its_layer(setting: str, layer: str) -> None:
    settings: dict[str, Any] = {setting: 0.5}
    assert names(replace(Recipe("x"), **settings)) == [layer]


def test_the_patch_lies_over_what_the_camera_does() -> None:
    recipe = Recipe("x", zoom=0.1, contrast=0.1, degrade=0.5, erase_probability=0.5)
    assert names(recipe) == ["RandomAffine", "RandomLight", "RandomDegrade", "RandomPatch"]
