"""Every extractor can be built, and normalises as Keras does."""

import keras
import numpy as np
import pytest
from keras import layers

from fer_core.errors import DataError
from fer_core.training.backbones import BACKBONES, PRETRAINED, build_backbone
from fer_core.training.fast_norm import (
    FusedBatchNormalization,
    with_fused_normalization,
    with_plain_normalization,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def normalizations(model: keras.Model) -> set[type]:
    return {
        type(layer)
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, layers.BatchNormalization)
    }


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_take_any_size_and_normalise_fast(name: str) -> None:
    backbone = build_backbone(name, init="none")
    height, width = backbone.compute_output_shape((None, 64, 96, 3))[1:3]
    assert (width, height) in {(3, 2), (6, 4), (12, 8), (24, 16)}
    expected = set() if name == "emotioncnn" else {FusedBatchNormalization}
    assert normalizations(backbone) == expected


@pytest.mark.parametrize("name", PRETRAINED)
def test_backbones_leave_scaling_to_the_network(name: str) -> None:
    backbone = build_backbone(name, init="none")
    scalers = (layers.Rescaling, layers.Normalization)
    assert not [each for each in backbone.layers if isinstance(each, scalers)]


def test_unknown_names_and_missing_weights() -> None:
    with pytest.raises(DataError, match="network out of mobilenetv2.*Received 'resnet50'"):
        build_backbone("resnet50", init="none")
    with pytest.raises(DataError, match="--init none starts from random weights"):
        build_backbone("mobilenetv2", init="nowhere.weights.h5")


def plain_model() -> keras.Model:
    """A convolution and a normalisation with weights that matter."""
    images = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, use_bias=False)(images)
    x = layers.BatchNormalization(momentum=0.8)(x)
    model = keras.Model(images, layers.Activation("relu")(x))
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.2, 1.5, w.shape).astype("float32") for w in model.weights])
    return model


def statistics(model: keras.Model) -> tuple[np.ndarray, np.ndarray]:
    norm = next(each for each in model.layers if isinstance(each, layers.BatchNormalization))
    to_numpy = keras.ops.convert_to_numpy
    return to_numpy(norm.moving_mean), to_numpy(norm.moving_variance)


def test_fused_normalisation_is_keras_own_but_for_the_unbiased_variance() -> None:
    plain = plain_model()
    fused = with_fused_normalization(plain)
    images = np.random.default_rng(2).normal(0, 1, (5, 6, 6, 3)).astype("float32")
    before = statistics(plain)[1]
    for training in (False, True):
        expected = keras.ops.convert_to_numpy(plain(images, training=training))
        found = keras.ops.convert_to_numpy(fused(images, training=training))
        assert found == pytest.approx(expected, abs=1e-4)
    assert statistics(fused)[0] == pytest.approx(statistics(plain)[0], rel=1e-4)
    values = 5 * 4 * 4  # of each channel
    grown = statistics(plain)[1] - 0.8 * before
    if keras.backend.backend() == "tensorflow":
        grown = grown * values / (values - 1)
    assert statistics(fused)[1] == pytest.approx(0.8 * before + grown, rel=1e-4)


def test_a_frozen_normalisation_keeps_its_statistics() -> None:
    fused = with_fused_normalization(plain_model())
    fused.trainable = False
    before = statistics(fused)
    fused(np.ones((2, 5, 5, 3), "float32"), training=True)
    for old, new in zip(before, statistics(fused), strict=True):
        assert (old == new).all()


def test_copies_go_both_ways_and_keep_the_weights() -> None:
    plain = plain_model()
    outer = keras.Sequential([keras.Input((None, None, 3)), plain])
    fused = with_fused_normalization(outer)
    back = with_plain_normalization(fused)
    assert normalizations(fused) == {FusedBatchNormalization}
    assert normalizations(back) == {layers.BatchNormalization}
    images = np.random.default_rng(3).normal(0, 1, (2, 5, 5, 3)).astype("float32")
    expected = keras.ops.convert_to_numpy(outer(images))
    assert keras.ops.convert_to_numpy(back(images)) == pytest.approx(expected, abs=1e-5)
