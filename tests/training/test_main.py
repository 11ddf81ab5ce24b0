"""The trainer's command line: which faces a command takes, and how it fails."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fer_core.bundle import InputSpec, ModelCard
from fer_core.faces import LABELS, FaceSet
from fer_core.training import crops, export, formats, robustness
from fer_core.training.__main__ import _line_of, main
from fer_core.training.config import Recipe
from fer_core.training.data import load_faces, load_for

RECIPE = Recipe("own", own_split=(0.4, 0.3, 0.3), grayscale=False, size=32, seed=2)
TITLE = "{} of an own split (30%)"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Class folders without splits: ten faces of each of two labels, no two alike."""
    for start, label in ((10, "happy"), (130, "sad")):
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True)
        for grey in range(start, start + 100, 10):
            Image.new("RGB", (40, 40), (grey, grey // 2, 0)).save(folder / f"{grey}.png")
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """What the commands look at in a run or a model before they read faces."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(asdict(RECIPE)), encoding="utf-8")
    labels = {"fer2013": LABELS["fer2013"]}
    card = ModelCard("own", labels, InputSpec(32), "own", sha256={"model.tflite": "abc"})
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("module", "function", "arguments", "split", "title"),
    [
        (export, "export", ["export", "--out", "new", "--run"], "PublicTest", None),
        (robustness, "robustness", ["robustness", "--model"], "PrivateTest", "PrivateTest"),
        (crops, "crop_choice", ["crops", "--model"], "PublicTest", "PublicTest"),
        (formats, "formats", ["formats", "--model"], None, "PrivateTest"),
    ],
)
def test_a_command_takes_the_faces_as_the_recipe_of_the_run_does(
    module: Any,
    function: str,
    arguments: list[str],
    split: str | None,
    title: str | None,
    data: Path,
    run: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: dict[str, Any] = {}

    def take(*given: Any, **settings: Any) -> dict[str, Any]:
        (taken["faces"],) = [each for each in given if isinstance(each, FaceSet | dict)]
        taken["split"] = settings.get("split")
        return {"rows": [], "reason": ""}

    monkeypatch.setattr(module, function, take)
    assert main([*arguments, str(run), "--data", str(data)]) == 0
    expected = load_for(RECIPE, data)
    assert images(taken["faces"]) == images(expected if split is None else expected[split])
    assert taken["split"] == (title and TITLE.format(title))
    assert images(expected) != images(load_faces(data))


def images(faces: FaceSet | Mapping[str, FaceSet]) -> list[Any]:
    if isinstance(faces, FaceSet):
        return np.asarray(faces.images).tolist()
    return [images(each) for each in faces.values()]


def test_the_spread_over_seeds_needs_no_faces(tmp_path: Path) -> None:
    report = {"recipe": "r", "split": "PrivateTest", "seed": 1, "other_heads": {}}
    report |= dict.fromkeys(("accuracy", "accuracy_flip", "macro_f1"), 0.5)
    report["weights_sha256"] = "a" * 64
    (tmp_path / "metrics.json").write_text(json.dumps(report), encoding="utf-8")
    out = tmp_path / "seeds.json"
    assert main(["seeds", "--models", str(tmp_path), "--out", str(out)]) == 0
    assert out.is_file()


@pytest.mark.parametrize("form", [["--out", "/x/runs/a"], ["--out=/x/runs/a"]])
def test_the_command_is_noted_without_folders(form: list[str]) -> None:
    noted = _line_of(["train", "--epochs", "3", *form])
    assert noted.replace("=", " ") == "python -m fer_core.training train --epochs 3 --out a"


def test_a_package_that_is_missing_gives_a_sentence(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr("fer_core.training.config.recipe_of_run", missing)
    assert main(["export", "--run", "runs/x", "--out", "x", "--data", str(data)]) == 1
    assert capsys.readouterr().err.startswith("Expected the package jax")


def test_a_file_that_cannot_be_written_gives_a_sentence(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "audit.json"
    assert main(["audit", "--data", str(data), "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("Expected files and folders that can be read and written. Received: ")
    assert str(tmp_path / "file") in error
