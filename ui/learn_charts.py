"""Charts of the Learn page: pure functions from data frames."""

import altair as alt
import pandas as pd

from fer_core.palette import EMOTION_COLORS
from ui.tables import EMOTIONS


def sweep_lines(sweep: pd.DataFrame, *, title: str, now: float, sure_from: float) -> alt.LayerChart:
    """The score of every label along a slider, and where the slider stands.

    Args:
        sweep: columns value, label, share (0..1).
        title: of the axis of values, with its unit.
        now: the slider's position.
        sure_from: the score below which the app says "not sure", 0..1.
    """
    lines = (
        alt.Chart(sweep, height=320)
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X(
                "value:Q",
                scale=alt.Scale(zero=False, nice=False),
                axis=alt.Axis(title=title, grid=False, tickCount=6),
            ),
            y=alt.Y(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title="score", format="%", values=[0, 0.5, 1]),
            ),
            color=alt.Color(
                "label:N",
                scale=alt.Scale(domain=list(EMOTIONS), range=list(EMOTION_COLORS.values())),
                legend=alt.Legend(
                    title=None,
                    orient="bottom",
                    columns=3,
                    symbolType="stroke",
                    symbolSize=240,
                    symbolStrokeWidth=4,
                    values=sorted(set(sweep["label"]), key=EMOTIONS.index) if len(sweep) else [],
                ),
            ),
            tooltip=[
                alt.Tooltip("value:Q", title=title),
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="score", format=".0%"),
            ],
        )
    )
    place = alt.Chart(pd.DataFrame({"value": [now]}))
    rule = place.mark_rule(strokeDash=[5, 4], strokeWidth=2, color="#8C8C8C").encode(x="value:Q")
    limit = alt.Chart(pd.DataFrame({"share": [sure_from]}))
    dots = limit.mark_rule(strokeDash=[1, 4], strokeWidth=2, color="#8C8C8C").encode(y="share:Q")
    layers: alt.LayerChart = lines + rule + dots
    return layers


def smoothing_lines(readings: pd.DataFrame, *, label: str) -> alt.Chart:
    """The score of one label, frame by frame and smoothed.

    Args:
        readings: columns second, series ("frame by frame" or "smoothed"), share (0..1).
        label: whose colour the smoothed line has.
    """
    colors = ["#8C8C8C", EMOTION_COLORS.get(label, "#7B70CC")]
    chart: alt.Chart = (
        alt.Chart(readings, height=280)
        .mark_line()
        .encode(
            x=alt.X("second:Q", axis=alt.Axis(title="seconds", grid=False, tickCount=5)),
            y=alt.Y(
                "share:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=f"score of {label}", format="%", values=[0, 0.5, 1]),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=["frame by frame", "smoothed"], range=colors),
                legend=alt.Legend(
                    title=None,
                    orient="top",
                    symbolType="stroke",
                    symbolSize=240,
                    symbolStrokeWidth=4,
                ),
            ),
            strokeWidth=alt.condition("datum.series == 'smoothed'", alt.value(3), alt.value(1.5)),
            tooltip=[
                alt.Tooltip("second:Q", format=".1f"),
                alt.Tooltip("series:N", title="reading"),
                alt.Tooltip("share:Q", title="score", format=".0%"),
            ],
        )
    )
    return chart
