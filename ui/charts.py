"""Data frames to charts: pure functions, one palette, the same label order everywhere.

Text on a coloured cell brings its own colour; all other text takes that of the page's theme,
which `inked` gives it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from fer_core.palette import EMOTION_COLORS
from ui.tables import EMOTIONS, ordered

# Two tones that stay apart for colour-blind people and readable on both backgrounds.
CURVES = {"training": "#6F64BB", "validation": "#E69F00"}
CELLS = ("#F3F1FB", "#3A3490")  # of a heat map: none of the row, all of the row
INK_ON_PALE, INK_ON_DEEP = "#23242F", "#FFFFFF"
INK = {"light": "#4A4C5A", "dark": "#D3D1DD"}  # of axes and legends, by theme
ROW_HEIGHT = 28


def _emotion_color(*, legend: bool) -> alt.Color:
    return alt.Color(
        "label:N",
        scale=alt.Scale(domain=list(EMOTIONS), range=list(EMOTION_COLORS.values())),
        legend=alt.Legend(title=None, orient="bottom", columns=4) if legend else None,
    )


def share_bars(shares: pd.DataFrame) -> alt.Chart:
    """A bar a label, its share written beside its name.

    Args:
        shares: columns label, share (0..1), row (the text of the row), rank (its place).
    """
    chart: alt.Chart = (
        alt.Chart(shares, height=alt.Step(ROW_HEIGHT))
        .mark_bar(cornerRadiusEnd=4, height=16)
        .encode(
            x=alt.X(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=None, format="%", values=[0, 0.5, 1]),
            ),
            y=alt.Y(
                "row:N",
                sort=alt.EncodingSortField("rank", op="min"),
                axis=alt.Axis(title=None, labelLimit=160, labelOverlap=False, labelFontSize=13),
            ),
            color=_emotion_color(legend=False),
            tooltip=[
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".1%"),
            ],
        )
    )
    return chart


def ribbon(
    readings: pd.DataFrame,
    *,
    window_s: tuple[float, float],
    title: str,
    height: int,
    legend: bool = False,
) -> alt.Chart:
    """The shares of all labels over time, stacked; unsure readings are faded, gaps stay empty.

    Args:
        readings: columns start, end (seconds), label, share, low, high (0..1), sure.
        window_s: first and last second of the time axis.
        title: of the time axis.
        height: in pixels, axes and legend included.
        legend: whether to name the colours below the chart.
    """
    chart: alt.Chart = (
        alt.Chart(readings, height=height)
        .mark_rect(clip=True)
        .encode(
            x=alt.X(
                "start:Q",
                scale=alt.Scale(domain=list(window_s), nice=False),
                axis=alt.Axis(title=title, grid=False, tickCount=6),
            ),
            x2="end:Q",
            y=alt.Y(
                "low:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=None, format="%", values=[0, 0.5, 1]),
            ),
            y2="high:Q",
            color=_emotion_color(legend=legend),
            opacity=alt.condition("datum.sure", alt.value(1.0), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("start:Q", title="second", format=".1f"),
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
                alt.Tooltip("sure:N", title="sure"),
            ],
        )
    )
    return chart


def learning_curve(curve: pd.DataFrame, *, title: str, percent: bool) -> alt.Chart:
    """Training and validation over the epochs.

    Args:
        curve: columns epoch, data ("training" or "validation"), value.
        title: of the value axis.
        percent: whether values are shares, 0..1.
    """
    shown = ".1%" if percent else ".3f"
    chart: alt.Chart = (
        alt.Chart(curve, height=300)
        .mark_line(point={"size": 28}, strokeWidth=2)
        .encode(
            x=alt.X(
                "epoch:Q",
                scale=alt.Scale(zero=False, nice=False),
                axis=alt.Axis(title="epoch", tickMinStep=1, tickCount=8, grid=False),
            ),
            y=alt.Y(
                "value:Q",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(title=title, format="%" if percent else "~g", tickCount=5),
            ),
            color=alt.Color(
                "data:N",
                scale=alt.Scale(domain=list(CURVES), range=list(CURVES.values())),
                legend=alt.Legend(title=None, orient="top"),
            ),
            strokeDash=alt.StrokeDash(
                "data:N",
                scale=alt.Scale(domain=list(CURVES), range=[[1, 0], [6, 3]]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("epoch:Q"),
                alt.Tooltip("data:N", title="images"),
                alt.Tooltip("value:Q", title=title, format=shown),
            ],
        )
    )
    return chart


def confusion_map(cells: pd.DataFrame, *, shares: bool) -> alt.LayerChart:
    """The confusion matrix as a heat map; colour is always the share of the row.

    Args:
        cells: columns true, predicted, count, share (0..1).
        shares: whether percentages are written into the cells in place of counts.
    """
    order = ordered(cells["true"].unique())
    base = alt.Chart(cells, height=alt.Step(44)).encode(
        x=alt.X(
            "predicted:N",
            sort=order,
            axis=alt.Axis(title="the model said", labelAngle=-45, labelOverlap=False),
        ),
        y=alt.Y("true:N", sort=order, axis=alt.Axis(title="the label is", labelOverlap=False)),
        tooltip=[
            alt.Tooltip("true:N", title="label"),
            alt.Tooltip("predicted:N", title="model"),
            alt.Tooltip("count:Q", title="images", format=","),
            alt.Tooltip("share:Q", title="share of the row", format=".1%"),
        ],
    )
    tiles = base.mark_rect().encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=list(CELLS)), legend=None)
    )
    numbers = base.mark_text(fontSize=12).encode(
        text=alt.Text("share:Q", format=".0%") if shares else alt.Text("count:Q", format=","),
        color=alt.condition("datum.share > 0.45", alt.value(INK_ON_DEEP), alt.value(INK_ON_PALE)),
    )
    both: alt.LayerChart = tiles + numbers
    return both


def inked(chart: alt.Chart | alt.LayerChart, theme: str | None) -> alt.Chart | alt.LayerChart:
    """The chart with text that stands out from the page.

    Args:
        chart: any chart of this module.
        theme: "light" or "dark"; None leaves the text as it is.
    """
    if theme not in INK:
        return chart
    ink: dict[str, Any] = {"labelColor": INK[theme], "titleColor": INK[theme]}
    colored: alt.Chart | alt.LayerChart = chart.configure_axis(**ink).configure_legend(**ink)
    return colored


@lru_cache(maxsize=64)
def specification(
    draw: Callable[..., alt.Chart], theme: str | None, **settings: Any
) -> Mapping[str, Any]:
    """The Vega-Lite specification of a chart without its data, made once.

    Building and checking a chart takes Altair a tenth of a second: too much for charts that
    are drawn anew twice a second. The data can be sent beside this instead.

    Args:
        draw: `share_bars` or `ribbon`, whose looks do not depend on their data.
        theme: see `inked`.
        settings: keyword arguments of `draw`.
    """
    spec: dict[str, Any] = inked(draw(pd.DataFrame(), **settings), theme).to_dict()
    return {key: value for key, value in spec.items() if key not in ("data", "datasets")}
