"""The tab "Labels": what is mixed up with what, label by label, and how it learned."""

from functools import partial

import pandas as pd
import streamlit as st

from fer_core.reports import HeadReport, RunReport
from ui import charts, metrics_errors, metrics_parts, metrics_progress, metrics_tables, tables
from ui.metrics_parts import Shown
from ui.page import plain_errors

UNITS = {"shares": "by row", "columns": "by column", "counts": "counts"}
ROWS = (
    "Read along a row: of the images with this label, so many were given each label by the "
    "model. A strong diagonal is good."
)
READ = {
    "shares": ROWS,
    "counts": ROWS,
    "columns": "Read down a column: of the images that the model gave this label, so many have "
    "each label. A strong diagonal is good.",
}


def draw(shown: Shown) -> None:
    """The tab's content; the faces come last, as the first to ask for them waits for a while."""
    head = shown.head
    if head is None:
        if metrics_progress.is_training(shown.folder):
            metrics_progress.watch(shown.folder, curves)
        else:
            curves(shown.report, None)
        return
    matrix, table = st.columns([4, 5], gap="medium")
    below = st.container()
    with below:
        st.header("The faces in a cell", anchor=False)
        cell = metrics_errors.choose_cell(head)
    with matrix:
        confusion(head, cell)
    with table:
        classes(head)
    curves(shown.report, head)
    with below, plain_errors():
        metrics_errors.draw(shown, head, cell)


def confusion(head: HeadReport, cell: tuple[str, str], place: str = metrics_errors.REPORT) -> None:
    """The confusion matrix, with a frame around a cell; a click on a cell chooses it."""
    st.header("Which labels get mixed up", anchor=False)
    unit = st.segmented_control(
        "In the cells",
        list(UNITS),
        default="shares",
        required=True,
        format_func=UNITS.__getitem__,
        key="metrics_unit",
        label_visibility="collapsed",
        bind="query-params",
    )
    metrics_parts.picture(
        charts.confusion_map,
        tables.confusion_frame(head, cell),
        "Confusion matrix: a row a true label, a column a predicted label",
        key=metrics_errors.matrix_key(head, place),
        on_select=partial(metrics_errors.choose_clicked, head, place),
        labels=head.labels,
        unit=unit,
        dark=metrics_parts.is_dark(),
    )
    st.caption(READ[unit or "shares"] + " Click a cell to see whose faces are in it.")


def classes(head: HeadReport) -> None:
    """How each label fares."""
    st.header("Label by label", anchor=False)
    column = partial(
        st.column_config.ProgressColumn,
        format="%.0f %%",
        min_value=0,
        max_value=100,
        width="small",
    )
    st.dataframe(
        tables.class_frame(head),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "images": st.column_config.NumberColumn("images", width="small"),
            "recall": column("found", help="Recall: of its images, how many are recognised."),
            "precision": column(
                "trusted", help="Precision: when the model says it, how often it is so."
            ),
            "f1": column("both (F1)", help="The harmonic mean of the two."),
        },
        alt="Recall, precision and F1 of each label",
    )
    st.caption(
        "*Found* (recall): of its images, how many are recognised. *Trusted* (precision): when "
        "the model says it, how often that is the label. Labels with few images swing most."
    )
    pairs = metrics_tables.mix_ups(head)
    if pairs:
        words = ", ".join(
            f"*{true}* read as *{said}* ({tables.percent(share)})" for true, said, share in pairs
        )
        st.markdown(f"**Mixed up most often:** {words}, of the images with the first label.")


def curves(report: RunReport, head: HeadReport | None) -> None:
    """Loss and accuracy over the epochs; nothing before the first."""
    history = report.history_frame()
    if history.empty:
        return
    st.header("How it learned", anchor=False)
    loss, accuracy = st.columns(2, gap="medium")
    with loss:
        _curve(history, "loss", "loss", percent=False)
    with accuracy:
        own = f"{head.head}_accuracy" if head is not None else ""
        measured = own in history and history[own].notna().any()
        _curve(history, own if measured else "accuracy", "accuracy", percent=True)
    st.caption(
        "An *epoch* is one pass over all training images; *loss* is what training makes small. "
        "Many recipes distort the images from which a network learns and soften their labels, so "
        "it may do worse on them than on the validation images, which chose the final weights."
    )


def _curve(history: pd.DataFrame, measure: str, title: str, *, percent: bool) -> None:
    metrics_parts.picture(
        charts.learning_curve,
        tables.curve_frame(history, measure),
        f"Training and validation {measure} over the epochs",
        title=title,
        percent=percent,
    )
