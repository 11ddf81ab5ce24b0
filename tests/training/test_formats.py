"""Formats of a model: the rule that chooses one, and the report of a small network."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from fer_core.bundle import KERAS_FILE, InputSpec, ModelCard, sha256_of
from fer_core.errors import ModelError
from fer_core.faces import LABELS
from fer_core.studies import load_formats
from fer_core.training import formats as module
from fer_core.training.formats import choose, formats
from fer_core.training.litert import NUMBER_FORMATS, samples_of
from fer_core.training.network import with_probabilities
from tests.training.small_network import SIDE, noisy_faces, small_network

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning",
    "ignore:.*tf.lite.Interpreter is deprecated:UserWarning",
)

HEADS = ("fer2013", "ferplus")


def row(name: str, size: int, points_lost: float) -> dict[str, Any]:
    return {"format": name, "bytes": size, "points_lost": points_lost}


F32 = row("f32", 900, 0.0)


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([], "f32"),
        ([row("f16", 450, 0.0)], "f16"),
        ([row("f16", 450, 0.2), row("int8", 270, 0.35)], "f16"),
        ([row("f16", 450, 0.0), row("int8", 270, 0.25)], "int8"),
        ([row("f16", 450, 10.0)], "f32"),
    ],
)
def test_the_smallest_that_loses_little_is_chosen(
    others: list[dict[str, Any]], chosen: str
) -> None:
    name, reason = choose([F32, *others])
    assert name == chosen
    assert reason.startswith(f"{chosen} is the smallest file that loses at most 0.3 points")


@pytest.mark.parametrize(
    ("other", "ending"),
    [
        (row("int8", 270, 1.0), "int8 is smaller, but loses 1.00 points."),
        (row("int8", 500, 1.0), "with the mirror image and without."),
    ],
)
def test_the_reason_says_what_is_wrong_with_smaller_files(
    other: dict[str, Any], ending: str
) -> None:
    _, reason = choose([F32, other, row("f16", 450, -0.1)])
    assert reason.endswith(ending)


def test_samples_follow_the_seed() -> None:
    training, spec = noisy_faces(310), InputSpec(SIDE)
    first = samples_of(training, spec, seed=1)
    assert first.shape == (300, SIDE, SIDE, 3)
    assert np.array_equal(first, samples_of(training, spec, seed=1))
    assert not np.array_equal(first, samples_of(training, spec, seed=2))


def write_model(folder: Path) -> keras.Model:
    model = with_probabilities(small_network(*HEADS), size=SIDE)
    model.save(folder / KERAS_FILE)
    labels = {head: LABELS[head] for head in HEADS}
    sums = {KERAS_FILE: sha256_of(folder / KERAS_FILE)}
    card = ModelCard("small", labels, InputSpec(SIDE), recipe="small", sha256=sums)
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    return model


def test_every_format_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRUNED_SHARES", (0.5,))
    monkeypatch.setattr(module, "NARROWED_SHARES", (0.5,))
    monkeypatch.setattr(module, "TIMED", 3)
    model = write_model(tmp_path)
    faces = {split: noisy_faces(70) for split in ("Training", "PublicTest", "PrivateTest")}
    report = formats(tmp_path, faces)
    assert json.loads((tmp_path / "formats.json").read_text(encoding="utf-8")) == report
    assert {path.name for path in tmp_path.iterdir()} == {"card.json", KERAS_FILE, "formats.json"}

    read = load_formats(tmp_path)
    assert read is not None
    assert [each.format for each in read.rows] == [
        *NUMBER_FORMATS,
        *("pruned 50% of the weights, f16", "pruned 50% of the last channels, f16"),
    ]
    assert (read.split, read.head, read.images) == ("PrivateTest", "fer2013", 70)
    assert read.shipped in NUMBER_FORMATS
    assert read.rows[0].bytes > read.rows[1].bytes
    batch = np.repeat(faces["PrivateTest"].images[..., None], 3, axis=-1)
    assert report["rows"][0]["accuracy"] == pytest.approx(_accuracy(model, batch, faces), abs=0.02)
    for each in report["rows"]:
        assert each["points_lost"] == pytest.approx(_most_lost(each, report["rows"][0]))


def _most_lost(row: dict[str, Any], reference: dict[str, Any]) -> float:
    now, before = (pd.json_normalize(each["splits"]) for each in (row, reference))
    lost = (before - now).filter(regex="accuracy")
    assert lost.size == 8  # two splits, two heads, with and without the mirror image
    return 100 * float(lost.max(axis=None))


def _accuracy(model: keras.Model, images: np.ndarray, faces: dict[str, Any]) -> float:
    from fer_core.preprocessing import prepare

    batch = prepare(list(images), InputSpec(SIDE))
    top = model.predict_on_batch(batch)["fer2013"].argmax(axis=1)
    return float(np.mean(top == faces["PrivateTest"].labels))


def test_a_model_without_a_keras_file_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path)
    (tmp_path / KERAS_FILE).unlink()
    with pytest.raises(ModelError, match="model.keras"):
        formats(tmp_path, {})
