"""Several runs side by side → data frames and charts."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fer_core.reports import RunReport, load_report
from fer_core.studies import load_formats
from fer_core.testing import write_fake_run
from tests.report_files import complete
from ui import charts, metrics_pairs

RUNS = ("good", "bad")


@pytest.fixture
def reports(tmp_path: Path) -> list[RunReport]:
    complete(write_fake_run(tmp_path / "good", accuracy=0.8))
    return [load_report(tmp_path / "good"), load_report(write_fake_run(tmp_path / "bad"))]


def test_curves_smoothed_and_not(reports: list[RunReport]) -> None:
    plain = metrics_pairs.curves_frame(reports, "val_accuracy")
    assert set(plain["run"]) == set(RUNS)
    assert plain["value"].tolist() == plain["measured"].tolist()
    smooth = metrics_pairs.curves_frame(reports, "val_accuracy", smoothing=0.5)
    assert smooth["measured"].tolist() == plain["measured"].tolist()
    rising = smooth[smooth["run"] == "good"]
    assert (rising["value"].iloc[1:] < rising["measured"].iloc[1:]).all()
    assert rising["value"].iloc[0] == rising["measured"].iloc[0]


def test_curves_that_nobody_has(reports: list[RunReport]) -> None:
    assert metrics_pairs.curves_frame(reports, "val_sharpness").empty
    assert metrics_pairs.curves_frame([replace(reports[0], history={})], "loss").empty


def test_differences_against_the_first(reports: list[RunReport]) -> None:
    good, bad = (report.heads[0] for report in reports)
    frame = metrics_pairs.difference_frame(good, {"bad": bad})
    assert frame["label"].tolist()[0] == "all images"
    assert len(frame) == 8
    assert frame["points"].tolist() == pytest.approx([-10] * 8)
    assert frame["clear"].tolist()[0]
    assert metrics_pairs.difference_frame(good, {"bad": reports[1].heads[1]}).empty


def test_facts_are_those_of_the_files(reports: list[RunReport], tmp_path: Path) -> None:
    formats = {"good": load_formats(tmp_path / "good")}
    frame = metrics_pairs.facts_frame(reports, formats, "fer2013").set_index("fact")
    assert frame.loc["weights"].tolist() == ["2.28 million", "–"]
    assert frame.loc["time a face"].tolist() == ["1.25 ms", "–"]
    assert frame.loc["file"].tolist() == ["–", "–"]


def test_only_settings_that_differ() -> None:
    configs = {
        "a": {"size": 96, "seed": 1, "name": "a"},
        "b": {"size": 48, "seed": 1, "mixup": 0.2},
    }
    frame = metrics_pairs.settings_that_differ(configs, hidden=("name",))
    assert frame.values.tolist() == [["size", "96", "48"]]
    assert metrics_pairs.settings_that_differ({"a": {"size": 1}, "b": {"size": 1}}).empty


@pytest.mark.parametrize("log", [True, False])
def test_overlay(reports: list[RunReport], log: bool) -> None:
    frame = metrics_pairs.curves_frame(reports, "loss")
    spec = metrics_pairs.overlay(frame, runs=RUNS, title="loss", share=False, log=log).to_dict()
    assert (spec["encoding"]["y"]["scale"].get("type") == "log") is log
    assert (spec.get("transform") == [{"filter": "datum.value > 0"}]) is log
    assert spec["encoding"]["color"]["scale"]["domain"] == list(RUNS)


def test_difference_bars() -> None:
    zero, bars, dots = metrics_pairs.difference_bars(
        pd.DataFrame(), runs=RUNS, named=("bad",)
    ).to_dict()["layer"]
    assert zero["encoding"]["x"]["datum"] == 0
    assert bars["encoding"]["x2"]["field"] == "high"
    assert dots["encoding"]["color"]["legend"]["values"] == ["bad"]
    assert "data" not in charts.specification(
        metrics_pairs.difference_bars, "dark", runs=RUNS, named=("bad",)
    )
