"""Keras network → LiteRT file, its numbers written more or less finely."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import keras
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.faces import FaceSet
from fer_core.preprocessing import prepare

NumberFormat = Literal["f32", "f16", "int8 weights", "int8"]
NUMBER_FORMATS: tuple[NumberFormat, ...] = get_args(NumberFormat)
INPUT = "images"
SAMPLES = 300


def to_litert(
    model: keras.Model, number_format: NumberFormat, samples: NDArray[np.uint8] | None = None
) -> bytes:
    """Converts a network as `with_probabilities` makes it.

    Args:
        model: (N, S, S, 3) uint8, input `images` → {head: (N, K) probabilities}.
        number_format: "f32"; "f16", weights in 16 bits; "int8 weights", in 8 bits with a scale
            a channel, brought back to f32 when the file is loaded; "int8", weights and
            activations, their ranges taken from `samples` (Jacob et al. 2018, arXiv:1712.05877).
        samples: (N, S, S, 3) uint8 as `samples_of` gives them; only int8 needs them.

    Returns:
        The file. Input and output keep their names, types and shapes in every format.
    """
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as saved:
        model.export(saved, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(saved)
        if number_format == "f16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        if number_format == "int8":
            assert samples is not None
            return _int8(converter, samples)
        content: bytes = converter.convert()
        return _int8_weights(content) if number_format == "int8 weights" else content


def _int8_weights(content: bytes) -> bytes:
    """The converter's own way quantises activations while the network runs, which is slow."""
    from ai_edge_quantizer import quantizer, recipe

    plan = quantizer.Quantizer(bytearray(content), recipe.weight_only_wi8_afp32())
    return bytes(plan.quantize().quantized_model)


def _int8(converter: Any, samples: NDArray[np.uint8]) -> bytes:
    """All but the softmax in 8 bits.

    An 8-bit probability is a multiple of 1/256: small ones become 0, and no temperature
    brings them back. The softmax of a few numbers costs nothing, so it stays in f32. The
    converter has no such option; its debugger, which can leave operations out, has.
    """
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = _each(samples)
    options = tf.lite.experimental.QuantizationDebugOptions(denylisted_ops=["SOFTMAX"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the debugger warns of the interpreter inside it
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_options=options
        )
        content: bytes = debugger.get_nondebug_quantized_model()
    return content


def _each(samples: NDArray[np.uint8]) -> Callable[[], Iterator[dict[str, NDArray[np.uint8]]]]:
    def each() -> Iterator[dict[str, NDArray[np.uint8]]]:
        for row in range(len(samples)):
            yield {INPUT: samples[row : row + 1]}

    return each


def samples_of(training: FaceSet, spec: InputSpec, *, seed: int) -> NDArray[np.uint8]:
    """Faces to take the ranges of activations from.

    Args:
        training: the Training split.
        spec: the network's input.
        seed: of the choice.

    Returns:
        (N, S, S, 3) uint8, N at most 300.
    """
    order = np.random.default_rng(seed).permutation(len(training))
    return prepare(list(training.images[np.sort(order[:SAMPLES])]), spec)
