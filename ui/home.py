"""The home page's parts: the ways in, the figures, the limits."""

import streamlit as st

from fer_core.bundle import default_folder
from fer_core.palette import EMOTION_COLORS
from fer_core.reports import HeadReport, load_report
from ui import resources, tables
from ui.page import PAGES

DOORS = (
    "See a label appear over a live picture, with bars and the last seconds beside it.",
    "Drop in photos, videos or a zip, or try a sample. Get labels, time lines and a report.",
    "Learning curves, a confusion matrix, and figures for every label and every model.",
    "Guess before the model does, change a face and see the label move, look inside.",
)
HUMAN_ACCURACY = 0.65  # Goodfellow and others, 2013
NO_FIGURES = (
    "No figures yet: no evaluated model was found beside the app. Once one has been trained, "
    "exported and named in `models/default`, its results on test images appear here."
)


def doors() -> None:
    """A card a page."""
    columns = [*st.columns(2), *st.columns(2)]
    for column, (path, label, icon), text in zip(columns, PAGES[1:], DOORS, strict=True):
        with column.container(border=True, height="stretch"):
            st.header(f"{icon} {label}", anchor=False)
            st.markdown(text)
            st.page_link(path, label=f"Open “{label}”", icon=":material/arrow_forward:")


def quality() -> None:
    """The main figures of the model in use, each from its metrics.json.

    Raises:
        ModelError: no model is named.
        ReportError: its reports are damaged.
    """
    report = load_report(default_folder(resources.models_folder()))
    if not report.heads:
        st.info(NO_FIGURES, icon=":material/hourglass_empty:")
        return
    head = report.heads[0]
    best, worst = _extremes(head)
    figures = (
        ("Right on test images", head.accuracy),
        ("People, same task", HUMAN_ACCURACY),
        (f"Read best: {best}", head.per_class[best].recall),
        (f"Read worst: {worst}", head.per_class[worst].recall),
    )
    with st.container(horizontal=True):
        for label, share in figures:
            st.metric(label, tables.percent(share), border=True, width=160)
    st.markdown(
        f"Shown {head.images:,} test images that were kept apart while it learned, the model gave "
        f"the label in the data set for **{round(head.accuracy * 100)} of 100**. People who tried "
        "the same task agreed with those labels for about 65 of 100 (Goodfellow and others, "
        "2013): many of these small grey faces are hard to tell even for us. Of the faces labelled "
        f"*{best}* it recognised {tables.percent(head.per_class[best].recall)}, of those labelled "
        f"*{worst}* only {tables.percent(head.per_class[worst].recall)}.{_twins(head)}"
    )
    split = report.about.get("split", "test images")
    st.caption(f"FER-2013, {split}. Model {report.name}.")


def _twins(head: HeadReport) -> str:
    """What is left of the accuracy without test images that resemble one that was learnt."""
    if head.deduplicated is None:
        return ""
    return (
        " Some test images nearly equal one that it learned from; of the others it gets "
        f"{tables.percent(head.deduplicated.accuracy, 1)} right."
    )


def limits() -> None:
    """What a person should know before they believe a label."""
    left, right = st.columns(2, gap="small")
    left.markdown(
        "- **An expression is not a feeling.** People smile when they are sad and frown when "
        "they think ([Barrett and others, 2019](https://doi.org/10.1177/1529100619832930)). Eight "
        "commercial tools named 48 to 62 % of 937 clips right, and did worse where nobody acted "
        "([Dupré and others, 2020](https://doi.org/10.1371/journal.pone.0231968)).\n"
        "- **It has its blind spots.** Small, dark, blurred or turned faces are marked "
        "“not sure”. It learned from web photos, which do not show all people equally well."
    )
    right.markdown(
        "- **Not for judging people.** In the EU, inferring the emotions of people at work or in "
        "education is prohibited (AI Act, article 5(1)(f)). It does not identify anybody and "
        "forgets your pictures two minutes after you close the page, or at once when you say so; "
        "what you download is yours to guard.\n"
        "- **For classes:** use the sample pictures, or an adult who agrees to be shown."
    )
    words = " · ".join(EMOTION_COLORS)
    st.caption(f"Labels it may give, depending on the label set: {words}.")


def _extremes(head: HeadReport) -> tuple[str, str]:
    """The labels with the highest and the lowest recall."""
    by_recall = sorted(head.labels, key=lambda label: head.per_class[label].recall)
    return by_recall[-1], by_recall[0]
