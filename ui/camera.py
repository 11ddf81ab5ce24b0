"""The live page's parts: consent, the stream, what it reads, and a snapshot instead."""

import json
import os
import time
from typing import Any

import streamlit as st
from streamlit_webrtc import (
    Translations,
    WebRtcMode,
    WebRtcStreamerContext,
    create_video_sink_track,
    create_video_source_track,
    webrtc_streamer,
)

from fer_core.errors import FerError
from ui import charts, show, tables
from ui.controls import Settings
from ui.live import HISTORY_STEP_S, LiveSession, LiveView, status_words
from ui.page import plain_errors

SENT_BACK_PER_S = 15
WINDOW_S = 45.0
CARDS = 3  # people whose bars and last seconds are drawn; more would not fit a screen

RIBBON: dict[str, Any] = {"window_s": (-WINDOW_S, 0.0), "title": "seconds ago", "height": 140}

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


def consent() -> bool:
    """Says what happens to the picture and asks; whether the person agreed."""
    if st.session_state.get("live_agreed"):
        return True
    with st.container(border=True, width=760):
        st.subheader("Before the camera starts", anchor=False)
        st.markdown(
            "- **Where the picture goes.** Your camera's picture is sent to the machine that "
            "runs this app, is read there, and comes back with labels drawn in. If somebody "
            "else runs the app, that is their machine.\n"
            "- **What is kept.** Nothing: no picture, no label, no sound. All is forgotten when "
            "you stop or leave the page.\n"
            "- **What it means.** You will see an *expression label guessed by a model*, with "
            "its mistakes. It cannot tell what anybody feels.\n"
            "- **Who is in view.** Ask everyone whom the camera can see first. In the EU, "
            "reading the emotions of people at work or in education this way is not allowed; "
            "for a class, use the sample pictures or only yourself."
        )
        agreed = st.checkbox("I understand, and everyone in view agrees", key="live_consent_box")
        if st.button(
            "Go to the camera",
            type="primary",
            icon=":material/videocam:",
            disabled=not agreed,
            key="live_consent_go",
        ):
            st.session_state["live_agreed"] = True
            st.rerun()
    return False


def rtc_configuration() -> dict[str, Any]:
    """The servers that help a stream through a network: none, or `FER_ICE_SERVERS` (JSON).

    Raises:
        FerError: the variable is not a JSON list of servers.
    """
    text = os.environ.get("FER_ICE_SERVERS", "[]")
    try:
        servers = json.loads(text)
    except ValueError:
        servers = None
    if not isinstance(servers, list) or not all(
        isinstance(server, dict) and "urls" in server for server in servers
    ):
        raise FerError(
            'Expected FER_ICE_SERVERS to be a JSON list such as [{"urls": "turn:…"}]. '
            "Received something else. Correct it where the app is started, or unset it."
        )
    return {"iceServers": servers}


def current_session(settings: Settings) -> LiveSession:
    """The session of the stream that runs or comes next, with these settings."""
    state = st.session_state
    session: LiveSession | None = state.get("live_session")
    if session is None or session.stopped:
        session = LiveSession(settings.new_pipeline(), window_s=WINDOW_S)
        state["live_session"], state["live_settings"] = session, settings
    elif state["live_settings"] != settings:
        session.use(settings.new_pipeline())
        state["live_settings"] = settings
    return session


def stream(session: LiveSession) -> WebRtcStreamerContext[Any, Any]:
    """The component: camera → session.put, session.get → picture on the page."""
    configuration = rtc_configuration()
    sink = create_video_sink_track(session.put, key="live_sink", on_ended=session.stop)
    source = create_video_source_track(
        session.get, key="live_source", fps=SENT_BACK_PER_S, on_ended=session.stop
    )
    context: WebRtcStreamerContext[Any, Any] = webrtc_streamer(
        key="live_stream",
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=configuration,
        media_stream_constraints=CONSTRAINTS,
        sink_video_track=sink,
        source_video_track=source,
        sendback_audio=False,
        video_html_attrs=VIDEO_ATTRIBUTES,
        translations=TRANSLATIONS,
        media_toggle_controls=False,
    )
    return context


def readings(session: LiveSession, context: WebRtcStreamerContext[Any, Any]) -> None:
    """Status, labels, bars and the last seconds; refreshes itself while the stream runs."""
    active = context.state.playing or context.state.signalling
    state = st.session_state
    if not active:
        state.pop("live_since", None)
        show.prepare_charts((charts.share_bars, {}), (charts.ribbon, RIBBON))
    since = state.setdefault("live_since", time.monotonic()) if active else time.monotonic()

    @st.fragment(run_every=0.5 if active else None)
    def refreshed() -> None:
        with plain_errors():
            view = session.view() if context.state.playing else LiveView()
            words = status_words(
                view,
                signalling=context.state.signalling,
                playing=context.state.playing,
                waited_s=time.monotonic() - since,
            )
            st.caption(words)
            if view.result is not None:
                _show_view(view)

    refreshed()


def _show_view(view: LiveView) -> None:
    assert view.result is not None
    past = tables.readings_by_person((*view.history, view.result))
    # By number, so that people keep their places however sure the detector is of each.
    faces = sorted(view.result.faces, key=lambda face: face.track_id)
    for face in faces[:CARDS]:
        with st.container(border=True, gap="small"):
            show.face(face)
            ago = [(t - view.now_s, scores, sure) for t, scores, sure in past[face.track_id]]
            show.quick_chart(
                charts.ribbon,
                tables.ribbon_frame(ago, step_s=2 * HISTORY_STEP_S),
                f"Person {face.track_id}: shares of the labels over time",
                **RIBBON,
            )
    show.others(faces[CARDS:])


def snapshot(settings: Settings) -> None:
    """A still picture instead, for when live video does not come through."""
    with st.expander("The camera does not start?", icon=":material/help:"):
        st.markdown(
            "Check that the browser may use the camera, that no other program holds it, and "
            "that the page's address begins with `https://` or `http://localhost`. "
            "Some networks block live video; a still picture usually passes."
        )
        st.page_link(
            "pages/2_Analyze_upload.py",
            label="Use a photo or a video file",
            icon=":material/photo_library:",
        )
        if st.toggle("Take a snapshot instead", key="live_snapshot_on"):
            picture = st.camera_input("Snapshot", key="live_snapshot", resolution="480p", width=480)
            if picture is not None:
                show.photo(picture.getvalue(), settings, name="snapshot.jpg", page="live")
