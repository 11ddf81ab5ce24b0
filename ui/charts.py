"""Data frames to charts: pure functions, one palette, the same label order everywhere.

Text on a coloured cell brings its own colour; all other text takes that of the page's theme,
which `inked` gives it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from fer_core.palette import EMOTION_COLORS, person_color
from ui.tables import EMOTIONS, LANE_HEIGHT, ordered

# Two tones that stay apart for colour-blind people and readable on both backgrounds.
CURVES = {"training": "#7B70CC", "validation": "#E69F00"}
INK = {"light": "#4A4C5A", "dark": "#D3D1DD"}  # of axes and legends, by theme
# Of a heat map, by theme: none of the row is close to the page, all of it stands out.
CELLS = {"light": ("#F3F1FB", "#3A3490"), "dark": ("#232535", "#A8A3FF")}
CELL_INK = {"light": ("#23242F", "#FFFFFF"), "dark": ("#D3D1DD", "#14151D")}  # on weak, on strong
CHOSEN = {"light": "#B35900", "dark": "#FFB454"}  # the frame of a chosen cell
CELL = "cell"
SVG_WIDTH = 640
TILES = alt.Scale(paddingInner=0.05, paddingOuter=0)
ROW_HEIGHT = 25
# Faded where the reading is not sure; data that do not say so are drawn in full.
SURE = alt.condition("datum.sure !== false", alt.value(1.0), alt.value(0.35))
LANE_PX, LANES_FRAME_PX = 36, 130  # a lane; axis and legend
# A filled dot, whatever the dashes and points of the line that it names.
LINE_LEGEND = alt.Legend(
    title=None, orient="top", symbolType="circle", symbolSize=110, symbolStrokeWidth=0
)


def emotion_color(*, legend: bool, labels: Sequence[str] = EMOTIONS, columns: int = 4) -> alt.Color:
    """The colour of each label; the legend names `labels` alone, in so many columns."""
    named = alt.Legend(title=None, orient="bottom", columns=columns, values=ordered(labels))
    return alt.Color(
        "label:N",
        scale=alt.Scale(domain=list(EMOTIONS), range=list(EMOTION_COLORS.values())),
        legend=named if legend else None,
    )


def share_bars(shares: pd.DataFrame) -> alt.Chart:
    """A bar a label, its share written beside its name.

    Args:
        shares: columns label, share (0..1), row (the text of the row), rank (its place); may
            have `sure`.
    """
    chart: alt.Chart = (
        alt.Chart(shares, height=alt.Step(ROW_HEIGHT))
        .mark_bar(cornerRadiusEnd=4, height=16)
        .encode(
            x=alt.X(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                # The rows say the numbers.
                axis=alt.Axis(title=None, labels=False, ticks=False, values=[0, 0.5, 1]),
            ),
            y=alt.Y(
                "row:N",
                sort=alt.EncodingSortField("rank", op="min"),
                axis=alt.Axis(title=None, labelLimit=160, labelOverlap=False, labelFontSize=13),
            ),
            color=emotion_color(legend=False),
            opacity=SURE,
            tooltip=[
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".1%"),
            ],
        )
    )
    return chart


def people_lanes(people: Sequence[int]) -> alt.Y:
    """A lane for each person, from the top, named and with a dot in the person's colour."""
    middles = {len(people) - 1 - lane + LANE_HEIGHT / 2: p for lane, p in enumerate(people)}
    names = "''"
    for middle, person in middles.items():
        names = f"datum.value == {middle} ? 'Person {person}' : {names}"
    colors = [
        {"test": f"datum.value == {middle}", "value": person_color(person)}
        for middle, person in middles.items()
    ]
    return alt.Y(
        "low:Q",
        scale=alt.Scale(domain=[0, max(len(people), 1)], nice=False),
        axis=alt.Axis(
            title=None,
            values=list(middles),
            labelExpr=names,
            labelFontSize=13,
            grid=False,
            domain=False,
            ticks=True,
            tickColor={"condition": colors, "value": "transparent"},
            # A round cap on no length: a dot, and at a distance, or it would look like a reading.
            tickCap="round",
            tickSize=0.01,
            tickWidth=12,
            offset=12,
            labelPadding=12,
        ),
    )


def epochs() -> alt.X:
    """The axis of the epochs."""
    return alt.X(
        "epoch:Q",
        scale=alt.Scale(zero=False, nice=False),
        axis=alt.Axis(title="epoch", tickMinStep=1, tickCount=8, grid=False),
    )


def lanes(
    readings: pd.DataFrame,
    *,
    people: tuple[int, ...],
    window_s: float,
    labels: tuple[str, ...],
) -> alt.Chart:
    """The label of each person over the last seconds: its colour, and as high as its share.

    Args:
        readings: columns start, end (seconds, up to 0), person, label, share (0..1), low, high
            (lanes), sure; see `tables.lane_frame`.
        people: number of each lane's person, from the top.
        window_s: how many seconds the time axis shows.
        labels: those that the legend names.
    """
    chart: alt.Chart = (
        alt.Chart(readings, height=LANE_PX * max(len(people), 1) + LANES_FRAME_PX)
        .mark_rect(clip=True)
        .encode(
            x=alt.X(
                "start:Q",
                # Rounded, or neighbours would leave hairlines between them.
                scale=alt.Scale(domain=[-window_s, 0], nice=False, round=True),
                axis=alt.Axis(
                    title=None,
                    grid=False,
                    tickCount=6,
                    labelExpr="datum.value == 0 ? 'now' : -datum.value + ' s'",
                ),
            ),
            x2="end:Q",
            y=people_lanes(people),
            y2="high:Q",
            color=emotion_color(legend=True, labels=labels),
            opacity=SURE,
            tooltip=[
                alt.Tooltip("person:N", title="person"),
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
        .mark_line(strokeWidth=2.5, interpolate="monotone", point={"size": 14})
        .encode(
            x=epochs(),
            y=alt.Y(
                "value:Q",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(title=title, format="%" if percent else "~g", tickCount=5),
            ),
            color=alt.Color(
                "data:N",
                scale=alt.Scale(domain=list(CURVES), range=list(CURVES.values())),
                legend=LINE_LEGEND,
            ),
            tooltip=[
                alt.Tooltip("epoch:Q"),
                alt.Tooltip("data:N", title="images"),
                alt.Tooltip("value:Q", title=title, format=shown),
            ],
        )
    )
    return chart


def confusion_map(
    cells: pd.DataFrame, *, labels: tuple[str, ...], unit: str, dark: bool
) -> alt.LayerChart:
    """The confusion matrix as a heat map whose cells can be clicked: the selection `CELL`.

    Args:
        cells: columns true, predicted, count, share, precise (0..1), chosen (gets a frame).
        labels: of the rows and columns; they are drawn in the one order.
        unit: what is written into the cells: "shares" of the row, "columns" for those of the
            column, or "counts". Colour is the share of the row or, with "columns", that one.
        dark: whether the page is dark.
    """
    order = ordered(labels)
    base = alt.Chart(cells, height=alt.Step(44)).encode(
        x=alt.X(
            "predicted:N",
            sort=order,
            scale=TILES,
            axis=alt.Axis(title="the model said", labelAngle=-45, labelOverlap=False),
        ),
        y=alt.Y(
            "true:N",
            sort=order,
            scale=TILES,
            axis=alt.Axis(title="the label is", labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("true:N", title="label"),
            alt.Tooltip("predicted:N", title="model"),
            alt.Tooltip("count:Q", title="images", format=","),
            alt.Tooltip("share:Q", title="share of the row", format=".1%"),
            alt.Tooltip("precise:Q", title="share of the column", format=".1%"),
        ],
    )
    tone = "dark" if dark else "light"
    shown = "precise" if unit == "columns" else "share"
    text = alt.Text("count:Q", format=",")
    if unit != "counts":
        text = alt.Text(f"{shown}:Q", format=".0%")
    color = alt.Color(f"{shown}:Q", scale=tones([0, 1], CELLS[tone]))
    heat = heat_map(base, color, text, strong=f"datum.{shown} > 0.55", dark=dark)
    cell = alt.selection_point(name=CELL, fields=["true", "predicted"], toggle=False)
    frame = base.transform_filter(alt.datum.chosen).mark_rect(
        filled=False, strokeWidth=3, stroke=CHOSEN[tone], cornerRadius=3
    )
    layers: alt.LayerChart = heat.add_params(cell) + frame
    return layers


def tones(domain: Sequence[float], range: Sequence[str]) -> alt.Scale:
    """A scale of colours that passes through no other hue; values beyond it take its ends."""
    return alt.Scale(domain=list(domain), range=list(range), interpolate="lab", clamp=True)


def heat_map(
    base: alt.Chart, color: alt.Color, text: alt.Text, *, strong: str, dark: bool
) -> alt.LayerChart:
    """Coloured cells with a number in each.

    Args:
        base: data with x and y, both on the scale `TILES`.
        color: of a cell; it gets no legend, as the numbers say it all.
        text: what is written into a cell.
        strong: Vega expression that is true where the colour is far from the page's.
        dark: whether the page is dark.
    """
    on_weak, on_strong = CELL_INK["dark" if dark else "light"]
    tiles = base.mark_rect(cornerRadius=3).encode(color=color.legend(None))
    ink = alt.condition(strong, alt.value(on_strong), alt.value(on_weak))
    both: alt.LayerChart = tiles + base.mark_text(fontSize=12).encode(text=text, color=ink)
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
    draw: Callable[..., alt.Chart | alt.LayerChart], theme: str | None, **settings: Any
) -> Mapping[str, Any]:
    """The Vega-Lite specification of a chart without its data, made once.

    Building and checking a chart takes Altair a tenth of a second, one of layers two: too much
    for what is drawn anew twice a second or at each click. The data can be sent beside this.

    Args:
        draw: a function such as `share_bars`, whose looks do not depend on their data.
        theme: see `inked`.
        settings: keyword arguments of `draw`.
    """
    spec: dict[str, Any] = inked(draw(pd.DataFrame(), **settings), theme).to_dict()
    return {key: value for key, value in spec.items() if key not in ("data", "datasets")}


def svg(spec: Mapping[str, Any], data: pd.DataFrame) -> str:
    """A chart as an SVG drawing on white, as wide as half a page of the app.

    Args:
        spec: see `specification`.
        data: what it shows.
    """
    import vl_convert  # a JavaScript engine: loaded for the first drawing that is asked for

    whole = {"width": SVG_WIDTH, **spec, "background": "white"}
    whole["data"] = {"values": json.loads(data.to_json(orient="records"))}
    drawing: str = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
    return drawing
