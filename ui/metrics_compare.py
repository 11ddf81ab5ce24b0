"""The tab "Side by side": two to four runs, their curves, figures, differences, settings."""

import streamlit as st

from fer_core.errors import FerError
from fer_core.reports import HeadReport, RunReport
from fer_core.studies import Formats, load_formats
from ui import metrics_pairs, metrics_parts, metrics_runs, metrics_tables
from ui.metrics_parts import Shown, cached
from ui.metrics_settings import ELSEWHERE
from ui.metrics_tables import FER2013, set_name

MOST = len(metrics_pairs.RUN_COLORS)
LOG = ("val_loss", "loss", "learning_rate", "seconds")


def draw(shown: Shown) -> None:
    """The tab's content."""
    found, damaged = metrics_runs.all_reports(shown.folder.parent)
    for sentence in damaged:
        st.warning(sentence, icon=":material/broken_image:")
    reports = {report.name: report for report in found}
    if len(reports) < 2:
        st.info("Two runs can be compared; there is but one.", icon=":material/school:")
        return
    picked = st.multiselect(
        f"Runs, two to {MOST}; the first is the one that the others are compared with",
        list(reports),
        default=_usual(shown, found),
        max_selections=MOST,
        key="metrics_compared",
        bind="query-params",
    )
    if len(picked) < 2:
        st.info("Pick two runs or more.", icon=":material/compare_arrows:")
        return
    chosen = [reports[name] for name in picked]
    _curves(chosen)
    head = shown.head.head if shown.head is not None else FER2013
    _differences(chosen, head)
    _facts(shown, chosen, head)
    _settings(chosen)


def _usual(shown: Shown, reports: list[RunReport]) -> list[str]:
    """The run that is shown, and the best of the others."""
    best = metrics_tables.runs_frame(
        [report for report in reports if report.name != shown.report.name], None
    )
    return [shown.report.name, str(best["run"][0])]


def _curves(reports: list[RunReport]) -> None:
    st.header("How they learned", anchor=False)
    measured = [
        name for name in metrics_pairs.MEASURES if any(name in each.history for each in reports)
    ]
    if not measured:
        st.info("No run kept what it did epoch by epoch.", icon=":material/timeline:")
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        measure = st.selectbox(
            "Measure",
            measured,
            format_func=metrics_pairs.MEASURES.__getitem__,
            key="metrics_measure",
            bind="query-params",
            width=300,
        )
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.9,
            0.0,
            0.1,
            key="metrics_smoothing",
            help="How much of the epochs before stays in each point; 0 shows what was measured.",
            bind="query-params",
            width=220,
        )
        log = st.toggle(
            "Log scale",
            key="metrics_log",
            help="Equal distances are equal ratios: small values can be told apart.",
            disabled=measure not in LOG,
            bind="query-params",
        )
    metrics_parts.picture(
        metrics_pairs.overlay,
        metrics_pairs.curves_frame(reports, measure, smoothing=smoothing),
        f"{metrics_pairs.MEASURES[measure]} of each run over the epochs",
        runs=tuple(each.name for each in reports),
        title=measure.removeprefix("val_").replace("_", " "),
        share="accuracy" in measure,
        log=log and measure in LOG,
    )
    st.caption(
        "Runs learn in different ways: distorted images or other losses make curves of training "
        "images differ without one run being better. Compare validation accuracy first."
    )


def _differences(reports: list[RunReport], head: str) -> None:
    st.header("Which labels it reads better", anchor=False)
    heads: dict[str, HeadReport] = {}
    for report in reports:
        if (figures := report.head(head)) is not None:
            heads[report.name] = figures
    base = reports[0].name
    if base not in heads or len(heads) < 2:
        st.info(
            f"Two of these runs must have been evaluated on {set_name(head)} for this, the first "
            "one among them.",
            icon=":material/hourglass_empty:",
        )
        return
    others = {name: figures for name, figures in heads.items() if name != base}
    frame = metrics_pairs.difference_frame(heads[base], others)
    apart = [name for name in others if name not in set(frame["run"])]
    if not frame.empty:
        metrics_parts.picture(
            metrics_pairs.difference_bars,
            frame,
            f"Difference in the share of images read right, against {base}, label by label",
            runs=tuple(each.name for each in reports),
            named=tuple(frame["run"].unique()),
        )
        st.caption(
            "Right of the line: more images of this label are read right than by "
            f"`{base}`. The bars hold 95 % of the differences after drawing the test images anew "
            "2,000 times (bootstrap); a pale one holds “no difference”, too. The two runs' images "
            "are drawn apart (unpaired), as reports do not keep who read which image right; so "
            "bars are rather too wide than too narrow."
        )
    if apart:
        st.info(
            f"Other labels than `{base}`, so no difference can be taken: {', '.join(apart)}.",
            icon=":material/rule:",
        )
    splits = {report.about.get("split", "") for report in reports if report.name in heads}
    if len(splits) > 1:
        st.warning(
            "These runs were tested on different images, so differences between them mean "
            f"little: {'; '.join(sorted(splits))}.",
            icon=":material/rule:",
        )


def _facts(shown: Shown, reports: list[RunReport], head: str) -> None:
    st.header("Figures, time and size", anchor=False)
    formats: dict[str, Formats | None] = {}
    for report in reports:
        try:
            formats[report.name] = cached(load_formats, shown.folder.parent / report.name)
        except FerError:  # said where that run itself is shown
            formats[report.name] = None
    frame = metrics_pairs.facts_frame(reports, formats, head)
    metrics_parts.table(frame, "Figures of each run", {name: name for name in frame.columns})


def _settings(reports: list[RunReport]) -> None:
    st.header("Settings that differ", anchor=False)
    frame = metrics_pairs.settings_that_differ(
        {report.name: report.config for report in reports},
        hidden=(*ELSEWHERE, "name", "parameters", "training_s", "bias"),
    )
    if frame.empty:
        st.caption("None: these runs were made alike.")
        return
    metrics_parts.table(
        frame,
        "Settings that differ between the runs",
        {name: st.column_config.TextColumn(name, width=160) for name in frame.columns},
    )
