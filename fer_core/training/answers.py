"""What a network says of every face of a split, wherever the network comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import load_card
from fer_core.calibration import Probabilities
from fer_core.classification import load_classifier, with_temperature
from fer_core.preprocessing import prepare

CHUNK = 64

Reader = Callable[[NDArray[np.uint8]], dict[str, Probabilities]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one head says; N faces are those of the tested split, M of PublicTest.

    Attributes:
        head: its name.
        labels: K names.
        temperature: the divisor of the logits that is already in the probabilities.
        tested: (N, K) float64, rows sum to 1.
        mirrored: (N, K) for the mirror image of each face.
        chooser: (M, K).
        bias: K numbers that a correction for rare labels added to the logits; None without one.
    """

    head: str
    labels: tuple[str, ...]
    temperature: float
    tested: Probabilities
    mirrored: Probabilities
    chooser: Probabilities
    bias: tuple[float, ...] | None = None

    @property
    def uncalibrated(self) -> Probabilities:
        """`tested` at temperature 1."""
        return with_temperature(self.tested.astype(np.float32), 1 / self.temperature)

    @property
    def uncorrected(self) -> Probabilities | None:
        """`tested` at temperature 1 and without the correction; None where there is none."""
        if self.bias is None:
            return None
        odds = self.uncalibrated * np.exp(-np.array(self.bias))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def model_reader(folder: Path) -> Reader:
    """Reads faces as the app does, with the LiteRT file of an exported model.

    Returns:
        (N, S, S) grey or (N, S, S, 3) RGB uint8 → {head: (N, K) calibrated probabilities}.

    Raises:
        ModelError: the model cannot be used.
    """
    classifiers = {head: load_classifier(folder, head=head) for head in load_card(folder).labels}

    def read(images: NDArray[np.uint8]) -> dict[str, Probabilities]:
        return {
            head: np.array(
                [
                    scores.probabilities
                    for start in range(0, len(images), CHUNK)
                    for scores in classifier.classify(list(images[start : start + CHUNK]))
                ]
            )
            for head, classifier in classifiers.items()
        }

    return read


def run_reader(run: Path, *, temperature: float = 1.0) -> tuple[Reader, dict[str, tuple[str, ...]]]:
    """Reads faces with the Keras network of a training run, as it is.

    Args:
        run: a finished training run.
        temperature: divisor of the logits before the softmax.

    Returns:
        (N, S, S) grey or (N, S, S, 3) RGB uint8 → {head: (N, K) probabilities}; head → labels.

    Raises:
        DataError: `run` is no finished run.
    """
    # Keras is slow to import, and an exported model does not need it.
    from keras import ops

    from fer_core.training.network import load_run
    from fer_core.training.run_folder import require_finished

    require_finished(run)
    network, recipe, labels = load_run(run)

    def read(images: NDArray[np.uint8]) -> dict[str, Probabilities]:
        parts: dict[str, list[Probabilities]] = {head: [] for head in labels}
        for start in range(0, len(images), CHUNK):
            batch = prepare(list(images[start : start + CHUNK]), recipe.input_spec)
            for head, logits in network.predict_on_batch(batch.astype(np.float32)).items():
                values = ops.convert_to_numpy(ops.softmax(logits / temperature))
                parts[head].append(values.astype(np.float64))
        return {head: np.concatenate(each) for head, each in parts.items()}

    return read, labels
