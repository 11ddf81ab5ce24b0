"""How good is it: runs, heads, figures, charts, tab by tab."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage, words
from tests.report_files import ROBUSTNESS, change_json, complete, write_json
from ui.metrics import TABS

PAGE = "pages/3_Training_metrics.py"
SPACE = "\N{NO-BREAK SPACE}"
STUDIES = ("ablation.json", "seeds.json", "audit.json")


@pytest.fixture
def measured(models: Path) -> Path:
    """The models folder in which all was measured for the run "first"."""
    complete(models / "first")
    return models


def open_tab(app: OpenPage, tab: str) -> AppTest:
    page = app(PAGE)
    page.session_state["metrics_tab"] = tab
    return page.run()


def test_the_run_in_use_comes_first(app: OpenPage) -> None:
    page = app(PAGE)
    assert page.selectbox(key="metrics_run").value == "first"
    assert page.selectbox(key="metrics_run").options == ["first · in use", "second"]
    assert page.metric[0].value == f"70.0{SPACE}%"
    assert len(page.dataframe[0].value) == 7


def test_another_run(app: OpenPage) -> None:
    page = app(PAGE)
    page.selectbox(key="metrics_run").set_value("second").run()
    assert page.metric[0].value == f"40.0{SPACE}%"


def test_another_head(app: OpenPage) -> None:
    page = app(PAGE)
    page.button_group(key="metrics_head").set_value("ferplus").run()
    assert not page.exception
    assert "contempt" in list(page.dataframe[0].value["label"])
    assert "Ten people looked at the same faces" in words(page)


def test_a_run_with_one_label_set(app: OpenPage, models: Path) -> None:
    change_json(models / "first" / "metrics.json", other_heads={})
    page = app(PAGE)
    assert not page.button_group(key="metrics_unit").disabled
    with pytest.raises(KeyError):
        page.button_group(key="metrics_head")


def test_counts_in_the_matrix(app: OpenPage) -> None:
    page = app(PAGE)
    page.button_group(key="metrics_unit").set_value("counts").run()
    assert not page.exception
    assert not page.error


def test_a_run_that_is_still_training(app: OpenPage, models: Path) -> None:
    (models / "first" / "metrics.json").unlink()
    page = app(PAGE)
    assert "not been evaluated yet" in words(page)
    assert "How it learned" in words(page)


def test_a_damaged_report_is_said_in_words(app: OpenPage, models: Path) -> None:
    (models / "first" / "metrics.json").write_text("{")
    page = app(PAGE)
    assert "metrics.json" in page.error[0].value
    page.selectbox(key="metrics_run").set_value("second").run()
    assert not page.error


def test_no_runs(app: OpenPage, models: Path) -> None:
    for run in ("first", "second"):
        for file in (models / run).iterdir():
            file.unlink()
    assert "No training run was found" in words(app(PAGE))


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_when_nothing_further_was_measured(app: OpenPage, tab: str) -> None:
    page = open_tab(app, tab)
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_before_the_evaluation(app: OpenPage, models: Path, tab: str) -> None:
    (models / "first" / "metrics.json").unlink()
    page = open_tab(app, tab)
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_when_all_was_measured(app: OpenPage, measured: Path, tab: str) -> None:
    page = open_tab(app, tab)
    assert not page.exception
    assert not page.error
    assert not page.info


def test_percentages(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Percentages")
    shown = {metric.label: (metric.value, metric.delta) for metric in page.metric}
    assert shown["Calibration error (ECE)"] == (f"3.0{SPACE}%", f"-9.0{SPACE}points")
    assert "90 of 100 faces get an answer, and 76 of 100 answers are right" in words(page)
    assert "Beside ten people" not in words(page)
    page.button_group(key="metrics_head").set_value("ferplus").run()
    assert {"Model": "0.90", "Model, corrected": "0.95", "A rater": "1.10"}.items() <= {
        metric.label: metric.value for metric in page.metric
    }.items()


def test_neutral_before_and_after(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Label sets")
    neutral = next(metric for metric in page.metric if metric.label == "Called neutral")
    assert (neutral.value, neutral.delta) == (f"8.0{SPACE}%", f"-7.0{SPACE}points")
    assert f"15.0{SPACE}% before the correction" in words(page)
    assert list(page.dataframe[0].value["accuracy"]) == pytest.approx([85, 85])


def test_damage_beside_another_run(app: OpenPage, measured: Path) -> None:
    rows = [{**row, "accuracy": [0.5, 0.3]} for row in ROBUSTNESS["rows"]]
    write_json(measured / "second" / "robustness.json", ROBUSTNESS | {"rows": rows, "clean": 0.6})
    page = open_tab(app, "Hard pictures")
    assert page.selectbox(key="metrics_other").options == ["no other run", "second"]
    assert "other" not in page.dataframe[0].value or page.dataframe[0].value["other"].isna().all()
    page.selectbox(key="metrics_other").set_value("second").run()
    assert not page.exception
    assert next(m.delta for m in page.metric if m.label == "Undamaged") == f"+10.0{SPACE}points"
    assert page.button_group(key="metrics_damage_pair").value == "gained"
    assert list(page.dataframe[0].value["other"]) == pytest.approx([40, 40])


def test_all_runs_can_be_sorted(app: OpenPage, measured: Path) -> None:
    change_json(measured / "second" / "metrics.json", macro_f1=0.99)
    page = open_tab(app, "All runs")
    assert list(page.dataframe[0].value["run"]) == ["first · in use", "second"]
    page.selectbox(key="metrics_sort").set_value("macro_f1").run()
    assert list(page.dataframe[0].value["run"]) == ["second", "first · in use"]


def test_a_damaged_run_leaves_the_others(app: OpenPage, models: Path) -> None:
    (models / "second" / "metrics.json").write_text("{")
    page = open_tab(app, "All runs")
    assert page.selectbox(key="metrics_run").options == ["first · in use", "second · damaged"]
    assert list(page.dataframe[0].value["run"]) == ["first · in use"]
    assert "metrics.json" in page.warning[0].value


def test_papers_claims_stand_beside_our_figures(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Papers")
    assert "### 94 %" in words(page)
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Here, new images"] == f"70.0{SPACE}%"
    assert shown["Here, training images"] == f"61.2{SPACE}%"
    assert "Three epochs in place of thirty." in words(page)


def test_runs_of_one_paper_share_its_card(app: OpenPage, measured: Path) -> None:
    complete(measured / "second")
    page = open_tab(app, "Papers")
    assert words(page).count("### 94 %") == 1
    assert list(page.dataframe[0].value["run"]) == ["first", "second"]
    assert page.selectbox(key="metrics_run").options[1] == "second · after Smith and Jones"


def test_a_recipe_that_splits_anew_says_so(app: OpenPage, measured: Path) -> None:
    change_json(measured / "first" / "config.json", own_split=[0.6, 0.2, 0.2])
    page = open_tab(app, "Papers")
    assert f"20{SPACE}% of all faces, which this recipe splits anew" in words(page)
    assert "split anew: other test images than elsewhere" in words(page)


def test_no_papers_yet(app: OpenPage) -> None:
    assert "No run follows a paper's recipe yet" in words(open_tab(app, "Papers"))


def test_checks(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Checks")
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Test images with a twin"] == "11"
    assert shown["Accuracy without twins"] == f"69.0{SPACE}%"
    assert "FER+ accuracy" not in shown  # these seeds do not have it
    assert "mean; ± 1.4" in words(page)
    levers = page.dataframe[-1].value
    assert list(levers["lever"]) == ["start", "mixup"]
    assert list(levers["kept"]) == ["", "no"]


@pytest.mark.parametrize("damaged", STUDIES)
def test_a_damaged_study_leaves_the_others(app: OpenPage, measured: Path, damaged: str) -> None:
    (measured / damaged).write_text("{")
    page = open_tab(app, "Checks")
    assert [damaged in error.value for error in page.error] == [True]
    assert not page.info


@pytest.mark.parametrize("tab", ["Hard pictures", "Settings"])
def test_a_damaged_study_of_the_run(app: OpenPage, measured: Path, tab: str) -> None:
    for name in ("robustness.json", "formats.json"):
        (measured / "first" / name).write_text("[]")
    page = open_tab(app, tab)
    assert len(page.error) == 1
    assert "Expected" in page.error[0].value


@pytest.mark.parametrize(
    ("tab", "commands"),
    [
        ("Percentages", ["evaluate"]),
        ("Hard pictures", ["robustness"]),
        ("Checks", ["seeds", "audit", "ablation"]),
        ("Settings", ["formats"]),
    ],
)
def test_what_is_missing_names_its_command(app: OpenPage, tab: str, commands: list[str]) -> None:
    page = open_tab(app, tab)
    said = [info.value for info in page.info]
    assert len(said) == len(commands)
    for sentence, command in zip(said, commands, strict=True):
        assert f"`python -m fer_core.training {command} " in sentence


def test_settings_are_a_table(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Settings")
    formats, settings = (table.value for table in page.dataframe)
    assert list(formats["format"]) == ["f16"]
    rows = dict(zip(settings["setting"], settings["value"], strict=True))
    assert rows["batch size"] == "64"
    assert "command" not in rows
    assert page.code[0].value.startswith("python -m fer_core.training train")
