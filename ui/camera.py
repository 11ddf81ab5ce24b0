"""The stream of the live page: its session, the browser component, and when it rests."""

import time
from typing import Any, Protocol

import streamlit as st
from streamlit_webrtc import (
    Translations,
    WebRtcMode,
    WebRtcStreamerContext,
    create_video_sink_track,
    webrtc_streamer,
)
from streamlit_webrtc.component import _reset_context

from fer_core.annotation import DrawStyle
from fer_core.results import FrameResult
from ui import resources
from ui.controls import Settings, live_settings, usual_live_settings
from ui.ice import rtc_configuration
from ui.live import SILENT_S, LiveSession, LiveView, Still
from ui.page import plain_errors

WINDOW_S = 60.0
NO_FACE_REST_S = 5 * 60.0
UNTOUCHED_REST_S = 30 * 60.0

NOBODY = (
    "The camera was switched off by itself, because no face was in view for 5 minutes. "
    "Press START to go on."
)
UNTOUCHED = (
    "The camera was switched off by itself, because nothing on this page was used for "
    "30 minutes. Press START to go on."
)
SILENT = (
    "The camera was switched off by itself, because no picture came from it for a minute: phones "
    "pause the camera while another app is in front. Press START to go on."
)

# Constant, because the component restarts when its arguments change.
CONSTRAINTS: dict[str, Any] = {
    "video": {
        "width": {"ideal": 640},
        "height": {"ideal": 480},
        "frameRate": {"ideal": 20},
        "facingMode": {"ideal": "user"},
    },
    "audio": False,
}
VIDEO_ATTRIBUTES: dict[str, Any] = {
    "autoPlay": True,
    "playsInline": True,
    "muted": True,
    "controls": False,
    "style": {"width": "100%", "borderRadius": "10px"},
}
TRANSLATIONS: Translations = {
    "start": "START",
    "stop": "STOP",
    "select_device": "Choose camera",
    "media_api_not_available": (
        "This browser offers no camera here. It does so only on https:// pages and on localhost."
    ),
    "device_ask_permission": "Please allow the camera in the question your browser asks.",
    "device_not_available": "No camera was found, or another program is using it.",
    "device_access_denied": "The browser was told not to use the camera. Allow it beside the "
    "page's address, then press START again.",
}


class Source(Protocol):
    """Where pictures come from: the session of a stream, or the demo."""

    def draw(self, style: DrawStyle) -> None: ...

    def still(self) -> Still | None: ...

    def numbers(self) -> tuple[FrameResult, ...]: ...


@st.fragment
def settings_panel() -> None:
    """Widgets for how pictures are read and drawn; what they say holds from the next frame on.

    A fragment: the page need not run again.
    """
    state = st.session_state
    with plain_errors(), st.expander("Picture and reading", icon=":material/tune:"):
        with st.container(horizontal=True):
            st.toggle(
                "Mirror view",
                value=True,
                key="live_mirror",
                help="Shows you as a mirror does, as video calls do.",
                on_change=touch,
                persist_state="session",
            )
            st.toggle(
                "Blur everyone else",
                key="live_blur",
                help="Faces that are not read, because there are more than the number below, are "
                "made unrecognisable; in saved pictures too.",
                on_change=touch,
                persist_state="session",
            )
        settings, style = state.get("live_settings"), state.get("live_style")
        state["live_settings"] = live_settings()
        if settings != state["live_settings"]:
            touch()
        current_session()
        if style != state["live_style"]:
            st.rerun()  # what is saved is drawn the same way


def style_now() -> DrawStyle:
    """How pictures are drawn at present, from the page's controls."""
    state = st.session_state
    return DrawStyle(
        large=bool(state.get("live_presenting")),
        mirrored=bool(state.get("live_mirror", True)) and not state.get("live_demo"),
        blur_others=bool(state.get("live_blur")),
    )


def redraw(source: Source) -> None:
    """Draws the pictures of a stream or of the demo as the page's controls say."""
    style = st.session_state["live_style"] = style_now()
    source.draw(style)


def current_session() -> LiveSession:
    """The session of the stream that runs or comes next, as the page's controls say.

    Raises:
        ModelError: there is no usable model.
    """
    state = st.session_state
    settings: Settings = state.get("live_settings") or usual_live_settings()
    session: LiveSession | None = state.get("live_session")
    if session is None or session.stopped:
        if session is not None and session.numbers():
            state["live_ended"] = session  # what it read can still be saved
        pipeline = settings.new_pipeline()
        session = resources.live_engine().session(pipeline, window_s=WINDOW_S)
        state["live_session"], state["live_in_use"] = session, settings
    elif state["live_in_use"] != settings:
        session.use(settings.new_pipeline())
        state["live_in_use"] = settings
    redraw(session)
    return session


def stream(session: LiveSession) -> WebRtcStreamerContext[Any, Any]:
    """The component: camera → session.put, session.player → picture on the page."""
    state = st.session_state
    if "live_shown" in state and "live_stream" in state:
        # The component ends its stream when the count of runs says that one went without it. Runs
        # are counted when their last message is sent, which may be late, and then two count at
        # once. Until `end_stream`, or until the page is left, this page never runs without it, and
        # the count is set aside.
        state["live_stream"]._last_rendered_run_count = None
    sink = create_video_sink_track(session.put, key="live_sink", on_ended=session.stop)
    context: WebRtcStreamerContext[Any, Any] = webrtc_streamer(
        key="live_stream",
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=rtc_configuration(),
        media_stream_constraints=CONSTRAINTS,
        # False makes the browser end the stream; None leaves START and STOP to the person.
        desired_playing_state=False if state.get("live_resting") else None,
        sink_video_track=sink,
        player_factory=session.player,
        sendback_audio=False,
        video_html_attrs=VIDEO_ATTRIBUTES,
        translations=TRANSLATIONS,
        media_toggle_controls=False,
    )
    if is_on(context) and not state.get("live_shown"):
        touch()  # START was pressed
    state["live_shown"] = is_on(context)  # the key alone says that it was on the page
    if state.get("live_resting") and not is_on(context):
        # The browser has let go of the camera: START may come back. Nobody is there: what was
        # frozen goes as well.
        state["live_rested"] = state.pop("live_resting")
        forget_frozen()
        st.rerun()
    return context


def end_stream() -> None:
    """Ends the stream as STOP does, for a page that goes on without the component.

    What was read can still be saved when the component is back.
    """
    state = st.session_state
    if "live_stream" in state:
        # By itself the component does this when it is back on the page, and the connection ends
        # when the browser has been silent for half a minute.
        _reset_context(state["live_stream"])
    if "live_session" in state:
        state["live_session"].stop()
    for key in ("live_shown", "live_attempt"):
        state.pop(key, None)


def is_on(context: WebRtcStreamerContext[Any, Any]) -> bool:
    """Whether the camera is in use, or about to be."""
    return bool(context.state.playing or context.state.signalling)


def forget_frozen() -> None:
    """Goes back from a frozen picture to the stream."""
    st.session_state.pop("live_frozen", None)
    st.session_state.pop("live_frozen_result", None)


def touch() -> None:
    """Notes that somebody used the page; not to be called on each run: many are its own."""
    st.session_state["live_touched"] = time.monotonic()


def rest_words(view: LiveView, untouched_s: float) -> str | None:
    """Why the camera is switched off by itself now, as a sentence; None: it goes on.

    Args:
        view: of the stream.
        untouched_s: for how long nobody has used the page.
    """
    if view.stopped and view.idle_s >= SILENT_S:  # the engine ended it; its picture stands still
        return SILENT
    if view.no_face_s >= NO_FACE_REST_S:
        return NOBODY
    return UNTOUCHED if untouched_s >= UNTOUCHED_REST_S else None


def look_after(view: LiveView, *, ready: bool) -> None:
    """Runs the page again when it should change, and switches an idle camera off.

    Args:
        view: of the stream.
        ready: whether there was a picture when the page ran.
    """
    state = st.session_state
    untouched_s = time.monotonic() - state.setdefault("live_touched", time.monotonic())
    words = rest_words(view, untouched_s)
    if words and "live_resting" not in state:
        state["live_resting"] = words
        st.rerun()
    if ready != (view.result is not None):
        st.rerun()
