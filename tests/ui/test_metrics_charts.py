"""Frames of the metrics page → valid charts; empty frames as well."""

from pathlib import Path

import pandas as pd
import pytest

from fer_core.reports import load_report
from fer_core.studies import load_robustness
from fer_core.testing import write_fake_run
from tests.report_files import complete
from ui import charts, metrics_charts, metrics_tables, metrics_thresholds


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return complete(write_fake_run(tmp_path / "run"))


def test_reliability(run: Path) -> None:
    frame = metrics_tables.reliability_frame(load_report(run).heads[0])
    bars, honest, curves = metrics_charts.reliability(frame).to_dict()["layer"]
    assert (honest["encoding"]["x"]["datum"], honest["encoding"]["y2"]["datum"]) == (0, 1)
    assert bars["encoding"]["y2"]["datum"] == 0
    assert set(frame["series"]) == set(curves["encoding"]["color"]["scale"]["domain"])


def test_coverage_marks_thresholds(run: Path) -> None:
    frame = metrics_thresholds.coverage_frame(load_report(run).heads[0])
    curve, dots, words = metrics_charts.coverage(frame).to_dict()["layer"]
    assert curve["encoding"]["order"]["field"] == "threshold"
    assert set(frame["mark"]) - {""} <= set(dots["encoding"]["color"]["scale"]["domain"])
    assert words["encoding"]["text"]["field"] == "words"


@pytest.mark.parametrize("voted", [True, False])
def test_people_are_named_only_where_they_voted(voted: bool) -> None:
    shares = pd.DataFrame({"who": ["model"], "label": ["sad"], "share": [1.0]})
    spec = metrics_charts.beside_people(shares, labels=("sad",), voted=voted).to_dict()
    assert (spec["encoding"]["color"]["legend"] is not None) is voted


@pytest.mark.parametrize("roc", [True, False])
def test_class_curves_are_drawn_in_order(run: Path, roc: bool) -> None:
    frame = metrics_thresholds.class_curve_frame(load_report(run).heads[0], roc=roc)
    spec = metrics_charts.class_curves(frame, labels=("happy", "sad"), roc=roc).to_dict()
    assert spec["encoding"]["order"]["field"] == "place"
    assert spec["params"][0]["bind"] == "legend"


@pytest.mark.parametrize(
    ("view", "color", "text"),
    [
        ("accuracy", "lost", "accuracy"),
        ("lost", "lost", "lost_points"),
        ("gained", "gained", "gained_points"),
    ],
)
@pytest.mark.parametrize("dark", [True, False])
def test_damage(run: Path, view: str, color: str, text: str, dark: bool) -> None:
    study = load_robustness(run)
    assert study
    frame = metrics_tables.damage_frame(study, study)
    spec = metrics_charts.damage(frame, kinds=("noise", "blur"), view=view, dark=dark).to_dict()
    tiles, numbers = spec["layer"]
    assert tiles["encoding"]["y"]["sort"] == ["noise", "blur"]
    assert tiles["encoding"]["color"]["field"] == color
    assert numbers["encoding"]["text"]["field"] == text


def test_specifications_leave_their_data_out() -> None:
    """So that they are made once and the data sent beside them."""
    for draw in (metrics_charts.reliability, metrics_charts.coverage):
        assert "data" not in charts.specification(draw, "dark")
    damage = charts.specification(
        metrics_charts.damage, "light", kinds=("blur",), view="lost", dark=False
    )
    assert not any("data" in layer for layer in damage["layer"])
    assert metrics_charts.coverage(pd.DataFrame()).to_dict()
