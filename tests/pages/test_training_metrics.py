"""How good is it: runs, heads, figures, charts, tab by tab."""

import json
import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core.bundle import LITERT_FILE
from tests.pages.conftest import OpenPage, words
from tests.report_files import ROBUSTNESS, change_json, complete, write_json
from ui import metrics_errors, metrics_parts
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
    history = models / "first" / "history.csv"
    change_json(models / "first" / "config.json", epochs=30)
    evaluation = (models / "first" / "metrics.json").read_text()
    (models / "first" / "metrics.json").unlink()
    assert "This run is training" not in words(app(PAGE)), "it is finished, not evaluated"
    (models / "first" / "unfinished").mkdir()
    page = app(PAGE)
    assert "This run is training" in words(page)
    assert "Epoch 3 of 30" in words(page)
    assert "about 27 minutes" in words(page)
    with history.open("a") as file:
        file.write("4,0.9,1,0.6,0.6,0.6,0.6,0.001,60\n")
    assert "Epoch 4 of 30" in words(page.run())
    (models / "first" / "metrics.json").write_text(evaluation)
    assert "has ended" not in words(page.run())
    assert not page.exception


def test_a_run_before_its_first_epoch_ends(app: OpenPage, models: Path) -> None:
    (models / "first" / "metrics.json").unlink()
    (models / "first" / "unfinished").mkdir()
    header = (models / "first" / "history.csv").read_text().splitlines()[0]
    (models / "first" / "history.csv").write_text(header + "\n")
    page = app(PAGE)
    assert "Epoch 0 of 3" in words(page)
    assert not page.exception


def test_a_run_that_was_given_up(app: OpenPage, models: Path) -> None:
    (models / "first" / "metrics.json").unlink()
    for name in ("config.json", "history.csv"):
        os.utime(models / "first" / name, (0, 0))
    page = app(PAGE)
    assert "has not been evaluated yet" in words(page)
    assert "How it learned" in words(page)
    assert "Epoch 3" not in words(page)


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
    (measured / "README.md").write_text("# Model card\n")
    page = open_tab(app, tab)
    assert not page.exception
    assert not page.error
    known = {metrics_errors.NO_DATASET, metrics_parts.NO_WEIGHTS}
    assert {info.value for info in page.info} <= known


def test_percentages(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Percentages")
    shown = {metric.label: (metric.value, metric.delta) for metric in page.metric}
    assert shown["Calibration error (ECE)"] == (f"3.0{SPACE}%", f"-9.0{SPACE}points")
    assert "Beside ten people" not in words(page)
    page.button_group(key="metrics_head").set_value("ferplus").run()
    assert {"Model": "0.90", "Model, corrected": "0.95", "A rater": "1.10"}.items() <= {
        metric.label: metric.value for metric in page.metric
    }.items()


def test_the_slider_sets_not_sure_for_the_whole_app(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Percentages")
    assert page.slider(key="not_sure_fer2013").value == 40  # the card names no threshold
    page.slider(key="not_sure_fer2013").set_value(46).run()
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Faces answered"] == f"75.0{SPACE}%"
    assert shown["Answers right"] == f"83.0{SPACE}%"
    assert f"says “not sure” below 46{SPACE}% now" in words(page)
    page.switch_page("pages/2_Analyze_upload.py").run()
    assert page.slider(key="not_sure_fer2013").value == 46
    page.switch_page(PAGE)
    page.session_state["metrics_tab"] = "Percentages"
    page.run()
    assert page.slider(key="not_sure_fer2013").value == 46
    page.button(key="metrics_own_threshold").click().run()
    assert page.slider(key="not_sure_fer2013").value == 40
    assert page.button(key="metrics_own_threshold").disabled
    assert not page.exception
    assert not page.warning


def test_another_run_leaves_the_apps_threshold(app: OpenPage, measured: Path) -> None:
    complete(measured / "second")
    page = open_tab(app, "Percentages")
    page.selectbox(key="metrics_run").set_value("second").run()
    page.slider(key="metrics_threshold_second_fer2013").set_value(50).run()
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Faces answered"] == f"60.0{SPACE}%"
    assert page.session_state["not_sure_fer2013"] == 40
    page.slider(key="metrics_threshold_second_fer2013").set_value(90).run()
    assert "hardly any face" in words(page)


def test_each_label_by_itself(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Percentages")
    areas = page.dataframe[1].value.set_index("label")
    assert areas.loc["happy", "auc"] == pytest.approx(85)
    page.button_group(key="metrics_curves").set_value("roc").run()
    assert not page.exception


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


def test_side_by_side(app: OpenPage, measured: Path) -> None:
    change_json(measured / "second" / "config.json", batch_size=32)
    page = open_tab(app, "Side by side")
    assert page.multiselect(key="metrics_compared").value == ["first", "second"]
    facts, settings = (table.value for table in page.dataframe)
    shown = facts.set_index("fact")
    assert shown.loc["accuracy (FER-2013)"].tolist() == [f"70.0{SPACE}%", f"40.0{SPACE}%"]
    assert shown.loc["training time"].tolist() == ["3.0 min", "3.0 min"]
    assert shown.loc["time a face"].tolist() == ["1.25 ms", "–"]
    assert settings.set_index("setting").loc["batch size"].tolist() == ["64", "32"]
    assert "seed" not in settings["setting"].tolist()
    for measure in ("loss", "val_accuracy"):
        page.selectbox(key="metrics_measure").set_value(measure).run()
        page.slider(key="metrics_smoothing").set_value(0.5).run()
        log = page.toggle(key="metrics_log")
        if not log.disabled:
            log.set_value(True).run()
        assert log.disabled == (measure == "val_accuracy")
        assert not page.exception
    page.multiselect(key="metrics_compared").set_value(["first"]).run()
    assert "Pick two runs" in words(page)


def test_one_run_has_nothing_beside_it(app: OpenPage, models: Path) -> None:
    shutil.rmtree(models / "second")
    assert "there is but one" in words(open_tab(app, "Side by side"))


def test_runs_with_other_labels_have_no_difference(app: OpenPage, models: Path) -> None:
    metrics = json.loads((models / "second" / "metrics.json").read_text())
    change_json(models / "second" / "metrics.json", **metrics["other_heads"]["ferplus"])
    page = open_tab(app, "Side by side")
    assert "no difference can be taken: second" in words(page)
    assert not page.exception


def test_a_damaged_run_leaves_the_others(app: OpenPage, models: Path) -> None:
    (models / "second" / "metrics.json").write_text("{")
    page = open_tab(app, "All runs")
    assert page.selectbox(key="metrics_run").options == ["first · in use", "second · damaged"]
    assert list(page.dataframe[0].value["run"]) == ["first · in use"]
    assert "metrics.json" in page.warning[0].value


def test_papers_claims_stand_beside_our_figures(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Papers")
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["The paper says"] == "94 %"
    assert shown["Here, new images"] == f"70.0{SPACE}%"
    assert shown["Here, training images"] == f"61.2{SPACE}%"
    assert "Three epochs in place of thirty." in words(page)
    assert "[read the paper](https://example.org/a-paper)" in words(page)


def test_clips_that_a_run_read(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Papers")
    assert "Clips that `first` read, 3 frames a second" in words(page)
    (table,) = [each.value for each in page.dataframe if "frames_with_faces" in each.value]
    assert list(table["file"]) == ["two.mp4", "nobody.mp4", "broken.mp4"]
    assert table["dominant_share"][0] == 75
    assert table["average_confidence"].isna().tolist() == [False, True, True]
    assert list(table["all"]) == [
        f"neutral 75{SPACE}%, happy 25{SPACE}%",
        "",
        "It is damaged.",
    ]


def test_damaged_clips_leave_the_paper_s_card(app: OpenPage, measured: Path) -> None:
    (measured / "first" / "clips.json").write_text("{")
    page = open_tab(app, "Papers")
    assert "clips.json" in page.warning[0].value
    assert "The paper says" in [metric.label for metric in page.metric]


def test_runs_of_one_paper_share_its_card(app: OpenPage, measured: Path) -> None:
    complete(measured / "second")
    page = open_tab(app, "Papers")
    claims = [metric.value for metric in page.metric if metric.label == "The paper says"]
    assert claims == ["94 %"]
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
    assert shown["Test images with a twin"] == "10"  # of this run
    assert shown["Accuracy without twins"] == f"69.0{SPACE}%"
    assert "FER+ accuracy" not in shown  # these seeds do not have it
    assert "mean; ± 1.4" in words(page)
    seeds, *_, levers = (table.value for table in page.dataframe)
    assert list(seeds["seed"]) == ["1", "2", "again"]
    assert list(levers["lever"]) == ["start", "mixup"]
    assert list(levers["kept"]) == ["", "as at the start"]


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
def test_what_is_missing_names_its_command(
    app: OpenPage, models: Path, tab: str, commands: list[str]
) -> None:
    (models / "first" / LITERT_FILE).touch()
    page = open_tab(app, tab)
    said = [info.value for info in page.info]
    assert len(said) == len(commands)
    for sentence, command in zip(said, commands, strict=True):
        assert f"`python -m fer_core.training {command} " in sentence


@pytest.mark.parametrize("tab", ["Hard pictures", "Settings"])
def test_what_cannot_be_measured_again_names_no_command(app: OpenPage, tab: str) -> None:
    (info,) = open_tab(app, tab).info
    assert info.value.endswith(metrics_parts.NO_WEIGHTS)


def test_settings_are_a_table(app: OpenPage, measured: Path) -> None:
    page = open_tab(app, "Settings")
    formats, settings = (table.value for table in page.dataframe)
    assert list(formats["format"]) == ["f16"]
    rows = dict(zip(settings["setting"], settings["value"], strict=True))
    assert rows["batch size"] == "64"
    assert "command" not in rows
    assert page.code[0].value.startswith("python -m fer_core.training train")
