"""What "not sure" buys, with the slider that sets it for the app; each label's own curves."""

import streamlit as st

from fer_core.errors import FerError
from fer_core.reports import CoveragePoint, HeadReport
from ui import (
    controls,
    metrics_charts,
    metrics_parts,
    metrics_tables,
    metrics_thresholds,
    resources,
)
from ui.metrics_parts import Card, Shown, percent_column
from ui.tables import ordered, percent

CURVES = {"pairs": "found and right", "roc": "false alarms (ROC)"}


def coverage(shown: Shown, head: HeadReport) -> None:
    """The coverage curve; its slider sets the threshold of the app if the app uses this run."""
    if not head.coverage:
        return
    st.header("What “not sure” buys", anchor=False)
    curve, words = st.columns([3, 2], gap="medium")
    with words:
        st.markdown(
            "A model that may say “not sure” answers fewer faces and is right more often. "
            "At the **right end** it answers every face; towards the **left** only those it is "
            "surest of."
        )
        now = metrics_thresholds.coverage_near(head, _threshold(shown, head))
        _figures(head, now)
    with curve:
        metrics_parts.picture(
            metrics_charts.coverage,
            metrics_thresholds.coverage_frame(head, now),
            "Coverage against accuracy: the fewer faces are answered, the more answers are right",
        )
    with st.expander("What becomes of 100 faces, by threshold", icon=":material/table:"):
        _thresholds(head, now)


def _threshold(shown: Shown, head: HeadReport) -> float:
    """The threshold that the slider says, 0..1."""
    if shown.report.name == shown.in_use:
        try:
            card = resources.model_card()
        except FerError:  # the pages that need the model say so
            card = None
        if card is not None and head.head in card.labels:
            own = controls.own_not_sure(card, head.head)
            chosen = controls.not_sure_slider(card, head.head)
            st.button(
                f"Back to the model’s own, {percent(own)}",
                icon=":material/undo:",
                disabled=chosen == own,
                key="metrics_own_threshold",
                on_click=controls.reset_not_sure,
                args=(card, head.head),
            )
            st.caption(
                f"With the labels of {metrics_tables.set_name(head.head)}, the app says “not sure” "
                f"below {percent(chosen)} now, on every page, until you close it."
                if chosen != own
                else "The app uses this threshold, the model’s own. Move the slider to set "
                "another one for the camera, photos and videos."
            )
            return chosen
    usual = head.not_sure.threshold if head.not_sure is not None else 0.0
    chosen = st.slider(
        "“Not sure” below",
        0,
        controls.MOST_SURE,
        round(100 * usual),
        1,
        format="%d %%",
        key=f"metrics_threshold_{shown.report.name}_{head.head}",
    )
    st.caption("To look only: the app does not use this run, so its threshold stays as it is.")
    return chosen / 100


def _figures(head: HeadReport, now: CoveragePoint | None) -> None:
    if now is None or now.accuracy is None:
        st.info("With this threshold hardly any face gets an answer.")
        return
    metrics_parts.cards(
        Card("Faces answered", percent(now.coverage, 1), "the others are “not sure”"),
        Card(
            "Answers right",
            percent(now.accuracy, 1),
            f"against {percent(head.accuracy, 1)} when it must always answer",
        ),
    )
    chosen = head.not_sure
    if chosen is not None and chosen.accuracy is not None:
        on = f" It was chosen on {chosen.chosen_on}." if chosen.chosen_on else ""
        st.caption(
            f"The model’s own threshold is {percent(chosen.threshold)}: "
            f"{metrics_tables.of_hundred(chosen.coverage)} faces get an answer, and "
            f"{metrics_tables.of_hundred(chosen.accuracy)} answers are right.{on}"
        )


def _thresholds(head: HeadReport, now: CoveragePoint | None) -> None:
    whole = st.column_config.NumberColumn
    metrics_parts.table(
        metrics_thresholds.threshold_frame(head, now),
        "Thresholds, and how many of 100 faces are read right, wrong, or not at all",
        {
            "threshold": whole("not sure below", format="%.0f %%"),
            "answered": percent_column("faces answered"),
            "accuracy": percent_column("answers right"),
            "right": whole("right", format="%.0f", help="Of 100 faces."),
            "wrong": whole("wrong", format="%.0f", help="Of 100 faces."),
            "unsure": whole("not sure", format="%.0f", help="Of 100 faces."),
            "note": "",
        },
    )
    st.caption(
        "Measured in steps of 2 %; figures of thresholds in between are read off the line "
        "between two of these."
    )


def curves(head: HeadReport) -> None:
    """Precision over recall and ROC of each label; nothing where they were not measured."""
    if not head.curves:
        return
    st.header("Each label by itself", anchor=False)
    chart, words = st.columns([3, 2], gap="medium")
    with chart:
        kind = st.segmented_control(
            "Curves",
            list(CURVES),
            default="pairs",
            required=True,
            format_func=CURVES.__getitem__,
            key="metrics_curves",
            label_visibility="collapsed",
            bind="query-params",
        )
        roc = kind == "roc"
        metrics_parts.picture(
            metrics_charts.class_curves,
            metrics_thresholds.class_curve_frame(head, roc=roc),
            "ROC curve of each label" if roc else "Precision over recall of each label",
            labels=tuple(ordered(head.curves)),
            roc=roc,
        )
    with words:
        st.markdown(
            "Take one label and ask of each face only: this one or not? A strict model finds few "
            "of its faces and is nearly always right (**left**); a lax one finds nearly all and "
            "raises false alarms (**right**). A curve close to the top is good. A click on a "
            "label below the curves singles it out."
        )
        metrics_parts.table(
            metrics_thresholds.area_frame(head),
            "Area under the curves of each label",
            {
                "label": "label",
                "average_precision": percent_column(
                    "AP", help="Average precision: area under the curve “found and right”."
                ),
                "frequency": percent_column(
                    "by chance", help="What AP would be by guessing: the label’s share of images."
                ),
                "auc": percent_column("AUC", help="Area under the ROC curve; 50 % is guessing."),
            },
        )
    st.caption(
        "*Found and right* is precision over recall. *ROC*, the receiver operating "
        "characteristic, looks better than it is for rare labels: few false alarms in a hundred "
        "others may still outnumber the faces found."
    )
