"""From a cell of the confusion matrix to its faces: scores, heat map, the raters' votes."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import streamlit as st

from fer_core.classification import EmotionClassifier
from fer_core.faces import LABELS
from fer_core.geometry import Box
from fer_core.heatmap import draw_heat_map, heat_map
from fer_core.readings import Readings
from fer_core.reports import HeadReport
from fer_core.results import Face, RgbImage
from ui import charts, labelled, metrics_charts, metrics_tables, resources, show
from ui.metrics_parts import Shown
from ui.tables import ordered, percent

Cell = tuple[str, str]  # the label, and what the model said
REPORT, EVALUATED = "metrics", "evaluated"  # whose matrix: the run's, or that of faces just read
A_PAGE = 6
SIDE_PX = 144
NO_DATASET = (
    f"With FER-2013 on this machine, the faces of the chosen cell appear here, each with a heat "
    f"map of what the answer hung on, the model's scores and the votes of ten people. Whoever "
    f"runs this app names the file in the setting `{labelled.DATASET}`, and FER+'s in "
    f"`{labelled.VOTES}`. Everything else on this page works without it."
)
NO_WEIGHTS = (
    "Of this run the figures are kept, not the model, so it cannot read its faces again here. "
    "Pick a run whose model is kept to see them."
)


def matrix_key(head: HeadReport, place: str = REPORT) -> str:
    """The state that holds which cell of the matrix was clicked, in that place of the page."""
    return f"{place}_matrix_{head.head}"


def choose_cell(head: HeadReport, place: str = REPORT) -> Cell:
    """The cell that is looked at: the likeliest mistake until another one is picked.

    Its images are counted below it: in its name they would stay those of the run shown before.
    """
    cells = {cell: (images, share) for cell, images, share in metrics_tables.cells(head)}
    chosen = st.selectbox(
        "Label, and what the model said",
        list(cells),
        format_func=_cell_name,
        key=_cell_key(head, place),
        bind="query-params",
        width=400,
        help="The likeliest mistakes come first. A click on a cell of the matrix chooses, too.",
    )
    images, share = cells[chosen]
    noun = "image" if images == 1 else "images"
    st.caption(f"{images:,} {noun}: {percent(share)} of those labelled *{chosen[0]}*.")
    return chosen


def choose_clicked(head: HeadReport, place: str = REPORT) -> None:
    """Makes the cell that was clicked in the matrix the one that is looked at."""
    picked = st.session_state[matrix_key(head, place)]["selection"].get(charts.CELL)
    if picked:
        st.session_state[_cell_key(head, place)] = picked[0]["true"], picked[0]["predicted"]


def _cell_key(head: HeadReport, place: str) -> str:
    return f"{place}_cell_{head.head}"


def _cell_name(cell: Cell) -> str:
    true, said = cell
    return f"{true}, read right" if true == said else f"{true} read as {said}"


def draw(shown: Shown, head: HeadReport, cell: Cell) -> None:
    """The faces of a cell, the surest answer first.

    Raises:
        DataError: the data set that the settings name cannot be read, or lacks the votes.
        ModelError: the run's model is damaged.
    """
    if not labelled.is_named():
        st.info(NO_DATASET, icon=":material/folder_off:")
        return
    if not labelled.has_weights(shown.folder):
        st.info(NO_WEIGHTS, icon=":material/folder_off:")
        return
    readings = labelled.readings(shown.folder, head.head)
    faces(readings, resources.classifier_of(shown.folder, head.head), cell)
    if readings.confusion.tolist() != [list(counts) for counts in head.confusion]:
        st.caption(
            "The data or the processor here differ from those that the report was made with: "
            "counts in the matrix and faces here may be apart by a few."
        )


def faces(readings: Readings, classifier: EmotionClassifier, cell: Cell) -> None:
    """The faces of a cell, some at a time.

    Args:
        readings: what the model said of all faces.
        classifier: the model, for the heat maps.
        cell: which ones to show.
    """
    rows = readings.cell(*cell)
    if not len(rows):
        st.info("No test image is in this cell.", icon=":material/sentiment_satisfied:")
        return
    pages, page = -(-len(rows) // A_PAGE), 1
    if pages > 1:
        page = st.pagination(pages, key=f"metrics_faces_{'_'.join(cell)}_{len(rows)}")
    with st.grid(3, min_column_width=280, gap="small"):
        for row in rows[(page - 1) * A_PAGE : page * A_PAGE].tolist():
            with st.container(border=True, gap="xsmall"):
                _face(classifier, readings, row, cell[1])
    st.caption(
        "The surest answers come first. Bright in the heat map: covering this part made the "
        f"score of *{cell[1]}* fall most. It says what the answer hung on, not why."
    )


def _face(classifier: EmotionClassifier, readings: Readings, row: int, said: str) -> None:
    face = readings.images[row]
    scores = dict(zip(readings.labels, readings.probabilities[row].tolist(), strict=True))
    true = readings.labels[int(readings.truth[row])]
    st.markdown(f"**{said} {percent(scores[said])}** · its label: {true}")
    st.image(
        _beside(face, _hot(classifier, face, said)),
        width="stretch",
        alt=f"A face labelled {true}, and the same with a heat map for {said}",
    )
    votes = None if readings.votes is None else readings.votes[row]
    show.quick_chart(
        metrics_charts.beside_people,
        _score_frame(scores, votes),
        f"What is said of this face labelled {true}, label by label",
        labels=tuple(ordered({*scores, *(LABELS["ferplus"] if votes is not None else ())})),
        voted=votes is not None,
    )
    if votes is not None and (others := int(votes[len(LABELS["ferplus"]) :].sum())):
        people = "person" if others == 1 else "people"
        st.caption(f"{others} {people} could not tell, or saw no face.")


def _score_frame(scores: dict[str, float], votes: np.ndarray | None) -> pd.DataFrame:
    """A row a label and who says it: who, label, share (0..1)."""
    rows = [("model", label, share) for label, share in scores.items()]
    if votes is not None:
        named = zip(LABELS["ferplus"], votes.tolist(), strict=False)
        total = max(float(votes.sum()), 1.0)
        rows += [("people", label, count / total) for label, count in named]
    return pd.DataFrame(rows, columns=["who", "label", "share"])


def _large(face: np.ndarray) -> RgbImage:
    rgb = face if face.ndim == 3 else np.repeat(face[:, :, None], 3, axis=2)
    return np.asarray(cv2.resize(rgb, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC))


def _hot(classifier: EmotionClassifier, face: np.ndarray, label: str) -> RgbImage:
    """The face with a heat map over it."""
    whole = Face(Box(0, 0, SIDE_PX, SIDE_PX), 1.0, None)
    spec = replace(classifier.card.input, margin=1.0, align=False)
    heat = heat_map(classifier, face, label=label)
    return draw_heat_map(_large(face), whole, heat, spec=spec)


def _beside(face: np.ndarray, hot: RgbImage) -> RgbImage:
    return np.concatenate([_large(face), hot], axis=1)
