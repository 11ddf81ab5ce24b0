"""The tab "Percentages": whether 70 % means 70 %, intensity, raters; see `metrics_trust`."""

import streamlit as st

from fer_core.reports import HeadReport
from ui import metrics_charts, metrics_parts, metrics_tables, metrics_trust
from ui.metrics_parts import Card, Shown
from ui.tables import percent


def draw(shown: Shown) -> None:
    """The tab's content."""
    head = shown.head
    if head is None or not head.reliability:
        metrics_parts.not_measured(
            "Whether its percentages can be believed has not been measured for this run.",
            "metrics.json",
            shown.folder,
        )
        return
    reliability(head)
    metrics_trust.coverage(shown, head)
    metrics_trust.curves(head)
    _intensity(head)
    _raters(head)


def reliability(head: HeadReport) -> None:
    """The reliability diagram and what it says."""
    st.header("Does 70 % mean 70 %?", anchor=False)
    curve, words = st.columns([3, 2], gap="medium")
    with curve:
        metrics_parts.picture(
            metrics_charts.reliability,
            metrics_tables.reliability_frame(head),
            "Reliability curve: how often guesses are right by how sure the model was",
        )
    with words:
        st.markdown(
            "Each dot is a group of test images that the model was about equally sure of. "
            "**On the grey line** its percentage is honest: of images that got 70 %, it read "
            "70 of 100 right. **Below** it is too sure of itself, **above** too modest. "
            "The grey bars show how many of the images fall into each group. All of this is about "
            "test images; with a camera it may be worse."
        )
        if sentence := metrics_tables.honest_sentence(head):
            st.markdown(sentence)
        metrics_parts.cards(_ece(head))
    if head.reliability_before:
        st.caption(
            "The correction divides what the network puts out by one number, its *temperature* "
            "(Guo and others, 2017). It was chosen on other images than those shown here, and it "
            "changes how sure the model is, never which label it gives."
        )


def _ece(head: HeadReport) -> Card:
    change = "" if head.ece_before is None else metrics_tables.points(head.ece, head.ece_before)
    meaning = "how far percentage and truth are apart, averaged over all images"
    if head.ece_before is not None:
        meaning += f"; {percent(head.ece_before, 1)} before the correction"
    return Card("Calibration error (ECE)", percent(head.ece, 1), meaning, change, True)


def _intensity(head: HeadReport) -> None:
    if head.intensity is None:
        return
    st.header("How strong is the expression?", anchor=False)
    table, words = st.columns([3, 2], gap="medium")
    with table:
        metrics_parts.table(
            metrics_tables.intensity_frame(head),
            "Levels of intensity, and how many of ten raters agree at each",
            {
                "level": "level",
                "score": "score of the model",
                "images": st.column_config.NumberColumn("images", format="localized"),
                "agreement": st.column_config.ProgressColumn(
                    "raters who agree", format="%.0f %%", min_value=0, max_value=100
                ),
            },
        )
    with words:
        st.markdown(
            "*Low*, *moderate* and *strong* are ranges of the model's score; the pages show none "
            "for a neutral answer. Where the score is high, more of the ten people who rated a "
            "face should agree on its label. The rank correlation of the two (Spearman) is "
            f"**{head.intensity.spearman:.2f}**; 1 would be perfect, 0 no connection."
        )
        st.caption(
            "It says how clearly a face shows an expression to this model. It does not say how "
            "strongly anybody feels."
        )


def _raters(head: HeadReport) -> None:
    votes = head.vote_cross_entropy
    if votes is None:
        return
    st.header("Beside ten people", anchor=False)
    row = [
        Card("Model", f"{votes.model:.2f}", "its scores before the correction"),
        Card("A rater", f"{votes.raters:.2f}", "one rater's vote, foretold by the others'"),
    ]
    if votes.model_calibrated is not None:
        value = f"{votes.model_calibrated:.2f}"
        row.insert(1, Card("Model, corrected", value, "the percentages that it shows"))
    metrics_parts.cards(*row)
    st.caption(
        "Mean cross entropy in nats: the surprise at each of the ten people's votes when one "
        "expects what the model says, or what the other raters say. Lower is closer."
    )
