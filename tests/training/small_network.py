"""A network built like those that are trained, small enough to be converted in a moment."""

import keras
import numpy as np
from keras import layers

from fer_core.faces import LABELS, FaceSet

SIDE = 32


def small_network(*heads: str) -> keras.Model:
    """(N, S, S, 3) values in 0..255 → {head: (N, K) logits}; random weights."""
    keras.utils.set_random_seed(3)
    images = keras.Input((None, None, 3), name="images")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(images)
    x = layers.Conv2D(8, 3, strides=4, use_bias=False, name="first")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Conv2D(16, 1, use_bias=False, name="last")(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization(name="last_norm")(x))
    x = layers.GlobalAveragePooling2D(name="features")(x)
    network = keras.Model(
        images, {head: layers.Dense(len(LABELS[head]), name=head)(x) for head in heads}
    )
    for head in heads:  # answers that differ from face to face
        kernel, bias = network.get_layer(head).get_weights()
        network.get_layer(head).set_weights([8 * kernel, bias])
    return network


def noisy_faces(count: int, *, votes: bool = True) -> FaceSet:
    """Faces of noise in seven greys, evenly labelled, all ten raters of one mind."""
    labels = np.arange(count) % 7
    noise = np.random.default_rng(1).integers(0, 60, (count, 48, 48))
    ballots = np.zeros((count, 10), np.float32)
    ballots[np.arange(count), labels] = 10
    return FaceSet(
        (noise + 28 * labels[:, None, None]).astype(np.uint8), labels, ballots if votes else None
    )
