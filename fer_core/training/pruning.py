"""A smaller network without training it again: weights set to zero, channels left out."""

from collections.abc import Iterator
from statistics import NormalDist

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

# Evenly likely values of a standard normal variable; batch normalisation leaves each channel
# about normal, with deviation gamma around beta.
_NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)])


def pruned(model: keras.Model, share: float) -> keras.Model:
    """A copy whose smallest weights are zero (Han et al. 2015, arXiv:1506.02626).

    Only 1×1 convolutions and dense layers are pruned, each by the same share: they hold almost
    all weights of MobileNetV2, and its depthwise filters have nothing to spare.

    Args:
        model: any network of Keras' own layers.
        share: of the weights of each such layer that become zero, 0..1.
    """
    copy = _copy(model)
    for layer in leaves(copy):
        if isinstance(layer, layers.Dense) or _is_pointwise(layer):
            kernel, *rest = layer.get_weights()
            smallest = np.abs(kernel) < np.quantile(np.abs(kernel), share)
            layer.set_weights([np.where(smallest, 0, kernel), *rest])
    return copy


def can_be_narrowed(model: keras.Model) -> bool:
    """Whether `narrowed` knows this kind of network."""
    parts = list(leaves(model))
    convolutions = [layer for layer in parts if _is_pointwise(layer)]
    activations = [layer for layer in parts if isinstance(layer, layers.ReLU)]
    readers = [layer for layer in parts if isinstance(layer, layers.Dense)]
    return bool(convolutions and activations and activations[-1].max_value == 6) and {
        reader.kernel.shape[0] for reader in readers
    } == {convolutions[-1].filters}


def narrowed(model: keras.Model, share: float) -> keras.Model:
    """A copy without the least channels of the features that the heads read.

    The last 1×1 convolution makes the features and holds a fifth of MobileNetV2's weights; a
    channel left out there takes its weights with it. A channel counts as much as it moves the
    answers: the spread of its values times the norm of the weights that read it (after Li et
    al. 2017, arXiv:1608.08710). What it adds on average goes to the heads' biases (Nagel et al.
    2019, arXiv:1906.04721).

    Args:
        model: a network whose heads are dense layers on the pooled features of a 1×1
            convolution with batch normalisation and ReLU6.
        share: of the channels that are left out, 0..1.
    """
    convolution = [layer for layer in leaves(model) if _is_pointwise(layer)][-1]
    normalization = [x for x in leaves(model) if isinstance(x, layers.BatchNormalization)][-1]
    heads = [layer for layer in leaves(model) if isinstance(layer, layers.Dense)]
    gamma, beta, *_ = normalization.get_weights()
    values = np.clip(beta + np.abs(gamma) * _NORMAL[:, None], 0, 6)
    readers = np.concatenate([head.get_weights()[0] for head in heads], axis=1)
    order = np.argsort(values.std(axis=0) * np.linalg.norm(readers, axis=1))
    kept = np.sort(order[round(share * len(order)) :])
    dropped = np.setdiff1d(order, kept)

    copy = _copy(model, widths={convolution.name: len(kept)})
    for old, new in zip(leaves(model), leaves(copy), strict=True):
        weights = old.get_weights()
        if old in heads:
            weights[1] += values.mean(axis=0)[dropped] @ weights[0][dropped]
        new.set_weights([_cut(*each, kept) for each in zip(weights, new.weights, strict=True)])
    return copy


def leaves(model: keras.Model) -> Iterator[layers.Layer]:
    """The layers of a network in their order, those of networks inside it included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def _is_pointwise(layer: layers.Layer) -> bool:
    return type(layer) is layers.Conv2D and layer.kernel_size == (1, 1)


def _copy(model: keras.Model, widths: dict[str, int] | None = None) -> keras.Model:
    """A copy with the same weights, or, with other widths, with new ones."""

    def renewed(layer: layers.Layer) -> layers.Layer:
        config = layer.get_config()
        if widths and layer.name in widths:
            config["filters"] = widths[layer.name]
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=renewed, recursive=True)
    if not widths:
        copy.set_weights(model.get_weights())
    return copy


def _cut(
    value: NDArray[np.float32], wanted: keras.Variable, kept: NDArray[np.int64]
) -> NDArray[np.float32]:
    """`value` with the kept channels alone, along the axis that became shorter."""
    for axis, (old, new) in enumerate(zip(value.shape, wanted.shape, strict=True)):
        if old != new:
            return np.take(value, kept, axis=axis)
    return value
