"""Recipes are read whole, or refused with a sentence."""

import json
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from fer_core.bundle import MODELS_FOLDER
from fer_core.errors import DataError
from fer_core.training.config import RECIPES_FOLDER, Recipe, load_recipe, paper_of, recipe_of

PAPERS = ("realtime-2025", "transfer-2024", "imbalance-study", "emonet-sgd", "kdef-video")
SHIPPED = sorted(path.stem for path in RECIPES_FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_recipes_load_and_carry_their_file_name(name: str) -> None:
    assert load_recipe(name).name == name


@pytest.mark.parametrize("name", [each for each in SHIPPED if each.startswith(PAPERS)])
def test_the_papers_recipes_say_whose_they_are(name: str) -> None:
    paper = load_recipe(name).paper
    assert {"title", "authors", "claim", "claim_note"} <= set(paper)
    known = {"title", "authors", "year", "url", "claim", "claim_note", "reduced", "epochs"}
    assert set(paper) <= known
    assert paper.get("url", "https://").startswith("https://")


@pytest.mark.parametrize("name", [each for each in SHIPPED if (MODELS_FOLDER / each).is_dir()])
def test_a_kept_run_tells_of_its_paper_what_the_recipe_tells(name: str) -> None:
    run = json.loads((MODELS_FOLDER / name / "config.json").read_text()).get("paper") or {}
    recipe = dict(load_recipe(name).paper)
    ours = {"reduced", "epochs"}  # of the run, and what they are reckoned from
    assert {key: run[key] for key in run.keys() - ours} == {
        key: recipe[key] for key in recipe.keys() - ours
    }


def test_every_paper_has_its_recipe() -> None:
    assert {paper for paper in PAPERS for name in SHIPPED if name.startswith(paper)} == set(PAPERS)


def test_light_backbones_differ_in_nothing_but_the_network() -> None:
    recipes = [asdict(load_recipe(name)) for name in SHIPPED if name.startswith("light-")]
    assert len(recipes) == 3
    own = ("name", "network", "scaling")
    protocols = [{k: v for k, v in each.items() if k not in own} for each in recipes]
    assert protocols[0] == protocols[1] == protocols[2]


def test_overrides_replace_and_none_leaves(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nepochs = 3\nseed = 4\nheads = ["ferplus"]\n', encoding="utf-8")
    expected = Recipe("mine", heads=("ferplus",), epochs=5, seed=4)
    assert load_recipe(str(path), epochs=5, seed=None) == expected


def test_a_recipe_survives_its_config() -> None:
    recipe = load_recipe("imbalance-study-deeper-1000")
    config = tomllib.loads((RECIPES_FOLDER / "imbalance-study-deeper-1000.toml").read_text("utf-8"))
    assert recipe_of({**config, "command": "train", "images": {}}) == recipe
    assert recipe.hidden == (512, 256, 128)


@pytest.mark.parametrize(
    ("epochs", "reduced"),
    [(30, "Small."), (4, "Small. 4 epochs instead of 30.")],
)
def test_a_shorter_run_than_the_paper_s_says_so(epochs: int, reduced: str) -> None:
    paper = {"title": "T", "authors": "A", "epochs": 30, "reduced": "Small."}
    recipe = Recipe("x", epochs=epochs, paper=paper)
    assert paper_of(recipe) == {"title": "T", "authors": "A", "reduced": reduced}
    again = Recipe("x", epochs=epochs, paper=paper_of(recipe) or {})
    assert paper_of(again) == paper_of(recipe)


def test_nothing_reduced_and_no_paper() -> None:
    assert paper_of(Recipe("x", epochs=30, paper={"title": "T", "epochs": 30})) == {"title": "T"}
    assert paper_of(Recipe("x")) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "x"\nepoch = 3', "only settings that a recipe has.*epoch"),
        ("name = ", "Expected a recipe"),
        ("epochs = 3", "Expected a recipe with a name"),
        ('name = "x"\noptimizer = "rmsprop"', "optimizer.*adamw, adam, sgd. Received rmsprop"),
        ('name = "x"\nclasses = ["sad", "bored"]', "classes.*Received bored"),
        ('name = "x"\nheads = ["age"]', "heads.*fer2013, ferplus. Received age"),
        ('name = "x"\nheads = "fer2013"', "Expected settings of the kinds.*heads holds 'fer2013'"),
        ('name = "x"\nheads = []', "name at least one of its heads"),
        ('name = "x"\nepochs = "ten"', "epochs holds 'ten'"),
        ('name = "x"\nepochs = 0', "epochs.*at least 1. Received 0"),
        ('name = "x"\nseed = -1', "seed.*at least 0. Received -1"),
        ('name = "x"\nown_split = ["a"]', r"own_split\[0\] holds 'a'"),
        ('name = "x"\nstart_from_teacher = true', "a teacher where it starts from one"),
        ('name = "x"\nown_split = [0.6, 0.2]', "three shares that sum to 1"),
        ('name = "x"\nown_split = [0.6, 0.3, 0.2]', "three shares that sum to 1"),
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
