"""The tab "Evaluate now": the shown model reads labelled faces again, or the viewer's own."""

import json
from functools import partial

import streamlit as st

from fer_core.bundle import load_card
from fer_core.evaluation import report_of
from fer_core.reports import HeadReport
from ui import (
    labelled,
    metrics_errors,
    metrics_labels,
    metrics_parts,
    metrics_percentages,
    metrics_trust,
    resources,
)
from ui.lost_sessions import watched_session
from ui.metrics_job import MOST_IMAGES, Evaluation, EvaluationView, Result
from ui.metrics_parts import NO_WEIGHTS, Shown
from ui.metrics_tables import set_name
from ui.page import plain_errors
from ui.tables import percent

HELD = "metrics_evaluation"
SOURCES = {"settings": "the test faces of this machine", "zip": "a zip file of mine"}
LOOK_EVERY_S = 1
ZIP_HELP = (
    f"A folder for each label, named after it (*happy*, *Sadness*, *1_anger* …), with cut-out "
    f"faces in it: at most {MOST_IMAGES:,} pictures and 200 MB. It is read in memory, its names "
    "are used for the labels and to say what was left out, and it is forgotten when you leave this "
    "page."
)


def draw(shown: Shown) -> None:
    """The tab's content."""
    if not labelled.has_weights(shown.folder):
        st.info(NO_WEIGHTS, icon=":material/folder_off:")
        return
    head = _head_of(shown)
    st.markdown(
        f"The model of `{shown.report.name}` reads labelled faces now, and its answers on "
        f"{set_name(head)} are drawn as those of its report are: do its figures hold, here, or "
        "on faces of your own?",
        width=760,
    )
    _start(shown, head)
    held: tuple[str, str, Evaluation] | None = st.session_state.get(HELD)
    if held is None:
        return
    run, head, evaluation = held
    view = evaluation.view()
    if view.state in ("waiting", "running"):
        _watch(evaluation)
    else:
        _end(shown, run, head, view)


def _head_of(shown: Shown) -> str:
    """The label set that the page shows; without a report, the model's first."""
    return shown.head.head if shown.head is not None else load_card(shown.folder).default_head


def _start(shown: Shown, head: str) -> None:
    """What to read, and the button that begins."""
    source: str | None = "zip"
    if labelled.is_named():
        source = st.segmented_control(
            "Faces",
            list(SOURCES),
            default="settings",
            required=True,
            format_func=SOURCES.__getitem__,
            key="metrics_source",
        )
    else:
        st.markdown(
            "With FER-2013 on this machine, named in the setting "
            f"`{labelled.DATASET}`, its test faces can be read as well."
        )
    content: bytes | None = None
    if source == "zip":
        upload = st.file_uploader(
            "Zip file of labelled faces", type="zip", key="metrics_zip", max_upload_size=200
        )
        st.caption(ZIP_HELP)
        content = upload.getvalue() if upload is not None else None
    if st.button(
        "Evaluate",
        type="primary",
        icon=":material/play_arrow:",
        key="metrics_evaluate",
        disabled=source == "zip" and content is None,
    ):
        stop()
        faces = labelled.test_faces() if content is None else content
        classifier = resources.classifier_of(shown.folder, head)
        evaluation = Evaluation(
            lambda: classifier,
            faces if isinstance(faces, bytes) else lambda: faces,
            watched=watched_session(),
        )
        st.session_state[HELD] = shown.report.name, head, evaluation
        evaluation.start()


def stop() -> None:
    """Ends an evaluation that runs, and forgets it."""
    held = st.session_state.pop(HELD, None)
    if held is not None:
        held[2].cancel()


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(evaluation: Evaluation) -> None:
    with plain_errors():
        view = evaluation.view()
        if view.state not in ("waiting", "running"):
            st.rerun()  # the page shows the end, and this is not drawn any more
        waits = view.state == "waiting"
        st.progress(
            view.progress, "Waiting for another evaluation to end…" if waits else "Reading faces…"
        )
        st.button("Cancel", key="metrics_cancel", on_click=evaluation.cancel)


def _end(shown: Shown, run: str, head: str, view: EvaluationView) -> None:
    if view.error is not None:
        st.error(view.error, icon=":material/info:")
    elif view.result is None:
        st.info("Cancelled.", icon=":material/cancel:")
    else:
        _result(shown, run, head, view.result)


def _result(shown: Shown, run: str, head: str, result: Result) -> None:
    report = report_of(result.figures, head)
    st.header(f"{report.images:,} faces, read by {run} · {set_name(head)}", anchor=False)
    if (run, head) != (shown.report.name, _head_of(shown)):
        st.caption("From before the run or the label set was changed. *Evaluate* reads them anew.")
    metrics_parts.headline(report)
    if shown.report.name == run:
        _beside_report(shown, head, report)
    if result.left_out:
        with st.expander(f"Left out: {len(result.left_out):,}", icon=":material/block:"):
            st.dataframe(
                [{"file": file, "why": why} for file, why in result.left_out],
                hide_index=True,
                alt="Files that were left out, and why",
            )
    matrix, table = st.columns([4, 5], gap="medium")
    with st.container():
        cell = metrics_errors.choose_cell(report, metrics_errors.EVALUATED)
        classifier = resources.classifier_of(shown.folder.parent / run, head)
        metrics_errors.faces(result.readings, classifier, cell)
    with matrix:
        metrics_labels.confusion(report, cell, metrics_errors.EVALUATED)
    with table:
        metrics_labels.classes(report)
    metrics_percentages.reliability(report)
    metrics_trust.curves(report)
    st.download_button(
        "All figures as JSON",
        partial(_as_json, run, head, result),
        file_name=f"evaluation-{run}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def _beside_report(shown: Shown, head: str, report: HeadReport) -> None:
    known = shown.report.head(head)
    if known is None:
        return
    same = known.confusion == report.confusion
    st.caption(
        "In every cell of the matrix the same count as in the run's report."
        if same
        else f"The run's report has {percent(known.accuracy, 1)} accuracy on "
        f"{known.images:,} test images; these are other faces, or labels, or another machine."
    )


def _as_json(run: str, head: str, result: Result) -> str:
    return json.dumps({"run": run, "head": head, **result.figures}, indent=2)
