"""The network: a backbone, pooled, perhaps hidden layers, and a dense layer a label set."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras
from keras import layers

from fer_core.errors import DataError
from fer_core.faces import LABELS
from fer_core.training.augmentation import augmentation
from fer_core.training.backbones import FLATTENED, build_backbone
from fer_core.training.config import WEIGHTS_FILE, Recipe, recipe_of_run
from fer_core.training.fast_norm import with_plain_normalization
from fer_core.training.sharpness import sharpness_aware

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of values in 0..1
_FEATURES = "features"


def build_network(
    labels: Mapping[str, tuple[str, ...]], recipe: Recipe, *, init: str
) -> keras.Model:
    """The network that is trained.

    Args:
        labels: head → labels.
        recipe: its backbone, scaling, dropout and hidden layers.
        init: see `build_backbone`.

    Returns:
        (N, S, S, 3) values in 0..255 → {head: (N, K) logits}; S is any side from 32 on, but the
        recipe's size for a backbone of `FLATTENED`.

    Raises:
        DataError: the backbone is unknown, or its weights cannot be had.
    """
    keras.config.set_dtype_policy(recipe.precision)
    try:
        flat = recipe.network in FLATTENED
        side = recipe.size if flat else None
        images = keras.Input((side, side, 3), name="images")
        x = _scaling(recipe.scaling)(images)
        backbone = build_backbone(recipe.network, init=init)
        if recipe.norm_momentum:
            for layer in backbone.layers:
                if isinstance(layer, layers.BatchNormalization):
                    layer.momentum = recipe.norm_momentum
        if recipe.stem_stride:
            stem = next(each for each in backbone.layers if isinstance(each, layers.Conv2D))
            stem.strides = (recipe.stem_stride, recipe.stem_stride)
        x = backbone(x)
        pool = layers.Flatten if flat else layers.GlobalAveragePooling2D
        x = pool(name=_FEATURES)(x)
        x = layers.Dropout(recipe.dropout)(x)
    finally:
        keras.config.set_dtype_policy("float32")
    for width in recipe.hidden:
        x = layers.Dense(width, activation="relu")(x)
    logits = {head: layers.Dense(len(names), name=head)(x) for head, names in labels.items()}
    return keras.Model(images, logits, name=f"fer_{recipe.network}")


def labels_for(recipe: Recipe, head: str) -> tuple[str, ...]:
    """The labels of a head, less the classes that the recipe drops."""
    return recipe.classes or LABELS[head] if head == "fer2013" else LABELS[head]


def _scaling(name: str) -> layers.Layer:
    if name == "0..1":
        return layers.Rescaling(1 / 255)
    if name == "imagenet":
        scale = [1 / (255 * deviation) for deviation in IMAGENET_STD]
        pairs = zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)
        return layers.Rescaling(scale, offset=[-mean / deviation for mean, deviation in pairs])
    return layers.Rescaling(1 / 127.5, offset=-1.0)


def split_network(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """A network cut behind its pooled backbone; both parts share its weights.

    Returns:
        images → (N, C) features, and features → {head: (N, K) logits}.
    """
    features = network.get_layer(_FEATURES).output
    logits = {name: network.get_layer(name).output for name in network.output_names}
    return keras.Model(network.input, features), keras.Model(features, logits)


def freeze_backbone(network: keras.Model) -> None:
    """Leaves the backbone's weights, its moving statistics included, as they are."""
    next(each for each in network.layers if isinstance(each, keras.Model)).trainable = False


def load_run(run: Path) -> tuple[keras.Model, Recipe, dict[str, tuple[str, ...]]]:
    """The network of a training run with its best weights so far.

    Returns:
        The network (see `build_network`), its recipe, head → labels.

    Raises:
        DataError: `run` is no training run.
    """
    recipe = recipe_of_run(run)
    labels = {head: labels_for(recipe, head) for head in recipe.heads}
    network = build_network(labels, replace(recipe, precision="float32"), init="none")
    load_weights(network, run / WEIGHTS_FILE)
    return network, recipe, labels


def with_augmentation(network: keras.Model, recipe: Recipe) -> keras.Model:
    """`network` behind the recipe's augmentation; both share their weights.

    Returns:
        (N, S, S, 1) grey or (N, S, S, 3) RGB values in 0..255 → {head: (N, K) logits}.

    Raises:
        DataError: the recipe asks for what TensorFlow alone can do, without TensorFlow.
    """
    side = network.input_shape[1]
    pictures = keras.Input((side, side, 1 if recipe.grayscale else 3), name="pictures")
    x = pictures
    for layer in graph_augmentation(recipe):
        x = layer(x)
    colors = layers.Concatenate()([x, x, x]) if recipe.grayscale else x
    if recipe.sam_radius:
        return sharpness_aware(keras.Model(pictures, colors), network, recipe.sam_radius)
    return keras.Model(pictures, network(colors))


def graph_augmentation(recipe: Recipe) -> list[layers.Layer]:
    """The layers that change faces while a network learns; none where copies were made before."""
    return [] if recipe.class_count else augmentation(recipe)


def with_probabilities(network: keras.Model, *, size: int) -> keras.Model:
    """A copy of `network` as the app runs it, of nothing but Keras' own layers.

    Returns:
        (N, size, size, 3) uint8 → {head: (N, K) probabilities}.
    """
    images = keras.Input((size, size, 3), dtype="uint8", name="images")
    logits = with_plain_normalization(network)(layers.Rescaling(1.0, dtype="float32")(images))
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
