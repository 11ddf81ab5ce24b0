"""The metrics page's own charts: honesty of the percentages, and damaged pictures."""

import altair as alt
import pandas as pd

from fer_core.palette import EMOTION_COLORS
from ui.charts import CELLS, LINE_LEGEND, TILES, heat_map, tones

# As corrected, and as it came: the tones of the learning curves, apart for everybody.
SERIES = {"after correction": "#7B70CC", "before correction": "#E69F00"}
WHO = {"model": "#7B70CC", "people": "#E69F00"}
GREY = "#8C8C8C"
# On the coverage curve: the threshold of the model, and the one that the viewer set.
MARKS = {"model": GREY, "set": "#E69F00"}
# Of a heat map, by theme: nothing lost to much lost; and worse, the same, better.
LOSS = {"light": ("#FBF3E6", "#C64F00"), "dark": ("#2B2622", "#FF9A4D")}
GAIN = {
    "light": ("#C64F00", "#F5F2EC", CELLS["light"][1]),
    "dark": ("#FF9A4D", "#26273A", CELLS["dark"][1]),
}
LOSS_AT_FULL_COLOR, GAIN_AT_FULL_COLOR = 0.4, 0.2


def reliability(bins: pd.DataFrame) -> alt.LayerChart:
    """How often guesses are right by how sure the model was; the diagonal is honest.

    Args:
        bins: columns series (a name of `SERIES`), low, high, confidence, accuracy, share of
            the images (all 0..1), count.
    """
    chart = alt.Chart(bins, height=340)
    sure = alt.X(
        "confidence:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(title="how sure the model was", format="%", tickCount=5, grid=False),
    )
    right = alt.Y(
        "accuracy:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(title="how often it was right", format="%", tickCount=5),
    )
    said = [
        alt.Tooltip("series:N", title="percentages"),
        alt.Tooltip("confidence:Q", title="said on average", format=".0%"),
        alt.Tooltip("accuracy:Q", title="right", format=".0%"),
        alt.Tooltip("count:Q", title="images", format=","),
    ]
    many = (
        chart.transform_filter(alt.datum.series == "after correction")
        .mark_rect(color=GREY, opacity=0.3)
        .encode(x=alt.X("low:Q"), x2="high:Q", y=alt.Y("share:Q"), y2=alt.datum(0), tooltip=said)
    )
    # Not for screen readers: a line that says nothing by itself.
    honest = chart.mark_rule(color=GREY, strokeWidth=1.5, aria=False).encode(
        x=alt.datum(0), y=alt.datum(0), x2=alt.datum(1), y2=alt.datum(1)
    )
    curves = chart.mark_line(strokeWidth=2.5, point={"size": 55}).encode(
        x=sure,
        y=right,
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=list(SERIES), range=list(SERIES.values())),
            legend=LINE_LEGEND,
        ),
        tooltip=said,
    )
    layers: alt.LayerChart = many + honest + curves
    return layers


def coverage(points: pd.DataFrame) -> alt.LayerChart:
    """How often answers are right by how many faces are answered.

    Args:
        points: columns coverage, accuracy, threshold (0..1), mark (a name of `MARKS`, or ""),
            words (to write beside a mark).
    """
    chart = alt.Chart(points, height=300).encode(
        x=alt.X(
            "coverage:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="faces that get an answer", format="%", tickCount=5, grid=False),
        ),
        y=alt.Y(
            "accuracy:Q",
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(title="answers that are right", format="%", tickCount=5),
        ),
        tooltip=[
            alt.Tooltip("threshold:Q", title="not sure below", format=".0%"),
            alt.Tooltip("coverage:Q", title="faces answered", format=".0%"),
            alt.Tooltip("accuracy:Q", title="right", format=".1%"),
        ],
    )
    curve = chart.mark_line(
        color=SERIES["after correction"], strokeWidth=2.5, interpolate="monotone"
    ).encode(order="threshold:Q")
    marked = chart.transform_filter("datum.mark != ''")
    dots = marked.mark_point(filled=True, size=130, opacity=1).encode(
        color=alt.Color(
            "mark:N", scale=alt.Scale(domain=list(MARKS), range=list(MARKS.values())), legend=None
        )
    )
    # The model's own below the curve, that which is set above it: they may lie side by side.
    words = marked.mark_text(
        # At the left edge there is no room beside the mark but on its right.
        align={"expr": "datum.mark == 'set' || datum.coverage < 0.4 ? 'left' : 'right'"},
        dx={"expr": "datum.mark == 'set' || datum.coverage < 0.4 ? 10 : -12"},
        dy={"expr": "datum.mark == 'set' ? -8 : 8"},
        fontSize=13,
        color=GREY,
    ).encode(text="words:N")
    layers: alt.LayerChart = curve + dots + words
    return layers


def class_curves(points: pd.DataFrame, *, labels: tuple[str, ...], roc: bool) -> alt.Chart:
    """A curve a label; a click in the legend lets one stand out.

    Args:
        points: columns label, place (order along the curve), x, y (0..1).
        labels: in the order of the legend.
        roc: whether x is the share of false alarms, y that of the faces found; else x is the
            latter, and y the share of alarms that are right.
    """
    titles = ("false alarms among the others", "found") if roc else ("found", "right when said")
    share = alt.Scale(domain=[0, 1])
    x_axis, y_axis = (alt.Axis(title=title, format="%", tickCount=5) for title in titles)
    one = alt.selection_point(fields=["label"], bind="legend")
    chart: alt.Chart = (
        alt.Chart(points, height=340)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("x:Q", scale=share, axis=x_axis),
            y=alt.Y("y:Q", scale=share, axis=y_axis),
            order="place:Q",
            color=alt.Color(
                "label:N",
                scale=alt.Scale(
                    domain=list(labels), range=[EMOTION_COLORS.get(name, GREY) for name in labels]
                ),
                legend=alt.Legend(title=None, orient="bottom", columns=3, symbolType="circle"),
            ),
            opacity=alt.condition(one, alt.value(1.0), alt.value(0.12)),
            tooltip=[
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("x:Q", title=titles[0], format=".1%"),
                alt.Tooltip("y:Q", title=titles[1], format=".1%"),
            ],
        )
        .add_params(one)
    )
    return chart


def damage(cells: pd.DataFrame, *, kinds: tuple[str, ...], view: str, dark: bool) -> alt.LayerChart:
    """A row a kind of damage, a column a strength.

    Args:
        cells: columns kind, strength (1, 2, …), amount (text), accuracy, lost, gained (0..1).
        kinds: order of the rows.
        view: what the cells say: "accuracy", "lost" (against clean pictures) or "gained"
            (against another run).
        dark: whether the page is dark.
    """
    tone = "dark" if dark else "light"
    base = alt.Chart(cells, height=alt.Step(36)).encode(
        x=alt.X(
            "strength:O",
            scale=TILES,
            axis=alt.Axis(title="strength of the damage", labelAngle=0),
        ),
        y=alt.Y(
            "kind:N",
            sort=list(kinds),
            scale=TILES,
            axis=alt.Axis(title=None, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("kind:N", title="damage"),
            alt.Tooltip("amount:N", title="how much"),
            alt.Tooltip("accuracy:Q", title="right", format=".1%"),
            alt.Tooltip("lost:Q", title="lost against clean", format=".1%"),
        ],
    )
    if view == "gained":
        most = GAIN_AT_FULL_COLOR
        scale = tones([-most, 0, most], GAIN[tone])
        color, text = alt.Color("gained:Q", scale=scale), alt.Text("gained_points:Q", format="+.1f")
        return heat_map(base, color, text, strong=f"abs(datum.gained) > {0.6 * most}", dark=dark)
    scale = tones([0, LOSS_AT_FULL_COLOR], LOSS[tone])
    text = alt.Text("accuracy:Q", format=".0%")
    if view == "lost":
        text = alt.Text("lost_points:Q", format=".1f")
    strong = f"datum.lost > {0.7 * LOSS_AT_FULL_COLOR}"
    return heat_map(base, alt.Color("lost:Q", scale=scale), text, strong=strong, dark=dark)


def beside_people(shares: pd.DataFrame, *, labels: tuple[str, ...], voted: bool) -> alt.Chart:
    """What the model and what people say of one face, a pair of bars a label.

    Args:
        shares: columns who (a name of `WHO`), label, share (0..1).
        labels: in the order shown.
        voted: whether people said something; else the bars are the model's alone.
    """
    chart: alt.Chart = (
        alt.Chart(shares, height=alt.Step(9 if voted else 18))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=None, format="%", values=[0, 0.5, 1]),
            ),
            y=alt.Y("label:N", sort=list(labels), axis=alt.Axis(title=None, labelOverlap=False)),
            yOffset=alt.YOffset("who:N", sort=list(WHO)),
            color=alt.Color(
                "who:N",
                scale=alt.Scale(domain=list(WHO), range=list(WHO.values())),
                legend=LINE_LEGEND if voted else None,
            ),
            tooltip=[
                alt.Tooltip("who:N", title="who"),
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
            ],
        )
    )
    return chart
