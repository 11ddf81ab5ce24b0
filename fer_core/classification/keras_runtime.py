"""The network on Keras: slower, for comparison with LiteRT and for training machines."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classification.batches import run_in_parts
from fer_core.errors import ModelError

_LARGEST_BATCH = 64


class KerasRuntime:
    """One output of a `model.keras`. Keras and its backend are imported only here.

    Batches are padded to 1, 2, 4 … 64 faces, because a backend compiles the network anew for
    each number of faces it has not met.

    Args:
        path: the file; nothing in it is executed (`safe_mode`).
        head: name of the output.

    Raises:
        ModelError: Keras is missing, or the file is not such a network.
    """

    def __init__(self, path: Path, *, head: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns of its own insides under NumPy 2
            self._model = load_network(path)
        if not isinstance(self._model.output, dict) or head not in self._model.output:
            raise ModelError(
                f"Expected an output named {head} in the network {path}. Received "
                f"{self._model.output_names}. Fetch the model again or export it anew."
            )
        self._head, self._width = head, int(self._model.output[head].shape[-1])
        self._path, self._shape = path, tuple(self._model.inputs[0].shape[1:])

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Runtime.predict`.

        Raises:
            ModelError: the network takes another input than `batch`.
        """
        return run_in_parts(
            batch,
            self._run,
            largest=_LARGEST_BATCH,
            shape=self._shape,
            width=self._width,
            path=self._path,
        )

    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        full = np.zeros((1 << (len(batch) - 1).bit_length(), *batch.shape[1:]), np.uint8)
        full[: len(batch)] = batch
        output = self._model.predict_on_batch(full)[self._head]
        return np.asarray(output, np.float32)[: len(batch)]


def load_network(path: Path) -> Any:
    """The Keras model in a file; nothing in it is executed.

    Raises:
        ModelError: Keras is missing, or cannot read the file.
    """
    try:
        import keras
    except ImportError as error:
        raise ModelError(
            f"Expected the Python packages keras and tensorflow. Received: {error}. "
            "Run: pip install -r requirements.txt"
        ) from error
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # what Keras raises here depends on the damage
        raise ModelError(
            f"Expected a Keras network in {path}. Received a file that Keras cannot read. "
            "Fetch the model again or export it anew."
        ) from error
