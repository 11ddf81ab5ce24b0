"""What is read from a stream, as words, cards and a chart that refresh themselves."""

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fer_core.results import FaceResult, FrameResult
from ui import camera, charts, show, tables
from ui.live import LiveView
from ui.page import plain_errors

CARDS = 4  # people whose bars are drawn; more would not fit a screen
CARDS_EVERY_S, CHART_EVERY_S = 0.5, 1.0
CHART_STEP_S = 1.0  # a reading without another one behind it is drawn this wide
AGE_HELP = (
    "Pictures that come back with labels, and how old they are then: from their arrival at the "
    "machine that reads them to their return. The way through the network comes on top."
)

# Says words to people who hear the page: only what changes is read out, and when they pause. The
# scores change all the time: they are there to be looked up.
_spoken = st.components.v2.component(
    "live_words",
    html='<p role="status" aria-live="polite"></p><p></p>',
    css="p { position: absolute; width: 1px; height: 1px; clip-path: inset(50%); }",
    js="""
export default function ({ parentElement, data }) {
  const [line, scores] = parentElement.querySelectorAll("p");
  if (line.textContent !== data.words) line.textContent = data.words;
  scores.textContent = data.scores;
}
""",
)

# On a phone the columns are stacked: what is read then follows the picture, and the controls and
# charts of the picture's column come behind it.
_PHONE = """
@media (max-width: 640px) {
  .stColumn:has(> * > * > .st-key-live_picture), .stColumn > *:has(> * > .st-key-live_picture),
  *:has(> .st-key-live_picture), .st-key-live_picture { display: contents; }
  .stColumn:has(.st-key-live_side) { order: 1; }
  *:has(> :is(.st-key-live_settings, .st-key-live_minute, .st-key-live_help)) { order: 2; }
}
"""


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The page's columns: for the picture with all that belongs to it, and for what is read."""
    st.html(f"<style>{_PHONE}</style>")
    picture, side = st.columns([3, 2], gap="medium")
    return picture, side


def head(*, on: bool) -> None:
    """Whether the camera is on, as a badge and in the browser's tab; why it went off by itself."""
    state = st.session_state
    if on:
        state.pop("live_rested", None)
        st.set_page_config(page_title="Camera on · Facial expressions", page_icon="🔴")
        st.badge("Camera on", icon=":material/radio_button_checked:", color="red")
        return
    st.badge("Camera off", icon=":material/videocam_off:", color="gray")
    if words := state.get("live_rested"):
        st.info(words, icon=":material/bedtime:")


def readings(
    look: Callable[[], LiveView],
    *,
    off: str | None,
    watch: Callable[[LiveView], None] = lambda _: None,
) -> None:
    """A line on how the stream does, and a card for each person.

    Args:
        look: gives what there is to show now.
        off: what to say when no stream runs; None while one runs: this refreshes itself then.
        watch: called with what is shown, each time, while the stream runs.
    """

    @st.fragment(run_every=None if off else CARDS_EVERY_S)
    def refreshed() -> None:
        with plain_errors():
            state = st.session_state
            view = look()
            if not off:
                watch(view)
            frozen: FrameResult | None = state.get("live_frozen_result")
            result = frozen or view.result
            said = {"words": spoken_words(result), "scores": spoken_scores(result)}
            _spoken(key="live_words", data=said, height="content")
            if state.get("live_presenting"):
                return
            if frozen:
                st.caption("Of the frozen picture:")
            else:
                _condition(view, off)
            if result is not None:
                cards(result)

    refreshed()


def _condition(view: LiveView, off: str | None) -> None:
    if off:
        st.caption(off)
        return
    if view.error:
        st.warning(view.error, icon=":material/warning:")
    if view.note:
        st.caption(f":material/speed: {view.note}")
    if view.result is not None:
        st.caption(rate_words(view), help=None if view.age_ms is None else AGE_HELP)


def rate_words(view: LiveView) -> str:
    """How many pictures come and how old they are."""
    rate = f"{view.sent_per_s or view.pictures_per_s:.0f} pictures a second"
    if view.age_ms is None:
        return rate
    return f"{rate} · {view.age_ms:.0f}\N{NO-BREAK SPACE}ms old"


def spoken_words(result: FrameResult | None) -> str:
    """Who shows what, without numbers that change all the time; "" before the first result."""
    if result is None:
        return ""
    if not result.faces:
        return "No face in view."
    people = by_number(result.faces)
    return " ".join(
        f"Person {face.track_id}: {'not sure' if face.unsure else face.label}." for face in people
    )


def spoken_scores(result: FrameResult | None) -> str:
    """Every score of those who have a card; "" where nobody is."""
    people = by_number(result.faces)[:CARDS] if result else []
    return " ".join(
        f"Scores of person {face.track_id}: {tables.scores_in_words(face.smoothed)}."
        for face in people
    )


def by_number(faces: Sequence[FaceResult]) -> list[FaceResult]:
    """People in a lasting order, however sure the detector is of each."""
    return sorted(faces, key=lambda face: face.track_id)


def cards(result: FrameResult) -> None:
    """A card for each person; a hint when there is nobody."""
    if not result.faces:
        st.info(
            "No face in view. Come closer, face the camera, add light.",
            icon=":material/search_off:",
        )
    people = by_number(result.faces)
    for face in people[:CARDS]:
        with st.container(border=True, gap="small"):
            show.face(face, often=True)
    show.others(people[CARDS:])
    show.unread(result)


def minute(look: Callable[[], LiveView], *, on: bool) -> None:
    """The last minute of everybody as a chart that rolls on, until it is paused.

    Args:
        look: as for `readings`.
        on: whether the stream runs; if so, this refreshes itself.
    """

    @st.fragment(run_every=CHART_EVERY_S if on else None)
    def refreshed() -> None:
        with plain_errors():
            state = st.session_state
            if state.get("live_presenting"):
                return
            view = state.get("live_chart_paused") or look()
            if view.history:
                _minute_head(view)
                _lanes(view)

    refreshed()


def _minute_head(view: LiveView) -> None:
    state = st.session_state

    def pause() -> None:
        camera.touch()
        state["live_chart_paused"] = view

    def go_on() -> None:
        camera.touch()
        state.pop("live_chart_paused", None)

    paused = "live_chart_paused" in state
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown("**The last minute**" + (" · paused" if paused else ""), width="content")
        st.button(
            "Go on" if paused else "Pause",
            icon=":material/play_arrow:" if paused else ":material/pause:",
            on_click=go_on if paused else pause,
            key="live_chart_pause",
        )


def _lanes(view: LiveView) -> None:
    past = tables.readings_by_person(view.history)
    now = {face.track_id for face in view.result.faces} if view.result else set()
    # Who is in view has a lane first; then those seen most.
    people = tuple(sorted(sorted(past, key=lambda person: person not in now)[:CARDS]))
    if not people:
        st.caption("Nobody has been seen yet. Each person gets a row here, in colours by label.")
        return
    words = "; ".join(
        f"person {person}: {tables.commonest(view.history, person)} most of the time"
        for person in people
    )
    show.quick_chart(
        charts.lanes,
        tables.lane_frame(view.history, people, now_s=view.now_s, step_s=CHART_STEP_S),
        f"The label of each person over the last minute; {words}",
        people=people,
        window_s=camera.WINDOW_S,
        labels=past[people[0]][-1][1].labels,
    )
    st.caption("Taller: the model is surer. Faded: not sure. Gap: nobody seen.")


def prepare(labels: tuple[str, ...]) -> None:
    """Makes the charts' specifications, so that the first result does not wait for them.

    Args:
        labels: of the model in use.
    """
    show.prepare_charts(
        (charts.share_bars, {}),
        (charts.lanes, {"people": (1,), "window_s": camera.WINDOW_S, "labels": labels}),
    )
