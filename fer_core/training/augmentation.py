"""Random changes of training faces, as Keras layers: they run inside the training graph.

All layers take and return (N, S, S, C) float32 in 0..255 and do nothing outside training.
"""

import math
from typing import Any

import keras
from keras import layers, ops, random


class RandomAffine(layers.Layer):  # type: ignore[misc]
    """Mirrors, turns, scales and shifts each picture at random, in one resampling.

    Args:
        rotation_deg: largest turn either way, in degrees.
        zoom: largest change of scale either way, as a share.
        shift: largest move either way along each axis, as a share of the side.
        seed: of the random numbers.
    """

    def __init__(
        self, *, rotation_deg: float, zoom: float, shift: float, seed: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rotation = math.radians(rotation_deg)
        self.zoom = zoom
        self.shift = shift
        self.seed_generator = random.SeedGenerator(seed)

    def _uniform(self, count: Any, limit: float) -> Any:
        return random.uniform((count,), -limit, limit, seed=self.seed_generator)

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        count, height, width = ops.shape(images)[:3]
        angle = self._uniform(count, self.rotation)
        mirror = ops.sign(self._uniform(count, 1.0))
        scale = 1 + self._uniform(count, self.zoom)
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        middle_x = (ops.cast(width, "float32") - 1) / 2
        middle_y = (ops.cast(height, "float32") - 1) / 2
        move_x = self._uniform(count, self.shift) * ops.cast(width, "float32")
        move_y = self._uniform(count, self.shift) * ops.cast(height, "float32")
        # Rows of the matrix that carries an output pixel to the input pixel it is read from.
        a, b, d, e = cos * mirror, -sin, sin * mirror, cos
        c = middle_x - a * middle_x - b * middle_y + move_x
        f = middle_y - d * middle_x - e * middle_y + move_y
        nought = ops.zeros_like(a)
        matrices = ops.stack([a, b, c, d, e, f, nought, nought], axis=1)
        return ops.image.affine_transform(
            images, matrices, interpolation="bilinear", fill_mode="nearest"
        )


class RandomLight(layers.Layer):  # type: ignore[misc]
    """Changes contrast and brightness of each picture at random.

    Args:
        contrast: largest change of contrast either way, as a share.
        brightness: largest change of brightness either way, as a share of 255.
        seed: of the random numbers.
    """

    def __init__(self, *, contrast: float, brightness: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contrast = contrast
        self.brightness = 255 * brightness
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        shape = (ops.shape(images)[0], 1, 1, 1)
        factor = 1 + random.uniform(shape, -self.contrast, self.contrast, seed=self.seed_generator)
        offset = random.uniform(shape, -self.brightness, self.brightness, seed=self.seed_generator)
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * factor + mean + offset, 0.0, 255.0)


class RandomPatch(layers.Layer):  # type: ignore[misc]
    """Fills one random rectangle of some pictures with a random grey (Zhong et al. 2020).

    Args:
        probability: share of the pictures that lose a patch.
        seed: of the random numbers.
    """

    def __init__(self, *, probability: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.probability = probability
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        count, height, width = ops.shape(images)[:3]

        def uniform(low: float, high: float) -> Any:
            return random.uniform((count, 1, 1, 1), low, high, seed=self.seed_generator)

        ys = _positions(height)[None, :, None, None]
        xs = _positions(width)[None, None, :, None]
        inside = ops.logical_and(
            ops.abs(ys - uniform(0.0, 1.0)) < uniform(0.05, 0.25),
            ops.abs(xs - uniform(0.0, 1.0)) < uniform(0.05, 0.25),
        )
        chosen = uniform(0.0, 1.0) < self.probability
        return ops.where(ops.logical_and(inside, chosen), uniform(0.0, 255.0), images)


def _positions(side: Any) -> Any:
    """0, 1/side, 2/side … as a vector of `side` values."""
    return ops.arange(side, dtype="float32") / ops.cast(side, "float32")


def augmentation(recipe: Any) -> list[keras.Layer]:
    """The layers that a recipe asks for, in order."""
    return [
        RandomAffine(
            rotation_deg=recipe.rotation_deg,
            zoom=recipe.zoom,
            shift=recipe.shift,
            seed=recipe.seed,
        ),
        RandomLight(
            contrast=recipe.contrast, brightness=recipe.brightness, seed=recipe.seed + 1
        ),
        RandomPatch(probability=recipe.erase_probability, seed=recipe.seed + 2),
    ]
