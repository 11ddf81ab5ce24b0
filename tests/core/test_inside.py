"""The blocks of MobileNetV2 against the shipped file, and what they compute."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from fer_core.bundle import LITERT_FILE, default_folder, load_card
from fer_core.errors import ModelError
from fer_core.inside import MAP_SIDE, blocks, feature_maps, liveliest

FOLDER = default_folder()
SIZE = load_card(FOLDER).input.size
FACE = np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)


def test_the_table_of_the_paper() -> None:
    found = blocks(224)
    assert len(found) == 17
    assert [block.steps[-1].channels for block in found][::4] == [16, 32, 64, 96, 320]
    assert found[-1].steps[-1].side == 7
    assert sum(block.residual for block in found) == 10
    assert (found[0].channels, len(found[0].steps)) == (32, 2)


def test_a_block_by_hand() -> None:
    block = blocks(96)[2]
    assert (block.side, block.channels, block.inner, block.residual) == (24, 24, 144, True)
    weights = [24 * 144 + 144, 9 * 144 + 144, 144 * 24 + 24]
    assert [step.weights for step in block.steps] == weights
    assert [step.products for step in block.steps] == [
        576 * 24 * 144,
        576 * 9 * 144,
        576 * 144 * 24,
    ]
    assert block.full_weights == 9 * 144 * 144 + 144


def test_the_weights_are_those_of_the_shipped_file() -> None:
    details = Interpreter(model_path=str(FOLDER / LITERT_FILE)).get_tensor_details()
    stored = [
        int(np.prod(detail["shape"]))
        for detail in details
        if detail["dtype"] == np.float16
        and ("/block_" in detail["name"] or "/expanded_conv" in detail["name"])
    ]
    assert sum(stored) == sum(block.weights for block in blocks(SIZE))


@pytest.mark.parametrize("number", [1, 2, 3, 17])
def test_every_step_has_its_maps(number: int) -> None:
    block = blocks(SIZE)[number - 1]
    maps = feature_maps(FOLDER / LITERT_FILE, FACE, block)
    for step in block.steps:
        assert maps[step.name].shape == (step.side, step.side, step.channels)
        assert maps[step.name].std() > 0
    assert 0 <= maps["depthwise"].min() <= maps["depthwise"].max() <= 6  # ReLU6
    assert ("sum" in maps) == block.residual


def test_the_sum_is_the_input_and_what_was_projected() -> None:
    before, block = blocks(SIZE)[1:3]
    came_in = feature_maps(FOLDER / LITERT_FILE, FACE, before)["project"]
    maps = feature_maps(FOLDER / LITERT_FILE, FACE, block)
    assert np.allclose(maps["sum"], came_in + maps["project"], atol=1e-4)


def test_a_block_that_the_file_does_not_hold() -> None:
    with pytest.raises(ModelError, match="Expected block 3 of MobileNetV2"):
        feature_maps(FOLDER / LITERT_FILE, FACE, blocks(224)[2])


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (2, 2), (9, 3)])
def test_the_liveliest_channels_come_first(count: int, shown: int) -> None:
    maps = np.zeros((4, 4, 3), np.float32)
    maps[:2, :, 1], maps[:2, :, 2] = 5.0, 1.0
    pictures = liveliest(maps, count) if count else []
    assert len(pictures) == shown
    if pictures:
        assert pictures[0].shape == (MAP_SIDE, MAP_SIDE, 3)
        assert (pictures[0].max(), pictures[1].max()) == (255, 51)
