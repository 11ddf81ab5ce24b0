"""A model folder of a run: what is in it, and that it says what the network says."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import LITERT_FILE, load_card
from fer_core.classification import load_classifier
from fer_core.classification.litert_runtime import LiteRtRuntime
from fer_core.errors import DataError, ModelError
from fer_core.faces import LABELS
from fer_core.preprocessing import prepare
from fer_core.training import export as module
from fer_core.training.config import Recipe
from fer_core.training.export import export
from tests.training.small_network import SIDE, noisy_faces, small_network

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:.*tf.lite.Interpreter is deprecated:UserWarning",
)

HEADS = ("fer2013", "ferplus")
FACES = noisy_faces(420)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run, whose network is a small one."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text('{"name": "small", "seed": 1}\n', encoding="utf-8")
    (folder / "history.csv").write_text("epoch,loss,accuracy\n1,2.0,0.1\n", encoding="utf-8")
    recipe, labels = Recipe("small", size=SIDE), {head: LABELS[head] for head in HEADS}
    monkeypatch.setattr(module, "load_run", lambda _: (small_network(*HEADS), recipe, labels))
    return folder


def litert_answers(folder: Path, head: str) -> np.ndarray:
    """Probabilities of FACES at temperature 1."""
    batch = prepare(list(FACES.images), load_card(folder).input)
    return LiteRtRuntime(folder / LITERT_FILE, head=head).predict(batch)


def network_logits(folder: Path, head: str) -> np.ndarray:
    batch = prepare(list(FACES.images), load_card(folder).input)
    return small_network(*HEADS).predict_on_batch(batch.astype(np.float32))[head]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_bias_is_in_the_file_and_in_the_config(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ramp(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
        assert len(logits) == len(truth) == len(FACES)
        return np.linspace(-0.5, 0.5, logits.shape[1])

    monkeypatch.setattr(module, "fit_bias", ramp)
    export(run, tmp_path / "out", FACES)
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    assert config["name"] == "small"
    assert config["number_format"] == "f16"
    assert list(config["bias"]) == list(HEADS)
    for head, bias in config["bias"].items():
        assert bias == pytest.approx(np.linspace(-0.5, 0.5, len(LABELS[head])), abs=1e-4)
        expected = softmax(network_logits(tmp_path / "out", head) + bias)
        assert litert_answers(tmp_path / "out", head) == pytest.approx(expected, abs=0.02)
    assert set(load_card(tmp_path / "out").temperature) == set(HEADS)


def test_the_keras_file_may_be_left_out(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(run, out, FACES, keep_keras=False)
    names = {path.name for path in out.iterdir()}
    assert names == {"card.json", "config.json", "history.csv", "model.tflite"}
    assert list(load_card(out).sha256) == ["model.tflite"]
    assert load_classifier(out).classify([FACES.images[0]])
    with pytest.raises(ModelError, match="model.keras"):
        load_classifier(out, runtime="keras")


def test_int8_keeps_input_output_and_fine_probabilities(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(run, out, FACES, number_format="int8", training=FACES)
    answers = litert_answers(out, "ferplus")
    assert answers.dtype == np.float32
    assert answers.sum(axis=1) == pytest.approx(np.ones(len(FACES)), abs=1e-5)
    assert not np.allclose(256 * answers, np.round(256 * answers), atol=1e-3)


def test_int8_needs_training_faces(run: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected training faces for the format int8"):
        export(run, tmp_path / "out", FACES, number_format="int8")
    assert not (tmp_path / "out").exists()


def test_unknown_formats_and_stopped_runs_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected a format out of f32, f16, int8 weights, int8"):
        export(run, tmp_path / "out", FACES, number_format="int4")  # type: ignore[arg-type]
    stopped = tmp_path / "stopped"
    shutil.copytree(run, stopped)
    (stopped / "unfinished").mkdir()
    with pytest.raises(DataError, match="Expected a training that came to its end"):
        export(stopped, tmp_path / "out", FACES)
    assert not (tmp_path / "out").exists()


def test_a_head_without_labels_is_left_as_it_is(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "out", noisy_faces(420, votes=False))
    config = json.loads((tmp_path / "out" / "config.json").read_text(encoding="utf-8"))
    assert list(config["bias"]) == ["fer2013"]
    assert set(load_card(tmp_path / "out").temperature) == {"fer2013"}
