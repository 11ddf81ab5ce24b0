"""A look inside MobileNetV2: its inverted-residual blocks, counted and at work.

Sandler, Howard, Zhu, Zhmoginov & Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
CVPR 2018 (arXiv:1801.04381), table 2.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from fer_core.errors import ModelError
from fer_core.results import RgbImage

# Expansion, channels, blocks, stride of the first of them.
_TABLE = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_STEM_CHANNELS, _STEM_STRIDE = 32, 2
MAP_SIDE = 96  # of a feature map that is drawn, in pixels

Maps = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a block.

    Attributes:
        name: "expand", "depthwise" or "project".
        side: of its output, in pixels.
        channels: of its output.
        weights: its numbers, one offset a channel included, as the model file holds them.
        products: multiplications for one face.
    """

    name: str
    side: int
    channels: int
    weights: int
    products: int


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted-residual block.

    Attributes:
        number: 1 to 17.
        side, channels: of its input.
        stride: 2 halves the side.
        steps: expand (not in the first block), depthwise, project.
    """

    number: int
    side: int
    channels: int
    stride: int
    steps: tuple[Step, ...]

    @property
    def inner(self) -> int:
        """Channels inside, where the filters look at the picture."""
        return self.steps[-2].channels

    @property
    def residual(self) -> bool:
        """Whether the input is added to the output: where both have the same shape."""
        return self.stride == 1 and self.steps[-1].channels == self.channels

    @property
    def weights(self) -> int:
        """Of all steps."""
        return sum(step.weights for step in self.steps)

    @property
    def full_weights(self) -> int:
        """What a full 3×3 convolution in the depthwise one's place would need."""
        return 9 * self.inner * self.inner + self.inner


def blocks(size: int) -> tuple[Block, ...]:
    """The 17 blocks of MobileNetV2 for a network input of `size` pixels a side."""
    side, channels = -(-size // _STEM_STRIDE), _STEM_CHANNELS
    found: list[Block] = []
    for expansion, out, count, first_stride in _TABLE:
        for repeat in range(count):
            stride = first_stride if repeat == 0 else 1
            block = _block(len(found) + 1, side, channels, expansion, stride, out)
            side, channels = block.steps[-1].side, out
            found.append(block)
    return tuple(found)


def _block(number: int, side: int, channels: int, expansion: int, stride: int, out: int) -> Block:
    inner, after = channels * expansion, -(-side // stride)
    steps = [
        Step("depthwise", after, inner, 9 * inner + inner, after**2 * 9 * inner),
        Step("project", after, out, inner * out + out, after**2 * inner * out),
    ]
    if expansion > 1:
        pixels = side**2 * channels * inner
        steps.insert(0, Step("expand", side, inner, channels * inner + inner, pixels))
    return Block(number, side, channels, stride, tuple(steps))


def feature_maps(path: Path, network_input: NDArray[np.uint8], block: Block) -> dict[str, Maps]:
    """What each step of a block gives for one face.

    Args:
        path: of a model.tflite whose backbone is Keras' MobileNetV2.
        network_input: (N, N, 3) uint8, as `prepare` makes it.
        block: one of `blocks(N)`.

    Returns:
        Name of the step → (side, side, channels) float32; "sum" too for a residual block.

    Raises:
        ModelError: the file holds no such block.
    """
    # Delegates would skip the values in between.
    interpreter = Interpreter(
        model_path=str(path),
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], network_input[None])
    interpreter.invoke()
    name = f"block_{block.number - 1}_" if block.number > 1 else "expanded_conv_"
    ends = {"expand": "expand_relu", "depthwise": "depthwise_relu", "project": "project_BN"}
    wanted = {step.name: (ends[step.name], step) for step in block.steps}
    if block.residual:
        wanted["sum"] = ("add", block.steps[-1])
    found: dict[str, Maps] = {}
    for detail in interpreter.get_tensor_details():
        for key, (end, step) in wanted.items():
            shape = (1, step.side, step.side, step.channels)
            activation = detail["dtype"] == np.float32 and tuple(detail["shape"]) == shape
            if activation and f"/{name}{end}" in detail["name"]:
                found[key] = np.asarray(interpreter.get_tensor(detail["index"])[0])
    if set(found) != set(wanted):
        raise ModelError(
            f"Expected block {block.number} of MobileNetV2 in {path.name}. Received "
            f"{', '.join(found) or 'none'} of its steps. This model has no such inside to show."
        )
    return found


def liveliest(maps: Maps, count: int) -> list[RgbImage]:
    """The channels that differ most from place to place, as pictures: dark is low, white high.

    Args:
        maps: (side, side, channels).
        count: how many pictures, at most.

    Returns:
        (96, 96, 3) uint8 RGB each; all on one scale.
    """
    order = np.argsort(-maps.std(axis=(0, 1)), kind="stable")[:count]
    low, high = float(maps[:, :, order].min()), float(maps[:, :, order].max())
    grey = ((maps[:, :, order] - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    sized = [
        cv2.resize(grey[:, :, each], (MAP_SIDE, MAP_SIDE), interpolation=cv2.INTER_NEAREST)
        for each in range(len(order))
    ]
    return [np.asarray(cv2.cvtColor(each, cv2.COLOR_GRAY2RGB)) for each in sized]
