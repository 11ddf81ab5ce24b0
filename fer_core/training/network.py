"""The network: MobileNetV2 (Sandler et al. 2018), pooled, one dense layer a label set."""

from collections.abc import Mapping
from pathlib import Path

import keras
from keras import layers

from fer_core.errors import DataError
from fer_core.training.augmentation import augmentation
from fer_core.training.config import Recipe


def build_network(
    labels: Mapping[str, tuple[str, ...]], *, dropout: float, init: str
) -> keras.Model:
    """The network that is trained.

    Args:
        labels: head → labels.
        dropout: rate before the heads.
        init: "imagenet" (downloaded by Keras), the path of an ImageNet weight file without
            top, or "none" for random weights.

    Returns:
        (N, S, S, 3) values in 0..255, any S that is a multiple of 32 → {head: (N, K) logits}.

    Raises:
        DataError: the weights cannot be had.
    """
    # Layers
    try:
        backbone = keras.applications.MobileNetV2(
            input_shape=(None, None, 3) if init != "imagenet" else (96, 96, 3),
            include_top=False,
            weights=None if init == "none" else init,
        )
    except Exception as error:  # Keras raises many kinds: missing file, bad file, no network
        raise DataError(
            'Expected --init to be "imagenet", "none" or the path of a MobileNetV2 weight file. '
            f"Received {init!r}, which could not be loaded ({error})."
        ) from error
    if init == "imagenet":  # Keras downloads only for a fixed size; any size is wanted
        anysize = keras.applications.MobileNetV2(
            input_shape=(None, None, 3), include_top=False, weights=None
        )
        anysize.set_weights(backbone.get_weights())
        backbone = anysize

    # Functional model
    images = keras.Input((None, None, 3), name="images")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    x = backbone(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    logits = {
        head: layers.Dense(len(names), name=head)(x) for head, names in labels.items()
    }
    return keras.Model(images, logits, name="fer_mobilenetv2")


def with_augmentation(network: keras.Model, recipe: Recipe) -> keras.Model:
    """`network` behind the recipe's augmentation; both share their weights.

    Returns:
        (N, S, S, 1) grey values in 0..255 → {head: (N, K) logits}.
    """
    grey = keras.Input((None, None, 1), name="grey")
    x = grey
    for layer in augmentation(recipe):
        x = layer(x)
    return keras.Model(grey, network(layers.Concatenate()([x, x, x])))


def with_probabilities(network: keras.Model, *, size: int) -> keras.Model:
    """`network` as the app runs it; both share their weights.

    Returns:
        (N, size, size, 3) uint8 → {head: (N, K) probabilities}.
    """
    images = keras.Input((size, size, 3), dtype="uint8", name="images")
    logits = network(layers.Rescaling(1.0, dtype="float32")(images))
    return keras.Model(
        images, {head: layers.Softmax(name=head)(value) for head, value in logits.items()}
    )


def load_weights(network: keras.Model, path: Path) -> None:
    """Puts the weights of a training run into `network`.

    Raises:
        DataError: there is no such file, or it belongs to another network.
    """
    try:
        network.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds
        raise DataError(
            f"Expected weights of this network in {path}. They could not be read ({error}). "
            "Train the run again."
        ) from error
