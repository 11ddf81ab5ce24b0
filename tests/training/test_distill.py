"""Teachers are trained once, and their answers are distributions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.errors import DataError
from fer_core.training import config, distill
from fer_core.training.data import FaceSet
from fer_core.training.network import load_run
from fer_core.training.run_folder import require_finished
from fer_core.training.train import train
from tests.training.small_runs import SMALL, changed, run_of, stop_in

# Keras' TensorFlow backend uses a NumPy call that NumPy 2 is to drop.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two teachers where recipes are looked up."""
    for name, seed in (("one", 1), ("two", 2)):
        settings = {"network": "emotioncnn", "size": 32, "hidden": [8], "epochs": 1, "seed": seed}
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        (tmp_path / f"{name}.toml").write_text("\n".join([f'name = "{name}"', *lines]), "utf-8")
    monkeypatch.setattr(config, "RECIPES_FOLDER", tmp_path)


def test_teachers_are_trained_once_and_then_asked(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one", "two"), teacher_share=0.5)
    folders = {"out": tmp_path / "first", "teachers": tmp_path / "teachers"}
    assert distill.distill(recipe, faces, init="none", facts={}, **folders).is_file()
    histories = {path: path.read_bytes() for path in (tmp_path / "teachers").rglob("history.csv")}
    assert len(histories) == 2
    again = {**folders, "out": tmp_path / "second"}
    assert distill.distill(recipe, faces, init="none", facts={}, **again).is_file()
    assert all(path.read_bytes() == before for path, before in histories.items())


def test_a_teacher_that_was_stopped_goes_on_before_it_teaches(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one",), teacher_share=0.5)
    teacher = tmp_path / "teachers" / "one"
    with pytest.MonkeyPatch.context() as patch:
        stop_in(patch, epoch=0)
        with pytest.raises(KeyboardInterrupt):
            train(config.load_recipe("one"), faces, init="none", out=teacher, facts={})
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    distill.distill(recipe, faces, init="none", facts={}, **folders)
    require_finished(teacher)
    assert len((teacher / "history.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_a_teacher_of_another_recipe_does_not_teach(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one",), teacher_share=0.5)
    teacher = replace(config.load_recipe("one"), epochs=2)
    train(teacher, faces, init="none", out=tmp_path / "teachers" / "one", facts={})
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    with pytest.raises(DataError, match="Received others: epochs"):
        distill.distill(recipe, faces, init="none", facts={}, **folders)


def test_a_teacher_with_other_labels_does_not_teach(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one",), teacher_share=0.5, classes=("happy", "sad"))
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    with pytest.raises(DataError, match="Received one, which has others, or none, for fer2013"):
        distill.distill(recipe, faces, init="none", facts={}, **folders)
    assert not (tmp_path / "teachers").exists()


def test_a_student_may_learn_fewer_heads(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    recipe = replace(SMALL, teachers=("one",), teacher_share=0.5, heads=("fer2013",))
    folders = {"out": tmp_path / "student", "teachers": tmp_path / "teachers"}
    assert distill.distill(recipe, faces, init="none", facts={}, **folders).is_file()


def test_without_teachers_a_student_is_not_trained(
    faces: Mapping[str, FaceSet], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="Give the command distill in place of train"):
        run_of(replace(SMALL, teachers=("one",)), faces, tmp_path / "run")


def test_a_student_may_begin_as_its_teacher(
    recipes: None, faces: Mapping[str, FaceSet], tmp_path: Path
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
    settings = json.loads((tmp_path / "student" / "config.json").read_text(encoding="utf-8"))
    assert settings["init"] == "one"


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
