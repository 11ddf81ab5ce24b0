"""Frames → valid charts with the palette's colours; empty frames as well."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from fer_core.palette import EMOTION_COLORS, person_color
from fer_core.reports import load_report
from fer_core.testing import write_fake_run
from ui import charts, tables

LANES: dict[str, Any] = {"people": (1,), "window_s": 60.0, "labels": ("happy", "sad")}


@pytest.mark.parametrize("shares", [{}, {"happy": 0.75, "sad": 0.25}])
def test_bars(shares: dict[str, float]) -> None:
    spec = charts.share_bars(tables.share_frame(shares)).to_dict()
    scale = spec["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == EMOTION_COLORS
    assert spec["encoding"]["x"]["scale"]["domain"] == [0, 1]


def test_bars_of_a_face_that_is_not_sure_are_faded() -> None:
    spec = charts.specification(charts.share_bars, "light")
    seen = []
    for sure in (True, False):
        shares = tables.share_frame({"happy": 1.0}).assign(sure=sure)
        seen.append('opacity="0.35"' in charts.svg(spec, shares))
    assert seen == [False, True]
    assert 'opacity="0.35"' not in charts.svg(spec, tables.share_frame({"happy": 1.0}))


@pytest.mark.parametrize("people", [(), (1,), (4, 2)])
def test_lanes(people: tuple[int, ...]) -> None:
    readings = tables.lane_frame([], people, now_s=0.0, step_s=1.0)
    looks: Any = {"window_s": 60.0, "labels": ("sad", "happy")}
    spec = charts.lanes(readings, people=people, **looks).to_dict()
    assert spec["encoding"]["color"]["legend"]["values"] == ["happy", "sad"]
    axis = spec["encoding"]["y"]["axis"]
    chips = [chip["value"] for chip in axis["tickColor"]["condition"]]
    assert chips == [person_color(person) for person in people]
    assert axis["offset"] >= axis["tickWidth"], "a person's dot stands apart from the readings"
    assert axis["values"] == sorted(axis["values"], reverse=True)
    for person, place in zip(people, axis["values"], strict=True):
        assert f"datum.value == {place} ? 'Person {person}'" in axis["labelExpr"]
    taller = charts.lanes(readings, people=(*people, 9), **looks).to_dict()
    assert taller["height"] - spec["height"] == (charts.LANE_PX if people else 0)


@pytest.mark.parametrize(("percent", "format"), [(True, "%"), (False, "~g")])
def test_learning_curve(percent: bool, format: str) -> None:
    history = pd.DataFrame({"epoch": [1, 2], "loss": [0.9, 0.4], "val_loss": [0.9, 0.5]})
    curve = tables.curve_frame(history, "loss")
    spec = charts.learning_curve(curve, title="loss", percent=percent).to_dict()
    assert spec["encoding"]["y"]["axis"]["format"] == format


def test_the_curves_have_round_marks_in_their_legend() -> None:
    curve = pd.DataFrame({"epoch": [1], "data": ["validation"], "value": [0.4]})
    spec = charts.learning_curve(curve, title="loss", percent=False).to_dict()
    legend = spec["encoding"]["color"]["legend"]
    assert (legend["symbolType"], legend["symbolStrokeWidth"]) == ("circle", 0)


@pytest.mark.parametrize(
    ("unit", "field", "color"),
    [("shares", "share", "share"), ("columns", "precise", "precise"), ("counts", "count", "share")],
)
@pytest.mark.parametrize(("dark", "tone"), [(True, "dark"), (False, "light")])
def test_confusion_map(
    tmp_path: Path, unit: str, field: str, color: str, dark: bool, tone: str
) -> None:
    head = load_report(write_fake_run(tmp_path / "run")).heads[0]
    spec = charts.confusion_map(
        tables.confusion_frame(head), labels=head.labels, unit=unit, dark=dark
    ).to_dict()
    tiles, numbers, frame = spec["layer"]
    (cell,) = spec["params"]
    assert (cell["name"], cell["select"]["fields"]) == (charts.CELL, ["true", "predicted"])
    assert "chosen" in str(frame["transform"])
    assert numbers["encoding"]["text"]["field"] == field
    assert tiles["encoding"]["color"]["field"] == color
    assert tiles["encoding"]["y"]["sort"] == tables.ordered(head.labels)
    assert tiles["encoding"]["color"]["scale"]["range"] == list(charts.CELLS[tone])


def luminance(color: str) -> float:
    """Relative luminance of "#RRGGBB", 0..1 (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_numbers_can_be_read_on_the_cells(tone: str) -> None:
    for cell, ink in zip(charts.CELLS[tone], charts.CELL_INK[tone], strict=True):
        high, low = sorted((luminance(cell), luminance(ink)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_text_takes_the_ink_of_the_theme() -> None:
    chart = charts.share_bars(tables.share_frame({}))
    assert charts.inked(chart, None) is chart
    for theme, ink in charts.INK.items():
        assert charts.inked(chart, theme).to_dict()["config"]["axis"]["labelColor"] == ink


def test_a_specification_has_no_data_and_is_made_once() -> None:
    spec = charts.specification(charts.lanes, "dark", **LANES)
    assert "data" not in spec
    assert "datasets" not in spec
    assert charts.specification(charts.lanes, "dark", **LANES) is spec


def test_a_drawing_shows_the_same_numbers() -> None:
    """As SVG: the labels as text that can be searched, a bar for each."""
    spec = charts.specification(charts.share_bars, "light")
    shares = tables.share_frame({"happy": 0.75, "sad": 0.25})
    root = ElementTree.fromstring(charts.svg(spec, shares))
    assert {text.text for text in root.iterfind(".//{*}text")} == set(shares["row"])
    bars = [path.get("aria-label", "") for path in root.iterfind(".//{*}path")]
    assert sum(words.startswith("share: 0.75; ") for words in bars) == 1
    assert float(root.attrib["width"]) > charts.SVG_WIDTH
