"""How it works, the figures: accuracy and confusion, and what a figure was measured on."""

import streamlit as st

from fer_core.bundle import default_folder
from fer_core.reports import HeadReport, RunReport, load_report
from fer_core.studies import load_audit
from ui import charts, learn_tables, metrics_parts, metrics_tables, resources, show
from ui.metrics_parts import Card, cached
from ui.metrics_runs import all_reports
from ui.tables import confusion_frame, percent

NOT_MEASURED = (
    "The model in use has not been measured on test images, so there are no figures to explain."
)


def report_in_use() -> RunReport | None:
    """The report of the model in use; None, and a word to the viewer, when it has no figures.

    Raises:
        ModelError: no model is named.
        ReportError: its reports are damaged.
    """
    report = cached(load_report, default_folder(resources.models_folder()))
    if report.heads:
        return report
    st.info(NOT_MEASURED, icon=":material/hourglass_empty:")
    return None


def accuracy_and_confusion() -> None:
    """Why one figure is not enough."""
    report = report_in_use()
    if report is None:
        return
    head = report.heads[0]
    label, accuracy, balanced = learn_tables.lazy(head)
    st.markdown(
        f"**Accuracy** is the share of right answers: {percent(head.accuracy)} for this model. It "
        f"hides who is read wrong. A lazy model that says *{label}* to every face is right for "
        f"{percent(accuracy)} of these test images, just because {label} faces are the commonest "
        "in them, and knows nothing. **Balanced accuracy** lets every label count alike and shows "
        f"it up: {percent(balanced)}.",
        width=760,
    )
    metrics_parts.cards(
        Card("This model", percent(head.accuracy), "accuracy"),
        Card("This model", percent(head.balanced_accuracy), "balanced accuracy"),
        Card(f"Always “{label}”", percent(accuracy), "accuracy"),
        Card(f"Always “{label}”", percent(balanced), "balanced accuracy"),
    )
    _confusion(head)
    st.caption(_source(report, head))


def _confusion(head: HeadReport) -> None:
    true, said, share = metrics_tables.mix_ups(head, count=1)[0]
    st.markdown(
        "The **confusion matrix** shows every mistake: a row holds the images of one label, a "
        "column what the model said. The diagonal is right. Its likeliest mistake is to take "
        f"**{true}** for **{said}**: {percent(share)} of the {true} faces. Two models with the "
        "same accuracy can make quite different mistakes.",
        width=760,
    )
    dark = metrics_parts.is_dark()
    chart = charts.confusion_map(
        confusion_frame(head), labels=head.labels, unit="shares", dark=dark
    )
    show.chart(chart, f"Confusion matrix; the likeliest mistake is {said} for {true}")


def paper_and_test() -> None:
    """Why 94 % in a paper can be 61 % on a fixed test."""
    st.markdown(
        "- **Learned by heart, or understood?** A network with millions of weights can remember "
        "its training images. How many of *those* it gets right says little about new faces. One "
        "paper whose recipe this app follows reports 94 % on training images and **61 %** on test "
        "images of FER-2013, both of the same network (MobileNetV2 by transfer learning, 2024).\n"
        "- **Which images?** Another reports 94.23 % in its abstract and does not say on which "
        "images (Hendrawati and Pravitasari, *J. RESTI* 9(4), 2025). Over 99 % can come from two "
        "chosen photos.\n"
        "- **A fixed test** is a set of images that is put aside before anything is learned, the "
        "same for everybody, and left alone until the end. For FER-2013 that is *PrivateTest*, "
        "3,589 faces; people reach about 65 % on the data set (Goodfellow and others, 2013).",
        width=760,
    )
    _seen_and_new()
    _twins()


def _seen_and_new() -> None:
    reports, _ = all_reports(resources.models_folder())
    frame = learn_tables.learned_and_new(reports)
    if frame.empty:
        return
    st.markdown("**Our own runs: images they learned from, and new ones**")
    metrics_parts.table(
        frame,
        "Accuracy of each run on training images and on test images",
        {
            "run": "run",
            "labels": "labels",
            "seen": metrics_parts.percent_column("images it learned from"),
            "new": metrics_parts.percent_column("test images, never seen"),
        },
    )
    st.caption(
        "Some runs learn from images that are distorted or mixed on purpose, so that nothing can "
        "be learned by heart: then the first figure, of the last epoch, is the lower one. "
        "Runs with fewer labels have another task: compare those with the same number."
    )


def _twins() -> None:
    """Near-duplicates between training and test images."""
    audit = cached(load_audit, resources.models_folder())
    report = report_in_use()
    if audit is None or report is None:
        return
    head = report.heads[0]
    words = (
        f"**Even a fixed test can leak.** {audit.duplicates_in_private_test:,} faces of "
        "PrivateTest have a near-twin among the training images (the same photo, cut a little "
        "differently)."
    )
    if head.deduplicated is not None:
        words += (
            f" Without such twins this model reads {percent(head.deduplicated.accuracy, 1)} "
            f"right instead of {percent(head.accuracy, 1)}, on {head.deduplicated.images:,} faces."
        )
    st.markdown(words, width=760)
    st.caption(_source(report, head))


def _source(report: RunReport, head: HeadReport) -> str:
    split = report.about.get("split", "test images")
    return f"Model {report.name}, {head.images:,} images of {split}; read from its reports."
