"""Home: what, how good, limits, ways in."""

from pathlib import Path

from tests.pages.conftest import OpenPage, words
from tests.report_files import complete


def test_figures_come_from_the_report(app: OpenPage) -> None:
    page = app("streamlit_app.py")
    assert page.metric[0].label == "Right on test images"
    assert page.metric[0].value == "70\N{NO-BREAK SPACE}%"
    assert "700 test images" in words(page)
    assert "not a feeling" in words(page)


def test_test_images_that_resemble_a_learnt_one_are_told(app: OpenPage, models: Path) -> None:
    assert "nearly equal" not in words(app("streamlit_app.py"))
    complete(models / "first")
    assert "of the others it gets 69.0\N{NO-BREAK SPACE}% right" in words(app("streamlit_app.py"))


def test_without_an_evaluation(app: OpenPage, models: Path) -> None:
    (models / "first" / "metrics.json").unlink()
    page = app("streamlit_app.py")
    assert not page.metric
    assert "No figures yet" in words(page)


def test_without_a_model(app: OpenPage, models: Path) -> None:
    (models / "default").unlink()
    page = app("streamlit_app.py")
    assert "default" in page.error[0].value
    assert "not a feeling" in words(page)
