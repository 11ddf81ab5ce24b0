"""Charts of photos and clips: data frames in, Altair out; see `ui.charts` for the colours."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from ui.charts import SURE, emotion_color, people_lanes

LEGEND_COLUMNS = 3  # more are wider than a phone
PERSON_PX, FRAME_PX = 84, 150  # a lane; axis and legend
BAR_PX = 30


def timeline(
    readings: pd.DataFrame,
    *,
    people: Sequence[int],
    labels: Sequence[str],
    end_s: float,
    moment_s: float | None = None,
) -> alt.LayerChart:
    """The shares of all labels over a clip, a lane a person, and a line at one moment.

    Args:
        readings: see `upload_tables.timeline_frame`.
        people: number of each lane's person, from the top.
        labels: that the legend names.
        end_s: last second of the time axis.
        moment_s: where the line stands; None draws none.
    """
    x = alt.X(
        "start:Q",
        # Rounded, or neighbours would leave hairlines between them.
        scale=alt.Scale(domain=[0, end_s], nice=False, round=True),
        axis=alt.Axis(title="seconds", grid=False, tickCount=6),
    )
    lanes = (
        alt.Chart(readings)
        .mark_rect(clip=True)
        .encode(
            x=x,
            x2="end:Q",
            y=people_lanes(people),
            y2="high:Q",
            color=emotion_color(legend=True, labels=labels, columns=LEGEND_COLUMNS),
            opacity=SURE,
            tooltip=[
                alt.Tooltip("start:Q", title="second", format=".1f"),
                alt.Tooltip("person:N", title="person"),
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
                alt.Tooltip("sure:N", title="sure"),
            ],
        )
    )
    moment = pd.DataFrame({"start": [] if moment_s is None else [moment_s]})
    line = alt.Chart(moment).mark_rule(strokeWidth=2, color="#E0457B").encode(x=x)
    chart: alt.LayerChart = (lanes + line).properties(
        height=PERSON_PX * max(len(people), 1) + FRAME_PX
    )
    return chart


def stacked_shares(
    spread: pd.DataFrame, *, rows: Sequence[str], labels: Sequence[str]
) -> alt.Chart:
    """Rows of shares beside each other, to compare; faded where not sure.

    Args:
        spread: columns row, label, share, low, high (0..1), sure.
        rows: names of the rows, from the top.
        labels: that the legend names.
    """
    chart: alt.Chart = (
        alt.Chart(spread, height=alt.Step(BAR_PX))
        .mark_rect(clip=True)
        .encode(
            x=alt.X(
                "low:Q",
                scale=alt.Scale(domain=[0, 1], nice=False),
                axis=alt.Axis(title=None, format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=False),
            ),
            x2="high:Q",
            y=alt.Y(
                "row:N",
                sort=list(rows),
                scale=alt.Scale(domain=list(rows), paddingInner=0.25),
                axis=alt.Axis(title=None, labelLimit=130, labelOverlap=False, labelFontSize=13),
            ),
            color=emotion_color(legend=True, labels=labels, columns=LEGEND_COLUMNS),
            opacity=SURE,
            tooltip=[
                alt.Tooltip("row:N", title="of"),
                alt.Tooltip("label:N", title="label"),
                alt.Tooltip("share:Q", title="share", format=".0%"),
                alt.Tooltip("sure:N", title="sure"),
            ],
        )
    )
    return chart
