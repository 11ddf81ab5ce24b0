"""The tab "Papers": recipes from papers, their claim beside what we measured."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from fer_core.errors import FerError
from fer_core.reports import Paper, RunReport
from fer_core.studies import load_clips
from ui import metrics_parts, metrics_tables
from ui.metrics_parts import Shown, cached, percent_column
from ui.metrics_runs import all_reports
from ui.tables import percent

LEAD = (
    "The app follows the recipes of five papers. Those below were trained again with the settings "
    "that the papers state; what they leave open is ours, and marked in the recipe files, and what "
    "was cut short is said below. Then the networks were asked about images that they had not "
    "seen. Figures above 90 % in papers are mostly the accuracy on images that the network was "
    "*trained* on, or on a few chosen pictures. That is not wrong, but it answers another "
    "question: a network that has seen a picture can remember it. An honest figure on a fixed "
    "set of images is worth more to a class than a high one."
)
NO_PAPERS = (
    "No run follows a paper's recipe yet. "
    "`python -m fer_core.training train --data fer2013.csv --recipe transfer-2024 "
    "--out models/transfer-2024` makes one."
)
FIELD = (
    "On the 3,589 test images of FER-2013 most published single networks reach 65 to 74 %, people "
    "about 65 % (Goodfellow and others, 2013): many of these small grey faces are hard to tell "
    "even for us."
)


NEW = "Accuracy on test images that it never saw while it learned."
SEEN = (
    "Accuracy on the images it learned from, as it saw them in its last epoch: where a recipe "
    "distorts them, distorted."
)
TOOK = (
    "Time of the training, on a machine that did other things, too. Short where a ready network "
    "stays as it is and only its answer learns."
)


def draw(shown: Shown) -> None:
    """The tab's content."""
    st.markdown(f"{LEAD}\n\n{FIELD}", width=760)
    reports, _ = all_reports(shown.folder.parent)
    papers: dict[str, tuple[Paper, list[RunReport]]] = {}
    for report in reports:
        if report.paper is not None:
            papers.setdefault(report.paper.title, (report.paper, []))[1].append(report)
    if not papers:
        st.info(NO_PAPERS, icon=":material/article:")
    for paper, runs in sorted(papers.values(), key=lambda each: -(each[0].year or 0)):
        with st.container(border=True):
            _card(paper, runs)
            for run in runs:
                _clips(shown.folder.parent / run.name)


def _card(paper: Paper, runs: list[RunReport]) -> None:
    year = f", {paper.year}" if paper.year else ""
    link = f" · [read the paper]({paper.url})" if paper.url else ""
    st.markdown(f"**{paper.title}**  \n{paper.authors}{year}{link}")
    claims = dict.fromkeys(run.paper.claim for run in runs if run.paper and run.paper.claim)
    claim, ours = st.columns([2, 3], gap="medium")
    with claim.container(gap="xxsmall"):
        st.metric("The paper says", " · ".join(sorted(claims)) or "no figure")
        if paper.claim_note:
            st.caption(paper.claim_note)
    notes = []
    if any(run.config.get("own_split") for run in runs):
        notes.append("Here, too, the faces are split anew: other test images than elsewhere.")
    with ours:
        if len(runs) == 1:
            _one(runs[0])
    if len(runs) > 1:
        _several(paper, runs)
    reductions = dict.fromkeys(run.paper.reduced for run in runs if run.paper)
    notes += [f"**Reduced here:** {reduction}" for reduction in reductions if reduction]
    if notes:
        st.caption("  \n".join(notes))


def _one(run: RunReport) -> None:
    _, network, _, test, training, labels, minutes = _row(run)
    new, seen = st.columns(2, gap="small", wrap=False)
    with new:
        st.metric("Here, new images", _percent(test), help=NEW)
    with seen:
        st.metric("Here, training images", _percent(training), help=SEEN)
    words = [f"Run `{run.name}`", network, f"{labels} labels" if labels else "not evaluated yet"]
    if minutes:
        words.append(f"trained in {minutes:,.1f} minutes")
    if data := run.config.get("data"):
        words.append(f"learnt and tested on {data}")
    for each in run.elsewhere:
        chooser = " (PublicTest chose the epoch)" if "PublicTest" in each.split else ""
        words.append(f"{percent(each.accuracy, 1)} on {each.split}{chooser}")
    st.caption(" · ".join(words))


def _several(paper: Paper, runs: list[RunReport]) -> None:
    columns = ["run", "network", "claim", "test", "training", "labels", "minutes"]
    metrics_parts.table(
        pd.DataFrame([_row(run) for run in runs], columns=columns),
        f"Measured accuracy of the runs after {paper.authors}",
        {
            "run": "run",
            "claim": "the paper",
            "test": percent_column("here, new images", help=NEW),
            "training": percent_column("training images", help=SEEN),
            "labels": "labels",
            "network": "network",
            "minutes": st.column_config.NumberColumn("took", format="%,.1f min", help=TOOK),
        },
    )


def _clips(folder: Path) -> None:
    """The clips that a run read, if it read any."""
    try:
        study = cached(load_clips, folder)
    except FerError as error:
        st.warning(str(error), icon=":material/warning:")
        return
    if study is None:
        return
    st.caption(
        f"Clips that `{folder.name}` read, {study.sample_fps:g} frames a second, every frame on "
        "its own. Shares are of the frames in which a face was found. Nobody labelled these clips: "
        "they show the method, not how good it is."
    )
    metrics_parts.table(
        metrics_tables.clips_frame(study),
        f"Clips read by {folder.name}",
        {
            "file": "clip",
            "frames": "frames",
            "frames_with_faces": "with a face",
            "dominant": "most often",
            "dominant_share": percent_column("in"),
            "average_confidence": percent_column("average confidence"),
            "all": "every label",
        },
    )


def _row(run: RunReport) -> tuple[Any, ...]:
    """Run, network, claim, accuracy on test and on training images (percent), labels, minutes."""
    head = run.heads[0] if run.heads else None
    seen = run.history.get("accuracy", ())
    seconds = metrics_tables.training_s(run)
    return (
        run.name,
        metrics_tables.network_name(run.config),
        run.paper.claim if run.paper else None,
        metrics_tables.hundred(head.accuracy) if head else None,
        metrics_tables.hundred(seen[-1]) if seen else None,
        len(head.labels) if head else None,
        seconds / 60 if seconds else None,
    )


def _percent(hundred: float | None) -> str:
    return "–" if hundred is None else percent(hundred / 100, 1)
