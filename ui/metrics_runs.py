"""The tab "All runs": every run side by side."""

from pathlib import Path

import streamlit as st

from fer_core.errors import FerError
from fer_core.reports import RunReport, list_runs, load_report
from ui import metrics_parts, metrics_tables
from ui.metrics_parts import Shown, cached, percent_column

SORTINGS = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "balanced": "balanced accuracy",
    "ferplus": "FER+ accuracy",
    "size": "file size",
    "minutes": "training time",
}
SMALL_IS_GOOD = ("size", "minutes")


def all_reports(models: Path) -> tuple[list[RunReport], list[str]]:
    """The reports of all runs, and a sentence for each that is damaged."""
    reports, sentences = [], []
    for folder in list_runs(models):
        try:
            reports.append(cached(load_report, folder))
        except FerError as error:
            sentences.append(str(error))
    return reports, sentences


def draw(shown: Shown) -> None:
    """The tab's content."""
    reports, damaged = all_reports(shown.folder.parent)
    by = st.selectbox(
        "Sort by",
        list(SORTINGS),
        format_func=SORTINGS.__getitem__,
        key="metrics_sort",
        bind="query-params",
        width=240,
    )
    frame = metrics_tables.runs_frame(reports, shown.in_use)
    frame = frame.sort_values(by, ascending=by in SMALL_IS_GOOD, ignore_index=True)
    column = st.column_config.NumberColumn
    metrics_parts.table(
        frame,
        "All runs with their figures",
        {
            "run": st.column_config.TextColumn("run", pinned=True),
            "accuracy": percent_column("accuracy", help="Test images read right."),
            "flip": percent_column(
                "mirrored",
                help="Accuracy when each image is read twice, once mirrored, and averaged.",
            ),
            "macro_f1": percent_column(
                "macro-F1", help="As balanced; false alarms count against a label too."
            ),
            "balanced": percent_column("balanced", help="With every label counting alike."),
            "ferplus": percent_column("FER+", help="Accuracy on the label set of ten raters."),
            "labels": column("labels", help="How many labels it tells apart."),
            "parameters": column("weights", help="In millions.", format="%.2f M"),
            "size": column("file", help="Size of the file that the app runs.", format="%.1f MB"),
            "epochs": column("epochs", help="Passes over the training images."),
            "minutes": column("training", help="Time it took, in minutes.", format="%,.1f min"),
            "network": "network",
        },
    )
    st.caption(
        "A click on a column's head sorts by it, too. Accuracy, macro-F1 and balanced accuracy are "
        "on FER-2013's labels. With fewer labels the task is easier, so such runs compare only "
        "with one another."
    )
    for sentence in damaged:
        st.warning(sentence, icon=":material/broken_image:")
