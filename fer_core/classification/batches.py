"""What every runtime does around its network: check the input, run it part by part."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import ModelError


def run_in_parts(
    batch: NDArray[np.uint8],
    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    *,
    largest: int,
    shape: tuple[int, ...],
    width: int,
    path: Path,
) -> NDArray[np.float32]:
    """Runs a network over a batch of any size.

    Args:
        batch: (N, S, S, 3) uint8; N may be 0.
        run: the network, for 1 to `largest` faces.
        largest: most faces in one run.
        shape: (S, S, 3) that the network takes.
        width: K, how many values it gives a face.
        path: its file, for the message.

    Returns:
        (N, K) float32.

    Raises:
        ModelError: the network takes another input than `batch`.
    """
    if batch.shape[1:] != shape:
        raise ModelError(
            f"Expected a network for input {batch.shape[1:]} in {path}. Received one for {shape}. "
            "Its card.json is of another model: export it again."
        )
    parts = [run(batch[start : start + largest]) for start in range(0, len(batch), largest)]
    return np.concatenate([np.empty((0, width), np.float32), *parts])
