"""Charts of photos and clips: the specification that the browser draws."""

from typing import Any

import pytest

from tests.ui.conftest import MakeFrame, scores
from ui import charts, upload_charts, upload_tables

LABELS = ("happy", "angry", "neutral")


def legend(spec: dict[str, Any]) -> list[str]:
    layer = spec.get("layer", [spec])[0]
    named: list[str] = layer["encoding"]["color"]["legend"]["values"]
    return named


@pytest.mark.parametrize("people", [[], [3], [1, 2, 9]])
@pytest.mark.parametrize("moment_s", [None, 1.5])
def test_timeline(people: list[int], moment_s: float | None) -> None:
    lanes = {person: [(0.0, scores(0.8), True), (1.0, scores(0.3), False)] for person in people}
    chart = upload_charts.timeline(
        upload_tables.timeline_frame(lanes, step_s=1.0),
        people=people,
        labels=LABELS,
        end_s=2.0,
        moment_s=moment_s,
    )
    spec = charts.inked(chart, "dark").to_dict()
    lane, line = spec["layer"]
    assert lane["encoding"]["x"]["scale"]["domain"] == [0, 2.0]
    assert lane["encoding"]["y"]["scale"]["domain"] == [0, max(len(people), 1)]
    assert all(f"'Person {p}'" in lane["encoding"]["y"]["axis"]["labelExpr"] for p in people)
    assert legend(spec) == list(LABELS)
    moments = spec["datasets"][line["data"]["name"]]
    assert moments == ([] if moment_s is None else [{"start": moment_s}])


def test_stacked_shares(frame: MakeFrame) -> None:
    rows = {"a": frame(0, {1: 0.9, 2: 0.2}).faces, "b": ()}
    chart = upload_charts.stacked_shares(
        upload_tables.spread_frame(rows), rows=list(rows), labels=LABELS
    )
    spec = charts.inked(chart, "light").to_dict()
    assert spec["encoding"]["y"]["scale"]["domain"] == ["a", "b"]
    assert legend(spec) == list(LABELS)
    assert "contempt" in spec["encoding"]["color"]["scale"]["domain"], "a label keeps its colour"
