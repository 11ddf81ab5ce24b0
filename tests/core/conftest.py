"""What several test files of the core share."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.bundle import InputSpec, ModelCard, sha256_of
from fer_core.results import RgbImage
from fer_core.samples import sample_image
from fer_core.testing import FER2013_LABELS, FERPLUS_LABELS

TINY_SIDE = 16


@pytest.fixture(scope="session")
def astronaut() -> RgbImage:
    """512×512, one face of about 105 pixels around (226, 121), from the front."""
    return sample_image("astronaut")


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as the trainer exports it, around an untrained network of 16 pixels.

    The one place of these tests that imports TensorFlow.
    """
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras and TensorFlow warn of their own insides
        _write_tiny_network(folder)
    card = ModelCard(
        "tiny",
        {"fer2013": FER2013_LABELS, "ferplus": FERPLUS_LABELS},
        InputSpec(TINY_SIDE),
        recipe="test",
        temperature={"fer2013": 1.0, "ferplus": 2.0},
    )
    sums = {name: sha256_of(folder / name) for name in ("model.tflite", "model.keras")}
    (folder / "card.json").write_text(replace(card, sha256=sums).to_json(), encoding="utf-8")
    return folder


def _write_tiny_network(folder: Path) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    images = keras.Input((TINY_SIDE, TINY_SIDE, 3), dtype="uint8", name="images")
    x = keras.layers.Rescaling(1 / 127.5, -1)(images)
    x = keras.layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    x = keras.layers.Flatten()(x)
    heads = {
        "fer2013": keras.layers.Dense(7, activation="softmax", name="fer2013")(x),
        "ferplus": keras.layers.Dense(8, activation="softmax", name="ferplus")(x),
    }
    model = keras.Model(images, heads)
    model.save(folder / "model.keras")
    model.export(folder.parent / "saved", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder.parent / "saved"))
    (folder / "model.tflite").write_bytes(converter.convert())
