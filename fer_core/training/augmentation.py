"""Random changes of training faces, as Keras layers: they run inside the training graph.

All layers take and return (N, S, S, C) float32 in 0..255 and do nothing outside training.
"""

import math
from typing import Any

import keras
from keras import layers, ops, random

from fer_core.training.config import Recipe


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


class RandomDegrade(layers.Layer):  # type: ignore[misc]
    """Makes some grey pictures look as cameras make them: unsharp, coarse, noisy, off in tone.

    Each chosen picture gets each of these changes with even odds and at a random strength:
    blur along either axis (Gaussian; along one alone it looks like motion), low resolution,
    a darkening and a brightening gamma, and Gaussian noise as coarse as a training face.

    Args:
        probability: share of the pictures that are changed. They are the first ones of each
            batch, so batches must be in random order; the others cost no time.
        seed: of the random numbers.
    """

    # Largest strengths. Lengths are shares of the side, so that every input size sees the same.
    BLUR = 1 / 24  # standard deviation: 2 px of a 48 px face
    CELL = 1 / 16  # side of what becomes one pixel: 16 × 16 px are left of the face
    LOG_GAMMA = math.log(2)
    NOISE = 0.1 * 255  # standard deviation in grey levels, the strongest of CIFAR-10-C
    NOISE_SIDE = 48  # grains of noise along each axis

    def __init__(self, *, probability: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.per_mille = round(1000 * probability)
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        if not training:
            return images
        chosen = (ops.shape(images)[0] * self.per_mille + 500) // 1000
        planes = ops.transpose(images[:chosen], (0, 3, 1, 2))
        degraded = ops.transpose(self._degraded(planes), (0, 2, 3, 1))
        return ops.concatenate([degraded, images[chosen:]], axis=0)

    def _degraded(self, planes: Any) -> Any:
        """(N, C, side, side); the planes of a picture are treated alike."""
        count, _, side = ops.shape(planes)[:3]
        length = ops.cast(side, "float32")
        strengths = random.uniform((6, count, 1, 1), -1.0, 1.0, seed=self.seed_generator)
        # Half of them 0, which leaves a picture as it is; the others in 0..1, mostly mild.
        strengths = ops.square(ops.relu(strengths))
        blur_y, blur_x, coarse, dark, bright, noisy = ops.unstack(strengths, 6)

        cell = 1 + coarse * ops.maximum(self.CELL * length - 1, 0.0)
        rows = _camera_matrix(side, cell=cell, sigma=blur_y * self.BLUR * length)
        columns = _camera_matrix(side, cell=cell, sigma=blur_x * self.BLUR * length)
        seen = ops.matmul(rows[:, None], planes)
        seen = ops.matmul(seen, ops.transpose(columns, (0, 2, 1))[:, None]) / 255
        toned = 255 * ops.power(seen, ops.exp((dark - bright) * self.LOG_GAMMA)[:, None])

        grains = random.normal((count, self.NOISE_SIDE, self.NOISE_SIDE), seed=self.seed_generator)
        spread = _enlargement(self.NOISE_SIDE, side)
        noise = ops.matmul(ops.matmul(spread, grains), ops.transpose(spread))
        return ops.clip(toned + (noisy * self.NOISE * noise)[:, None], 0.0, 255.0)


def _camera_matrix(side: Any, *, cell: Any, sigma: Any) -> Any:
    """Blur, sampling in coarse cells and linear enlargement along one axis.

    A cell sees through a Gaussian window as wide as its square one, which makes blur and cell
    one window (variances add) and spares a product of matrices.

    Args:
        side: length of the axis in pixels.
        cell: (N, 1, 1) side of a cell in pixels, 1 or more.
        sigma: (N, 1, 1) standard deviation of the blur in pixels, 0 or more.

    Returns:
        (N, side, side), rows summing to 1.
    """
    pixels = ops.arange(side, dtype="float32")[None, None]
    # Not below 0.3: that blurs next to nothing, and a narrower one would fall between pixels.
    window = ops.sqrt(ops.maximum(ops.square(sigma) + (ops.square(cell) - 1) / 12, 0.09))
    place = (ops.transpose(pixels, (0, 2, 1)) + 0.5) / cell - 0.5
    before = ops.floor(place)

    def seen_by(number: Any) -> Any:
        middle = (number + 0.5) * cell - 0.5
        return ops.exp(-0.5 * ops.square((pixels - middle) / window))

    weights = (before + 1 - place) * seen_by(before) + (place - before) * seen_by(before + 1)
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def _enlargement(source: int, side: Any) -> Any:
    """Linear interpolation of `source` values to `side`: (side, source), rows summing to 1."""
    places = (ops.arange(side, dtype="float32") + 0.5) * source / ops.cast(side, "float32") - 0.5
    distance = ops.abs(places[:, None] - ops.arange(source, dtype="float32")[None])
    weights = ops.maximum(1 - distance, 0.0)
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def _positions(side: Any) -> Any:
    """0, 1/side, 2/side … as a vector of `side` values."""
    return ops.arange(side, dtype="float32") / ops.cast(side, "float32")


def augmentation(recipe: Recipe) -> list[keras.Layer]:
    """The layers that a recipe asks for, in order; none for what it switches off.

    Pictures are mirrored only together with another affine move.
    """
    chosen: list[keras.Layer] = []
    if recipe.rotation_deg or recipe.zoom or recipe.shift:
        chosen.append(
            RandomAffine(
                rotation_deg=recipe.rotation_deg,
                zoom=recipe.zoom,
                shift=recipe.shift,
                seed=recipe.seed,
            )
        )
    if recipe.contrast or recipe.brightness:
        chosen.append(
            RandomLight(
                contrast=recipe.contrast, brightness=recipe.brightness, seed=recipe.seed + 1
            )
        )
    if recipe.degrade:
        chosen.append(RandomDegrade(probability=recipe.degrade, seed=recipe.seed + 3))
    if recipe.erase_probability:
        chosen.append(RandomPatch(probability=recipe.erase_probability, seed=recipe.seed + 2))
    return chosen
