"""Evaluations in the background: what is read, what is left out, how they end."""

import io
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fer_core.errors import DataError
from fer_core.evaluation import report_of
from fer_core.faces import FaceSet
from fer_core.testing import FER2013_LABELS, FERPLUS_LABELS, FakeClassifier
from ui import metrics_job
from ui.lost_sessions import UNWATCHED_S
from ui.metrics_job import Evaluation, EvaluationView

PATIENCE_S = 60.0


def picture(grey: int = 120, side: int = 60) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (side, side), grey).save(buffer, "PNG")
    return buffer.getvalue()


def archive(**files: bytes) -> bytes:
    """Files by name; "__" in a name stands for a slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def finished(faces: Any, classifier: FakeClassifier | None = None) -> EvaluationView:
    evaluation = Evaluation(lambda: classifier or FakeClassifier(), faces)
    evaluation.start()
    assert evaluation.join(PATIENCE_S)
    return evaluation.view()


def test_the_faces_of_the_settings() -> None:
    faces = FaceSet(np.zeros((3, 48, 48), np.uint8), np.array([3, 3, 4]))
    view = finished(lambda: faces)
    assert view.state == "done" and view.result
    assert report_of(view.result.figures, "fer2013").accuracy == pytest.approx(2 / 3)


def test_a_zip_of_class_folders() -> None:
    view = finished(
        archive(
            test__Happiness__one=picture(),
            test__happy__two=picture(side=200),
            sadness__three=picture(),
            cats__four=picture(),
            five=picture(),
            fear__six=b"no picture",
            dogs__four=picture(),
        )
    )
    assert view.state == "done" and view.result
    report = report_of(view.result.figures, "fer2013")
    assert (report.images, report.accuracy) == (3, pytest.approx(2 / 3))
    assert [image.shape for image in view.result.readings.images] == [(48, 48)] * 3
    assert sorted(name for name, _ in view.result.left_out) == ["five", "four", "four", "six"]
    assert "not named after a label" in dict(view.result.left_out)["four"]


def test_labels_are_those_of_the_label_set() -> None:
    content = archive(contempt__one=picture(), happy__two=picture())
    seven = finished(content).result
    assert seven and [name for name, _ in seven.left_out] == ["one"]
    eight = finished(content, FakeClassifier(FERPLUS_LABELS, ["contempt"], head="ferplus")).result
    assert eight and not eight.left_out
    assert report_of(eight.figures, "ferplus").per_class["contempt"].recall == 1


@pytest.mark.parametrize(
    ("faces", "sentence"),
    [
        (b"PK\x03\x04 and no more", "Expected a whole zip file"),
        (archive(cats__one=picture()), "faces that count"),
        (archive(), "Received an empty one"),
    ],
)
def test_what_cannot_be_evaluated_is_said(faces: bytes, sentence: str) -> None:
    view = finished(faces)
    assert view.state == "failed"
    assert view.error and sentence in view.error


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_job, "MOST_IMAGES", 1)
    view = finished(archive(sad__one=picture(), sad__two=picture()))
    assert view.error and "at most 1 files" in view.error


def test_a_data_set_that_cannot_be_read() -> None:
    def faces() -> FaceSet:
        raise DataError("Expected a data set. Received none. Look again.")

    assert finished(faces).error == "Expected a data set. Received none. Look again."


def test_a_fault_is_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def faces() -> FaceSet:
        raise RuntimeError("secret")

    view = finished(faces)
    assert view.state == "failed"
    assert view.error and "secret" not in view.error
    assert "An evaluation failed" in caplog.text


class Gate:
    """Faces that are held back until the test says so."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self) -> FaceSet:
        self.reached.set()
        assert self.open.wait(PATIENCE_S)
        labels = np.full(40, FER2013_LABELS.index("sad"))
        return FaceSet(np.zeros((40, 48, 48), np.uint8), labels)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def test_cancel(gate: Gate) -> None:
    evaluation = Evaluation(FakeClassifier, gate)
    evaluation.start()
    assert gate.reached.wait(PATIENCE_S)
    evaluation.cancel()
    gate.open.set()
    assert evaluation.join(PATIENCE_S)
    assert evaluation.view() == EvaluationView("cancelled", 0.0)


def test_one_at_a_time(gate: Gate) -> None:
    first, second = Evaluation(FakeClassifier, gate), Evaluation(FakeClassifier, gate)
    first.start()
    assert gate.reached.wait(PATIENCE_S)
    second.start()
    assert second.view().state == "waiting"
    second.cancel()
    assert second.join(PATIENCE_S)
    assert first.view().state == "running"
    gate.open.set()
    assert first.join(PATIENCE_S)
    assert first.view().state == "done"


@pytest.mark.parametrize(("watched", "end"), [(True, "done"), (False, "cancelled")])
def test_it_ends_when_its_page_is_closed(gate: Gate, watched: bool, end: str) -> None:
    now = [0.0]
    evaluation = Evaluation(
        FakeClassifier, gate, watched=lambda: watched or now[0] == 0, clock=lambda: now[0]
    )
    evaluation.start()
    assert gate.reached.wait(PATIENCE_S)
    now[0] = UNWATCHED_S + 1
    gate.open.set()
    assert evaluation.join(PATIENCE_S)
    assert evaluation.view().state == end
