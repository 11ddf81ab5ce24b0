"""The tab "Labels": what is mixed up with what, label by label, and how it learned."""

from functools import partial

import pandas as pd
import streamlit as st

from fer_core.reports import HeadReport, RunReport
from ui import charts, metrics_parts, metrics_tables, tables
from ui.metrics_parts import Shown


def draw(shown: Shown) -> None:
    """The tab's content."""
    if shown.head is not None:
        matrix, table = st.columns([4, 5], gap="medium")
        with matrix:
            _confusion(shown.head)
        with table:
            _classes(shown.head)
    _curves(shown.report, shown.head)


def _confusion(head: HeadReport) -> None:
    st.subheader("Which labels get mixed up", anchor=False)
    unit = st.segmented_control(
        "In the cells",
        ["shares", "counts"],
        default="shares",
        required=True,
        key="metrics_unit",
        label_visibility="collapsed",
    )
    metrics_parts.picture(
        charts.confusion_map,
        tables.confusion_frame(head),
        "Confusion matrix: a row a true label, a column a predicted label",
        labels=head.labels,
        shares=unit != "counts",
        dark=metrics_parts.is_dark(),
    )
    st.caption(
        "Read along a row: of the images with this label, so many were given each label by the "
        "model. A strong diagonal is good."
    )


def _classes(head: HeadReport) -> None:
    st.subheader("Label by label", anchor=False)
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
        st.markdown(f"**Mixed up most often:** {words}.")


def _curves(report: RunReport, head: HeadReport | None) -> None:
    history = report.history_frame()
    if history.empty:
        return
    st.subheader("How it learned", anchor=False)
    loss, accuracy = st.columns(2, gap="medium")
    with loss:
        _curve(history, "loss", "loss", percent=False)
    with accuracy:
        own = f"{head.head}_accuracy" if head is not None else ""
        measured = own in history and history[own].notna().any()
        _curve(history, own if measured else "accuracy", "accuracy", percent=True)
    st.caption(
        "An *epoch* is one pass over all training images; *loss* is what training makes small. "
        "While it learns, the network sees its images distorted, so it may do worse on them than "
        "on the validation images, which chose the final weights."
    )


def _curve(history: pd.DataFrame, measure: str, title: str, *, percent: bool) -> None:
    metrics_parts.picture(
        charts.learning_curve,
        tables.curve_frame(history, measure),
        f"Training and validation {measure} over the epochs",
        title=title,
        percent=percent,
    )
