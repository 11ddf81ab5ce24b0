"""A still of the stream: frozen with what the network looked at, as a picture, as numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.annotation import DrawStyle, draw_faces
from fer_core.classification import EmotionClassifier
from fer_core.export import to_csv
from fer_core.heatmap import draw_heat_map, heat_map
from fer_core.preprocessing import crop_face
from fer_core.results import FrameResult, RgbImage, VideoTimeline
from ui import camera, resources, show, tables
from ui.camera import Source
from ui.camera_view import CARDS, by_number
from ui.controls import Settings
from ui.live import LiveSession, Still
from ui.page import plain_errors

FREEZE_WIDTH_PX = 120
# In sight, not in tooltips: those would lie over the picture, and on phones stay there.
WORDS = (
    "**Freeze** also shows what the model looked at. **Numbers** are labels and scores as a table, "
    "without pictures. **Present** leaves only the picture, with large labels."
)
Kind = Literal["camera", "off", "demo"]  # what the pictures are of; "off": a camera that was on
RESUME = {
    "camera": ("Go live", ":material/play_arrow:"),
    "off": ("Close", ":material/close:"),
    "demo": ("Go on", ":material/play_arrow:"),
}
# While a picture is frozen the stream goes on, and STOP stays within reach: only the lowest part
# of its frame, the buttons, is left to see. It is never taken off the page.
HIDE_STREAM = """
.st-key-live_stream_box {
  height: 2.75rem !important; min-height: 0 !important; flex: none !important;
  justify-content: flex-end; overflow: hidden;
}
.st-key-live_stream_box > * { flex: none; }
.st-key-live_demo_box { display: none; }
"""
PRESENT = """
[data-testid="stSidebar"], [data-testid="stHeader"], .st-key-page_head, .st-key-live_minute,
.st-key-live_settings, .st-key-live_help { display: none !important; }
[data-testid="stColumn"]:has(.st-key-live_side) {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
[data-testid="stMainBlockContainer"] { padding: 1rem; }
.st-key-live_picture { width: min(100%, (100dvh - 15rem) * 4 / 3); margin: 0 auto; }
"""


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A still and what the network looked at in it.

    Attributes:
        still: the picture and its result.
        heats: person → (S, S) heat map in 0..1; the first few people only.
        classifier: that was asked.
    """

    still: Still
    heats: dict[int, NDArray[np.float32]]
    classifier: EmotionClassifier


def freeze(still: Still, classifier: EmotionClassifier) -> Frozen:
    """Asks the network what it looked at, face by face."""
    heats = {}
    for face in by_number(still.result.faces)[:CARDS]:
        crop = crop_face(still.image, face.face, classifier.card.input)
        label = face.label if face.label in classifier.labels else None
        heats[face.track_id] = heat_map(classifier, crop, label=label)
    return Frozen(still, heats, classifier)


def frozen_picture(frozen: Frozen, style: DrawStyle, *, heat: bool) -> RgbImage:
    """The still with its labels, and with the heat maps over the faces if wanted."""
    image, result = frozen.still.image, frozen.still.result
    if heat:
        spec = frozen.classifier.card.input
        for face in result.faces:
            if face.track_id in frozen.heats:
                image = draw_heat_map(image, face.face, frozen.heats[face.track_id], spec=spec)
    return draw_faces(image, result, style)


def numbers_csv(numbers: tuple[FrameResult, ...]) -> str:
    """A row a face a reading: times, boxes, labels, scores; no picture."""
    return to_csv(VideoTimeline(numbers, numbers[-1].timestamp_s if numbers else 0.0))


@st.fragment
def actions(source: Source, settings: Settings, *, ready: bool, kind: Kind) -> None:
    """Freeze, snapshot, numbers, presentation; a fragment, so that a press is quick.

    Args:
        source: of the pictures.
        settings: how they are read.
        ready: whether there is a picture.
        kind: of the pictures.
    """
    with plain_errors():
        state = st.session_state
        if state.pop("live_run_page", False):
            st.rerun()
        if state.pop("live_freeze_now", False):
            _freeze_now(source, settings, kind)
        frozen: Frozen | None = state.get("live_frozen")
        if not (ready or frozen or "live_ended" in state or state.get("live_presenting")):
            return
        # Empty places, so that what they held goes at once when it is over.
        presenting, instead = st.empty(), st.empty()
        if state.get("live_presenting"):
            presenting.html(_css(PRESENT))
        if frozen is not None:
            with instead.container():
                _show_frozen(frozen, kind)
        with st.container(horizontal=True, key="live_actions"):
            _freeze_button(frozen=frozen is not None, ready=ready, kind=kind)
            if state.get("live_presenting"):
                st.button(
                    "Leave presentation",
                    icon=":material/close_fullscreen:",
                    shortcut="Esc",
                    on_click=_present,
                    args=(source, False),
                    key="live_present_end",
                )
                return
            _downloads(source, frozen, ready=ready)
            st.button(
                "Present",
                icon=":material/open_in_full:",
                on_click=_present,
                args=(source, True),
                key="live_present",
            )
        words = st.empty()
        if frozen is None and ready:
            words.caption(WORDS)


def _freeze_now(source: Source, settings: Settings, kind: Kind) -> None:
    if kind != "demo":  # which goes on with the settings that it began with
        settings = st.session_state.get("live_settings", settings)
    if (still := source.still()) is not None:
        frozen = freeze(still, resources.shared_classifier(settings.head))
        st.session_state["live_frozen"] = frozen
        st.session_state["live_frozen_result"] = still.result


def _freeze_button(*, frozen: bool, ready: bool, kind: Kind) -> None:
    """One button for both ways, always as wide: those beside it stay where they are."""

    def freeze_it() -> None:
        camera.touch()
        st.session_state["live_freeze_now"] = True

    def let_go() -> None:
        camera.touch()
        camera.forget_frozen()
        # Without a running stream, what stands beside the picture does not refresh itself.
        st.session_state["live_run_page"] = kind != "camera"

    label, icon = RESUME[kind] if frozen else ("Freeze", ":material/ac_unit:")
    st.button(
        label,
        icon=icon,
        type="primary",
        disabled=not (frozen or ready),
        on_click=let_go if frozen else freeze_it,
        key="live_freeze",
        width=FREEZE_WIDTH_PX,
    )


def _show_frozen(frozen: Frozen, kind: Kind) -> None:
    heat = bool(st.session_state.get("live_heat", True))
    st.html(_css(HIDE_STREAM))
    st.image(
        frozen_picture(frozen, camera.style_now(), heat=heat),
        width="stretch",
        alt=f"Frozen picture. {tables.frame_words(frozen.still.result)}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Frozen picture", icon=":material/ac_unit:", color="blue")
        if frozen.heats:
            st.toggle(
                "Show what the model looked at",
                value=True,
                key="live_heat",
                on_change=camera.touch,
            )
    words = st.empty()  # a place of its own, as above: the words go at once
    if heat and frozen.heats:
        words.caption(
            "Yellow: covering this part lowers the score of the label most. Violet: it matters "
            "little." + (" The camera itself is still on." if kind == "camera" else "")
        )


def _downloads(source: Source, frozen: Frozen | None, *, ready: bool) -> None:
    # What a press calls runs outside of the page: it finds no session state, only what is here.
    state = st.session_state
    style, heat = camera.style_now(), bool(state.get("live_heat", True))
    ended: LiveSession | None = state.get("live_ended")

    def picture() -> bytes:
        if frozen is not None:
            return show.png(frozen_picture(frozen, style, heat=heat))
        still = source.still()
        if still is None:
            raise ValueError("Expected a picture. There is none any more.")
        return show.png(draw_faces(still.image, still.result, style))

    def numbers() -> str:
        return numbers_csv(source.numbers() or (ended.numbers() if ended else ()))

    def button(
        label: str, data: Callable[[], bytes | str], name: str, kind: str, usable: bool
    ) -> None:
        st.download_button(
            label,
            data,
            name,
            kind,
            key=f"live_save_{label.lower()}",
            icon=":material/download:",
            on_click="ignore",
            disabled=not usable,
        )

    button("Picture", picture, "camera.png", "image/png", ready or frozen is not None)
    button("Numbers", numbers, "camera.csv", "text/csv", True)


def _present(source: Source, on: bool) -> None:
    camera.touch()
    st.session_state["live_presenting"] = on
    camera.redraw(source)


def _css(rules: str) -> str:
    return f"<span></span><style>{rules}</style>"
