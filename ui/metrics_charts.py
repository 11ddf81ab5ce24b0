"""The metrics page's own charts: honesty of the percentages, and damaged pictures."""

import altair as alt
import pandas as pd

from ui.charts import CELLS, LINE_LEGEND, TILES, heat_map, tones

# As corrected, and as it came: the tones of the learning curves, apart for everybody.
SERIES = {"after correction": "#7B70CC", "before correction": "#E69F00"}
GREY = "#8C8C8C"
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
    honest = chart.mark_rule(color=GREY, strokeWidth=1.5).encode(
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
        points: columns coverage, accuracy, threshold (0..1), chosen (whether this is the
            threshold that was chosen), words (to write beside it).
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
    chosen = chart.transform_filter(alt.datum.chosen)
    mark = chosen.mark_point(filled=True, size=130, opacity=1, color=SERIES["before correction"])
    words = chosen.mark_text(
        align="right", baseline="middle", dx=-12, fontSize=13, color=GREY
    ).encode(text="words:N")
    layers: alt.LayerChart = curve + mark + words
    return layers


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
