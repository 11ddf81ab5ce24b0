"""The ablation study on a plan of two rows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.training import ablation
from fer_core.training.config import Recipe, load_recipe
from fer_core.training.data import FaceSet

PLAN = """
protocol = "short"
[base]
recipe = "mobilenetv2-96"
size = 32
epochs = 1
small_epochs = 0
[[change]]
lever = "mixup"
change = "none"
mixup_alpha = 0.0
[[change]]
lever = "dropout"
change = "more"
dropout = 0.5
[[change]]
lever = "schedule"
change = "longer"
epochs = 2
[[change]]
lever = "weights"
change = "random"
init = "none"
"""
NEW = """
[[change]]
lever = "smoothing"
change = "more of it"
label_smoothing = 0.3
"""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Recipe]:
    """Recipes that the study trained; the training itself is left out."""
    recipes: list[Recipe] = []

    def distill(recipe: Recipe, *args: Any, **kwargs: Any) -> None:
        recipes.append(recipe)

    def figures(run: Path, faces: FaceSet) -> dict[str, float]:
        return {"accuracy": 0.5 + len(recipes) / 10, "macro_f1": 0.4}

    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    monkeypatch.setattr(ablation, "PLAN", plan)
    monkeypatch.setattr(ablation, "distill", distill)
    monkeypatch.setattr(ablation, "_figures", figures)
    return recipes


def study(folder: Path) -> Mapping[str, Any]:
    faces = FaceSet(np.zeros((1, 48, 48), np.uint8), np.zeros(1, np.int64))
    return ablation.ablate(
        {"Training": faces, "PublicTest": faces},
        shipped=replace(load_recipe("mobilenetv2-96"), dropout=0.5, epochs=30),
        init="weights.h5",
        teachers=folder / "teachers",
        runs=folder / "runs",
        out=folder / "new" / "ablation.json",
        facts={},
    )


def test_each_row_changes_one_setting_of_the_base(trained: list[Recipe], tmp_path: Path) -> None:
    rows = study(tmp_path)["rows"]
    base, mixup, dropout, longer, _ = trained
    assert mixup == replace(base, name="ablation-01", mixup_alpha=0.0)
    assert dropout == replace(base, name="ablation-02", dropout=0.5)
    assert longer == replace(base, name="ablation-03", epochs=2)
    changes = ["the base of the comparison", "none", "more", "longer", "random"]
    assert [row["change"] for row in rows] == changes
    assert [row.get("kept") for row in rows] == [None, False, True, True, False]
    assert [row["accuracy"] for row in rows] == pytest.approx([0.6, 0.7, 0.8, 0.9, 1.0])


def test_finished_rows_are_not_trained_again(trained: list[Recipe], tmp_path: Path) -> None:
    path = tmp_path / "new" / "ablation.json"
    study(tmp_path)
    whole = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**whole, "rows": whole["rows"][:2]}), encoding="utf-8")
    trained.clear()
    again = study(tmp_path)
    assert [recipe.name for recipe in trained] == ["ablation-02", "ablation-03", "ablation-04"]
    assert again["rows"][:2] == whole["rows"][:2]
    assert len(again["rows"]) == 5


def test_rows_are_known_by_their_change(trained: list[Recipe], tmp_path: Path) -> None:
    """A change that the plan gets in its middle does not take the name of the next one's row."""
    rows = study(tmp_path)["rows"]
    inserted = PLAN.replace('[[change]]\nlever = "dropout"', NEW + '[[change]]\nlever = "dropout"')
    ablation.PLAN.write_text(inserted, encoding="utf-8")
    trained.clear()
    again = study(tmp_path)["rows"]
    assert [recipe.label_smoothing for recipe in trained] == [0.3]
    assert [*again[:2], *again[3:]] == rows
    assert again[2]["change"] == "more of it"


def test_the_shipped_plan_changes_settings_that_exist(
    trained: list[Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(ablation, "_trained", lambda *a, **k: {"accuracy": 0.5, "run": "x"})
    rows = study(tmp_path)["rows"]
    assert len(rows) > 10
    assert all(row["change"] for row in rows)
