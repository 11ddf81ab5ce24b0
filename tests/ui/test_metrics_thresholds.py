"""Thresholds and curves → data frames."""

from pathlib import Path

import pytest

from fer_core.reports import HeadReport, load_report
from fer_core.testing import write_fake_run
from tests.report_files import complete
from ui import metrics_thresholds as tables

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def head(tmp_path: Path) -> HeadReport:
    """Measured at 0, 0.5 and 0.98; the model's own threshold is 0.42."""
    return load_report(complete(write_fake_run(tmp_path / "run"))).heads[0]


@pytest.fixture
def bare(tmp_path: Path) -> HeadReport:
    return load_report(write_fake_run(tmp_path / "bare")).heads[0]


def test_a_measured_threshold_is_as_measured(head: HeadReport) -> None:
    point = tables.coverage_near(head, 0.5)
    assert point and (point.coverage, point.accuracy) == (0.6, 0.9)
    assert tables.coverage_near(head, 0.42) == head.not_sure


def test_a_threshold_in_between_lies_on_the_line(head: HeadReport) -> None:
    point = tables.coverage_near(head, 0.46)
    assert point and (point.coverage, point.accuracy) == pytest.approx((0.75, 0.83))


def test_nothing_is_made_up(head: HeadReport, bare: HeadReport) -> None:
    assert tables.coverage_near(bare, 0.5) is None
    assert tables.coverage_near(head, 0.7) is None  # at 0.98 nothing is answered
    assert tables.coverage_near(head, 0.99) is None


def test_the_curve_marks_the_models_own_and_what_is_set(head: HeadReport, bare: HeadReport) -> None:
    frame = tables.coverage_frame(head, tables.coverage_near(head, 0.46))
    assert frame["threshold"].tolist() == [0.0, 0.42, 0.46, 0.5]
    assert frame["mark"].tolist() == ["", "model", "set", ""]
    assert frame["words"].tolist() == ["", f"the model’s own: 42{SPACE}%", f"set: 46{SPACE}%", ""]
    alone = tables.coverage_frame(head, head.not_sure)
    assert alone["mark"].tolist() == ["", "model", ""]
    assert tables.coverage_frame(bare).empty


def test_a_hundred_faces(head: HeadReport, bare: HeadReport) -> None:
    frame = tables.threshold_frame(head, head.not_sure)
    assert frame["threshold"].tolist() == pytest.approx([0, 42, 50])
    assert frame["note"].tolist() == ["", "the model’s own, set now", ""]
    assert (frame["right"] + frame["wrong"] + frame["unsure"]).tolist() == pytest.approx([100] * 3)
    assert frame["wrong"].tolist() == pytest.approx([30, 90 * 0.24, 6])
    assert tables.threshold_frame(bare, None).empty


def test_curves(head: HeadReport, bare: HeadReport) -> None:
    roc, pairs = (tables.class_curve_frame(head, roc=roc) for roc in (True, False))
    happy = roc[roc["label"] == "happy"]
    assert happy[["x", "y"]].values.tolist() == [[0, 0], [0.1, 0.8], [1, 1]]
    assert pairs[pairs["label"] == "happy"][["x", "y"]].values.tolist() == [[0.5, 1], [1, 0.3]]
    assert tables.class_curve_frame(bare, roc=True).empty
    areas = tables.area_frame(head).set_index("label").loc["happy"]
    assert areas["auc"] == pytest.approx(85)
    assert areas["frequency"] == pytest.approx(100 / 7)
    assert tables.area_frame(bare).empty
