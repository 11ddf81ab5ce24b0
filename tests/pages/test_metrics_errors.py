"""How good is it: from a cell of the confusion matrix to its faces."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.bundle import LITERT_FILE
from fer_core.faces import LABELS
from fer_core.reports import load_report
from tests.labelled_faces import write_dataset
from tests.pages.conftest import OpenPage, words
from tests.report_files import change_json
from ui import metrics_errors

PAGE = "pages/3_Training_metrics.py"
CELL = "metrics_cell_fer2013"
FACES = ["sad"] * 8 + ["fear", "happy"]  # the made-up model calls them all happy


@pytest.fixture
def named(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set that the settings name, a model that is kept, and the report of the two."""
    (models / "first" / LITERT_FILE).write_bytes(b"the model is made up")
    matrix = [[0] * 7 for _ in range(7)]
    for label in FACES:
        matrix[LABELS["fer2013"].index(label)][LABELS["fer2013"].index("happy")] += 1
    change_json(models / "first" / "metrics.json", confusion_matrix=matrix)
    path = write_dataset(tmp_path, FACES)
    monkeypatch.setenv("FER_DATASET", str(path))
    return path


def pictures(page: AppTest) -> int:
    return words(page).count("· its label:")


def test_without_a_data_set(app: OpenPage) -> None:
    page = app(PAGE)
    assert [info.value for info in page.info] == [metrics_errors.NO_DATASET]
    assert "30 images: 30\N{NO-BREAK SPACE}% of those labelled" in words(page)


def test_a_run_without_weights(app: OpenPage, named: Path) -> None:
    page = app(PAGE)
    page.selectbox(key="metrics_run").set_value("second").run()
    assert [info.value for info in page.info] == [metrics_errors.NO_WEIGHTS]


def test_the_likeliest_mistake_comes_first(app: OpenPage, named: Path) -> None:
    page = app(PAGE)
    assert page.selectbox(key=CELL).options[0] == "sad read as happy"
    assert "8 images: " in words(page)
    assert not page.info
    assert pictures(page) == metrics_errors.A_PAGE
    assert "**happy 90\N{NO-BREAK SPACE}%** · its label: sad" in words(page)
    assert "1 person could not tell" in words(page)
    assert "counts in the matrix and faces here may be apart" not in words(page)


def test_another_cell(app: OpenPage, named: Path) -> None:
    page = app(PAGE)
    page.selectbox(key=CELL).set_value(("fear", "happy")).run()
    assert pictures(page) == 1
    assert "its label: fear" in words(page)
    page.selectbox(key=CELL).set_value(("fear", "sad")).run()
    assert pictures(page) == 0
    assert [info.value for info in page.info] == ["No test image is in this cell."]


def test_a_click_on_a_cell_chooses_it(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = load_report(models / "first").heads[0]
    state = {
        metrics_errors.matrix_key(head): {
            "selection": {"cell": [{"true": "sad", "predicted": "fear"}]}
        }
    }
    monkeypatch.setattr(metrics_errors, "st", SimpleNamespace(session_state=state))
    metrics_errors.choose_clicked(head)
    assert state[CELL] == ("sad", "fear")
    state[metrics_errors.matrix_key(head)] = {"selection": {"cell": []}}
    metrics_errors.choose_clicked(head)
    assert state[CELL] == ("sad", "fear")


def test_faces_that_the_report_did_not_count(app: OpenPage, models: Path, named: Path) -> None:
    matrix = json.loads((models / "first" / "metrics.json").read_text())["confusion_matrix"]
    matrix[0][0] += 1
    change_json(models / "first" / "metrics.json", confusion_matrix=matrix)
    assert "may be apart" in words(app(PAGE))


def test_a_data_set_that_cannot_be_read(app: OpenPage, named: Path) -> None:
    named.write_text("no table")
    st.cache_resource.clear()
    page = app(PAGE)
    assert "fer2013.csv" in page.error[0].value
    assert "Which labels get mixed up" in words(page)


def test_no_votes(app: OpenPage, named: Path) -> None:
    named.with_name("fer2013new.csv").unlink()
    page = app(PAGE)
    assert not page.error
    assert pictures(page) == metrics_errors.A_PAGE
    assert "could not tell" not in words(page)
    page.button_group(key="metrics_head").set_value("ferplus").run()
    assert "FER+ votes" in page.error[0].value
