"""The model card's figures come from the reports of the model in use."""

import shutil
from pathlib import Path

import pytest

from bench import card
from fer_core.bundle import MODELS_FOLDER, default_folder
from fer_core.errors import FerError
from fer_core.reports import ClassFigures, HeadReport, RunReport, SplitFigures
from fer_core.studies import (
    Ablation,
    Corruption,
    Format,
    Formats,
    Lever,
    Robustness,
    SeedRun,
    Seeds,
)

IN_USE = default_folder().name


def rows(text: str) -> list[list[str]]:
    """The cells of a table, row by row, without its rule."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in [lines[0], *lines[2:]]
    ]


def test_every_section_is_a_table_and_words() -> None:
    sections = card.sections(MODELS_FOLDER)
    assert list(sections) == [
        *("teachers", "heads", "crops", "intensity", "damage", "files", "seeds", "levers")
    ]
    for text in sections.values():
        assert len(rows(text)) > 2
        assert text.splitlines()[-1].endswith(".")
    assert [row[0] for row in rows(sections["heads"])[1:]] == ["fer2013", "ferplus"]


def test_the_best_teacher_comes_first() -> None:
    happy = {"happy": ClassFigures(1, 1, 1, 1)}

    def run(name: str, private: float, *public: float) -> RunReport:
        return RunReport(
            name,
            config={"parameters": 2_646_303, "epochs": 32},
            heads=(HeadReport("fer2013", ("happy",), 1, private, 1, 1, 0, happy, ((1,),)),),
            elsewhere=tuple(SplitFigures("PublicTest", 100, each) for each in public),
        )

    runs = run("first", 0.7, 0.69), run("teacher-a", 0.6), run("teacher-b", 0.5, 0.71)
    text = card.teachers([*runs, run("another", 0.8, 0.8)], ["first"])
    assert rows(text)[1:] == [
        ["`teacher-b`", "2.6 million", "32", "71.0%", "50.0%"],
        ["`first`", "2.6 million", "32", "69.0%", "70.0%"],
        ["`teacher-a`", "2.6 million", "32", "", "60.0%"],
    ]
    assert text.endswith("The network in use was taught by `first`.")


def test_damage_shows_each_strength_and_what_training_changed() -> None:
    def robust(clean: float, accuracy: tuple[float, ...]) -> Robustness:
        blur = Corruption("blur", (1.0, 2.5), accuracy, unit="px")
        return Robustness("PrivateTest", "fer2013", 1000, clean, (blur,))

    text = card.damage(robust(0.7, (0.5, 0.3)), robust(0.71, (0.6, 0.4)), ("plain", "new"))
    assert rows(text)[1] == ["blur, px", "1: 60%", "2.5: 40%", "40.0% → 50.0%"]
    assert "71.0% of 1,000 faces of PrivateTest" in text
    assert "from 40.0% (`plain`) to 50.0% (`new`)" in text


def test_files_show_size_accuracy_and_speed() -> None:
    small = Format("f16", 4_560_044, 0.7102, ms_1_thread=0.729, points_lost=0.0)
    text = card.files(Formats("PrivateTest", (small,), reason="It is the only one."))
    assert rows(text)[1] == ["f16", "4.56", "71.0%", "0.00", "0.73", ""]
    assert text.endswith("It is the only one.")


def test_levers_are_compared_with_the_first_row() -> None:
    base, other = Lever("", "the base", 0.64), Lever("mixup", "none", 0.634, kept=False)
    found = rows(card.levers(Ablation("PublicTest", (base, other), "Short.")))
    assert found[1:] == [
        ["start", "the base", "64.0%", "", ""],
        ["mixup", "none", "63.4%", "-0.6", "no"],
    ]


def test_seeds_end_with_their_mean_and_spread() -> None:
    runs = SeedRun(1, 0.70, 0.71, 0.68), SeedRun(2, 0.72, 0.73, 0.70)
    mean, std = {"accuracy": 0.71, "macro_f1": 0.69}, {"accuracy": 0.0141, "macro_f1": 0.0141}
    text = card.seeds(Seeds("ours", "PrivateTest", runs, mean, std))
    assert rows(text)[1:] == [
        ["1", "70.0%", "71.0%", "68.0%", ""],
        ["2", "72.0%", "73.0%", "70.0%", ""],
        ["mean", "71.0% ± 1.4", "", "69.0% ± 1.4", ""],
    ]
    assert "`ours` on PrivateTest" in text


@pytest.mark.parametrize(("accuracy", "place"), [(0.71, "within"), (0.74, "above"), (0.6, "below")])
def test_a_whole_training_again_is_compared_with_the_seeds(accuracy: float, place: str) -> None:
    runs = SeedRun(1, 0.70, 0.71, 0.68), SeedRun(2, 0.72, 0.73, 0.70)
    text = card.seeds(Seeds("ours", "PrivateTest", runs, {}, {}, again=SeedRun(1, accuracy)))
    assert rows(text)[-1][:2] == ["again", f"{accuracy:.1%}"]
    assert f"lies {place} the range of the seeds" in text


RUN_FILES = (card.CHOSEN_ON, card.CUT, "robustness.json", "formats.json")


@pytest.mark.parametrize("missing", [*(f"{IN_USE}/{name}" for name in RUN_FILES), "seeds.json"])
def test_what_was_not_measured_is_named(missing: str, tmp_path: Path) -> None:
    models = Path(shutil.copytree(MODELS_FOLDER, tmp_path / "models"))
    (models / missing).unlink()
    with pytest.raises(FerError, match=f"Expected .*{Path(missing).name}"):
        card.sections(models)


def test_a_model_without_a_teacher_has_nothing_to_stand_beside(tmp_path: Path) -> None:
    models = Path(shutil.copytree(MODELS_FOLDER, tmp_path / "models"))
    (models / "default").write_text("mobilenetv2-96", encoding="utf-8")
    with pytest.raises(FerError, match="Expected a model with a teacher"):
        card.sections(models)
