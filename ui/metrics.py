"""The metrics page's parts: pick a run, then its figures and charts. No TensorFlow."""

import json
from functools import partial

import pandas as pd
import streamlit as st

from fer_core.bundle import default_folder
from fer_core.errors import FerError
from fer_core.reports import HeadReport, RunReport, list_runs, load_report
from ui import charts, resources, show, tables
from ui.controls import head_name

NO_RUNS = (
    "No training run was found in `{folder}`. Train one as the README describes; its curves and "
    "figures then appear here."
)


def choose_run() -> RunReport | None:
    """The report of the run that is picked; None when there is no run.

    Raises:
        ReportError: the report of the picked run is damaged.
    """
    folders = {folder.name: folder for folder in list_runs(resources.models_folder())}
    if not folders:
        st.info(NO_RUNS.format(folder=resources.models_folder()), icon=":material/school:")
        return None
    in_use = _name_in_use()
    names = sorted(folders, key=lambda name: (name != in_use, name))
    picked = st.selectbox(
        "Training run",
        names,
        format_func=lambda name: f"{name} · in use" if name == in_use else name,
        key="metrics_run",
    )
    return load_report(folders[picked])


def choose_head(report: RunReport) -> HeadReport | None:
    """The evaluation to show; None when the run has not been evaluated."""
    if not report.heads:
        st.info(
            "This run has not been evaluated yet: it may still be training.",
            icon=":material/hourglass_empty:",
        )
        return None
    heads = {head.head: head for head in report.heads}
    if len(heads) == 1:
        return report.heads[0]
    picked = st.segmented_control(
        "Label set",
        list(heads),
        default=report.heads[0].head,
        required=True,
        format_func=head_name,
        key="metrics_head",
    )
    return heads[picked] if picked else report.heads[0]


def headline(head: HeadReport) -> None:
    """The figures that sum a model up, each with what it means."""
    figures = (
        ("Accuracy", head.accuracy, "of all test images got the label they have."),
        (
            "Balanced accuracy",
            head.balanced_accuracy,
            "on average over the labels, so that rare ones count as much as common ones.",
        ),
        ("Macro-F1", head.macro_f1, "as before, but false alarms count against a label too."),
        (
            "Calibration error",
            head.ece,
            "is how far the percentages are off on average. At 0 %, of guesses made with 70 %, "
            "70 in 100 are right.",
        ),
    )
    for column, (label, share, meaning) in zip(st.columns(4), figures, strict=True):
        with column.container(border=True, height="stretch", gap="small"):
            st.metric(label, tables.percent(share, 1))
            st.caption(meaning)
    words = f"{head.images:,} test images, each read once."
    if head.accuracy_flip is not None:
        words += (
            f" Read twice, once mirrored, and averaged, accuracy is "
            f"{tables.percent(head.accuracy_flip, 1)}; the app reads once."
        )
    st.caption(words)


def confusion(head: HeadReport) -> None:
    """The confusion matrix, as shares or counts."""
    st.subheader("Which labels get mixed up", anchor=False)
    unit = st.segmented_control(
        "In the cells",
        ["shares", "counts"],
        default="shares",
        required=True,
        key="metrics_unit",
        label_visibility="collapsed",
    )
    show.chart(
        charts.confusion_map(tables.confusion_frame(head), shares=unit != "counts"),
        "Confusion matrix: a row a true label, a column a predicted label",
    )
    st.caption(
        "Read along a row: of the images with this label, so many were given each label by the "
        "model. A dark diagonal is good."
    )


def classes(head: HeadReport) -> None:
    """A row a label with recall, precision and F1."""
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


def curves(report: RunReport, head: HeadReport | None) -> None:
    """Loss, and the accuracy of the picked label set, over the epochs."""
    history = report.history_frame()
    if history.empty:
        return
    st.subheader("How it learned", anchor=False)
    loss, accuracy = st.columns(2, gap="medium")
    with loss:
        _curve(history, "loss", "loss", percent=False)
    with accuracy:
        own = f"{head.head}_accuracy" if head is not None else ""
        _curve(history, own if own in history else "accuracy", "accuracy", percent=True)
    st.caption(
        "While it learns, the network sees its images distorted, so it may do worse on them than "
        "on the validation images, which chose the final weights."
    )


def about(report: RunReport) -> None:
    """How the run was made."""
    with st.expander("How this run was made", icon=":material/science:"):
        facts = {key: value for key, value in report.about.items() if value}
        if facts:
            st.markdown(
                "  \n".join(
                    f"**{key.replace('_', ' ')}** `{value}`" for key, value in facts.items()
                )
            )
        st.code(json.dumps(dict(report.config), indent=2), language="json", height=320)


def perspective() -> None:
    """Why other figures are higher."""
    with st.expander("Why not 94 %, as some papers say?", icon=":material/balance:"):
        st.markdown(
            "Figures above 90 % for this data set are the accuracy on images the network was "
            "*trained* on, or on a handful of chosen pictures. They are not wrong, but they "
            "answer another question. On the 3,589 images of FER-2013 set aside for testing, "
            "published single networks reach 65 to 74 %, and people about 65 % "
            "(Goodfellow and others, 2013). An honest figure on a fixed set of images is worth "
            "more than a high one."
        )


def _curve(history: pd.DataFrame, measure: str, title: str, *, percent: bool) -> None:
    show.chart(
        charts.learning_curve(tables.curve_frame(history, measure), title=title, percent=percent),
        f"Training and validation {measure} over the epochs",
    )


def _name_in_use() -> str | None:
    try:
        return default_folder(resources.models_folder()).name
    except FerError:
        return None
