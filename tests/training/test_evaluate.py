"""What is read and what is written; the figures themselves are tested beside figures.py."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import load_card
from fer_core.calibration import Probabilities
from fer_core.errors import DataError
from fer_core.faces import LABELS, SPLITS, FaceSet
from fer_core.reports import load_report
from fer_core.testing import write_fake_run
from fer_core.training import evaluate as module
from fer_core.training.config import WEIGHTS_FILE, Recipe
from fer_core.training.evaluate import evaluate, evaluate_run
from tests.training.conftest import votes_for

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def splits(*, votes: bool = True) -> dict[str, FaceSet]:
    """Noise of its own for each split, two faces a label."""
    labels = np.repeat(np.arange(7), 2)
    return {
        split: FaceSet(
            np.random.default_rng(k).integers(0, 256, (14, 48, 48), np.uint8),
            labels,
            np.array([votes_for(each) for each in labels], np.float32) if votes else None,
        )
        for k, split in enumerate(SPLITS)
    }


def read(images: np.ndarray) -> dict[str, Probabilities]:
    """Right for the first ten faces, whatever they show, and sure of it."""
    answers = {}
    for head, labels in LABELS.items():
        said = [LABELS["fer2013"][k // 2 if k < 10 else 0] for k in range(len(images))]
        rows = np.full((len(images), len(labels)), 0.1 / (len(labels) - 1))
        rows[np.arange(len(images)), [labels.index(name) for name in said]] = 0.9
        answers[head] = rows
    return answers


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_fake_run(tmp_path / "model")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["sha256"], card["labels"] = {"model.tflite": "a" * 64}, LABELS
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setattr(module, "model_reader", lambda folder: read)
    return folder


def test_a_model_is_measured_and_its_card_tells_the_headline(model: Path) -> None:
    metrics = evaluate(model, splits())
    assert json.loads((model / "metrics.json").read_text(encoding="utf-8")) == metrics
    about = ("run", "recipe", "split", "seed", "weights_sha256", "runtime", "head")
    assert [metrics[key] for key in about] == [
        *("model", "fake", "PrivateTest", 1, "a" * 64, "litert", "fer2013")
    ]
    assert metrics["accuracy"] == pytest.approx(10 / 14)
    assert set(metrics["other_heads"]) == {"ferplus"}
    assert metrics["agreed_faces"]["images"] == 14
    assert load_card(model).metrics == {key: metrics[key] for key in module.HEADLINE}
    with (model / "confusion_matrix.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["true", *LABELS["fer2013"]]
    assert rows[-1] == ["neutral", "2", "0", "0", "0", "0", "0", "0"]
    assert [head.head for head in load_report(model).heads] == ["fer2013", "ferplus"]


def test_the_correction_that_export_made_is_told(model: Path) -> None:
    assert "neutral_drift_before" not in evaluate(model, splits())
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config["bias"] = {"ferplus": [10.0, 0, 0, 0, 0, 0, 0, 0]}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    metrics = evaluate(model, splits())
    assert "neutral_drift_before" not in metrics
    assert metrics["other_heads"]["ferplus"]["neutral_drift_before"] == 0.0


def test_another_split_leaves_the_report_and_the_card_alone(model: Path) -> None:
    before = {path: path.read_bytes() for path in model.iterdir()}
    metrics = evaluate(model, splits(), split="PublicTest")
    after = {path: path.read_bytes() for path in model.iterdir()}
    written = after.pop(model / "metrics_PublicTest.json")
    assert after == before
    assert json.loads(written) == metrics
    assert metrics["split"] == "PublicTest"


def test_reports_on_other_faces_can_be_kept_apart(model: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in model.iterdir()}
    out = tmp_path / "other-faces"
    metrics = evaluate(model, splits(), out=out)
    assert {path: path.read_bytes() for path in model.iterdir()} == before
    assert metrics["run"] == "other-faces"
    assert load_report(out).heads[0].accuracy == metrics["accuracy"]
    with pytest.raises(DataError, match="holds a model or a run"):
        evaluate(model, splits(), out=model)
    (tmp_path / "run" / "unfinished").mkdir(parents=True)
    with pytest.raises(DataError, match="holds a model or a run"):
        evaluate(model, splits(), out=tmp_path / "run")


def test_test_faces_that_were_learnt_are_told_apart(model: Path) -> None:
    faces = splits()
    faces["PrivateTest"].images[:3] = faces["Training"].images[5:8]
    metrics = evaluate(model, faces)
    assert metrics["deduplicated"]["removed"] == 3
    assert metrics["deduplicated"]["accuracy"] == pytest.approx(7 / 11)
    assert evaluate(model, faces, split="Training")["deduplicated"]["removed"] == 0


def test_without_votes_the_head_that_needs_them_is_left_out(model: Path) -> None:
    evaluate(model, splits())
    before = load_card(model)
    metrics = evaluate(model, splits(votes=False))
    assert (metrics["head"], metrics["other_heads"]) == ("fer2013", {})
    assert metrics["agreed_faces"] is None
    after = load_card(model)
    assert after.not_sure["ferplus"] == before.not_sure["ferplus"], "it was not chosen anew"
    assert after.intensity == before.intensity
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    card["labels"] = {"ferplus": LABELS["ferplus"]}
    (model / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(DataError, match="FER\\+ votes"):
        evaluate(model, splits(votes=False))


def test_a_run_is_measured_as_it_is(tmp_path: Path) -> None:
    from fer_core.training.network import build_network

    run, out = tmp_path / "run", tmp_path / "out"
    run.mkdir()
    recipe = Recipe("tiny", size=32)
    network = build_network(LABELS, recipe, init="none")
    network.save_weights(run / WEIGHTS_FILE)
    config = {"name": "tiny", "size": 32, "seed": 1}
    (run / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (run / "history.csv").write_text("epoch,loss,accuracy\n1,1.0,0.5\n", encoding="utf-8")

    metrics = evaluate_run(run, out, splits())
    assert {path.name for path in out.iterdir()} == {
        *("config.json", "history.csv", "metrics.json", "confusion_matrix.csv")
    }
    assert (metrics["run"], metrics["recipe"], metrics["runtime"]) == ("out", "tiny", "keras")
    assert len(metrics["weights_sha256"]) == 64
    assert load_report(out).heads[0].accuracy == metrics["accuracy"]
    # Random weights are sure of nothing, and a temperature was chosen all the same.
    assert 1 / 16 <= metrics["temperature"] < 1
    assert evaluate_run(run, out, splits()) == metrics

    (out / "card.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="holds a model or a run"):
        evaluate_run(run, out, splits())


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder of a trained run"):
        evaluate_run(tmp_path, tmp_path / "out", splits())
    assert list(tmp_path.iterdir()) == []


def test_the_network_of_a_run_is_read_face_by_face(tmp_path: Path) -> None:
    from keras import ops

    from fer_core.bundle import InputSpec
    from fer_core.preprocessing import prepare
    from fer_core.training.answers import run_reader
    from fer_core.training.network import build_network

    recipe = Recipe("tiny", size=32, heads=("ferplus",))
    network = build_network({"ferplus": LABELS["ferplus"]}, recipe, init="none")
    network.save_weights(tmp_path / WEIGHTS_FILE)
    config = {"name": "tiny", "size": 32, "heads": ["ferplus"]}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    images = splits()["PublicTest"].images
    reader, labels = run_reader(tmp_path)
    assert labels == {"ferplus": LABELS["ferplus"]}
    batch = prepare(list(images), InputSpec(size=32, source_size=48)).astype(np.float32)
    expected = ops.convert_to_numpy(ops.softmax(network(batch)["ferplus"]))
    assert reader(images)["ferplus"] == pytest.approx(expected, abs=1e-4)
