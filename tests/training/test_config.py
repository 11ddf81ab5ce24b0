"""Recipes are read whole, or refused with a sentence."""

from pathlib import Path

import pytest

from fer_core.errors import DataError
from fer_core.training.config import RECIPES_FOLDER, Recipe, load_recipe


@pytest.mark.parametrize("path", sorted(RECIPES_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_shipped_recipes_load_and_carry_their_file_name(path: Path) -> None:
    assert load_recipe(path.stem).name == path.stem


def test_overrides_replace_and_none_leaves(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nepochs = 3\nseed = 4\nheads = ["ferplus"]\n', encoding="utf-8")
    expected = Recipe("mine", heads=("ferplus",), epochs=5, seed=4)
    assert load_recipe(str(path), epochs=5, seed=None) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "x"\nepoch = 3', "only settings that a recipe has.*epoch"),
        ("name = ", "Expected a recipe"),
    ],
)
def test_damaged_recipes(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=f"(?s){sentence}"):
        load_recipe(str(path))


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(DataError, match="mobilenetv2-96.*Received 'nothing'"):
        load_recipe("nothing")
