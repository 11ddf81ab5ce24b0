"""The faces of the Learn page: decks for the quiz, portraits, and one of the viewer's own."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from fer_core.errors import FerError
from fer_core.media import read_image
from fer_core.pipeline import PipelineOptions
from fer_core.quiz import QuizFace, dataset_faces, drawn_faces
from fer_core.results import Face, RgbImage
from fer_core.samples import sample_image
from ui import labelled, resources

ROUND = 10  # faces a round


@dataclass(frozen=True, slots=True)
class Portrait:
    """A public-domain portrait: who it shows, where it is from, what there is to see."""

    sample: str
    who: str
    source: str
    seen: str


PORTRAITS = {
    "Astronaut": Portrait(
        "astronaut",
        "Eileen Collins, astronaut",
        "NASA, public domain",
        "Portrait of a woman in a space suit. Mouth corners up; teeth showing.",
    ),
    "Admiral": Portrait(
        "grace_hopper",
        "Grace Hopper, computer scientist and admiral",
        "US Navy, public domain",
        "Portrait of a woman in uniform with glasses. Mouth closed, its corners level.",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A picture and the faces found in it, best first.

    Attributes:
        identity: equal for equal pictures within a session.
    """

    identity: str
    image: RgbImage
    faces: tuple[Face, ...]


@st.cache_resource(show_spinner=False)
def portrait(name: str) -> Subject:
    """One of `PORTRAITS`, its face found once for all sessions.

    Raises:
        MediaError: its package is not installed.
    """
    return found(name, sample_image(PORTRAITS[name].sample))


def own_picture(source: str, given: Any) -> Subject | None:
    """A picture of the viewer's own, read once and held until another page is opened.

    Args:
        source: where it came from.
        given: as the widget says; None when the widget is new, which forgets its file whenever
            another tab was opened.

    Returns:
        None without a picture from this source.

    Raises:
        MediaError: it cannot be read.
    """
    known: tuple[str, Subject | None] = st.session_state.get("learn_picture", ("", None))
    held = known[1]
    if given is None:
        return held if known[0] == source else None
    if held is None or held.identity != given.file_id:
        held = found(given.file_id, read_image(given.getvalue()))
        st.session_state["learn_picture"] = source, held
    return held


def found(identity: str, image: RgbImage) -> Subject:
    """A picture with its faces."""
    pipeline = resources.new_pipeline(PipelineOptions(), moving=False)
    return Subject(identity, image, tuple(pipeline.detector.detect(image)))


def deck(seed: int) -> tuple[QuizFace, ...]:
    """The faces of a round: of the data set that the settings name, else those at hand.

    Raises:
        DataError: the data set cannot be read.
        FerError: a portrait or the model is missing.
    """
    if labelled.is_named():
        margin = resources.model_card().input.margin
        return dataset_faces(labelled.test_faces(), count=ROUND, seed=seed, margin=margin)
    return faces_at_hand()


def faces_at_hand() -> tuple[QuizFace, ...]:
    """Two portraits and the drawings: no data set is needed."""
    card = resources.model_card()
    drawings = drawn_faces(card.labels[card.default_head])
    return (*(face for name in PORTRAITS if (face := _quiz_portrait(name))), *drawings)


def _quiz_portrait(name: str) -> QuizFace | None:
    """A portrait to guess; None where it is missing or no face is found in it."""
    try:
        subject = portrait(name)
    except FerError:
        return None
    if not subject.faces:
        return None
    about = PORTRAITS[name]
    words = (
        f"{about.who} ({about.source}). An official portrait; nobody has given it a label, so "
        "nobody can be right or wrong."
    )
    return QuizFace(subject.image, subject.faces[0], None, words, about.seen)
