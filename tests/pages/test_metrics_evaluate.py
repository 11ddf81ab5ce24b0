"""How good is it: the model read again, here and now."""

import threading
from pathlib import Path

import numpy as np
import pytest

from fer_core.bundle import LITERT_FILE
from fer_core.faces import FaceSet
from fer_core.testing import FERPLUS_LABELS, FakeClassifier
from tests.labelled_faces import write_dataset
from tests.pages.conftest import PATIENCE_S, OpenPage, words
from tests.pages.test_training_metrics import PAGE, SPACE, open_tab
from ui import metrics_evaluate, metrics_parts
from ui.metrics_job import Evaluation

TAB = "Evaluate now"


@pytest.fixture
def kept(models: Path) -> Path:
    """The run "first", whose model is kept."""
    (models / "first" / LITERT_FILE).write_bytes(b"the model is made up")
    return models / "first"


def test_a_run_without_weights(app: OpenPage) -> None:
    assert metrics_parts.NO_WEIGHTS in words(open_tab(app, TAB))


def test_without_a_data_set_there_is_the_zip(app: OpenPage, kept: Path) -> None:
    page = open_tab(app, TAB)
    assert page.button(key="metrics_evaluate").disabled
    assert "FER_DATASET" in words(page)
    assert not page.exception


def test_the_faces_of_the_settings(
    app: OpenPage, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dataset(tmp_path, ["happy"] * 3 + ["sad"])
    monkeypatch.setenv("FER_DATASET", str(path))
    page = open_tab(app, TAB)
    page.button(key="metrics_evaluate").click().run()
    *_, evaluation = page.session_state["metrics_evaluation"]
    assert evaluation.join(PATIENCE_S)
    page.run()
    assert not page.exception
    assert not page.error
    assert "4 faces, read by first · FER-2013" in words(page)
    assert "From before" not in words(page)
    assert page.metric[4].value == f"75.0{SPACE}%"
    assert page.selectbox(key="evaluated_cell_fer2013").options[0] == "sad read as happy"
    assert f"1 image: 100{SPACE}% of those labelled *sad*" in words(page)
    assert f"The run's report has 70.0{SPACE}% accuracy" in words(page)
    page.switch_page("streamlit_app.py").run()
    assert "metrics_evaluation" not in page.session_state


def test_a_result_of_another_label_set_says_so(app: OpenPage, kept: Path) -> None:
    page = open_tab(app, TAB)
    evaluation = Evaluation(
        lambda: FakeClassifier(FERPLUS_LABELS, ["happy"], head="ferplus"),
        lambda: FaceSet(
            np.zeros((1, 48, 48), np.uint8), np.array([3]), np.eye(10, dtype=np.float32)[[1]] * 10
        ),
    )
    page.session_state[metrics_evaluate.HELD] = "first", "ferplus", evaluation
    evaluation.start()
    assert evaluation.join(PATIENCE_S)
    page.run()
    assert not page.exception
    assert "1 faces, read by first · FER+" in words(page)
    assert "From before the run or the label set was changed." in words(page)


def test_leaving_the_page_ends_what_is_being_read(app: OpenPage, kept: Path) -> None:
    left = threading.Event()

    def faces() -> FaceSet:
        assert left.wait(PATIENCE_S)
        return FaceSet(np.zeros((4, 48, 48), np.uint8), np.zeros(4, np.int64))

    page = open_tab(app, TAB)
    evaluation = Evaluation(FakeClassifier, faces)
    page.session_state[metrics_evaluate.HELD] = "first", "fer2013", evaluation
    evaluation.start()
    page.switch_page("streamlit_app.py").run()
    left.set()
    assert evaluation.join(PATIENCE_S)
    assert evaluation.view().state == "cancelled"


def test_a_data_set_that_cannot_be_read(
    app: OpenPage, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_DATASET", str(tmp_path / "nowhere.csv"))
    page = open_tab(app, TAB)
    page.button(key="metrics_evaluate").click().run()
    assert "nowhere.csv" in page.error[0].value


def test_before_the_report(app: OpenPage, kept: Path) -> None:
    (kept / "metrics.json").unlink()
    page = app(PAGE)
    page.session_state["metrics_tab"] = TAB
    page.run()
    assert not page.exception
    assert "on FER-2013" in words(page)
