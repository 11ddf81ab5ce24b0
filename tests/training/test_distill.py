"""Teachers are trained once, and their answers are distributions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fer_core.training import config, distill
from fer_core.training.config import Recipe
from fer_core.training.data import FaceSet
from fer_core.training.network import load_run
from fer_core.training.train import train
from tests.training.small_runs import SMALL, changed, run_of

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def teachers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Recipes of two teachers where recipes are looked up; the names of runs as they start."""
    for name, seed in (("one", 1), ("two", 2)):
        settings = {"network": "emotioncnn", "size": 32, "hidden": [8], "epochs": 1, "seed": seed}
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        (tmp_path / f"{name}.toml").write_text("\n".join([f'name = "{name}"', *lines]), "utf-8")
    monkeypatch.setattr(config, "RECIPES_FOLDER", tmp_path)
    trained: list[str] = []

    def counted(recipe: Recipe, *args: Any, **kwargs: Any) -> Path:
        trained.append(recipe.name)
        return train(recipe, *args, **kwargs)

    monkeypatch.setattr(distill, "train", counted)
    yield trained


def test_teachers_are_trained_once_and_then_asked(
    teachers: list[str], faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one", "two"), teacher_share=0.5)
    for attempt in ("first", "second"):
        best = distill.distill(
            recipe,
            faces,
            init="none",
            out=tmp_path / attempt,
            teachers=tmp_path / "teachers",
            facts={},
        )
        assert best.is_file()
    assert teachers == ["one", "two", "small", "small"]


def test_a_teacher_that_was_stopped_goes_on_before_it_teaches(
    teachers: list[str], faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    recipe = replace(SMALL, teachers=("one",), teacher_share=0.5)
    distill.distill(recipe, faces, init="none", facts={}, **folders)
    (tmp_path / "teachers" / "one" / "unfinished").mkdir()
    distill.distill(recipe, faces, init="none", facts={}, **{**folders, "out": tmp_path / "next"})
    assert teachers == ["one", "small", "one", "small"]


def test_a_student_may_begin_as_its_teacher(
    teachers: list[str], faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(
        SMALL,
        teachers=("one",),
        teacher_share=0.5,
        start_from_teacher=True,
        schedule="constant",
        learning_rate=0.0,
    )
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    distill.distill(recipe, faces, init="none", facts={}, **folders)
    student, teacher = load_run(tmp_path / "student")[0], load_run(tmp_path / "teachers" / "one")[0]
    assert not any(changed(teacher, student))
    config = json.loads((tmp_path / "student" / "config.json").read_text(encoding="utf-8"))
    assert config["init"] == "one"


def test_soft_targets_are_distributions(faces: Mapping[str, FaceSet], tmp_path: Path) -> None:
    for seed in (1, 2):
        run_of(replace(SMALL, seed=seed), faces, tmp_path / str(seed))
    images = faces["Training"].images
    runs = [tmp_path / "1", tmp_path / "2"]
    both = distill.soft_targets(runs, images, 2.0)
    assert {head: values.shape for head, values in both.items()} == {
        "fer2013": (21, 7),
        "ferplus": (21, 8),
    }
    for head, values in both.items():
        assert values.sum(axis=1) == pytest.approx(1, abs=1e-5)
        each = [distill.soft_targets([run], images, 2.0)[head] for run in runs]
        assert values == pytest.approx((each[0] + each[1]) / 2, abs=1e-6)
