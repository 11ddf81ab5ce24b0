import sys
from pathlib import Path

import numpy as np
import pytest

from fer_core.classification.keras_runtime import KerasRuntime
from fer_core.errors import ModelError

FACES = np.random.default_rng(1).integers(0, 256, (70, 16, 16, 3), np.uint8)


@pytest.fixture(scope="module")
def runtime(tiny_bundle: Path) -> KerasRuntime:
    return KerasRuntime(tiny_bundle / "model.keras", head="ferplus")


@pytest.mark.parametrize("count", [0, 1, 3, 64, 70])
def test_any_number_of_faces(runtime: KerasRuntime, count: int) -> None:
    probabilities = runtime.predict(FACES[:count])
    assert (probabilities.shape, probabilities.dtype) == ((count, 8), np.float32)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    if count:
        assert probabilities[-1:] == pytest.approx(
            runtime.predict(FACES[count - 1 : count]), abs=1e-5
        )


def test_an_unknown_head(tiny_bundle: Path) -> None:
    with pytest.raises(ModelError, match="kdef"):
        KerasRuntime(tiny_bundle / "model.keras", head="kdef")


def test_a_face_of_another_size_is_refused(runtime: KerasRuntime) -> None:
    with pytest.raises(ModelError, match=r"\(16, 16, 3\)"):
        runtime.predict(np.zeros((1, 32, 32, 3), np.uint8))


def test_a_missing_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ModelError, match="pip install"):
        KerasRuntime(tmp_path / "model.keras", head="fer2013")
