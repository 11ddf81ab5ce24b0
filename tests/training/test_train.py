"""Tiny runs: as a person would start one; frozen, in colour, with teachers, going on."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.bundle import load_card
from fer_core.classification import load_classifier
from fer_core.errors import DataError
from fer_core.reports import load_report
from fer_core.training import train as train_module
from fer_core.training.__main__ import main
from fer_core.training.config import Recipe
from fer_core.training.data import LABELS, FaceSet, load_faces
from fer_core.training.throughput import measure
from fer_core.training.train import (
    Accuracy,
    cross_entropy,
    labels_of,
    plain_targets,
    targets_of,
    train,
)
from tests.training.small_runs import SMALL, changed, new_network, run_of

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
degrade = 0.5
"""
# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MobileNetV2 that was trained, exported and evaluated by the command line."""
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
    assert report.paper is None
    names = {path.name for path in model.iterdir()}
    assert names == {
        *("card.json", "model.tflite", "model.keras", "config.json"),
        *("history.csv", "metrics.json", "confusion_matrix.csv"),
    }
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    assert config["command"].startswith("python -m fer_core.training train --recipe")
    assert config["images"] == {"Training": 21, "PublicTest": 21, "PrivateTest": 21}
    assert config["training_s"] > sum(report.history["seconds"]) > 0
    assert config["init"] == "none"


def test_metrics_are_those_of_the_classifier_that_the_app_loads(model: Path, data: Path) -> None:
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


def test_nothing_is_overwritten(
    model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = model.parent / "run"
    arguments = ["train", "--init", "none", "--data", str(data), "--out", str(run)]
    assert main(arguments) == 1
    assert "Expected the settings of the run that" in capsys.readouterr().err
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


@pytest.mark.parametrize("contrast", [0.0, 0.2])
def test_a_frozen_backbone_stays_as_it_was(
    contrast: float, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    """Without augmentation on features that were computed once; with it on pictures."""
    recipe = replace(SMALL, frozen=True, contrast=contrast)
    network, _ = run_of(recipe, faces, tmp_path / "run")
    # Two convolutions; a hidden layer; two heads: a kernel and a bias each.
    assert changed(new_network(recipe), network) == [False] * 4 + [True] * 6


def test_features_are_computed_once(
    faces: Mapping[str, FaceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    predict = keras.Model.predict_on_batch

    def counted(self: keras.Model, inputs: np.ndarray) -> Any:
        seen.append(len(inputs))
        return predict(self, inputs)

    monkeypatch.setattr(keras.Model, "predict_on_batch", counted)
    run_of(replace(SMALL, frozen=True, epochs=3), faces, tmp_path / "run")
    assert seen == [21, 21]  # PublicTest and Training, though there are three epochs


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_optimizers_learn(optimizer: str, faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    recipe = replace(SMALL, optimizer=optimizer, schedule="constant", learning_rate=1e-3)
    network, _ = run_of(recipe, faces, tmp_path / "run")
    assert any(changed(new_network(recipe), network))
    assert load_report(tmp_path / "run").history["learning_rate"] == pytest.approx((1e-3,))


def test_dropped_classes_leave_a_smaller_head(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    from fer_core.training.splits import splits_for

    recipe = replace(
        SMALL,
        heads=("fer2013",),
        classes=("neutral", "happy", "sad"),
        own_split=(0.6, 0.2, 0.2),
        class_count=6,
        class_balance=0.5,
    )
    network, settings = run_of(recipe, splits_for(recipe, faces), tmp_path / "run")
    assert network.get_layer("fer2013").output.shape == (None, 3)
    assert settings["images"] == {"Training": 18, "PublicTest": 6, "PrivateTest": 6}
    assert settings["classes"] == ["neutral", "happy", "sad"]


def test_a_recipe_in_colour_runs_on_grey_faces_and_says_so(
    faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, grayscale=False, source_size=0, paper={"title": "T", "authors": "A"})
    _, settings = run_of(recipe, faces, tmp_path / "run")
    assert (settings["grayscale"], settings["source_size"]) == (True, 48)
    report = load_report(tmp_path / "run")
    assert report.paper is not None
    assert report.paper.reduced == (
        "Another data set: grey faces of 48 px instead of colour pictures."
    )


def test_colour_pictures_are_learnt_in_colour(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (14, 40, 40, 3)).astype(np.uint8)
    colors = FaceSet(images, np.arange(14) % 7)
    recipe = replace(SMALL, grayscale=False, source_size=0, heads=("fer2013",))
    network, settings = run_of(recipe, {"Training": colors, "PublicTest": colors}, tmp_path / "run")
    assert settings["grayscale"] is False
    assert any(changed(new_network(recipe), network))


def test_few_epochs_end_at_full_size(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    recipe = replace(SMALL, network="vgg", hidden=(), small_size=16, small_epochs=8)
    sizes = []
    real = train_module.MixedBatches

    def noting(images: NDArray[np.uint8], *rest: Any, **settings: Any) -> Any:
        sizes.append(images.shape[1])
        return real(images, *rest, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_module, "MixedBatches", noting)
        run_of(replace(recipe, epochs=2), faces, tmp_path / "two")
        run_of(replace(recipe, epochs=1), faces, tmp_path / "one")
    assert sizes == [16, 32, 32]
    assert load_report(tmp_path / "two").history["epoch"] == (1, 2)


def test_a_run_goes_on_from_another(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    first, _ = run_of(SMALL, faces, tmp_path / "first")
    still = replace(SMALL, schedule="constant", learning_rate=0.0, seed=7)
    second, settings = run_of(still, faces, tmp_path / "second", init=str(tmp_path / "first"))
    assert not any(changed(first, second))
    assert settings["init"] == "first"
    with pytest.raises(DataError, match="weights of this network"):
        other = replace(still, network="vgg", hidden=())
        train(other, faces, init=str(tmp_path / "first"), out=tmp_path / "x", facts={})


def test_targets_weigh_rare_classes_and_drop_unlabelled_faces() -> None:
    votes = np.zeros((4, 10), np.float32)
    votes[0, 4], votes[1, 9] = 10, 10  # anger; no face
    faces = FaceSet(np.zeros((4, 48, 48), np.uint8), np.array([0, 0, 0, 3]), votes)
    recipe = Recipe("x", class_balance=1.0)
    trained = targets_of(faces, LABELS, recipe)
    assert trained["fer2013"].sum(axis=1) == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0])
    assert trained["ferplus"].sum(axis=1).tolist() == [1, 0, 0, 0]
    smooth = replace(recipe, class_balance=0.0, label_smoothing=0.7)
    row = targets_of(faces, LABELS, smooth)["fer2013"][0]
    assert row.tolist() == pytest.approx([0.4, *[0.1] * 6])
    assert plain_targets(faces, LABELS)["fer2013"][0].tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_targets_follow_the_order_of_the_kept_classes() -> None:
    faces = FaceSet(np.zeros((3, 48, 48), np.uint8), np.array([3, 6, 3]))
    labels = {"fer2013": ("neutral", "happy")}
    assert plain_targets(faces, labels)["fer2013"].tolist() == [[0, 1], [1, 0], [0, 1]]
    weighed = targets_of(faces, labels, Recipe("x", class_balance=1.0))["fer2013"]
    assert weighed == pytest.approx(np.array([[0, 0.75], [1.5, 0], [0, 0.75]]))


def test_faces_without_a_label_do_not_count_as_right_or_wrong() -> None:
    accuracy = Accuracy()
    targets = np.array([[1, 0], [0, 0.5], [0, 0], [0, 0]], np.float32)
    logits = np.array([[2, 1], [2, 1], [2, 1], [1, 2]], np.float32)
    accuracy.update_state(targets, logits)
    assert float(accuracy.result()) == pytest.approx(0.5)


def test_teachers_answers_are_mixed_into_the_targets() -> None:
    faces = FaceSet(np.zeros((1, 48, 48), np.uint8), np.array([0]))
    labels = {"fer2013": LABELS["fer2013"]}
    soft = {"fer2013": np.full((1, 7), 1 / 7, np.float32)}
    recipe = Recipe("x", teacher_share=0.7)
    mixed = targets_of(faces, labels, recipe, soft=soft)["fer2013"][0]
    assert mixed.tolist() == pytest.approx([0.4, *[0.1] * 6])


def test_a_row_s_sum_is_its_weight_in_the_loss() -> None:
    targets = np.array([[0, 1], [0, 0.5], [0, 0]], "float32")
    logits = np.array([[2.0, 1.0]] * 3, "float32")
    losses = keras.ops.convert_to_numpy(cross_entropy(targets, logits))
    one = np.log(np.exp(2) + np.exp(1)) - 1
    assert losses == pytest.approx([one, one / 2, 0], abs=1e-5)


def test_a_head_without_votes_is_refused() -> None:
    faces = FaceSet(np.zeros((1, 48, 48), np.uint8), np.zeros(1, np.int64))
    assert list(labels_of(Recipe("x"), faces)) == ["fer2013"]
    with pytest.raises(DataError, match="FER\\+ votes for the head ferplus"):
        labels_of(Recipe("x", heads=("ferplus",)), faces)


def recipe_file(recipe: Recipe, folder: Path) -> str:
    settings = {k: v for k, v in asdict(recipe).items() if not isinstance(v, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    path = folder / f"{recipe.name}.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_throughput_is_measured(tmp_path: Path) -> None:
    for normalization in ("fused", "plain"):
        row = measure(recipe_file(SMALL, tmp_path), normalization=normalization, steps=2)
        assert (row["recipe"], row["size"], row["batch_size"]) == ("small", 32, 8)
        assert row["normalization"] == normalization
        assert min(row[f"{kind}_images_per_s"] for kind in ("train", "input", "prepare")) > 0


def test_throughput_asks_a_frozen_backbone_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[tuple[int, ...]] = []
    fit = keras.Model.fit

    def spying(model: keras.Model, *args: Any, **settings: Any) -> Any:
        fitted.append(model.input_shape)
        return fit(model, *args, **settings)

    monkeypatch.setattr(keras.Model, "fit", spying)
    for frozen in (False, True):
        measure(recipe_file(replace(SMALL, frozen=frozen), tmp_path), steps=2)
    whole, features = fitted[0], fitted[-1]
    assert whole[1:3] == (32, 32)
    assert len(features) == 2
