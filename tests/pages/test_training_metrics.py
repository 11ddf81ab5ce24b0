"""How good is it: runs, heads, figures, charts."""

from pathlib import Path

from tests.pages.conftest import OpenPage, words

PAGE = "pages/3_Training_metrics.py"


def test_the_run_in_use_comes_first(app: OpenPage) -> None:
    page = app(PAGE)
    assert page.selectbox(key="metrics_run").value == "first"
    assert page.selectbox(key="metrics_run").options == ["first · in use", "second"]
    assert page.metric[0].value == "70.0\N{NO-BREAK SPACE}%"
    assert len(page.dataframe[0].value) == 7


def test_another_run(app: OpenPage) -> None:
    page = app(PAGE)
    page.selectbox(key="metrics_run").set_value("second").run()
    assert page.metric[0].value == "40.0\N{NO-BREAK SPACE}%"


def test_another_head(app: OpenPage) -> None:
    page = app(PAGE)
    page.button_group(key="metrics_head").set_value("ferplus").run()
    assert not page.exception
    assert "contempt" in list(page.dataframe[0].value["label"])


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
