"""The network on LiteRT: fast on a CPU, no TensorFlow."""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from fer_core.classification.batches import run_in_parts
from fer_core.errors import ModelError

_SIGNATURE, _INPUT = "serving_default", "images"
# More faces in one run are no faster each, and memory grows with their number.
_LARGEST_BATCH = 16


class LiteRtRuntime:
    """One output of a `model.tflite`. Not for several threads at once.

    Batches run unpadded: giving the network another number of faces took 0.03 ms, one face
    more than needed about 1 ms.

    Args:
        path: the file; read once, so that it may be replaced while in use.
        head: name of the output.
        threads: CPU threads for one run.

    Raises:
        ModelError: the file is not such a network, or has no such output.
    """

    def __init__(self, path: Path, *, head: str, threads: int = 1) -> None:
        try:
            content = path.read_bytes()
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            # The runner is let go at once: while it lives, the interpreter refuses to resize.
            runner = self._interpreter.get_signature_runner(_SIGNATURE)
            inputs, outputs = runner.get_input_details(), runner.get_output_details()
            del runner
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"Expected a LiteRT network with a signature {_SIGNATURE} in {path}. "
                "Received a file that LiteRT cannot read so. Fetch the model again or export it "
                "anew."
            ) from error
        if _INPUT not in inputs or head not in outputs:
            raise ModelError(
                f"Expected the input {_INPUT} and the output {head} in {path}. Received "
                f"{', '.join([*inputs, *outputs])}. Fetch the model again or export it anew."
            )
        self._path, self._batch = path, 0
        self._input, self._output = inputs[_INPUT]["index"], outputs[head]["index"]
        self._shape = tuple(int(side) for side in inputs[_INPUT]["shape"][1:])
        self._width = int(outputs[head]["shape"][-1])

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
        if len(batch) != self._batch:
            self._interpreter.resize_tensor_input(self._input, batch.shape)
            self._interpreter.allocate_tensors()
            self._batch = len(batch)
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output), np.float32)
