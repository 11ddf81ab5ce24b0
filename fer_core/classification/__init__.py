"""Reading faces: a runtime runs the network, the classifier does everything around it."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import (
    KERAS_FILE,
    LITERT_FILE,
    ModelCard,
    default_folder,
    load_card,
    verified,
)
from fer_core.errors import ModelError
from fer_core.preprocessing import prepare
from fer_core.results import EmotionScores, RgbImage

DEFAULT_NOT_SURE = 0.4  # of a model whose card names no threshold
DEFAULT_INTENSITY = (0.5, 0.8)

RuntimeName = Literal["litert", "keras"]


class Runtime(Protocol):
    """One output of a network, whatever runs it."""

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Runs the network.

        Args:
            batch: (N, S, S, 3) uint8; N may be 0.

        Returns:
            (N, K) float32 probabilities, rows summing to 1.

        Raises:
            ModelError: the network takes another input than `batch`.
        """
        ...


class EmotionClassifier:
    """Face crops in, probabilities out. One instance may serve many threads.

    Args:
        card: labels, input and temperature of the network.
        runtime: runs the network; its output has one column a label of `head`.
        head: which list of labels answers.

    Raises:
        ModelError: the card has no such head.
    """

    def __init__(self, card: ModelCard, runtime: Runtime, *, head: str) -> None:
        self.labels = _labels_of(card, head)
        self.card, self.head = card, head
        self._runtime = runtime
        self._temperature = float(card.temperature.get(head, 1.0))
        self._intensity_from = card.intensity.get(head, DEFAULT_INTENSITY)
        self._lock = Lock()

    @property
    def not_sure(self) -> float:
        """Confidence below which a reading should not be relied on, 0..1."""
        return self.card.not_sure.get(self.head, DEFAULT_NOT_SURE)

    def classify(self, crops: Sequence[RgbImage]) -> list[EmotionScores]:
        """Reads whole face crops, all in one batch.

        Args:
            crops: uint8 images of any size, grey (H, W) or RGB (H, W, 3).

        Returns:
            Scores in the order of `crops`; [] for no crops.

        Raises:
            ValueError: a crop is empty or has another shape or type.
            ModelError: the network takes another input than the card says.
        """
        return self.score(self.prepare(crops))

    def prepare(self, crops: Sequence[RgbImage]) -> NDArray[np.uint8]:
        """The first half of `classify`: crops to one batch of network input.

        Args:
            crops: see `classify`.

        Returns:
            (N, S, S, 3) uint8, S the side of the card's input; N is 0 for no crops.

        Raises:
            ValueError: a crop is empty or has another shape or type.
        """
        return prepare(crops, self.card.input)

    def score(self, batch: NDArray[np.uint8]) -> list[EmotionScores]:
        """The second half of `classify`: network input to scores.

        Args:
            batch: (N, S, S, 3) uint8 as `prepare` makes it; N may be 0.

        Returns:
            Scores in the order of `batch`; [] where N is 0.

        Raises:
            ModelError: the network takes another input than `batch`.
        """
        if not len(batch):
            return []
        with self._lock:
            probabilities = self._runtime.predict(batch)
        rows = with_temperature(probabilities, self._temperature)
        return [
            EmotionScores(self.labels, tuple(row), self._intensity_from) for row in rows.tolist()
        ]


def with_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Softmax of the logits divided by T (Guo et al. 2017), from probabilities.

    Args:
        probabilities: (N, K), rows summing to 1.
        temperature: above 0; 1 changes nothing, more makes the answer less sure.

    Returns:
        (N, K) float64, rows summing to 1.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def load_classifier(
    folder: Path | None = None, *, head: str | None = None, runtime: RuntimeName = "litert"
) -> EmotionClassifier:
    """Loads, checks and warms up a model.

    Args:
        folder: a model folder; None takes the one that models/default names.
        head: which label set answers, for example "fer2013" or "ferplus"; None takes the
            first of the card.
        runtime: "litert" (fast, the default) or "keras" (imports TensorFlow, or what
            KERAS_BACKEND names).

    Raises:
        ModelError: the folder is missing or damaged, has another checksum than its card
            says, or its network does not fit the card.
    """
    folder = default_folder() if folder is None else Path(folder)
    card = load_card(folder)
    head = card.default_head if head is None else head
    labels = _labels_of(card, head)
    network: Runtime
    if runtime == "litert":
        from fer_core.classification.litert_runtime import LiteRtRuntime

        network = LiteRtRuntime(verified(folder, card, LITERT_FILE), head=head)
    else:
        from fer_core.classification.keras_runtime import KerasRuntime

        network = KerasRuntime(verified(folder, card, KERAS_FILE), head=head)
    _warm_up(network, card, len(labels))
    return EmotionClassifier(card, network, head=head)


def _labels_of(card: ModelCard, head: str) -> tuple[str, ...]:
    if head not in card.labels:
        raise ModelError(
            f"Expected one of the label sets of the model {card.name}: "
            f"{', '.join(card.labels)}. Received {head!r}. Choose one of these."
        )
    return tuple(card.labels[head])


def _warm_up(network: Runtime, card: ModelCard, labels: int) -> None:
    """Runs a grey picture through the network, which also shows whether it fits the card."""
    side = card.input.size
    probabilities = network.predict(np.full((1, side, side, 3), 128, np.uint8))
    if probabilities.shape != (1, labels):
        raise ModelError(
            f"Expected the network of the model {card.name} to give {labels} values a face, one "
            f"a label of its card. Received {probabilities.shape[-1]}. Export the model again."
        )
    if not np.isfinite(probabilities).all() or abs(float(probabilities.sum()) - 1) > 1e-3:
        raise ModelError(
            f"Expected probabilities that sum to 1 from the network of the model {card.name}. "
            f"Received {probabilities[0].tolist()}. Export the model again."
        )
