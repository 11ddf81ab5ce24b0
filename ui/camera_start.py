"""Before a camera runs: consent, and in plain words why it does not start and what to do."""

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit_webrtc import WebRtcStreamerContext

from ui import camera, show
from ui.camera_check import (
    STALLED_S,
    Attempt,
    Phase,
    StartState,
    browser_facts,
    start_state,
)
from ui.controls import Settings
from ui.live import LiveSession, LiveView
from ui.page import plain_errors

LOOK_EVERY_S = 2.0

BESIDE_ADDRESS = "the camera or lock symbol beside the page's address"


@dataclass(frozen=True, slots=True)
class Help:
    """A state in words.

    Attributes:
        title: what is the matter; "" when nothing needs explaining.
        sentence: what it means.
        steps: what to do, in this order, in Markdown.
        snapshot: whether the browser can take a snapshot in this state.
        waiting: whether it passes by itself, so that other ways need not be offered yet.
    """

    title: str = ""
    sentence: str = ""
    steps: tuple[str, ...] = ()
    snapshot: bool = True
    waiting: bool = False


HELP = {
    StartState.NO_CONSENT: Help(
        "Before the camera starts",
        "The camera stays untouched until you agree.",
    ),
    StartState.INSECURE: Help(
        "This address is not secure enough for a camera",
        "Browsers give the camera only to pages whose address begins with `https://`.",
        (
            "Ask whoever runs the app for its `https://` address, or put `https://` before this "
            "one.",
            "On the machine that runs the app, use `http://localhost` with the same number "
            "behind it.",
            "No such address? A photo works here: on a phone, the page for photos offers to "
            "take one.",
        ),
        snapshot=False,
    ),
    StartState.NO_API: Help(
        "This browser gives pages no camera",
        "That is usual for pages opened inside another app, such as a chat or mail program.",
        (
            "Open this page in Safari, Chrome, Firefox or Edge: the app's menu often has "
            "**Open in browser**.",
            "Or use a photo: on a phone, the page for photos offers to take one.",
        ),
        snapshot=False,
    ),
    StartState.READY: Help(),
    StartState.ASKING: Help(
        "Your browser asks whether it may use the camera",
        f"Choose **Allow**. If you see no question, press {BESIDE_ADDRESS}.",
        waiting=True,
    ),
    StartState.DENIED: Help(
        "The camera is not allowed",
        "The browser was told not to give this page the camera, perhaps some time ago.",
        (
            f"**Computer or Android:** press {BESIDE_ADDRESS} and allow the camera.",
            "**iPhone or iPad:** open **Settings → Safari → Camera** (newer ones: "
            "**Settings → Apps → Safari → Camera**) and choose **Ask** or **Allow**.",
            "Still refused? Look in the device's own settings under **Privacy → Camera** "
            "whether the browser may use it.",
            "Press START again; reload the page if it does not ask.",
        ),
    ),
    StartState.NO_CAMERA: Help(
        "No camera was found",
        "The browser sees no camera on this device.",
        (
            "Plug the camera in, or switch it on: some laptops have a key or a slider for it.",
            "Press START again.",
            "No camera at all? Open this page on a phone, or use a photo or the demo clip.",
        ),
        snapshot=False,
    ),
    StartState.IN_USE: Help(
        "The camera is busy",
        "There is a camera, but it could not be started. Most often another program holds it.",
        (
            "Close what else may use it: video calls (Zoom, Teams, FaceTime), the camera app, "
            "other tabs.",
            "Press START again.",
            "Still busy? Unplug the camera and plug it in again, or restart the device.",
        ),
    ),
    StartState.CONNECTING: Help(
        "Connecting your camera", "This takes a few seconds.", waiting=True
    ),
    StartState.NO_PICTURE_YET: Help("Connected", "Waiting for the first picture.", waiting=True),
    StartState.NO_ROUTE: Help(
        "The picture does not get through",
        "The camera was found, but no picture has arrived. Most often the network blocks live "
        "video: many schools, offices and VPNs do.",
        (
            "Press STOP if you see it, then START, to try once more.",
            "Try another network, such as the phone's own; switch a VPN off.",
            "Take a snapshot below: a still picture usually passes.",
        ),
    ),
    StartState.FULL: Help(
        "All places are taken",
        "The machine that runs this app reads as many cameras as it can keep up with. Nothing is "
        "wrong with yours.",
        (
            "Press STOP, wait a minute, and press START again.",
            "Meanwhile take a snapshot below: one picture needs no place.",
        ),
    ),
    StartState.STALLED: Help(
        "The picture has stopped arriving",
        "What you see is the last one that came.",
        (
            "Wait a moment: a weak network may recover.",
            "Keep this page in front: phones pause the camera when you leave it or lock the "
            "screen.",
            "Press STOP, then START.",
        ),
    ),
    StartState.RUNNING: Help(),
}


def consent() -> bool:
    """Says what happens to the picture and asks; whether the person agreed."""
    if st.session_state.get("live_agreed"):
        return True
    with st.container(border=True, width=760):
        words = HELP[StartState.NO_CONSENT]
        st.header(words.title, anchor=False)
        st.markdown(
            f"{words.sentence}\n"
            "- **Where the picture goes.** Your camera's picture is sent to the machine that "
            "runs this app, is read there, and comes back with labels drawn in. If somebody "
            "else runs the app, that is their machine.\n"
            "- **What is kept.** No picture and no sound, and nothing on a disk. The labels as "
            "numbers, and a picture that you freeze, stay in the app's memory until you leave "
            "the page.\n"
            "- **What it means.** You will see an *expression label guessed by a model*, with "
            "its mistakes. It cannot tell what anybody feels.\n"
            "- **Who is in view.** Ask everyone whom the camera can see first. In the EU, "
            "reading the emotions of people at work or in education this way is not allowed; "
            "for a class, use the demo clip, the sample pictures or only yourself."
        )
        agreed = st.checkbox("I understand, and everyone in view agrees", key="live_consent_box")
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(
                "Go to the camera",
                type="primary",
                icon=":material/videocam:",
                disabled=not agreed,
                key="live_consent_go",
            ):
                st.session_state["live_agreed"] = True
                st.rerun()
            _without_camera()
    return False


def help_to_start(
    session: LiveSession, context: WebRtcStreamerContext[Any, Any], settings: Settings
) -> None:
    """Says why there is no picture, looks again by itself, and offers other ways.

    To be called on each full run after consent, near the picture.

    Args:
        session: of the stream.
        context: of the component.
        settings: how to read a snapshot.
    """
    facts = browser_facts()

    def state_now() -> StartState:
        now_s = time.monotonic()
        attempt: Attempt = st.session_state.get("live_attempt", Attempt())
        attempt = attempt.followed_by(_phase(context), now_s)
        st.session_state["live_attempt"] = attempt
        return start_state(facts, attempt, session.view(), now_s=now_s)

    shown = state_now()
    off = _phase(context) is Phase.OFF  # then only the browser has news, and that runs the page

    @st.fragment(run_every=None if off else LOOK_EVERY_S)
    def told() -> None:
        with plain_errors():
            state = state_now()
            if _offer(state) != _offer(shown):
                st.rerun()
            _tell(state)

    told()
    with _ways_box(shown):
        _other_ways(settings, snapshot=HELP[shown].snapshot)


def all_is_well(view: LiveView) -> bool:
    """Whether pictures are being read, so that help need not stand beside them."""
    return view.result is not None and not view.refused and view.idle_s < STALLED_S


def _phase(context: WebRtcStreamerContext[Any, Any]) -> Phase:
    if context.state.playing:
        return Phase.PLAYING
    return Phase.CONNECTING if context.state.signalling else Phase.OFF


def _tell(state: StartState) -> None:
    words = HELP[state]
    if not words.title:
        return
    if words.waiting:
        st.info(f"**{words.title}.** {words.sentence}", icon=":material/hourglass_top:")
        return
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(words.steps, 1))
    st.warning(f"**{words.title}.** {words.sentence}\n\n{steps}", icon=":material/videocam_off:")


def _is_trouble(state: StartState) -> bool:
    return bool(HELP[state].title) and not HELP[state].waiting


def _offer(state: StartState) -> tuple[bool, bool]:
    """What `_ways_box` and `_other_ways` make of a state."""
    return _is_trouble(state), HELP[state].snapshot


def _ways_box(state: StartState) -> DeltaGenerator:
    if _is_trouble(state):
        return st.container()
    return st.expander("Other ways: demo clip, photo, snapshot", icon=":material/help:")


@st.fragment
def _other_ways(settings: Settings, *, snapshot: bool) -> None:
    """What works without a stream. A fragment, so that a snapshot is read once."""
    with plain_errors():
        with st.container(horizontal=True, vertical_alignment="center"):
            _without_camera()
        if not snapshot or not st.toggle("Take a snapshot instead", key="live_snapshot_on"):
            return
        settings = st.session_state.get("live_settings", settings)  # newer than the page's run
        picture = st.camera_input("Snapshot", key="live_snapshot", resolution="480p", width=480)
        if picture is not None:
            style = camera.style_now()
            show.photo(picture.getvalue(), settings, style, name="snapshot", page="live_snapshot")


def _without_camera() -> None:
    """The ways that need no camera at all."""
    if st.button("Watch the demo clip", icon=":material/movie:", key="live_demo_go"):
        st.session_state["live_demo"] = True
        st.rerun()
    st.page_link(
        "pages/2_Analyze_upload.py",
        label="Use a photo or a video file",
        icon=":material/photo_library:",
        width="content",
    )
