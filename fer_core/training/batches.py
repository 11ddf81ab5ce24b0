"""Faces as the training loop eats them: prepared once, shuffled and mixed batch by batch.

An epoch waits for nothing: pictures are brought to the network's size before the first step.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.preprocessing import prepare
from fer_core.training.config import Recipe

PREPARED_AT_ONCE = 1024
BATCHES_AHEAD = 2
Targets = Mapping[str, NDArray[np.float32]]
Batch = tuple[NDArray[Any], dict[str, NDArray[np.float32]]]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Faces in order with their targets: (B, …), {head: (B, K)}.

    Args:
        inputs: (N, S, S, C) uint8 pictures or (N, C) float32 features, ready for the network.
        targets: head → (N, K).
        recipe: the batch size.
    """

    def __init__(self, inputs: NDArray[Any], targets: Targets, recipe: Recipe) -> None:
        super().__init__(workers=1)
        self.inputs, self.targets = inputs, targets
        self.batch_size = recipe.batch_size
        self.order = np.arange(len(inputs))

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.inputs[rows], {head: values[rows] for head, values in self.targets.items()}


class MixedBatches(Batches):
    """The same for training: shuffled anew each epoch, and mixed if the recipe says so.

    Chance depends on the epoch and the batch alone, so a run that goes on meets the same.

    Args:
        epoch: the first one's number, from 0.
    """

    def __init__(
        self, inputs: NDArray[Any], targets: Targets, recipe: Recipe, *, epoch: int = 0
    ) -> None:
        super().__init__(inputs, targets, recipe)
        self.mixup, self.cutmix = recipe.mixup_alpha, recipe.cutmix_alpha
        self.seed = (recipe.seed, inputs.shape[1])
        self._shuffle(epoch)

    def __getitem__(self, index: int) -> Batch:
        batch = super().__getitem__(index)
        rng = np.random.default_rng([*self.seed, self.epoch, 1 + index])
        if self.cutmix and (not self.mixup or rng.random() < 0.5):
            return self._cut(*batch, rng)
        return self._blended(*batch, rng) if self.mixup else batch

    def _blended(self, pictures: NDArray[Any], targets: Targets, rng: np.random.Generator) -> Batch:
        """Mixup (Zhang et al. 2018), a share a pair."""
        share = rng.beta(self.mixup, self.mixup, (len(pictures), 1)).astype(np.float32)
        share = np.maximum(share, 1 - share)  # the first of the pair stays the larger part
        other = rng.permutation(len(pictures))
        mixed = share[..., None, None] * pictures + (1 - share[..., None, None]) * pictures[other]
        return mixed.astype(np.uint8), {
            head: share * values + (1 - share) * values[other] for head, values in targets.items()
        }

    def _cut(self, pictures: NDArray[Any], targets: Targets, rng: np.random.Generator) -> Batch:
        """CutMix (Yun et al. 2019): one rectangle of each picture comes from another picture."""
        height, width = pictures.shape[1:3]
        half = np.sqrt(1 - rng.beta(self.cutmix, self.cutmix)) / 2
        middle = rng.random(2)
        top, left = np.round(np.maximum(middle - half, 0) * (height, width)).astype(int)
        bottom, right = np.round(np.minimum(middle + half, 1) * (height, width)).astype(int)
        other = rng.permutation(len(pictures))
        # Indexing by rows made `pictures` a copy, so it may be written to.
        pictures[:, top:bottom, left:right] = pictures[other, top:bottom, left:right]
        share = np.float32(1 - (bottom - top) * (right - left) / (height * width))
        return pictures, {
            head: share * values + (1 - share) * values[other] for head, values in targets.items()
        }

    def on_epoch_end(self) -> None:
        self._shuffle(self.epoch + 1)

    def _shuffle(self, epoch: int) -> None:
        self.epoch = epoch
        rng = np.random.default_rng([*self.seed, epoch])
        self.order = rng.permutation(len(self.order))


def feed(batches: Batches) -> Any:
    """`batches` as `fit` takes them without a pause between two epochs.

    On TensorFlow, Keras would make a dataset of them whose tuning thread holds up the end of each
    epoch until its next turn, up to a minute later. This dataset has none.
    """
    if keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    def epoch() -> Iterator[Batch]:
        yield from (batches[index] for index in range(len(batches)))
        batches.on_epoch_end()

    shapes = tf.nest.map_structure(
        lambda values: tf.TensorSpec((None, *values.shape[1:]), values.dtype), batches[0]
    )
    untuned = tf.data.Options()
    untuned.autotune.enabled = False
    dataset = tf.data.Dataset.from_generator(epoch, output_signature=shapes)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return dataset.prefetch(BATCHES_AHEAD).with_options(untuned)


def prepare_split(images: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """`prepare` for a whole split.

    Args:
        images: (N, H, W) grey or (N, H, W, 3) RGB uint8.
        spec: the network's input.

    Returns:
        (N, S, S, 1) uint8 when `spec` drops colour, else (N, S, S, 3).
    """
    channels = 1 if spec.grayscale else 3
    out = np.empty((len(images), spec.size, spec.size, channels), np.uint8)
    for start in range(0, len(images), PREPARED_AT_ONCE):
        part = images[start : start + PREPARED_AT_ONCE]
        out[start : start + len(part)] = prepare(list(part), spec)[..., :channels]
    return out
