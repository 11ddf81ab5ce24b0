"""One tiny run from data to model folder, as a person would start it."""

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import load_card
from fer_core.classification import load_classifier
from fer_core.errors import DataError, ModelError
from fer_core.reports import load_report
from fer_core.training.__main__ import main
from fer_core.training.config import Recipe
from fer_core.training.data import LABELS, FaceSet

RECIPE = """
name = "tiny"
size = 32
epochs = 2
small_size = 32
small_epochs = 1
batch_size = 8
warmup_epochs = 0.5
ema_momentum = 0.5
label_smoothing = 0.1
mixup_alpha = 0.2
class_balance = 0.5
rotation_deg = 5.0
shift = 0.1
contrast = 0.1
erase_probability = 0.5
"""


# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plain grey faces, a grey a class, with FER+ votes."""
    from tests.training.conftest import pixels, votes_for, write_votes

    folder = tmp_path_factory.mktemp("data")
    rows = [
        (label, pixels(30 * label + 20), split)
        for split in ("Training", "PublicTest", "PrivateTest")
        for label in range(7)
        for _ in range(3)
    ]
    lines = ["emotion,pixels,Usage", *(",".join(map(str, row)) for row in rows)]
    (folder / "fer2013.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_votes(folder / "fer2013new.csv", [votes_for(int(row[0])) for row in rows])
    return folder / "fer2013.csv"


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained, exported and evaluated by the command line."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.toml").write_text(RECIPE, encoding="utf-8")
    run, out = str(folder / "run"), str(folder / "tiny")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recipe = ["--recipe", str(folder / "tiny.toml"), "--init", "none"]
        assert main(["train", *recipe, "--data", str(data), "--out", run]) == 0
        assert main(["export", "--run", run, "--data", str(data), "--out", out]) == 0
        assert main(["evaluate", "--model", out, "--data", str(data)]) == 0
    return Path(out)


def test_the_folder_holds_what_the_dashboard_reads(model: Path) -> None:
    report = load_report(model)
    assert report.history["epoch"] == (1, 2)
    names = {path.name for path in model.iterdir()}
    assert names == {
        *("card.json", "model.tflite", "model.keras", "config.json"),
        *("history.csv", "metrics.json", "confusion_matrix.csv"),
    }
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    assert config["command"].startswith("python -m fer_core.training train --recipe")
    assert config["images"] == {"Training": 21, "PublicTest": 21, "PrivateTest": 21}


def test_metrics_are_those_of_the_classifier_that_the_app_loads(model: Path, data: Path) -> None:
    from fer_core.training.data import load_faces

    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    faces = load_faces(data)["PrivateTest"]
    for head, figures in (("fer2013", metrics), ("ferplus", metrics["other_heads"]["ferplus"])):
        classifier = load_classifier(model, head=head)
        tops = [scores.top for scores in classifier.classify(list(faces.images))]
        truth = [LABELS["fer2013"][label] for label in faces.labels]
        right = np.mean([top == each for top, each in zip(tops, truth, strict=True)])
        assert figures["accuracy"] == pytest.approx(right)
    card = load_card(model)
    assert metrics["weights_sha256"] == card.sha256["model.tflite"]
    assert card.metrics["accuracy"] == metrics["accuracy"]
    assert metrics["split"] == "PrivateTest"


def test_litert_and_keras_give_the_same_scores(model: Path) -> None:
    crops = [np.full((48, 48), grey, np.uint8) for grey in (0, 90, 255)]
    litert = load_classifier(model).classify(crops)
    keras = load_classifier(model, runtime="keras").classify(crops)
    for a, b in zip(litert, keras, strict=True):
        assert a.probabilities == pytest.approx(b.probabilities, abs=0.01)


def test_export_refuses_when_the_files_disagree(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fer_core.training import export

    class Contrary(export.KerasRuntime):
        def predict(self, batch: np.ndarray) -> np.ndarray:
            return super().predict(batch)[:, ::-1]

    monkeypatch.setattr(export, "KerasRuntime", Contrary)
    faces = FaceSet(np.zeros((4, 48, 48), np.uint8), np.zeros(4, np.int64))
    with pytest.raises(ModelError, match="agree on 99.5%"):
        export.export(model.parent / "run", tmp_path / "out", faces)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(
    model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = model.parent / "run"
    arguments = ["train", "--init", "none", "--data", str(data), "--out", str(run)]
    assert main(arguments) == 1
    assert "holds files already" in capsys.readouterr().err
    assert main(["export", "--run", str(run), "--data", str(data), "--out", str(model)]) == 1
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "--run", "nowhere"], "folder of a trained run"),
        (["train", "--init", "nowhere.h5"], 'Expected --init to be "imagenet", "none" or'),
        (["train", "--init", "none", "--recipe", "nothing"], "Expected a recipe"),
    ],
)
def test_wrong_arguments_give_a_sentence(
    arguments: list[str],
    sentence: str,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert main([*arguments, "--data", str(data), "--out", str(out)]) == 1
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_targets_weigh_rare_classes_and_drop_unlabelled_faces() -> None:
    from fer_core.training.train import targets_of

    votes = np.zeros((4, 10), np.float32)
    votes[0, 4], votes[1, 9] = 10, 10  # anger; no face
    faces = FaceSet(np.zeros((4, 48, 48), np.uint8), np.array([0, 0, 0, 3]), votes)
    recipe = Recipe("x", class_balance=1.0, label_smoothing=0.0)
    trained = targets_of(faces, LABELS, recipe, training=True)
    assert trained["fer2013"].sum(axis=1) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0])
    assert trained["ferplus"].sum(axis=1).tolist() == [1, 0, 0, 0]
    smooth = replace(recipe, class_balance=0.0, label_smoothing=0.7)
    row = targets_of(faces, LABELS, smooth, training=True)["fer2013"][0]
    assert row.tolist() == pytest.approx([0.4, *[0.1] * 6])
    plain = targets_of(faces, LABELS, smooth, training=False)["fer2013"][0]
    assert plain.tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_a_head_without_votes_is_refused(tmp_path: Path) -> None:
    from fer_core.training.train import labels_of

    faces = FaceSet(np.zeros((1, 48, 48), np.uint8), np.zeros(1, np.int64))
    assert list(labels_of(Recipe("x"), faces)) == ["fer2013"]
    with pytest.raises(DataError, match="FER\\+ votes for the head ferplus"):
        labels_of(Recipe("x", heads=("ferplus",)), faces)
    with pytest.raises(DataError, match="Expected heads out of"):
        labels_of(Recipe("x", heads=("age",)), faces)
