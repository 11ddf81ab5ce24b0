"""Several runs side by side → data frames and charts: pure functions, no Streamlit."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from fer_core.intervals import differences
from fer_core.reports import HeadReport, RunReport
from fer_core.studies import Formats
from ui.charts import LINE_LEGEND, epochs
from ui.metrics_charts import GREY
from ui.metrics_tables import (
    BYTES_PER_MB,
    FERPLUS,
    network_name,
    set_name,
    setting_words,
    training_s,
)
from ui.tables import ordered, percent

# Tones that stay apart for colour-blind people and on both backgrounds (Okabe & Ito).
RUN_COLORS = ("#7B70CC", "#E69F00", "#009E73", "#56B4E9")
MEASURES = {
    "val_accuracy": "accuracy, validation images",
    "accuracy": "accuracy, training images",
    "val_loss": "loss, validation images",
    "loss": "loss, training images",
    "learning_rate": "length of the steps (learning rate)",
    "seconds": "seconds an epoch",
}
MISSING, NOT_RECORDED = "–", "not recorded"


def curves_frame(
    reports: Sequence[RunReport], measure: str, *, smoothing: float = 0.0
) -> pd.DataFrame:
    """A row a run and epoch: run, epoch, value, measured.

    Args:
        reports: runs; those without this measure are left out.
        measure: a column of their histories.
        smoothing: how much of the epochs before stays in `value`, 0..1 (exponential mean).

    Returns:
        `value` is smoothed, `measured` as in the file.
    """
    parts = []
    for report in reports:
        history = report.history_frame()
        if measure in history and history[measure].notna().any():
            values = history[measure]
            smooth = values.ewm(alpha=1 - smoothing).mean() if smoothing else values
            parts.append(
                pd.DataFrame(
                    {
                        "run": report.name,
                        "epoch": history["epoch"],
                        "value": smooth,
                        "measured": values,
                    }
                ).dropna()
            )
    if not parts:
        return pd.DataFrame(columns=["run", "epoch", "value", "measured"])
    return pd.concat(parts, ignore_index=True)


def difference_frame(base: HeadReport, others: Mapping[str, HeadReport]) -> pd.DataFrame:
    """A row a run and label: run, label, points, low, high (points of a hundred), clear.

    Args:
        base: what the others are compared with.
        others: run → its evaluation of the same label set; those with other labels are left out.
    """
    rows = []
    for run, head in others.items():
        if head.labels != base.labels:
            continue
        found = {
            each.label: each for each in differences(head.labels, head.confusion, base.confusion)
        }
        for label in ["", *ordered(head.labels)]:
            if label in found:
                each = found[label]
                shares = (100 * each.share, 100 * each.low, 100 * each.high)
                rows.append((run, label or "all images", *shares, each.is_clear))
    columns = ["run", "label", "points", "low", "high", "clear"]
    return pd.DataFrame(rows, columns=columns)


def facts_frame(
    reports: Sequence[RunReport], formats: Mapping[str, Formats | None], head: str
) -> pd.DataFrame:
    """A row a fact and a column a run, all as text; the column `fact` comes first."""
    columns = {report.name: _facts(report, formats.get(report.name), head) for report in reports}
    frame = pd.DataFrame(columns).rename_axis("fact").reset_index()
    return frame


def _facts(report: RunReport, formats: Formats | None, head: str) -> dict[str, str]:
    figures, plus = report.head(head), report.head(FERPLUS)
    history, config = report.history, report.config
    seconds = training_s(report)
    shipped = (
        next((row for row in formats.rows if row.format == formats.shipped), None)
        if formats
        else None
    )
    parameters = config.get("parameters")
    return {
        f"accuracy ({set_name(head)})": percent(figures.accuracy, 1) if figures else MISSING,
        "balanced accuracy": percent(figures.balanced_accuracy, 1) if figures else MISSING,
        "macro-F1": percent(figures.macro_f1, 1) if figures else MISSING,
        "calibration error": percent(figures.ece, 1) if figures else MISSING,
        "accuracy (FER+)": percent(plus.accuracy, 1) if plus else MISSING,
        "labels": str(len(figures.labels)) if figures else MISSING,
        "network": network_name(config) if config else MISSING,
        "weights": f"{parameters / 1e6:.2f} million" if parameters else MISSING,
        "epochs": str(len(history.get("epoch", ())) or MISSING),
        "training time": f"{seconds / 60:,.1f} min" if seconds else MISSING,
        "file": f"{report.weight_bytes / BYTES_PER_MB:.1f} MB" if report.weight_bytes else MISSING,
        "time a face": f"{shipped.ms_1_thread:.2f} ms"
        if shipped and shipped.ms_1_thread
        else MISSING,
    }


def settings_that_differ(
    configs: Mapping[str, Mapping[str, Any]], *, hidden: Sequence[str] = ()
) -> pd.DataFrame:
    """A row a setting that is not the same in all runs, a column a run, all as text.

    Args:
        configs: run → its settings by name; one that a run did not record is no difference.
        hidden: names to leave out.
    """
    names = dict.fromkeys(name for config in configs.values() for name in config)
    rows = []
    for name in names:
        words = [
            setting_words(config[name]) if name in config else NOT_RECORDED
            for config in configs.values()
        ]
        if name not in hidden and len({*words} - {NOT_RECORDED}) > 1:
            rows.append((name.replace("_", " "), *words))
    return pd.DataFrame(rows, columns=["setting", *configs])


# ---- Charts


def overlay(
    curves: pd.DataFrame, *, runs: tuple[str, ...], title: str, share: bool, log: bool
) -> alt.Chart:
    """One measure of several runs over their epochs.

    Args:
        curves: columns run, epoch, value, measured.
        runs: at most as many as `RUN_COLORS`.
        title: of the value axis.
        share: whether values are 0..1, to be shown as percent.
        log: whether equal distances are equal ratios.
    """
    chart: alt.Chart = alt.Chart(curves, height=320)
    if log:  # which has no place for 0, the rate at the end of many schedules
        chart = chart.transform_filter("datum.value > 0")
    chart = chart.mark_line(strokeWidth=2.5, interpolate="monotone", point={"size": 14}).encode(
        x=epochs(),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False),
            axis=alt.Axis(title=title, format="%" if share else "~g", tickCount=5),
        ),
        color=_run_color(runs),
        tooltip=[
            alt.Tooltip("run:N"),
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("measured:Q", title="measured", format=".1%" if share else ".4g"),
        ],
    )
    return chart


def difference_bars(
    rows: pd.DataFrame, *, runs: tuple[str, ...], named: tuple[str, ...]
) -> alt.LayerChart:
    """Dots with their intervals, a row a label, a colour a run; the line is the base.

    Args:
        rows: columns run, label, points, low, high (points of a hundred), clear.
        runs: all that are compared, first the one that the others are compared with.
        named: those of `rows`, for the legend.
    """
    chart = alt.Chart(rows, height=alt.Step(13)).encode(
        y=alt.Y("label:N", sort=None, axis=alt.Axis(title=None, labelOverlap=False)),
        yOffset=alt.YOffset("run:N", sort=list(runs)),
        color=_run_color(runs, named=named),
        opacity=alt.condition(alt.datum.clear, alt.value(1.0), alt.value(0.45)),
        tooltip=[
            alt.Tooltip("run:N"),
            alt.Tooltip("label:N"),
            alt.Tooltip("points:Q", title="points", format="+.1f"),
            alt.Tooltip("low:Q", title="at least", format="+.1f"),
            alt.Tooltip("high:Q", title="at most", format="+.1f"),
        ],
    )
    bars = chart.mark_rule(strokeWidth=3).encode(
        x=alt.X(
            "low:Q",
            axis=alt.Axis(
                title="points of a hundred",
                labelExpr="datum.value > 0 ? '+' + datum.label : datum.label",
                tickCount=6,
            ),
        ),
        x2="high:Q",
    )
    dots = chart.mark_point(filled=True, size=60).encode(x="points:Q")
    zero = alt.Chart(rows).mark_rule(color=GREY, strokeWidth=1.5, aria=False).encode(x=alt.datum(0))
    layers: alt.LayerChart = zero + bars + dots
    return layers


def _run_color(runs: Sequence[str], *, named: Sequence[str] = ()) -> alt.Color:
    """A colour a run; the legend holds `named`, or all."""
    return alt.Color(
        "run:N",
        scale=alt.Scale(domain=list(runs), range=list(RUN_COLORS[: len(runs)])),
        # a line each: the names of runs are long, and differ at their ends
        legend=alt.Legend(
            **LINE_LEGEND.to_dict(), columns=1, labelLimit=320, values=list(named or runs)
        ),
    )
