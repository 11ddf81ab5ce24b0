"""What a trained network answers, before it is exported."""

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

CHUNK = 256


def network_probabilities(
    network: keras.Model, grey: NDArray[np.uint8], *, temperature: float = 1.0
) -> dict[str, NDArray[np.float32]]:
    """The probabilities of every head.

    Args:
        network: see `build_network`.
        grey: (N, S, S, 1) uint8, N at least 1.
        temperature: divisor of the logits before the softmax.

    Returns:
        head → (N, K) float32, rows sum to 1.
    """
    parts: dict[str, list[NDArray[np.float32]]] = {}
    for start in range(0, len(grey), CHUNK):
        images = np.repeat(grey[start : start + CHUNK], 3, axis=-1).astype(np.float32)
        for head, logits in network.predict_on_batch(images).items():
            probabilities = ops.softmax(logits / temperature)
            parts.setdefault(head, []).append(ops.convert_to_numpy(probabilities))
    return {head: np.concatenate(each) for head, each in parts.items()}
