"""Batch normalisation by TensorFlow's fused kernel while a network trains.

Keras composes the layer out of elementwise operations, which read the feature maps from
memory again and again; on a CPU the fused kernel trains faster (`make bench-training`).
"""

from typing import Any

import keras
from keras import layers


class FusedBatchNormalization(layers.BatchNormalization):  # type: ignore[misc]
    """`keras.layers.BatchNormalization` over the last axis, with the same weights.

    The one difference: the kernel's moving variance is the unbiased one, N / (N - 1) times
    that of Keras for N values a channel. Other backends than TensorFlow run Keras' own code.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        learning = bool(training and self.trainable)
        nothing = tf.zeros([0])
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=nothing if learning else self.moving_mean,
            variance=nothing if learning else self.moving_variance,
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            kept = self.momentum
            self.moving_mean.assign(self.moving_mean * kept + mean * (1 - kept))
            self.moving_variance.assign(self.moving_variance * kept + variance * (1 - kept))
        return outputs


def with_fused_normalization(model: keras.Model) -> keras.Model:
    """A copy of `model`, its weights included, that normalises by the fused kernel."""
    return _copy(model, layers.BatchNormalization, FusedBatchNormalization)


def with_plain_normalization(model: keras.Model) -> keras.Model:
    """A copy of `model`, its weights included, of nothing but Keras' own layers."""
    return _copy(model, FusedBatchNormalization, layers.BatchNormalization)


def _copy(model: keras.Model, old: type[Any], new: type[Any]) -> keras.Model:
    def renewed(layer: keras.layers.Layer) -> keras.layers.Layer:
        wanted: type[Any] = new if type(layer) is old else type(layer)
        return wanted.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=renewed, recursive=True)
    copy.set_weights(model.get_weights())
    return copy
