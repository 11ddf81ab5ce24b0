"""What is known about a camera that should start: the browser's side and the stream's side."""

from dataclasses import dataclass, fields
from enum import Enum, auto
from pathlib import Path

import streamlit as st

from ui.live import LiveView

KEY = "live_check"
SLOW_START_S = 15.0  # from the first offer of the browser to the first picture
GAVE_UP_S = 5.0  # an attempt that ends sooner was ended by the person
STALLED_S = 3.0

_component = st.components.v2.component(
    "camera_check", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


class Phase(Enum):
    """What the stream does."""

    OFF = auto()
    CONNECTING = auto()
    PLAYING = auto()


class StartState(Enum):
    """Why there is, or is not, a picture."""

    NO_CONSENT = auto()
    INSECURE = auto()
    NO_API = auto()
    READY = auto()
    ASKING = auto()
    DENIED = auto()
    NO_CAMERA = auto()
    IN_USE = auto()
    CONNECTING = auto()
    NO_PICTURE_YET = auto()
    NO_ROUTE = auto()
    FULL = auto()
    STALLED = auto()
    RUNNING = auto()


@dataclass(frozen=True, slots=True)
class BrowserFacts:
    """What the browser says about the camera; the defaults are those of one that will start.

    Attributes:
        api: "yes"; "insecure" for a page without https; "missing" for a browser without cameras.
        cameras: "some" or "none".
        permission: "denied", or "open" when it was given or will be asked for.
        start: how START ended: "" when well or never pressed, "asking" while the person is
            asked, else the name of the browser's error, such as "NotAllowedError".
    """

    api: str = "yes"
    cameras: str = "some"
    permission: str = "open"
    start: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One START as the page has followed it.

    Attributes:
        phase: of the stream.
        since_s: when the browser began to connect, or when the stream ended.
        failed: whether the attempt before ended without a picture, not by the person.
    """

    phase: Phase = Phase.OFF
    since_s: float = 0.0
    failed: bool = False

    def followed_by(self, phase: Phase, now_s: float) -> "Attempt":
        """The attempt after a look at the stream."""
        if phase is self.phase:
            return self
        if phase is Phase.OFF:
            waited_s = now_s - self.since_s
            return Attempt(
                phase, now_s, failed=self.phase is Phase.CONNECTING and waited_s >= GAVE_UP_S
            )
        return Attempt(phase, now_s if self.phase is Phase.OFF else self.since_s)


def browser_facts() -> BrowserFacts:
    """What the browser says of late. Runs the page again when it says something new.

    To be called after consent only: it puts the component that listens on the page.
    """
    known = st.session_state.get(KEY, {}).get("facts") or {}
    said = _component(key=KEY, data={"known": known}, on_facts_change=lambda: None).get("facts")
    if not isinstance(said, dict):
        return BrowserFacts()
    names = [field.name for field in fields(BrowserFacts)]
    return BrowserFacts(**{name: said[name] for name in names if isinstance(said.get(name), str)})


def start_state(
    facts: BrowserFacts, attempt: Attempt, view: LiveView, *, now_s: float
) -> StartState:
    """Which state a camera is in, after consent.

    Args:
        facts: of the browser.
        attempt: to start the stream.
        view: of its session.
        now_s: on the clock of the attempt.
    """
    if view.refused:
        return StartState.FULL
    if attempt.phase is Phase.OFF:
        return _off(facts, attempt)
    if view.error:
        return StartState.RUNNING  # pictures arrive: what is wrong with them is said beside them
    if attempt.phase is Phase.PLAYING and view.result is not None:
        return StartState.RUNNING if view.idle_s < STALLED_S else StartState.STALLED
    if now_s - attempt.since_s >= SLOW_START_S:
        return StartState.NO_ROUTE
    connected = attempt.phase is Phase.PLAYING
    return StartState.NO_PICTURE_YET if connected else StartState.CONNECTING


def _off(facts: BrowserFacts, attempt: Attempt) -> StartState:
    if facts.api != "yes":
        return StartState.INSECURE if facts.api == "insecure" else StartState.NO_API
    match facts.start:
        case "asking":
            return StartState.ASKING
        case "NotAllowedError" | "SecurityError":
            return StartState.DENIED
        case "NotFoundError" | "OverconstrainedError":
            return StartState.NO_CAMERA
        case "":
            pass
        case _:  # NotReadableError, AbortError, and what else happens to a camera that exists
            return StartState.IN_USE
    if attempt.failed:
        return StartState.NO_ROUTE
    if facts.cameras == "none":
        return StartState.NO_CAMERA
    return StartState.DENIED if facts.permission == "denied" else StartState.READY
