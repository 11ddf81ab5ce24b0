"""Where the lab's face comes from: a drawing, a portrait, or the viewer's own picture."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ui import learn_faces
from ui.inputs import PHOTO_TYPES
from ui.learn_faces import PORTRAITS, Subject

DRAWN, OWN, SNAPSHOT = "Drawn face", "Your photo", "Snapshot"
CONSENT = (
    "- **Where the picture goes.** It is sent to the machine that runs this app, is read in "
    "memory, and is forgotten when you open another page. Nothing is written to a disk.\n"
    "- **Who is in view.** Only people who agree. In a class: sample pictures, or the educator "
    "alone. In the EU, inferring the emotions of people at work or in education is prohibited "
    "(AI Act, article 5(1)(f))."
)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The chosen face.

    Attributes:
        drawn: whether it is the drawing.
        subject: a photo with at least one face; None for the drawing, or while there is none.
        face: which of its faces.
    """

    drawn: bool
    subject: Subject | None = None
    face: int = 0


def choose() -> Source:
    """The widgets that choose a face.

    Raises:
        MediaError: the picture cannot be read.
    """
    picked = st.segmented_control(
        "A face to change",
        [DRAWN, *PORTRAITS, OWN, SNAPSHOT],
        default=DRAWN,
        required=True,
        key="learn_source",
        persist_state="page",
    )
    if picked in PORTRAITS:
        subject: Subject | None = learn_faces.portrait(picked)
        st.caption(f"{PORTRAITS[picked].who} ({PORTRAITS[picked].source}).")
    elif picked == OWN:
        subject = _upload()
    elif picked == SNAPSHOT:
        subject = _snapshot()
    else:
        return Source(drawn=True)
    if subject is None:
        return Source(drawn=False)
    if not subject.faces:
        st.info("No face was found in this picture. Try another one.", icon=":material/search_off:")
        return Source(drawn=False)
    return Source(drawn=False, subject=subject, face=_which(subject))


def _upload() -> Subject | None:
    file = st.file_uploader(
        "A photo of a face",
        type=list(PHOTO_TYPES),
        key="learn_file",
        help="Up to 25 MB. It is read in memory and forgotten when you open another page.",
        on_change=_forget,
    )
    return _own(OWN, file)


def _snapshot() -> Subject | None:
    st.markdown(CONSENT, width=760)
    agreed = st.checkbox("I understand, and everyone in view agrees", key="learn_agreed")
    if not agreed:
        return None
    shot = st.camera_input("Take a snapshot", key="learn_shot", width=420, on_change=_forget)
    return _own(SNAPSHOT, shot)


def _own(source: str, given: Any) -> Subject | None:
    subject = learn_faces.own_picture(source, given)
    if subject is not None and given is None:
        st.caption("This is still your picture from before. Another one takes its place.")
    return subject


def _forget() -> None:
    """Another picture was given, or the last one taken back."""
    st.session_state.pop("learn_picture", None)


def _which(subject: Subject) -> int:
    if len(subject.faces) == 1:
        return 0
    return st.selectbox(
        "Which face",
        range(len(subject.faces)),
        format_func=lambda number: f"Face {number + 1} of {len(subject.faces)}",
        key=f"learn_which_{subject.identity}",
        width=240,
    )
