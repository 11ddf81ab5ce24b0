"""The tab "Label sets": what the two are, and how much each drifts to neutral."""

import pandas as pd
import streamlit as st

from fer_core.reports import AgreedFaces, HeadReport
from ui import metrics_parts
from ui.metrics_parts import Card, Shown, percent_column
from ui.metrics_tables import FER2013, FERPLUS, hundred, points, set_name
from ui.tables import ordered, percent

SETS = {
    FER2013: "One label a face: the words of the web search that found the picture; people then "
    "threw out what did not fit. It is the label set that papers report.",
    FERPLUS: "Ten people looked at the same faces. A face counts when more than half of the votes "
    "agree, labels that only one of them gave left out; contempt is the eighth label.",
}

BOTH = (
    "The same faces were labelled twice, in different ways, and the two label sets often "
    "disagree: a model that is good at one is not good at the other. So the network learns both, "
    "and the viewer chooses."
)


def meaning(head: str) -> str:
    """What a label set is, in plain words; "" for one that is not known."""
    return SETS.get(head, "")


def draw(shown: Shown) -> None:
    """The tab's content."""
    report = shown.report
    if not report.heads:
        metrics_parts.not_measured("This run has not been evaluated.", "metrics.json", shown.folder)
        return
    if len(report.heads) > 1:
        st.markdown(BOTH, width=760)
    for head in report.heads:
        _one(head, default=head is report.heads[0] and len(report.heads) > 1)
    if any(head.neutral_drift is not None for head in report.heads):
        st.caption(
            "*Called neutral* is the commonest complaint about such tools: a face that shows "
            "something is read as neutral. It comes from the data, where neutral is frequent."
        )
    if any(head.neutral_drift_before is not None for head in report.heads):
        st.caption(
            "The arrows say what correcting for frequent labels changed; the correction was "
            "chosen on other images than these."
        )
    if report.agreed_faces is not None:
        _agreed(report.agreed_faces)


def _one(head: HeadReport, *, default: bool) -> None:
    name = set_name(head.head, head.labels)
    st.header(f"{name} · default" if default else name, anchor=False)
    labels = ", ".join(ordered(head.labels))
    st.markdown(f"{meaning(head.head)} Labels: {labels}.".strip(), width=760)
    row = [
        Card("Accuracy", percent(head.accuracy, 1), f"of {head.images:,} test images"),
        Card(
            "Balanced accuracy",
            percent(head.balanced_accuracy, 1),
            "with every label counting alike" + _before(head.balanced_accuracy_before),
            _change(head.balanced_accuracy, head.balanced_accuracy_before),
        ),
    ]
    if head.neutral_drift is not None:
        row.append(
            Card(
                "Called neutral",
                percent(head.neutral_drift, 1),
                "of the faces with another label" + _before(head.neutral_drift_before),
                _change(head.neutral_drift, head.neutral_drift_before),
                less_is_better=True,
            )
        )
    metrics_parts.cards(*row)


def _before(share: float | None) -> str:
    return "" if share is None else f"; {percent(share, 1)} before the correction"


def _change(share: float, before: float | None) -> str:
    return "" if before is None else points(share, before)


def _agreed(agreed: AgreedFaces) -> None:
    st.header("Where both label sets agree", anchor=False)
    rows = [
        (
            set_name(name),
            hundred(figures.accuracy),
            hundred(figures.balanced_accuracy),
            hundred(figures.neutral_drift),
        )
        for name, figures in agreed.heads.items()
    ]
    metrics_parts.table(
        pd.DataFrame(rows, columns=["set", "accuracy", "balanced", "neutral"]),
        "Both heads on the faces that both label sets call the same",
        {
            "set": "answers of",
            "accuracy": percent_column("accuracy"),
            "balanced": percent_column("balanced accuracy"),
            "neutral": percent_column("called neutral"),
        },
    )
    st.caption(
        f"Both answers on the same {agreed.images:,} test images: those whose two labels are the "
        "same. Here the two can be compared fairly, and here a wrong answer is most clearly wrong."
    )
    first, *others = agreed.heads
    drift = {name: figures.neutral_drift for name, figures in agreed.heads.items()}
    if all((drift[first] or 0) < (drift[name] or 0) for name in others):
        st.caption(
            f"The answers of {set_name(first)} take fewer of these faces for neutral. That is why "
            "they come first unless the viewer chooses."
        )
