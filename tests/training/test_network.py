"""The network around a backbone: scaling, hidden layers, cuts, and finished runs."""

import json
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.faces import LABELS
from fer_core.training.config import Recipe
from fer_core.training.network import (
    WEIGHTS_FILE,
    build_network,
    freeze_backbone,
    labels_for,
    load_run,
    split_network,
    with_augmentation,
    with_probabilities,
)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = Recipe("small", network="emotioncnn", size=32, hidden=(8, 6))
LABELS_OF_ONE = {"fer2013": LABELS["fer2013"]}
IMAGES = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3)).astype("float32")


def answers(model: keras.Model, inputs: np.ndarray = IMAGES) -> dict[str, np.ndarray]:
    return {head: np.asarray(values) for head, values in model.predict_on_batch(inputs).items()}


def test_hidden_layers_and_heads() -> None:
    network = build_network(LABELS, SMALL, init="none")
    widths = [each.units for each in network.layers if isinstance(each, keras.layers.Dense)]
    assert widths == [8, 6, 7, 8]
    shapes = {head: values.shape for head, values in answers(network).items()}
    assert shapes == {"fer2013": (3, 7), "ferplus": (3, 8)}


@pytest.mark.parametrize(("setting", "kept"), [(0.0, 0.999), (0.9, 0.9)])
def test_batch_normalisation_follows_as_fast_as_the_recipe_says(
    setting: float, kept: float
) -> None:
    recipe = Recipe("small", network="mobilenetv2", norm_momentum=setting)
    model = with_augmentation(build_network(LABELS_OF_ONE, recipe, init="none"), recipe)
    norms = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(norms) == 52 and {norm.momentum for norm in norms} == {kept}


@pytest.mark.parametrize(("stride", "side"), [(0, 2), (2, 2), (1, 4)])
def test_the_stem_steps_as_far_as_the_recipe_says(stride: int, side: int) -> None:
    recipe = Recipe("small", network="mobilenetv2", stem_stride=stride)
    network = build_network(LABELS_OF_ONE, recipe, init="none")
    backbone = next(each for each in network.layers if isinstance(each, keras.Model))
    for each in (backbone, keras.models.clone_model(backbone)):  # what is exported is a copy
        assert each(np.zeros((1, 64, 64, 3), "float32")).shape[1:3] == (side, side)


@pytest.mark.parametrize(
    ("scaling", "black", "white"),
    [
        ("-1..1", (-1, -1, -1), (1, 1, 1)),
        ("0..1", (0, 0, 0), (1, 1, 1)),
        ("imagenet", (-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.6400)),
    ],
)
def test_scaling(scaling: str, black: tuple[float, ...], white: tuple[float, ...]) -> None:
    recipe = Recipe("x", network="emotioncnn", size=32, scaling=scaling)
    network = build_network(LABELS_OF_ONE, recipe, init="none")
    scaler = next(each for each in network.layers if isinstance(each, keras.layers.Rescaling))
    pixels = np.array([[[[0, 0, 0], [255, 255, 255]]]], "float32")
    scaled = keras.ops.convert_to_numpy(scaler(pixels))[0, 0]
    assert scaled == pytest.approx(np.array([black, white]), abs=1e-3)


@pytest.mark.parametrize("network", ["vgg", "nothing"])
def test_the_precision_policy_is_restored(network: str) -> None:
    recipe = Recipe("x", network=network, precision="mixed_bfloat16")
    try:
        built = build_network(LABELS_OF_ONE, recipe, init="none")
        assert built.output["fer2013"].dtype == "float32"
        kinds = {each.compute_dtype for each in built.layers}
        assert kinds == {"float32", "bfloat16"}
    except DataError:
        assert network == "nothing"
    assert keras.config.dtype_policy().name == "float32"


def test_both_parts_of_a_cut_network_make_the_whole() -> None:
    network = build_network(LABELS, SMALL, init="none")
    extractor, rest = split_network(network)
    features = np.asarray(extractor.predict_on_batch(IMAGES))
    assert features.shape == (3, 8 * 8 * 64)
    for head, expected in answers(network).items():
        assert answers(rest, features)[head] == pytest.approx(expected, abs=1e-5)
    weights = {id(each) for each in rest.trainable_variables}
    assert weights < {id(each) for each in network.trainable_variables}


def test_a_frozen_backbone_leaves_the_rest_to_train() -> None:
    network = build_network(LABELS_OF_ONE, SMALL, init="none")
    freeze_backbone(network)
    assert len(network.trainable_variables) == 2 * 3  # two hidden layers and the head


@pytest.mark.parametrize(("grayscale", "channels"), [(True, 1), (False, 3)])
def test_pictures_are_grey_or_in_colour(grayscale: bool, channels: int) -> None:
    recipe = Recipe("x", network="emotioncnn", size=32, grayscale=grayscale, contrast=0.5)
    network = build_network(LABELS_OF_ONE, recipe, init="none")
    model = with_augmentation(network, recipe)
    assert model.input_shape == (None, 32, 32, channels)
    grey = np.repeat(IMAGES[..., :1], 3, axis=-1)
    found = answers(model, grey[..., :channels])  # nothing changes outside training
    assert found["fer2013"] == pytest.approx(answers(network, grey)["fer2013"], abs=1e-5)


def test_copies_replace_the_augmentation_of_the_graph() -> None:
    recipe = Recipe("x", network="emotioncnn", size=32, contrast=0.5, class_count=5)
    network = build_network(LABELS_OF_ONE, recipe, init="none")
    kinds = {type(each).__name__ for each in with_augmentation(network, recipe).layers}
    assert kinds == {"InputLayer", "Concatenate", "Functional"}


def test_the_app_s_network_gives_probabilities_of_bytes() -> None:
    network = build_network(LABELS, SMALL, init="none")
    model = with_probabilities(network, size=32)
    for values in answers(model, IMAGES.astype("uint8")).values():
        assert values.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_dropped_classes_are_no_labels() -> None:
    recipe = Recipe("x", classes=("happy", "sad"))
    assert labels_for(recipe, "fer2013") == ("happy", "sad")
    assert labels_for(recipe, "ferplus") == LABELS["ferplus"]
    assert labels_for(Recipe("x"), "fer2013") == LABELS["fer2013"]


def test_a_finished_run_is_read_back(tmp_path: Path) -> None:
    recipe = Recipe("x", network="emotioncnn", size=32, heads=("fer2013",), classes=("sad", "fear"))
    network = build_network({"fer2013": recipe.classes}, recipe, init="none")
    network.save_weights(tmp_path / WEIGHTS_FILE)
    config = json.dumps({**asdict(recipe), "command": "train"})
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    read, found, labels = load_run(tmp_path)
    assert (found, labels) == (recipe, {"fer2013": ("sad", "fear")})
    assert answers(read)["fer2013"] == pytest.approx(answers(network)["fer2013"], abs=1e-5)


def test_no_run_and_foreign_weights(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder of a trained run"):
        load_run(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(asdict(SMALL)), encoding="utf-8")
    (tmp_path / WEIGHTS_FILE).write_bytes(b"nothing")
    with pytest.raises(DataError, match="weights of this network"):
        load_run(tmp_path)
